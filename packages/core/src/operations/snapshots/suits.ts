import { randomUUID } from "node:crypto";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import { K3dError, isK3dError } from "../../errors/index.js";
import { isOlder, k3sVersionOf } from "../../image/index.js";
import { OBJECT_PREFIX } from "../../model/names.js";
import { newOperationId } from "../clusters/operation-id.js";
import { ensureImage } from "../../steps/ensure-image.js";
import { type Step, runSteps } from "../../steps/graph.js";
import { oneShot } from "../../steps/one-shot.js";
import type { Collaborators } from "../../steps/world.js";
import type { SnapshotDocument } from "./document.js";

/**
 * Looks whether a snapshot can be restored here, before anything is made.
 *
 * @throws `INVALID_INPUT` (of another architecture, of a newer k3s, with other address families, more servers than its
 * datastore has).
 */
export async function checkSuits(
  document: SnapshotDocument,
  config: ResolvedConfig,
  deps: Collaborators,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { runtime } = deps;
  const { name, datastore } = document;
  if (config.token !== document.token) {
    throw new K3dError(
      "CONFLICTING_OPTIONS",
      `Snapshot '${name}' can only be read with the token that its cluster had`,
      { hint: "Give no --token, and none in the config file." },
    );
  }
  if (datastore === "sqlite" && config.servers > 1) {
    throw new K3dError(
      "INVALID_INPUT",
      `Snapshot '${name}' is of a cluster with one server, and its datastore is for one server`,
      { hint: "Restore it with one server; the number of agents is free." },
    );
  }
  const wasDualStack = document.config.ipFamily === "dual";
  if (config.isDualStack !== wasDualStack) {
    throw new K3dError(
      "INVALID_INPUT",
      `Snapshot '${name}' is of a cluster with ${wasDualStack ? "both address families" : "IPv4 only"}, which Kubernetes cannot change`,
      { hint: "Leave --ip-family, --ipv6 and IPv6 subnets as the snapshot has them." },
    );
  }
  const { architecture } = await runtime.info({ signal });
  if (architecture !== document.architecture) {
    throw new K3dError(
      "INVALID_INPUT",
      `Snapshot '${name}' is for ${document.architecture}, and ${runtime.name} runs ${architecture}`,
      { hint: "Restore it on a machine of its own architecture." },
    );
  }
  if (await isSameImage(config.image, document, deps, signal)) return;
  const version = k3sVersionOf(config.image) ?? (await askImage(config, deps, signal));
  if (isOlder(version, document.k3sVersion)) {
    throw new K3dError(
      "INVALID_INPUT",
      `Snapshot '${name}' is of k3s ${document.k3sVersion}, and ${config.image} has ${version}, which is older`,
      { hint: "Kubernetes cannot go back: choose an image of the same or a newer release." },
    );
  }
}

async function isSameImage(
  image: string,
  { imageId }: SnapshotDocument,
  { runtime }: Collaborators,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (
      imageId !== undefined && (await runtime.images.inspect(image, { signal })).id === imageId
    );
  } catch (error) {
    if (isK3dError(error, "IMAGE_NOT_FOUND")) return false;
    throw error;
  }
}

/** Lets k3s itself say it, in a container that does nothing else. */
async function askImage(
  config: ResolvedConfig,
  deps: Collaborators,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { runtime, settings } = deps;
  const { image, env } = config;
  let told = "";
  const ask = oneShot(
    () => ({
      name: `${OBJECT_PREFIX}-version-${randomUUID().slice(0, 8)}`,
      image,
      args: ["/bin/k3s", "--version"],
      env: env.map((entry) => `${entry.name}=${entry.value}`),
    }),
    ({ lines }) => {
      told = lines.join("\n");
    },
    { runtime, version: settings.version, operation: newOperationId(settings) },
  );
  const steps: Step[] = [
    {
      id: "snapshot:image",
      title: `Find image ${image}`,
      run: (context) => ensureImage(runtime, image, context),
    },
    {
      id: "snapshot:version",
      title: `Ask ${image} for its version`,
      needs: ["snapshot:image"],
      ...ask,
    },
  ];
  await runSteps(steps, { ...deps, signal });
  return /^k3s version (\S+)/m.exec(told)?.[1] ?? "";
}
