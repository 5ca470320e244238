import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import Docker from "dockerode";
import { pack } from "tar-stream";
import { PATIENCE } from "../../../../test/patience.ts";

const REGISTRY_IMAGE = "k3d.local/registry:dev";
const PORT = "5000/tcp";
const USERNAME = "k3d";
const PASSWORD = "conformance";
/** Of {@link PASSWORD}: the registry takes bcrypt alone. */
const HTPASSWD = `${USERNAME}:$2b$05$xAsGkKFnoqo./jKT8UYVFOzw7POM3ioB6Bzjx1Y2GiX/0wCvDRiLi\n`;

/** A registry of this machine's engine that wants a login, with one image in it. */
export interface LocalRegistry {
  /** Host and port. */
  address: string;
  /** Full reference of that image, which the engine itself does not have. */
  pullable: string;
  /** Options whose Docker configuration has the login. */
  loggedIn: RuntimeOptions;
  remove(): Promise<void>;
}

/** Options of this process with another Docker configuration. */
export function optionsWithConfig(dockerConfig: string): RuntimeOptions {
  return {
    env: { ...process.env, DOCKER_CONFIG: dockerConfig },
    homeDir: homedir(),
    platform: process.platform,
  };
}

/** A Docker configuration directory with a login for `address`. */
export async function writeLogin(address: string, password: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "k3d-docker-config-"));
  const auth = Buffer.from(`${USERNAME}:${password}`).toString("base64");
  await writeFile(join(dir, "config.json"), JSON.stringify({ auths: { [address]: { auth } } }));
  return dir;
}

/** Starts a registry and pushes `image` into it. */
export async function startLocalRegistry(image: string): Promise<LocalRegistry> {
  const docker = new Docker();
  const container = await docker.createContainer({
    name: `k3dconf-registry-${randomBytes(4).toString("hex")}`,
    Image: REGISTRY_IMAGE,
    Env: [
      "REGISTRY_AUTH=htpasswd",
      "REGISTRY_AUTH_HTPASSWD_REALM=conformance",
      "REGISTRY_AUTH_HTPASSWD_PATH=/htpasswd",
    ],
    Labels: { "k3d.conformance": "registry" },
    HostConfig: { PortBindings: { [PORT]: [{ HostIp: "127.0.0.1", HostPort: "" }] } },
  });
  let config: string | undefined;
  const remove = async (): Promise<void> => {
    await container.remove({ force: true, v: true });
    if (config !== undefined) await rm(config, { recursive: true });
  };
  try {
    const archive = pack();
    archive.entry({ name: "htpasswd" }, HTPASSWD);
    archive.finalize();
    await container.putArchive(archive as unknown as NodeJS.ReadableStream, { path: "/" });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const address = `127.0.0.1:${NetworkSettings.Ports[PORT]?.[0]?.HostPort}`;
    await answers(`http://${address}/v2/`);
    const pullable = `${address}/k3d/conformance:1`;
    await push(docker, image, pullable, address);
    config = await writeLogin(address, PASSWORD);
    return { address, pullable, loggedIn: optionsWithConfig(config), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function push(
  docker: Docker,
  image: string,
  reference: string,
  serveraddress: string,
): Promise<void> {
  const [repo = "", tag = ""] = reference.split(/:(?=[^:/]*$)/);
  await docker.getImage(image).tag({ repo, tag });
  try {
    const stream = await docker
      .getImage(reference)
      .push({ authconfig: { username: USERNAME, password: PASSWORD, serveraddress } });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null, lines: { error?: string }[]) => {
        const failure = error?.message ?? lines.find((line) => line.error !== undefined)?.error;
        if (failure === undefined) resolve();
        else reject(new Error(`cannot push ${reference}: ${failure}`));
      });
    });
  } finally {
    await docker.getImage(reference).remove();
  }
}

/** Waits until a server answers at all. */
async function answers(url: string): Promise<void> {
  const deadline = Date.now() + 20_000 * PATIENCE;
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
