import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { DockerNetworks } from "./operations.js";

let fake: FakeEngine;
afterEach(() => fake.stop());

it.each([
  [true, true],
  [undefined, false],
])("makes a network that is a probe (%j) without a way out: %j", async (probe, internal) => {
  const bodies: unknown[] = [];
  fake = await fakeEngine(async (request, response) => {
    if (request.method === "POST") bodies.push(JSON.parse(await text(request)));
    const networks = bodies.map(() => ({ Id: "id", Name: "net", Driver: "bridge" }));
    const isList = /\/networks(?:\?|$)/.test(request.url ?? "");
    response.writeHead(isList || networks.length > 0 ? 200 : 404, {
      "content-type": "application/json",
    });
    response.end(JSON.stringify(isList ? networks : (networks[0] ?? { message: "not found" })));
  });
  await new DockerNetworks(fake.engine).create({ name: "net", labels: {}, probe });
  expect(bodies).toEqual([expect.objectContaining({ Name: "net", Internal: internal })]);
});
