import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Collaborators,
  EXIT_CODES,
  fileKubeconfigStore,
  randomPorts,
  systemClock,
} from "@k3d/core";
import { MemoryRuntime } from "@k3d/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "@k3d/plugin-kit/testing";
import Doctor from "./doctor.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-doctor-"));
  vi.stubEnv("KUBECONFIG", join(home, "config"));
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "K3D_CONFIG"])
    for (const variable of [name, name.toLowerCase()]) vi.stubEnv(variable, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await rm(home, { recursive: true });
});

function services(taken: readonly number[] = []) {
  const runtime = new MemoryRuntime({ capabilities: { localBindMounts: true } });
  const collaborators = {
    runtime,
    events: { emit: () => {} },
    clock: systemClock,
    ports: randomPorts(runtime),
    kubeconfigStore: fileKubeconfigStore(process.env, home),
    settings: {
      version: "6.0.0",
      images: { loadBalancer: "k3d.test/lb:1", registry: "k3d.test/registry:1" },
      fixes: { cgroupV2: true, dns: true, mounts: false },
      pathExists: async () => true,
      makeDirectory: async () => async () => {},
      readTextFile: async () => "",
      isPortFree: async (port: number) => !taken.includes(port),
      proxy: {},
    },
  } as unknown as Collaborators;
  return { runtime, collaborators };
}

interface Printed {
  status: string;
  findings: { check: string; status: string; message: string }[];
}

describe("k3d doctor", () => {
  it("ends with its own code for a problem, and the result is JSON all the same", async () => {
    const { stdout } = await runCommand(Doctor, ["-p", "8080:80", "--json"], services([8080]));
    const printed = JSON.parse(stdout) as Printed;
    expect(printed.status).toBe("problem");
    expect(printed.findings.find(({ check }) => check === "ports")).toMatchObject({
      status: "problem",
      message: "Host port 8080/tcp is taken",
    });
    expect(process.exitCode).toBe(EXIT_CODES.CHECKS_FAILED);
  });

  it("finds the limits of the number of nodes that is asked for", async () => {
    const { stdout } = await runCommand(Doctor, ["--nodes", "1000000", "--json"], services());
    const { findings } = JSON.parse(stdout) as Printed;
    expect(findings.find(({ check }) => check === "inotify")?.message).toContain("1000000 nodes");
  });

  it("refuses what is not a number of nodes", async () => {
    const { exitCode, stderr } = await runCommand(Doctor, ["--nodes", "0"], services());
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("--nodes")]);
  });
});
