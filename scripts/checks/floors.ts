/**
 * The floors of each package's `src`, lowest first: a folder imports from its own floor and from
 * lower ones, types included. Folders on one floor may import each other as long as no circle
 * comes of it. Files that stand in `src` itself are the roof: they may import everything.
 */
export const FLOORS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  core: [
    ["model", "errors", "events", "injection", "files"],
    ["runtime"],
    ["node", "loadbalancer", "registry", "kubeconfig", "image", "machines"],
    ["filters", "config"],
    ["plan", "lifecycle"],
    ["observe", "readiness"],
    ["graph", "steps"],
    ["operations"],
    ["services"],
    ["testing"],
  ],
  "runtime-docker": [["endpoint"], ["engine"], ["containers", "images", "networks", "volumes"]],
  "runtime-podman": [
    ["command", "host"],
    ["boot", "engine"],
    ["containers", "images", "networks", "volumes"],
  ],
  "runtime-oci-spec": [
    ["translation"],
    ["host"],
    ["store"],
    ["archive", "images"],
    ["engine"],
    ["networks", "volumes"],
    ["containers"],
  ],
};
