import { readFile, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Engine, Inspection } from "./engine.ts";
import { ociClient } from "./oci-client.ts";

/** Where the daemonless runtime keeps things, and where runc keeps its state of them. */
const ROOT = process.env["K3D_OCI_ROOT"] ?? "/var/lib/k3d/oci";
const RUN = process.env["K3D_OCI_RUN"] ?? "/run/k3d/oci";
const INIT = "/dev/k3d-init";

interface RecordFile {
  id: string;
  name: string;
  spec: { image: string; labels: Record<string, string>; restartPolicy?: { name: string } };
}

interface StateFile {
  startedAt?: string;
  interfaces: { network: string; interface: string; ipv4Address?: string }[];
  ports?: { containerPort: number; protocol: string; hostIp?: string; hostPort?: number }[];
}

interface Bundle {
  hostname?: string;
  process: {
    args: string[];
    env: string[];
    rlimits?: { type: string; soft: number; hard: number }[];
  };
  mounts: { destination: string; type: string; source: string }[];
  annotations: Record<string, string>;
  linux: {
    namespaces: { type: string }[];
    resources: { memory?: { limit: number }; devices: { allow: boolean; type?: string }[] };
  };
}

/** A bundle is written at the first start. */
const NEVER_STARTED: Bundle = {
  process: { args: [], env: [] },
  mounts: [],
  annotations: {},
  linux: { namespaces: [], resources: { devices: [] } },
};

/** The daemonless runtime as runc, the kernel and its files show it. */
export const ociEngine: Engine = {
  name: "oci",
  client: ociClient,
  async containers(cluster) {
    const found = (await allRecords()).filter(({ spec }) => spec.labels["k3d.cluster"] === cluster);
    const states = found.map(async ({ id, name }) => ({
      name,
      running: (await runcState(id))?.status === "running",
    }));
    return (await Promise.all(states)).sort((one, other) => (one.name < other.name ? -1 : 1));
  },
  networks: async () => (await entries("networks")).map((file) => file.replace(/\.json$/, "")),
  volumes: () => entries("volumes"),
  inspect: inspectContainer,
};

async function inspectContainer(nameOrId: string): Promise<Inspection> {
  const id = await readlink(join(ROOT, "names", nameOrId)).catch(() => nameOrId);
  const [record, state, bundle, runc] = await Promise.all([
    json<RecordFile>(`containers/${id}/container.json`),
    json<StateFile>(`containers/${id}/state.json`),
    json<Bundle>(`containers/${id}/config.json`).catch(() => NEVER_STARTED),
    runcState(id),
  ]);
  const args = bundle.process.args[0] === INIT ? bundle.process.args.slice(2) : bundle.process.args;
  const [path = "", ...rest] = args;
  const has = (namespace: string): boolean =>
    bundle.linux.namespaces.some(({ type }) => type === namespace);
  const running = runc?.status === "running";
  return {
    Id: id,
    Path: path,
    Args: rest,
    Config: {
      Env: bundle.process.env,
      Labels: bundle.annotations,
      Image: record.spec.image,
      Hostname: bundle.hostname ?? "",
    },
    State: {
      Status: running ? "running" : "exited",
      Running: running,
      StartedAt: state.startedAt ?? "",
      Pid: running ? (runc?.pid ?? 0) : 0,
    },
    Mounts: bundle.mounts.filter(({ type }) => type === "bind").map(mountOf),
    NetworkSettings: {
      Networks: running ? await addresses(id, state) : {},
      Ports: publishedPorts(state),
    },
    HostConfig: {
      Memory: bundle.linux.resources.memory?.limit ?? 0,
      RestartPolicy: { Name: record.spec.restartPolicy?.name ?? "no" },
      Ulimits: (bundle.process.rlimits ?? []).map(({ type, soft, hard }) => ({
        Name: type.replace("RLIMIT_", "").toLowerCase(),
        Soft: soft,
        Hard: hard,
      })),
      PidMode: has("pid") ? "" : "host",
      NetworkMode: has("network") ? "bridge" : "host",
      Privileged: bundle.linux.resources.devices.some(
        ({ allow, type }) => allow && type === undefined,
      ),
    },
  };
}

function mountOf({ destination, source }: Bundle["mounts"][number]): Inspection["Mounts"][number] {
  const volume = new RegExp(`^${join(ROOT, "volumes")}/([^/]+)/data$`).exec(source)?.[1];
  return {
    Source: source,
    Destination: destination,
    ...(volume === undefined ? { Type: "bind", Name: "" } : { Type: "volume", Name: volume }),
  };
}

/** The addresses that the interfaces of a container have, by network. */
async function addresses(
  id: string,
  state: StateFile,
): Promise<Inspection["NetworkSettings"]["Networks"]> {
  const { stdout } = await execa(
    "nsenter",
    [`--net=${join(RUN, "netns", id)}`, "ip", "-json", "-4", "address", "show"],
    { reject: false },
  );
  const links = JSON.parse(stdout === "" ? "[]" : stdout) as {
    ifname: string;
    addr_info: { local: string }[];
  }[];
  const addressOf = (name: string): string =>
    links.find(({ ifname }) => ifname === name)?.addr_info[0]?.local ?? "";
  return Object.fromEntries(
    state.interfaces.map(({ network, interface: name }) => [
      network,
      { IPAddress: addressOf(name) },
    ]),
  );
}

function publishedPorts(state: StateFile): Inspection["NetworkSettings"]["Ports"] {
  const ports: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, protocol, hostIp, hostPort } of state.ports ?? []) {
    (ports[`${containerPort}/${protocol}`] ??= []).push({
      HostIp: hostIp ?? "0.0.0.0",
      HostPort: String(hostPort),
    });
  }
  return ports;
}

async function runcState(id: string): Promise<{ status: string; pid: number } | undefined> {
  const { exitCode, stdout } = await execa("runc", ["--root", join(RUN, "runtime"), "state", id], {
    reject: false,
  });
  return exitCode === 0 ? (JSON.parse(stdout) as { status: string; pid: number }) : undefined;
}

async function allRecords(): Promise<RecordFile[]> {
  const records = (await entries("containers")).map((id) =>
    json<RecordFile>(`containers/${id}/container.json`).catch(() => undefined),
  );
  return (await Promise.all(records)).filter((record) => record !== undefined);
}

async function entries(directory: string): Promise<string[]> {
  return readdir(join(ROOT, directory)).catch(() => []);
}

async function json<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(join(ROOT, path), "utf8")) as T;
}
