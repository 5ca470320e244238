import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  isK3dError,
  type ContainerRuntime,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core/runtime";
import { execa } from "execa";
import { PATIENCE } from "../../../test/patience.ts";

const PODMAN = "podman";
const REGISTRY_IMAGE = "k3d.local/registry:dev";
const REGISTRY_PORT = 5000;

/** A registry on this machine with one image in it, to pull from without the internet. */
export interface LocalRegistry {
  /** Full reference of that image, which is not among podman's own. */
  pullable: string;
  /** Lets podman pull from it without TLS. */
  options: RuntimeOptions;
  remove(): Promise<void>;
}

/** Starts it; `undefined` where the image to run it is not present. */
export async function startLocalRegistry(
  factory: RuntimeFactory,
  options: RuntimeOptions,
  image: string,
): Promise<LocalRegistry | undefined> {
  const runtime = await factory.create(options);
  const name = `k3dconf-registry-${randomBytes(4).toString("hex")}`;
  const conf = join(tmpdir(), `${name}.conf`);
  const remove = async (): Promise<void> => {
    await runtime.containers.remove(name, { force: true });
    await runtime.close();
    await rm(conf, { force: true });
  };
  try {
    await create(runtime, name);
  } catch (error) {
    await runtime.close();
    if (isK3dError(error, "IMAGE_NOT_FOUND")) return undefined;
    throw error;
  }
  try {
    await runtime.containers.start(name);
    const { ports } = await runtime.containers.inspect(name);
    const location = `127.0.0.1:${ports[0]?.hostPort}`;
    await answers(`http://${location}/v2/`);
    const pullable = `${location}/k3d/conformance:1`;
    await execa(PODMAN, ["push", "--tls-verify=false", image, `docker://${pullable}`]);
    await writeFile(conf, `[[registry]]\nlocation = "${location}"\ninsecure = true\n`);
    const env = { ...options.env, CONTAINERS_REGISTRIES_CONF: conf };
    return { pullable, options: { ...options, env }, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function create(runtime: ContainerRuntime, name: string): Promise<string> {
  return runtime.containers.create({
    name,
    image: REGISTRY_IMAGE,
    process: { env: [] },
    mounts: [],
    labels: { "k3d.test": "registry" },
    linux: {},
    networks: [],
    ports: [{ containerPort: REGISTRY_PORT, protocol: "tcp", hostIp: "127.0.0.1" }],
  });
}

async function answers(url: string): Promise<void> {
  for (let look = 0; look < 100 * PATIENCE; look++) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await delay(100);
  }
  throw new Error(`${url} does not answer`);
}
