import { once } from "node:events";
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sshHome, sshKey, startSshd, type Sshd } from "../../engine/ssh/sshd.ts";
import { enginesUnderTest } from "../support/engine.js";
import { SLOW_BOOT } from "../support/interrupted.js";
import { OtherMachine } from "../support/other-machine.js";
import { World } from "../support/world.js";

/** Only this adapter speaks ssh by itself. */
const engine = enginesUnderTest().find(({ name }) => name === "docker");

describe.skipIf(engine === undefined)("an engine on another machine, by ssh (needs docker)", () => {
  let w: World;
  let here: OtherMachine;
  let sshd: Sshd;

  beforeAll(async () => {
    w = await World.create(engine as NonNullable<typeof engine>);
    here = await OtherMachine.create();
    w.around = here.inside;
    const home = await sshHome();
    const key = await sshKey(join(home.ssh, "id_ed25519"));
    sshd = await startSshd({ address: here.address, authorized: [key] });
    await writeFile(join(home.ssh, "known_hosts"), `${await sshd.knownHost()}\n`);
    await writeFile(
      join(home.ssh, "config"),
      `Host engine\n  HostName ${here.address}\n  Port ${sshd.port}\n  User ${sshd.user}\n`,
    );
    await cp(home.ssh, join(w.home, ".ssh"), { recursive: true });
    await rm(home.dir, { recursive: true });
  });

  afterAll(async () => {
    w.around = [];
    await Promise.allSettled([sshd.close(), here.dispose()]);
    await w.dispose();
  });

  // The path spares the question where the socket is.
  const HOST = ["--host", "ssh://engine/var/run/docker.sock"];

  it("opens no port with --tunnel, and is reached through `k3d tunnel`, also after a cut", async () => {
    const cluster = w.name("far");
    await w.k3d("cluster", "create", cluster, ...HOST, "--tunnel", "-p", "8080@loadbalancer");
    const { NetworkSettings } = await w.engine.inspect(`k3d-${cluster}-serverlb`);
    const { Ports = {} } = NetworkSettings as { Ports?: Record<string, { HostIp: string }[]> };
    const bound = Object.values(Ports).flat().filter(Boolean);
    expect(bound.length).toBeGreaterThanOrEqual(2);
    expect(new Set(bound.map(({ HostIp }) => HostIp))).toEqual(new Set(["127.0.0.1"]));
    expect(await w.kubectlFails("get", "nodes", "--request-timeout", "5s")).toBe(true);

    const tunnel = w.spawn(["tunnel", cluster, ...HOST]);
    await once(tunnel.stdout as NodeJS.ReadableStream, "data");
    expect(await w.readyNodes()).toEqual([`k3d-${cluster}-server-0`]);
    await sshd.cut();
    expect(await w.readyNodes()).toEqual([`k3d-${cluster}-server-0`]);
    tunnel.kill("SIGINT");
    expect((await tunnel).exitCode).toBe(130);
    expect(await w.kubectlFails("get", "nodes", "--request-timeout", "5s")).toBe(true);

    // A cut within an import is told, and the next try succeeds.
    const images = await dockerSave(w);
    const broken = w.spawn(["image", "import", "-", "--cluster", cluster, ...HOST], {
      stdin: "pipe",
    });
    broken.stdin?.on("error", () => undefined);
    broken.stdin?.write(images.subarray(0, images.length / 2));
    await reached(() => sshd.connections());
    await sshd.stop();
    broken.stdin?.end(images.subarray(images.length / 2));
    const { exitCode, stderr } = await broken;
    expect([exitCode, String(stderr)]).toEqual([7, expect.stringContaining("ssh")]);
    await sshd.start();
    const again = await w.run(["image", "import", "-", "--cluster", cluster, ...HOST], {
      input: images,
    });
    expect(again.exitCode, again.stderr).toBe(0);
    await w.k3d("cluster", "delete", cluster, ...HOST);
    expect(await w.traces(cluster)).toEqual([]);
  });

  it("is the address of the API otherwise; a cut create undoes what it made, or tells what is left", async () => {
    const cluster = w.name("cut");
    const create = ["cluster", "create", cluster, ...HOST, ...SLOW_BOOT, "--trace"];
    const cut = w.spawn([...create, "--token", "a-secret-of-this-test"]);
    await said(cut, /containers\.start k3d-\S+-server-0: \d+ ms/);
    await sshd.cut();
    const undone = await cut;
    expect(undone.exitCode).toBe(7);
    expect(undone.stderr).toContain("The ssh connection to engine was cut");
    expect(undone.stderr).not.toContain("a-secret-of-this-test");
    expect(undone.stderr).not.toContain("PRIVATE KEY");
    expect(await w.traces(cluster)).toEqual([]);

    const lost = w.spawn(create);
    await said(lost, /containers\.start k3d-\S+-server-0: \d+ ms/);
    const [server] = await w.engine.containers(cluster);
    expect(server).toBeDefined();
    await sshd.stop();
    const left = await lost;
    expect(left.exitCode).toBe(7);
    expect(left.stderr).toContain(`Create server k3d-${cluster}-server-0`);
    expect(left.stderr).toContain(`Remove it with: k3d cluster delete ${cluster}`);
    await sshd.start();
    await w.k3d("cluster", "delete", cluster, ...HOST);
    expect(await w.traces(cluster)).toEqual([]);

    const volume = ["--volume", `${w.home}:/src`];
    const refused = await w.run(["cluster", "create", cluster, ...HOST, ...volume]);
    expect(refused.exitCode).toBe(8);
    expect(refused.stderr).toContain(`and the engine is on ${here.address}`);
    const plan = await w.json<{ apiHost?: string }>(
      "cluster",
      "create",
      cluster,
      ...HOST,
      ...volume,
      "--engine-paths",
      "--dry-run",
    );
    expect(JSON.stringify(plan)).toContain(here.address);
  });
});

/** An archive of a small image, as `docker save` writes it. */
async function dockerSave(w: World): Promise<Buffer> {
  const { execa } = await import("execa");
  const name = "k3d.local/busybox:dev";
  await w.engine.client("image", "inspect", name);
  const { stdout } = await execa("docker", ["save", name], { encoding: "buffer" });
  return Buffer.from(stdout);
}

/** Resolves when a command has said this on standard error. */
async function said(running: ReturnType<World["spawn"]>, words: RegExp): Promise<void> {
  let seen = "";
  const found = new Promise<void>((resolve) => {
    running.stderr?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (words.test(seen)) resolve();
    });
  });
  await Promise.race([found, running]);
  expect(seen).toMatch(words);
}

/** Resolves when the answer is more than nothing. */
async function reached(ask: () => Promise<number>): Promise<void> {
  await expect.poll(ask, { timeout: 60_000 }).toBeGreaterThan(0);
}
