import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { capabilityWarnings, checkContainers } from "../plan/check-capabilities.js";
import { MemoryRuntime } from "../testing/index.js";
import type { CapabilityName, RuntimeCapabilities } from "./capabilities.js";
import { CAPABILITY_NEEDS, containerNeeds } from "./capability-needs.js";
import type { ContainerSpec } from "./container-spec.js";

const IMAGE = "example.org/program:1";

/** A container that needs everything a container can need. */
const DEMANDING: ContainerSpec = {
  name: "node",
  image: IMAGE,
  process: { env: [], rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }] },
  mounts: [{ type: "volume", source: "data", destination: "/data", options: ["U"] }],
  labels: {},
  linux: { resources: { memory: { limit: 1 } } },
  networks: [{ name: "one", ipv4Address: "10.0.0.3", ipv6Address: "fd00::3" }, { name: "two" }],
  ports: [{ containerPort: 1, protocol: "tcp", hostIp: "::1" }],
  privileged: true,
  hostNetwork: true,
  gpus: "all",
  restartPolicy: { name: "always" },
};

const full = new MemoryRuntime().capabilities;

const without = (name: CapabilityName): RuntimeCapabilities => ({
  ...(Object.fromEntries(
    Object.keys(full).map((key) => [key, true]),
  ) as unknown as RuntimeCapabilities),
  [name]: false,
});

const lacking = (name: CapabilityName): MemoryRuntime =>
  new MemoryRuntime({ images: [IMAGE], capabilities: without(name) });

const source = (path: string): Promise<string> =>
  readFile(new URL(`../${path}`, import.meta.url), "utf8");

const UNSUPPORTED = (name: CapabilityName): object => ({
  code: "UNSUPPORTED",
  message: expect.stringContaining(`"${name}"`),
});

/** A plan with such a container is refused, and so is the container itself. */
const refusesContainer = async (name: CapabilityName): Promise<void> => {
  const facts = { capabilities: without(name), runtime: "memory" };
  expect(() => checkContainers([DEMANDING], facts)).toThrow(
    expect.objectContaining(UNSUPPORTED(name)),
  );
  await expect(lacking(name).containers.create(DEMANDING)).rejects.toMatchObject(UNSUPPORTED(name));
};

/** The runtime itself refuses a method, whoever calls it. */
const refusesCall =
  (call: (runtime: MemoryRuntime) => Promise<unknown>) =>
  async (name: CapabilityName): Promise<void> => {
    await expect(call(lacking(name))).rejects.toMatchObject(UNSUPPORTED(name));
  };

const warns = async (name: CapabilityName): Promise<void> => {
  const facts = { capabilities: without(name) };
  expect(capabilityWarnings([DEMANDING], facts)).toEqual([CAPABILITY_NEEDS[name].consequence]);
};

/** Another way is taken at these places. */
const consulted =
  (...places: [path: string, text: RegExp][]) =>
  async (): Promise<void> => {
    for (const [path, text] of places) expect(await source(path), path).toMatch(text);
  };

/** How each row is shown to be true. */
const PROOFS: Record<CapabilityName, (name: CapabilityName) => Promise<void>> = {
  staticIp: warns,
  dynamicRange: consulted(["plan/network.ts", /capabilities\.dynamicRange/]),
  ipv6: async (name) => {
    await refusesContainer(name);
    const calls = [
      ({ networks }: MemoryRuntime) =>
        networks.create({ name: "dual", labels: {}, ipv6: { subnet: "fd00::/64" } }),
      ({ networks }: MemoryRuntime) => networks.connect("dual", "node", { ipv6Address: "fd00::3" }),
    ];
    for (const call of calls) await refusesCall(call)(name);
  },
  ipv6Loopback: refusesContainer,
  dns: warns,
  pause: refusesCall(({ containers }) => containers.unpause("node")),
  memoryLimit: warns,
  rlimits: warns,
  gpus: warns,
  restartPolicy: warns,
  restartAfterBoot: consulted(["../../cli/src/commands/runtime-info.ts", /CAPABILITY_NEEDS/]),
  imagePull: refusesCall(({ images }) => images.pull(IMAGE)),
  imageArchive: refusesCall(({ images }) => images.save([IMAGE])),
  archiveOwners: consulted(["operations/snapshots/owners.ts", /capabilities\)\.archiveOwners/]),
  volumes: consulted(
    ["observe/facts.ts", /capabilities\.volumes/],
    ["observe/members.ts", /capabilities\)\.volumes/],
  ),
  mountModes: refusesContainer,
  hostNetwork: refusesContainer,
  multipleNetworks: refusesContainer,
  portPublishing: refusesContainer,
  privileged: refusesContainer,
  rename: refusesCall(({ containers }) => containers.rename("node", "other")),
  stats: refusesCall(({ containers }) => containers.stats("node")),
  localBindMounts: consulted(["observe/facts.ts", /capabilities\.localBindMounts/]),
  networkOverMachines: refusesCall(({ networks }) =>
    networks.create({ name: "wide", labels: {}, overMachines: true }),
  ),
  machineGroups: refusesCall(({ groups }) => groups.begin()),
};

describe("what needs each capability", () => {
  it("has a row for each that a runtime declares", () => {
    expect(Object.keys(CAPABILITY_NEEDS).toSorted()).toEqual(Object.keys(full).toSorted());
  });

  it.each(Object.keys(CAPABILITY_NEEDS) as CapabilityName[])("is true of %s", async (name) => {
    await PROOFS[name](name);
    const { neededBy, consequence } = CAPABILITY_NEEDS[name];
    expect(neededBy).toMatch(/\w/);
    expect(consequence).toMatch(/^[A-Z].*\.$/s);
  });

  it.each(Object.keys(CAPABILITY_NEEDS) as CapabilityName[])(
    "says the right word for %s",
    async (name) => {
      const { without: word } = CAPABILITY_NEEDS[name];
      const facts = { capabilities: without(name), runtime: "memory" };
      const warnings = capabilityWarnings([DEMANDING], facts);
      const inPlan = containerNeeds(DEMANDING).includes(name);
      expect(warnings.length > 0).toBe(word === "warn" && (inPlan || name === "dns"));
    },
  );

  it("asks nothing of a runtime for a plain container", () => {
    const { name, image, process, labels } = DEMANDING;
    expect(
      containerNeeds({
        name,
        image,
        process: { env: process.env },
        labels,
        mounts: [],
        linux: {},
        networks: [],
        ports: [],
      }),
    ).toEqual([]);
  });
});
