import type { MountSpec } from "@k3d/core/runtime";
import { csvField } from "../command/csv.js";

const PROPAGATIONS = new Set(["shared", "slave", "private", "rshared", "rslave", "rprivate"]);

/** Docker's and podman's short options for relabelling, in the words of `--mount`. */
const RELABEL: Readonly<Record<string, string>> = { z: "relabel=shared", Z: "relabel=private" };

/** A mount as an argument of `podman create`. */
export function mountArgs({ type, source, destination, options = [] }: MountSpec): string[] {
  if (type === "tmpfs") {
    // Without notmpcopyup podman copies what the image has there, which no other engine does.
    return ["--tmpfs", `${destination}:${["notmpcopyup", ...options].join(",")}`];
  }
  if (source !== undefined && options.some((option) => needsVolume(type, option)))
    return ["--volume", [source, destination, options.join(",")].join(":")];
  const fields = [
    `type=${type}`,
    ...(source === undefined ? [] : [`src=${source}`]),
    `dst=${destination}`,
    ...options.flatMap(mountOption),
  ];
  return ["--mount", fields.map(csvField).join(",")];
}

/** What podman takes with `--volume` only. */
function needsVolume(type: MountSpec["type"], option: string): boolean {
  return option === "O" || (type === "volume" && ["z", "Z", "nocopy"].includes(option));
}

/** Docker's, for machines where they have long had no effect; podman takes them with `--volume` only. */
const CONSISTENCIES = new Set(["consistent", "cached", "delegated"]);

function mountOption(option: string): string[] {
  if (PROPAGATIONS.has(option)) return [`bind-propagation=${option}`];
  if (option === "rbind") return [];
  if (option === "bind") return ["bind-nonrecursive"];
  if (option === "rw" || option === "nocopy" || CONSISTENCIES.has(option)) return [];
  return [RELABEL[option] ?? option];
}
