import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineNamed, enginesUnderTest } from "./support/engine.js";
import { World } from "./support/world.js";

interface ClusterJson {
  name: string;
  runtime: string;
}
interface RuntimeInfoJson {
  candidates: { name: string; available: boolean; used: boolean }[];
}

const answers = async (command: string): Promise<boolean> =>
  (await execa(command, ["info"], { reject: false })).exitCode === 0;

/** Both engines are needed, so this runs with the second one's tests, and only where the first one answers too. */
const possible =
  enginesUnderTest().some(({ name }) => name === "podman") && (await answers("docker"));

describe.runIf(possible)("several runtimes", () => {
  let docker: World;
  let podman: World;
  const env = { K3D_RUNTIME: undefined };
  beforeAll(async () => {
    docker = await World.create(engineNamed("docker"));
    podman = await World.create(engineNamed("podman"));
  });
  afterAll(async () => {
    await docker.dispose();
    await podman.dispose();
  });

  it("lists all of them and finds the one that has the named cluster or node", async () => {
    const [here, there] = [docker.name("here"), podman.name("there")];
    await docker.k3d("cluster", "create", here, "--no-lb");
    await podman.k3d("cluster", "create", there, "--no-lb");
    const listed = JSON.parse(
      (await docker.run(["cluster", "list", "--all-runtimes", "--json"], { env })).stdout,
    ) as ClusterJson[];
    expect(listed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: here, runtime: "docker" }),
        expect.objectContaining({ name: there, runtime: "podman" }),
      ]),
    );

    expect((await podman.run(["node", "stop", `k3d-${there}-server-0`], { env })).exitCode).toBe(0);
    expect((await podman.engine.containers(there)).every(({ running }) => !running)).toBe(true);
    expect((await podman.run(["cluster", "start", there], { env })).exitCode).toBe(0);
    expect(await podman.kubectl("get", "--raw", "/readyz")).toBe("ok");
    for (const [w, name] of [
      [docker, here],
      [podman, there],
    ] as const) {
      expect((await w.run(["cluster", "delete", name], { env })).exitCode).toBe(0);
      expect(await w.traces(name)).toEqual([]);
    }
  });

  it("refuses to guess between two clusters of one name", async () => {
    const name = docker.name("both");
    await docker.k3d("cluster", "create", name, "--no-lb", "--wait=false");
    const taken = await podman.run(["cluster", "create", name, "--no-lb", "--wait=false"]);
    expect(taken.exitCode).toBe(4);
    expect(taken.stderr).toContain("docker");
    // k3d refuses to make the second one, so another tool does.
    const node = `k3d-${name}-server-0`;
    const labels = Object.entries({ app: "k3d", "k3d.cluster": name, "k3d.role": "server" });
    const { Image } = (await docker.engine.inspect(node)).Config;
    await podman.engine.client(
      "create",
      "--name",
      node,
      ...labels.flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      Image,
    );
    const { exitCode, stderr } = await docker.run(["cluster", "delete", name], { env });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/docker, podman/);
    await podman.k3d("cluster", "delete", name);
    await docker.k3d("cluster", "delete", name);
    expect([...(await docker.traces(name)), ...(await podman.traces(name))]).toEqual([]);
  });

  it("tells of every candidate why it is taken or passed over", async () => {
    const { stdout } = await docker.run(["runtime-info", "--json"], { env });
    const { candidates } = JSON.parse(stdout) as RuntimeInfoJson;
    expect(candidates.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["docker", "podman", "oci"]),
    );
    expect(candidates.find(({ used }) => used)).toMatchObject({ name: "docker", available: true });
    expect(candidates.find(({ name }) => name === "podman")).toMatchObject({ available: true });
  });

  it("does not take another one than the one that is named", async () => {
    const { exitCode, stdout } = await docker.run(["runtime-info", "--json"], {
      env: { ...env, DOCKER_HOST: "unix:///nonexistent.sock" },
    });
    expect(exitCode).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "RUNTIME_UNAVAILABLE", details: { named: "DOCKER_HOST" } },
    });
  });
});
