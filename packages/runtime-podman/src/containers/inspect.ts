import { labelFilters, parseAnswer, type CallOptions, type LabelSelector } from "@k3d/core/runtime";
import { failureError } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import type { ContainerJson } from "./inspect-json.js";

/** @throws `NOT_FOUND`. */
export async function inspectContainer(
  cli: PodmanCli,
  id: string,
  options: CallOptions = {},
): Promise<ContainerJson> {
  const context = { action: `inspect container '${id}'` };
  const [json] = await cli.json<[ContainerJson]>(["container", "inspect", id], context, options);
  return json;
}

/** Tells the ids of all containers that pass filters of `podman ps`. */
export const listCommand = (filters: readonly string[]): string[] => [
  "ps",
  "--all",
  "--quiet",
  "--no-trunc",
  ...filters,
];

/** Filters of `podman ps` for containers with these labels. */
export const byLabels = (labels: LabelSelector): string[] =>
  labelFilters(labels).map((filter) => `--filter=label=${filter}`);

/**
 * All containers that pass podman's filters, with two commands however many
 * they are. One that vanishes in between is left out.
 *
 * @param filters arguments of `podman ps`.
 */
export async function inspectContainers(
  cli: PodmanCli,
  filters: readonly string[],
  options: CallOptions = {},
): Promise<ContainerJson[]> {
  const action = "list containers";
  const listed = await cli.text(listCommand(filters), { action }, options);
  const ids = listed.split("\n").filter((line) => line !== "");
  if (ids.length === 0) return [];
  const result = await cli.run(["container", "inspect", ...ids], options);
  const error = result.exitCode === 0 ? undefined : failureError(result, { action });
  // Podman prints those that it found also when it then complains of one that is gone.
  if (error !== undefined && error.code !== "NOT_FOUND") throw error;
  return result.stdout === "" ? [] : parseAnswer<ContainerJson[]>(result.stdout, action);
}
