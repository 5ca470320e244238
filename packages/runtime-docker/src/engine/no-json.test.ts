import { afterEach, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { DockerContainers } from "../containers/operations.js";
import { DockerNetworks } from "../networks/operations.js";
import { DockerVolumes } from "../volumes/operations.js";

let fake: FakeEngine;
afterEach(() => fake.stop());

it.each(["<html>maintenance</html>", "{cut"])("is no answer: %s", async (body) => {
  fake = await fakeEngine((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  const { engine } = fake;
  const expected = {
    code: "RUNTIME_ERROR",
    message: expect.stringContaining("the answer is not JSON"),
    hint: expect.stringContaining("DOCKER_HOST"),
  };
  for (const asked of [
    new DockerContainers(engine).list(),
    new DockerContainers(engine).inspect("node"),
    new DockerNetworks(engine).list(),
    new DockerVolumes(engine).list(),
    new DockerVolumes(engine).inspect("data"),
  ])
    await expect(asked).rejects.toMatchObject(expected);
});
