import { K3dError } from "@k3d/core/runtime";

const KIND = "nvidia.com/gpu";

/**
 * A GPU request in Docker's `--gpus` words as CDI device names
 * (https://github.com/cncf-tags/container-device-interface), which podman takes as devices.
 *
 * @param request `all`, a count or `device=…`, `"device=…"`; the capabilities part is not needed here.
 * @throws `INVALID_INPUT`.
 */
export function gpuDevices(request: string | undefined): string[] {
  if (request === undefined) return [];
  if (request === "all") return [`${KIND}=all`];
  const count = /^(?:count=)?([1-9]\d*)$/.exec(request)?.[1];
  if (count !== undefined) {
    return Array.from({ length: Number(count) }, (_, index) => `${KIND}=${index}`);
  }
  const devices = /^"?device=([\w,.-]+)"?$/.exec(request)?.[1];
  if (devices !== undefined) return devices.split(",").map((device) => `${KIND}=${device}`);
  throw new K3dError("INVALID_INPUT", `Invalid GPU request ${JSON.stringify(request)}`, {
    hint: "Use all, a number of GPUs, or device=ID[,ID…]",
  });
}
