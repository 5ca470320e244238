import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  K3dError,
  makeDirectories,
  notWritten,
  writeFileSafely,
  type DesiredCluster,
  type ContainerRuntime,
  type ContainerSpec,
  type DesiredNode,
} from "@k3d/core";
import { imageConfig } from "./image-config.js";

/** The description of a bundle that was written for a node. */
export interface WrittenBundle {
  node: string;
  /** Directory with `config.json`, and in `rootfs` the files that k3d adds to the image's. */
  path: string;
  image: string;
  /** `assumed`: the image is not there yet, so its command and environment are what is known of its like. */
  imageConfig: "image" | "assumed";
}

interface Bundle extends WrittenBundle {
  files: { path: string; content: string; mode: number }[];
}

/**
 * Describes each node of a plan as an OCI bundle below `directory`.
 *
 * What only carrying the plan out would tell is not in them: addresses, and files that name them.
 *
 * @throws K3dError `ALREADY_EXISTS` when the directory has something in it, `INVALID_INPUT` when it
 * cannot be written, `UNSUPPORTED` for what a bundle cannot say, e.g. GPUs
 */
export async function writeBundles(
  plan: DesiredCluster,
  runtime: ContainerRuntime,
  directory: string,
  signal: AbortSignal,
): Promise<WrittenBundle[]> {
  const { cgroupVersion } = await runtime.info({ signal });
  const bundles = await Promise.all(
    plan.nodes.map((node) => describe(node, directory, { cgroupVersion, runtime, signal })),
  );
  await refuseUsed(directory);
  try {
    for (const bundle of bundles) await write(bundle);
  } catch (error) {
    throw notWritten(`The bundles cannot be written to ${directory}`, error, {
      hint: "Name another directory with --output.",
    });
  }
  return bundles.map(({ files: _files, ...bundle }) => bundle);
}

interface Engine {
  cgroupVersion: 1 | 2;
  runtime: ContainerRuntime;
  signal: AbortSignal;
}

async function describe(
  node: DesiredNode,
  directory: string,
  { cgroupVersion, runtime, signal }: Engine,
): Promise<Bundle> {
  const { name, spec } = node;
  const [{ toOciSpec, portableHost }, { config, from }] = await Promise.all([
    // oxlint-disable-next-line no-restricted-imports -- its translation, whichever runtime is chosen
    import("@k3d/runtime-oci-spec/translation"),
    imageConfig(node, runtime, signal),
  ]);
  const host = { ...portableHost(spec, cgroupVersion), files: { "/etc/hosts": "hosts" } };
  const bundle = JSON.stringify(toOciSpec(spec, config, host), undefined, 2);
  return {
    node: name,
    path: join(directory, name),
    image: spec.image,
    imageConfig: from,
    files: [
      { path: "config.json", content: `${bundle}\n`, mode: 0o600 },
      { path: "hosts", content: hosts(spec), mode: 0o644 },
      ...node.files.map((file) => ({ ...file, path: join("rootfs", file.path) })),
    ],
  };
}

function hosts({ extraHosts = [] }: ContainerSpec): string {
  const lines = extraHosts.map(({ ip, hostnames }) => `${ip} ${hostnames.join(" ")}`);
  return `${["127.0.0.1 localhost", "::1 localhost", ...lines].join("\n")}\n`;
}

async function refuseUsed(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(() => []);
  if (entries.length === 0) return;
  throw new K3dError("ALREADY_EXISTS", `The directory ${directory} is not empty`, {
    hint: "Name another one with --output, or empty it.",
  });
}

/** Readable for the user alone: the cluster's token is in it. */
async function write({ path, files }: Bundle): Promise<void> {
  await makeDirectories(join(path, "rootfs"), { mode: 0o700 });
  for (const { path: name, content, mode } of files) {
    const file = join(path, name);
    await writeFileSafely(file, content, { mode, replace: false });
  }
}
