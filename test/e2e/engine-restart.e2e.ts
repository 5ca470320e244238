import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa, type ResultPromise } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../engine/tls/certificates.ts";
import { enginesUnderTest } from "./support/engine.js";
import { offlineImage } from "./support/images.js";
import { PrivateDocker } from "./support/private-docker.js";
import { ROOT, World } from "./support/world.js";

/** Needs a second dockerd, so only where Docker is under test, as root on Linux. */
const docker = enginesUnderTest().find(({ name }) => name === "docker");
const possible = docker !== undefined && process.platform === "linux" && process.getuid?.() === 0;

describe.runIf(possible)("an engine of its own, reached by TLS, after a restart", () => {
  let engine: PrivateDocker;
  let world: World | undefined;
  const images = ["K3D_IMAGE", "K3D_IMAGE_LOADBALANCER"] as const;

  beforeAll(async () => {
    if (docker === undefined) throw new Error("Docker is not under test");
    world = await World.create(docker);
    engine = await PrivateDocker.start();
    await engine.copyImages(images.map(offlineImage));
  });
  afterAll(async () => {
    await engine?.dispose();
    await world?.dispose();
  });

  /** By tcp with a client certificate, as engines elsewhere are reached. */
  const start = (certificates: string, command: string, args: string[]): ResultPromise => {
    const [file, rest] = engine.inside(command, ...args);
    return execa(file, rest, {
      env: {
        HOME: world?.home,
        KUBECONFIG: world?.kubeconfig,
        DOCKER_HOST: engine.tlsHost,
        DOCKER_TLS_VERIFY: "1",
        DOCKER_CERT_PATH: certificates,
        K3D_RUNTIME: "docker",
      },
      input: "",
    });
  };
  const run = async (command: string, ...args: string[]): Promise<string> =>
    String((await start(engine.certificates, command, args)).stdout);
  const addresses = async (): Promise<string> => {
    const names = (await engine.client("ps", "-a", "--format", "{{.Names}}")).split("\n").sort();
    return engine.client(
      "inspect",
      "--format",
      "{{.Name}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
      ...names,
    );
  };

  it("nobody gets in without a certificate that it knows", async () => {
    const strange = join(world?.home ?? "", "strange");
    await mkdir(strange, { recursive: true });
    await makeCertificates(strange);
    const refused = start(strange, `${ROOT}/bin/k3d`, ["cluster", "list"]);
    await expect(refused).rejects.toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining("RUNTIME_UNAVAILABLE"),
    });
  });

  it("a cluster of three servers and two agents comes back by itself, with the same addresses and port", async () => {
    await run(`${ROOT}/bin/k3d`, "cluster", "create", "reboot", "--servers", "3", "--agents", "2");
    const before = await addresses();
    expect(before.split("\n")).toHaveLength(6);
    expect(await run("kubectl", "get", "nodes", "-o", "name")).toContain("node/k3d-reboot-agent-1");
    await run("kubectl", "create", "configmap", "keepsake", "--from-literal=a=b");

    await engine.restart();
    await expect
      .poll(() => run("kubectl", "get", "--raw", "/readyz").catch(() => ""), { timeout: 90_000 })
      .toBe("ok");
    expect(await addresses()).toBe(before);
    const ready = (): Promise<string> =>
      run("kubectl", "wait", "--for=condition=Ready", "nodes", "--all", "--timeout=5s").catch(
        () => "",
      );
    await expect.poll(ready, { timeout: 60_000 }).toContain("k3d-reboot-agent-1");
    expect(await run("kubectl", "get", "configmap", "keepsake", "-o", "jsonpath={.data.a}")).toBe(
      "b",
    );
    expect(await engine.client("exec", "k3d-reboot-agent-0", "cat", "/etc/hosts")).toContain(
      "host.k3d.internal",
    );

    await run(`${ROOT}/bin/k3d`, "cluster", "delete", "reboot");
    expect(await engine.client("ps", "-aq")).toBe("");
    expect(await engine.client("volume", "ls", "-q")).toBe("");
  });
});
