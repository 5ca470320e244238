import { afterEach, expect, it, vi } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { DockerContainers } from "../containers/operations.js";
import { Engine } from "./engine.js";

const labels = { app: "k3d" };
const first = {
  labels,
  containers: [{ Id: "seen", Names: ["/node"], State: "running", Labels: {}, Created: 0 }] as never,
};

let fake: FakeEngine;
afterEach(async () => {
  vi.restoreAllMocks();
  await fake.stop();
});

/** An engine that has nothing any more; notes what it is asked. */
async function connected(): Promise<{ containers: DockerContainers; asked: string[] }> {
  const asked: string[] = [];
  fake = await fakeEngine((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/\?.*/, "")}`);
    response.writeHead(200, { "content-type": "application/json" }).end("[]");
  });
  const engine = new Engine(fake.engine.docker, "1.41", first);
  return { containers: new DockerContainers(engine), asked };
}

it("is given to the list that it was asked for, once", async () => {
  const { containers, asked } = await connected();
  expect((await containers.list({ labels: { ...labels } })).map(({ id }) => id)).toEqual(["seen"]);
  expect(asked).toEqual([]);
  expect(await containers.list({ labels })).toEqual([]);
  expect(asked).toHaveLength(1);
});

it("is not given to another list, nor to its own behind that", async () => {
  const { containers } = await connected();
  expect(await containers.list({ labels: { app: "other" } })).toEqual([]);
  expect(await containers.list({ labels })).toEqual([]);
});

it("is not given behind any other call", async () => {
  const { containers } = await connected();
  await containers.stop("node").catch(() => undefined);
  expect(await containers.list({ labels })).toEqual([]);
});

it("is not given after half a second", async () => {
  const { containers } = await connected();
  const { uptime } = process;
  vi.spyOn(process, "uptime").mockImplementation(() => uptime.call(process) + 0.51);
  expect(await containers.list({ labels })).toEqual([]);
});

it("is not given to whoever has given up", async () => {
  const { containers } = await connected();
  const signal = AbortSignal.abort();
  await expect(containers.list({ labels, signal })).rejects.toMatchObject({ code: "ABORTED" });
});
