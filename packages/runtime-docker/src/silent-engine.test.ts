import { RUNTIME_CALLS, type RuntimeCallName } from "@k3d/core/runtime";
import { SAMPLE_CALLS, type SampleTargets } from "@k3d/core/testing";
import { afterEach, describe, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../test-support/fake-engine.js";
import { DockerRuntime } from "./runtime.js";

const TARGETS: SampleTargets = {
  container: "node",
  network: "net",
  volume: "data",
  image: "example.org/program:1",
  labels: {},
  spec: {
    name: "node",
    image: "example.org/program:1",
    process: { env: [] },
    mounts: [],
    labels: {},
    linux: {},
    networks: [],
    ports: [],
    privileged: true,
  },
};

/** Of these nothing is asked of a Docker engine. */
const ASKS_NOTHING: readonly RuntimeCallName[] = [
  "dial",
  "housekeeping.leftovers",
  "housekeeping.removeLeftover",
];

let fake: FakeEngine;
afterEach(() => fake.stop());

describe.each(["says nothing", "begins an answer and falls silent"])("an engine that %s", (how) => {
  it.each(RUNTIME_CALLS.filter((name) => !ASKS_NOTHING.includes(name)))(
    "does not keep %s from ending with its signal",
    async (name) => {
      const asked = Promise.withResolvers<void>();
      fake = await fakeEngine((_request, response) => {
        if (how !== "says nothing") response.writeHead(200).flushHeaders();
        asked.resolve();
      });
      const { engine } = fake;
      const greeting = { version: "28.0.0", apiVersion: "1.41" };
      const runtime = new DockerRuntime(
        { engine, greeting, close: () => undefined },
        { kind: "socket", path: "/run/silent.sock", source: "a test" } as never,
        async () => undefined,
      );
      const controller = new AbortController();
      const call = SAMPLE_CALLS[name](runtime, TARGETS, { signal: controller.signal });
      // Streams are handed out with the head of an answer.
      const outcome = call.then(
        (value) =>
          how === "says nothing" ? Promise.reject(new Error(`answered ${String(value)}`)) : value,
        (error: unknown) => expect(error).toMatchObject({ code: "ABORTED" }),
      );
      await asked.promise;
      controller.abort();
      await outcome;
    },
  );
});
