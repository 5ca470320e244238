import { MemoryRuntime } from "@k3d/core/testing";
import { runCommand } from "@k3d/plugin-kit/testing";
import { beforeEach, describe, expect, it } from "vitest";
import NetworkCreate from "./network/create.js";
import NetworkDelete from "./network/delete.js";
import NetworkList from "./network/list.js";
import VolumeCreate from "./volume/create.js";
import VolumeDelete from "./volume/delete.js";
import VolumeList from "./volume/list.js";

let runtime: MemoryRuntime;
beforeEach(() => {
  runtime = new MemoryRuntime();
});

type CommandClass = Parameters<typeof runCommand>[0];
const run = (command: CommandClass, ...argv: string[]) => {
  const { networks, volumes } = runtime;
  return runCommand(command, argv, { runtime: { networks, volumes } });
};
const namesOf = async (kind: "network" | "volume"): Promise<string[]> =>
  (await runtime[`${kind}s`].list()).map(({ name }) => name);

describe.each([
  { kind: "network", Create: NetworkCreate, Delete: NetworkDelete, List: NetworkList },
  { kind: "volume", Create: VolumeCreate, Delete: VolumeDelete, List: VolumeList },
] as const)("a $kind of the user's", ({ kind, Create, Delete, List }) => {
  it("is made, listed as nobody's and deleted", async () => {
    expect(await run(Create, "shared")).toMatchObject({ exitCode: 0, stdout: "shared\n" });
    const [made] = await runtime[`${kind}s`].list();
    expect(made?.labels).toMatchObject({ app: "k3d", "k3d.external": "true" });
    expect((await run(List, "--no-headers")).stdout).toMatch(/^shared +-/);
    expect(await run(Delete, "shared")).toMatchObject({ exitCode: 0, stdout: "shared\n" });
    expect(await namesOf(kind)).toEqual([]);
  });

  it("is deleted with others or none of them is", async () => {
    await run(Create, "shared");
    const { exitCode, stderr } = await run(Delete, "shared", "sharde");
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringMatching(
        new RegExp(`^Error: ${kind} 'sharde' does not exist .*\nHint: .*'shared'`, "i"),
      ),
    ]);
    expect(await namesOf(kind)).toEqual(["shared"]);
    const none = await run(Delete, "else");
    expect(none.stderr).toContain(`s that exist: shared.`);
  });

  it("of a cluster, or of somebody else's, stays", async () => {
    const labels = { app: "k3d", "k3d.cluster": "demo" };
    await runtime[`${kind}s`].create({ name: "theirs", labels: {} });
    await runtime[`${kind}s`].create({ name: "k3d-demo", labels });
    const [own, other] = [await run(Delete, "k3d-demo"), await run(Delete, "theirs")];
    expect([own.exitCode, other.exitCode]).toEqual([2, 2]);
    expect(own.stderr).toContain("k3d cluster delete demo");
    expect(other.stderr).toContain("own client");
    expect(await namesOf(kind)).toEqual(["theirs", "k3d-demo"]);
  });
});

describe("network create --subnet", () => {
  it("takes networks of both families", async () => {
    const { exitCode } = await run(NetworkCreate, "shared", "--subnet", "10.9.0.0/24,fd00:9::/64");
    expect(exitCode).toBe(0);
    const { subnets } = await runtime.networks.inspect("shared");
    expect(subnets.map(({ subnet }) => subnet)).toEqual(["10.9.0.0/24", "fd00:9::/64"]);
  });

  it.each(["foo", "10.9.0.1/24", "fd00:9::/64", "auto,auto"])("refuses %s", async (subnet) => {
    const { exitCode, stderr } = await run(NetworkCreate, "shared", "--subnet", subnet);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Hint: ")]);
    expect(await namesOf("network")).toEqual([]);
  });
});
