import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { RUNTIME_CALLS, type RuntimeCallName } from "@k3d/core/runtime";
import { SAMPLE_CALLS, type SampleTargets } from "@k3d/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakePodman, testFolder, type TestFolder } from "../test-support/fake-podman.js";
import { PodmanCli } from "./command/podman-cli.js";
import { podmanCapabilities } from "./engine/capabilities.js";
import { PodmanRuntime } from "./runtime.js";

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
  },
};

/** Of these nothing is asked of podman. */
const ASKS_NOTHING: readonly RuntimeCallName[] = [
  "dial",
  "groups.begin",
  "groups.invite",
  "groups.join",
  "housekeeping.leftovers",
  "housekeeping.removeLeftover",
  "networks.freeSubnet",
];

let folder: TestFolder;
let runtime: PodmanRuntime;

beforeEach(async () => {
  folder = await testFolder();
  const command = await fakePodman(folder, `echo x >"$DIR/started"; exec sleep 120`);
  const env = { PATH: "/usr/bin:/bin", DIR: folder.path };
  runtime = new PodmanRuntime({
    cli: new PodmanCli({ command, globalArgs: [], env }),
    pidsLimit: true,
    local: true,
    tempDir: folder.path,
    capabilities: podmanCapabilities({
      rootless: false,
      cgroupVersion: 2,
      controllers: [],
      dnsServer: true,
      initProgram: true,
      mayRaiseLimits: true,
      gpus: false,
      sharesThisMachine: true,
      bootUnits: false,
    }),
    info: {
      endpoint: "podman",
      remoteHost: undefined,
      virtualMachine: false,
      obstacles: async () => [],
    },
  });
});

afterEach(async () => {
  await runtime.close();
  await folder.remove();
});

describe("a podman that hangs", () => {
  it.each(RUNTIME_CALLS.filter((name) => !ASKS_NOTHING.includes(name)))(
    "does not keep %s from ending with its signal",
    async (name) => {
      const controller = new AbortController();
      const call = SAMPLE_CALLS[name](runtime, TARGETS, { signal: controller.signal });
      call.catch(() => undefined);
      await vi.waitFor(() => readFile(join(folder.path, "started")), { timeout: 20_000 });
      controller.abort();
      await expect(call).rejects.toMatchObject({ code: "ABORTED" });
    },
    30_000,
  );
});
