import { expect, it } from "vitest";
import type { K3dEvent } from "../events/index.js";
import { MemoryRuntime } from "../testing/index.js";
import { traceRuntime } from "./traced.js";

const IMAGE = "example.org/program:1";

it("tells every call with its object and time, and no secret", async () => {
  const events: K3dEvent[] = [];
  let now = 0;
  const engine = new MemoryRuntime({ images: [IMAGE] });
  const runtime = traceRuntime(engine, { emit: (event) => events.push(event) }, () => (now += 5));
  const id = await runtime.containers.create({
    name: "node",
    image: IMAGE,
    process: { env: ["PASSWORD=hunter22"] },
    mounts: [],
    labels: {},
    linux: {},
    networks: [],
    ports: [],
  });
  await runtime.containers.start(id);
  await runtime.containers
    .exec("node", { args: ["login", "--password", "hunter22"] })
    .catch(() => {});
  await expect(runtime.containers.inspect("none")).rejects.toThrow();
  const told = events.map((event) =>
    event.type === "log" ? `${event.level} ${event.message}` : "",
  );
  expect(told.slice(0, 2)).toEqual([
    "trace memory containers.create node: 5 ms",
    `trace memory containers.start ${id}: 5 ms`,
  ]);
  expect(told[2]).toMatch(/^trace memory containers.exec node login --password \*\*\*: /);
  expect(told[3]).toBe("trace memory containers.inspect none: NOT_FOUND after 5 ms");
  expect(told.join()).not.toContain("hunter22");
});
