import { byName, K3dError, type NodeView } from "@k3d/core";
import type { WantedObjects } from "@k3d/plugin-kit";
import type { RuntimeListing } from "./every-runtime.js";

/**
 * The runtime that has what a command names; `undefined` when none has, so that the default one
 * tells that it does not exist.
 *
 * @throws K3dError `INVALID_INPUT` when several runtimes have an object of the name, or the objects
 * are on different runtimes
 */
export function runtimeOf(
  wanted: WantedObjects,
  listings: readonly RuntimeListing[],
): string | undefined {
  const named = [
    ...(wanted.clusters ?? []).map((name) => ownersOf("cluster", name, listings)),
    ...(wanted.nodes ?? []).map((name) => ownersOf("node", name, listings)),
  ].filter(({ owners }) => owners.length > 0);
  const several = named.find(({ owners }) => owners.length > 1);
  if (several) {
    throw new K3dError(
      "INVALID_INPUT",
      `There is a ${several.what} on each of these runtimes: ${several.owners.join(", ")}`,
      {
        hint: `Say which one is meant, e.g. --runtime ${several.owners[0]}`,
      },
    );
  }
  const runtimes = [...new Set(named.flatMap(({ owners }) => owners))];
  if (runtimes.length > 1) {
    const where = named.map(({ what, owners }) => `${what} on ${owners.join(", ")}`).join("; ");
    throw new K3dError("INVALID_INPUT", `They are on different runtimes: ${where}`, {
      hint: "Run the command once for each runtime",
    });
  }
  return runtimes[0];
}

function ownersOf(
  kind: "cluster" | "node",
  name: string,
  listings: readonly RuntimeListing[],
): { what: string; owners: string[] } {
  // Two runtimes may lead to one engine, as DOCKER_HOST with Podman's socket does.
  const seen = new Set<string>();
  const has = ({ nodes }: RuntimeListing): boolean => {
    const nameOf = (node: NodeView): string =>
      (kind === "cluster" ? node.cluster : node.name) ?? "";
    const found = byName(
      name,
      nodes.map((node) => ({ name: nameOf(node) })),
    );
    const own = nodes.filter((node) => found !== undefined && nameOf(node) === found.name);
    const isNew = own.some(({ id }) => !seen.has(id));
    for (const { id } of own) seen.add(id);
    return isNew;
  };
  return { what: `${kind} ${name}`, owners: listings.filter(has).map(({ runtime }) => runtime) };
}
