import { writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enginesUnderTest } from "../support/engine.js";
import { ROOT, World } from "../support/world.js";

interface RuntimeInfoJson {
  runtime: { runtime: string; endpoint: string };
  candidates: { name: string; available: boolean; used: boolean }[];
}

/** Longer than any engine needs that has nothing else to do. */
const DELAY_MS = 5000;

const docker = enginesUnderTest().find(({ name }) => name === "docker");
const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

describe.runIf(docker !== undefined && host.startsWith("unix://"))("engines that take long", () => {
  let world: World;
  let slow: Server;
  beforeAll(async () => {
    if (docker === undefined) throw new Error("Docker is not under test");
    world = await World.create(docker);
    slow = createServer((client) => {
      const engine = connect(host.slice("unix://".length));
      for (const end of [client, engine])
        end.on("error", () => {
          client.destroy();
          engine.destroy();
        });
      setTimeout(() => client.pipe(engine).pipe(client), DELAY_MS);
    });
    await new Promise<void>((resolve) => slow.listen(join(world.home, "slow.sock"), resolve));
    const podman = `#!/bin/sh\nsleep ${DELAY_MS / 1000}\nexec cat "${ROOT}/packages/runtime-podman/fixtures/$1.json"\n`;
    await writeFile(join(world.home, "podman"), podman, { mode: 0o755 });
  });
  afterAll(async () => {
    slow.close();
    await world.dispose();
  });

  it("are waited for, are available, and it is said what is waited for", async () => {
    const endpoint = `unix://${join(world.home, "slow.sock")}`;
    const env = {
      K3D_RUNTIME: undefined,
      DOCKER_HOST: endpoint,
      K3D_PODMAN_COMMAND: join(world.home, "podman"),
    };
    const { exitCode, stdout, stderr } = await world.run(["runtime-info", "--json"], { env });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain("Waiting for the runtime docker to answer");
    const { runtime, candidates } = JSON.parse(stdout) as RuntimeInfoJson;
    expect(runtime).toMatchObject({ runtime: "docker", endpoint });
    expect(candidates).toMatchObject([
      { name: "docker", available: true, used: true },
      { name: "podman", available: true, used: false },
      { name: "oci" },
    ]);
  });
});
