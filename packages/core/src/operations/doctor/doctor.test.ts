import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NODE_IMAGE,
} from "../../../test-support/memory-cluster.js";
import { K3dError } from "../../errors/index.js";
import type { ContainerSpec } from "../../runtime/container-spec.js";
import type { MemoryProcess } from "../../testing/index.js";
import { CHECKS } from "./checks/index.js";
import { type Examination, examine } from "./examine.js";
import { fakeMachine, PROBE_LINES } from "./doctor.fixture.js";
import type { DoctorFacts, DoctorRequest } from "./facts.js";
import { parseProbe } from "./host/parse-probe.js";
import { probeScript } from "./host/probe-script.js";
import { runChecks } from "./run-checks.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-doctor-"));
});
afterEach(() => rm(home, { recursive: true }));

const isProbe = ({ spec }: Pick<MemoryProcess, "spec">): boolean =>
  /^k3d-doctor-\w+$/.test(spec.name);
const isNeighbour = ({ spec }: Pick<MemoryProcess, "spec">): boolean =>
  /^k3d-doctor-\w+-neighbour$/.test(spec.name);

function world({
  print = PROBE_LINES,
  ...request
}: Partial<DoctorRequest> & { print?: readonly string[] } = {}) {
  const engine = memoryEngine();
  Object.assign(engine.capabilities, { localBindMounts: true });
  const info = engine.info.bind(engine);
  engine.info = async (options) => ({ ...(await info(options)), storageDriver: "overlay2" });
  const probes: ContainerSpec[] = [];
  engine.programs((process) =>
    isProbe(process) && process.kind === "main"
      ? async () => {
          probes.push(process.spec);
          for (const line of print) await process.print(line.replaceAll("NAME", process.container));
        }
      : isNeighbour(process)
        ? async () => void (await process.signalled)
        : undefined,
  );
  const deps = memoryDeps(engine, engine, home);
  deps.settings.isPortFree = async () => true;
  const run = (signal?: AbortSignal): Promise<Examination> =>
    examine(
      {
        nodes: 1,
        config: memoryConfig(),
        engine: deps,
        runtimes: async () => [],
        plugins: async () => ({ installed: [], broken: [] }),
        leftovers: async () => [],
        kubeconfigStore: deps.kubeconfigStore,
        machine: fakeMachine(),
        env: {},
        now: () => Date.UTC(2026, 10, 27, 10),
        ...request,
      },
      { signal, events: deps.events },
    );
  return { engine, deps, probes, run };
}

const of = ({ findings }: Examination, check: string) =>
  findings.filter((finding) => finding.check === check);

describe("an engine as it should be", () => {
  it("has no findings but good ones, and nothing left of the look", async () => {
    const w = world();
    const before = await inventory(w.engine);
    const examination = await w.run();
    expect(examination.findings.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(examination).toMatchObject({ status: "ok", summary: { problem: 0, warning: 0 } });
    expect(new Set(examination.findings.map(({ check }) => check))).toEqual(
      new Set(CHECKS.map(({ id }) => id)),
    );
    expect(await inventory(w.engine)).toEqual(before);
  });

  it("does not take what it made itself for leftovers", async () => {
    const w = world({
      leftovers: async () =>
        w.engine.calls.some(({ operation }) => operation === "networks.remove")
          ? []
          : ["a network"],
    });
    expect(of(await w.run(), "leftovers")).toMatchObject([{ status: "ok" }]);
  });

  it("is looked at from one privileged, labelled container of the image that is there", async () => {
    const { probes, run, engine } = world();
    await run();
    expect(
      probes.map(({ image, privileged, labels, networks, name }) => ({
        image,
        privileged,
        labels,
        onItsOwn: networks.length === 1 && networks[0]?.name === name,
      })),
    ).toEqual([
      {
        image: NODE_IMAGE,
        privileged: true,
        labels: { app: "k3d", "k3d.role": "noRole", "k3d.version": "6.0.0-test" },
        onItsOwn: true,
      },
    ]);
    expect(engine.calls.filter(({ operation }) => operation === "images.pull")).toEqual([]);
  });

  it("has its containers try to reach each other", async () => {
    const { probes, run } = world();
    await run();
    expect(probes[0]?.process.args?.at(-1)).toMatch(/nc \d+\.\d+\.\d+\.\d+ 9 /);
  });
});

it("tells of containers that do not reach each other", async () => {
  const print = PROBE_LINES.map((line, index) =>
    PROBE_LINES[index - 1] === "@@k3d reach" ? "no" : line,
  );
  const { findings } = await world({ print }).run();
  expect(findings.filter(({ status }) => status !== "ok")).toMatchObject([
    {
      check: "reach",
      status: "problem",
      message: "Containers on one network do not reach each other: nodes cannot join",
      fix: expect.stringContaining("firewall") as string,
    },
  ]);
});

it("takes the image of a node where that which is meant is not there, and pulls none", async () => {
  const w = world({ config: memoryConfig({ image: "docker.io/rancher/k3s:other" }) });
  await w.engine.containers.create({
    name: "k3d-demo-server-0",
    image: NODE_IMAGE,
    process: { env: [] },
    mounts: [],
    linux: {},
    networks: [],
    ports: [],
    labels: { app: "k3d", "k3d.role": "server", "k3d.cluster": "demo" },
  });
  await w.run();
  expect(w.probes.map(({ image }) => image)).toEqual([NODE_IMAGE]);
  expect(w.engine.calls.some(({ operation }) => operation === "images.pull")).toBe(false);
});

describe("without any image", () => {
  const bare = async (local: boolean) => {
    const w = world({ machine: fakeMachine({ files: { "/proc/1/status": "CapBnd:\t0\n" } }) });
    for (const { references } of await w.engine.images.list())
      for (const reference of references) await w.engine.images.remove(reference);
    Object.assign(w.engine.capabilities, { localBindMounts: local });
    return { ...w, examination: await w.run() };
  };

  it("files of this machine are read where the engine is here", async () => {
    const { examination, probes } = await bare(true);
    expect(probes).toEqual([]);
    expect(of(examination, "inotify")).toMatchObject([{ status: "ok" }]);
    expect(of(examination, "privileged")).toMatchObject([
      { status: "unknown", message: expect.stringContaining("no node image") as string },
    ]);
  });

  it("nothing of this machine stands for an engine elsewhere", async () => {
    const { examination } = await bare(false);
    for (const check of ["inotify", "files", "modules", "cgroups"])
      expect(of(examination, check)).toMatchObject([{ status: "unknown" }]);
    expect(of(examination, "engine")[0]?.message).toContain("on another machine");
    expect(of(examination, "ports")[0]?.message).toContain("another machine");
  });
});

describe("a privileged container that does not start", () => {
  it("is a problem that names what is missing, and hides nothing else", async () => {
    const bounding = (0x1ffffffffffn ^ (1n << 24n)).toString(16).padStart(16, "0");
    const w = world({
      machine: fakeMachine({ files: { "/proc/1/status": `CapBnd:\t${bounding}\n` } }),
    });
    // The first one is the neighbour.
    vi.spyOn(w.engine.containers, "start")
      .mockResolvedValueOnce(undefined)
      .mockRejectedValueOnce(
        new K3dError("CONTAINER_FAILED", "unable to apply caps: operation not permitted"),
      );
    const before = await inventory(w.engine);
    const examination = await w.run();
    expect(of(examination, "privileged")).toMatchObject([
      {
        status: "problem",
        message: expect.stringContaining("CAP_SYS_RESOURCE") as string,
        fix: expect.stringContaining("CAP_SYS_RESOURCE") as string,
      },
    ]);
    expect(examination.status).toBe("problem");
    expect(of(examination, "dns")).toMatchObject([{ status: "ok" }]);
    expect(await inventory(w.engine)).toEqual(before);
  });
});

it("tells of a network that the engine does not make, and looks without it", async () => {
  const w = world();
  vi.spyOn(w.engine.networks, "create").mockRejectedValue(
    new K3dError("RUNTIME_ERROR", "iptables: No chain/target/match by that name"),
  );
  const examination = await w.run();
  expect(of(examination, "dns")).toMatchObject([
    { status: "problem", message: expect.stringContaining("iptables") as string },
  ]);
  expect(of(examination, "privileged")).toMatchObject([{ status: "ok" }]);
  expect(await inventory(w.engine)).toEqual([]);
});

it("leaves nothing when it is interrupted while a container runs", async () => {
  const w = world();
  const interrupt = new AbortController();
  w.engine.programs((process) =>
    isProbe(process)
      ? async () => {
          interrupt.abort();
          await process.signalled;
        }
      : undefined,
  );
  const before = await inventory(w.engine);
  await expect(w.run(interrupt.signal)).rejects.toMatchObject({ code: "ABORTED" });
  expect(await inventory(w.engine)).toEqual(before);
});

describe("without an engine", () => {
  const gone = new K3dError("RUNTIME_UNAVAILABLE", "No container runtime is available", {
    details: { runtimes: [] },
  });

  it("each runtime is told with its advice, and k3d's own files are still looked at", async () => {
    const w = world({
      engine: gone,
      runtimes: async () => [
        { name: "docker", plugin: "k3d", available: false, reason: "no socket", hint: "Start it" },
      ],
    });
    const examination = await w.run();
    expect(of(examination, "engine")).toMatchObject([
      { status: "problem" },
      { status: "warning", message: "docker: no socket", fix: "Start it" },
    ]);
    expect(of(examination, "kubeconfig")).toMatchObject([{ status: "ok" }]);
    expect(of(examination, "proxy")).toMatchObject([{ status: "ok" }]);
    expect(of(examination, "dns")).toMatchObject([
      { status: "unknown", message: "No engine answers" },
    ]);
  });

  it("one that was named is told of alone", async () => {
    const named = new K3dError("RUNTIME_UNAVAILABLE", "Nothing listens at tcp://10.0.0.9:2376", {
      hint: "Correct DOCKER_HOST",
    });
    expect(of(await world({ engine: named }).run(), "engine")).toMatchObject([
      {
        status: "problem",
        message: "Nothing listens at tcp://10.0.0.9:2376",
        fix: "Correct DOCKER_HOST",
      },
    ]);
  });
});

describe("checks", () => {
  const facts = {} as DoctorFacts;
  const good = {
    id: "good",
    group: "k3d",
    run: () => [{ status: "ok", message: "fine" }],
  } as const;

  it("that throw or never end hide no others", async () => {
    const findings = await runChecks(
      [
        {
          id: "broken",
          group: "k3d",
          run: () => {
            throw new TypeError("x is not a function");
          },
        },
        { id: "silent", group: "k3d", limitMs: 0, run: () => new Promise(() => {}) },
        { ...good, run: () => [{ status: "ok", message: "fine" }] },
      ],
      facts,
    );
    expect(findings).toMatchObject([
      {
        check: "broken",
        status: "unknown",
        message: "Could not be looked at: x is not a function",
      },
      {
        check: "silent",
        status: "unknown",
        message: expect.stringContaining("No answer") as string,
      },
      { check: "good", status: "ok" },
    ]);
  });

  it("have ids of their own", () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the script of the look", () => {
  it.skipIf(process.platform !== "linux")(
    "tells a neighbour that refuses from one that does not answer",
    async () => {
      const reached = async (status: number): Promise<boolean | undefined> => {
        // In the place of a packet's way: what `timeout` ends with when it is refused, and when it is dropped.
        const programs = `nc() { :; }; timeout() { return ${status}; };`;
        const script = programs + probeScript([], "10.0.0.2");
        const { stdout } = await promisify(execFile)("/bin/sh", ["-c", script]);
        return parseProbe(stdout.split("\n"), 0, 1)?.reachesNeighbour;
      };
      expect(await Promise.all([0, 1, 124, 143].map(reached))).toEqual([true, true, false, false]);
    },
  );

  it.skipIf(process.platform !== "linux")("runs in a shell and is understood", async () => {
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", probeScript(["localhost"])]);
    const view = parseProbe(stdout.split("\n"), 0, Number.MAX_SAFE_INTEGER);
    expect(view?.files.get("/proc/self/status")).toContain("CapEff:");
    expect(view?.space?.total).toBeGreaterThan(0);
    expect(view?.clock?.host).toBeGreaterThan(Date.UTC(2025, 0, 1));
  });

  it("is not taken for whole when it was cut off", () => {
    expect(parseProbe(PROBE_LINES.slice(0, -1), 0, 1)).toBeUndefined();
    expect(parseProbe(["hello"], 0, 1)).toBeUndefined();
  });
});
