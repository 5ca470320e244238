import type { Platform } from "./documents.js";

/** What an architecture runs besides its own: the defaults of containerd's `platforms` package. */
const ALSO_RUNS: Readonly<Record<string, readonly string[]>> = { amd64: ["386"], arm64: ["arm"] };

/** `os/arch[/variant]` as an object. */
export function parsePlatform(text: string): Platform {
  const [os = "", architecture = "", variant] = text.split("/");
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}

/** Whether an image for `platform` is one for `wanted`. A variant counts where both name one, `v8` being that of arm64. */
export function isPlatform(platform: Platform, wanted: Platform): boolean {
  if (platform.os !== wanted.os || platform.architecture !== wanted.architecture) return false;
  const variants = [platform, wanted].map(({ variant }) => variant ?? "v8");
  return wanted.variant === undefined || variants[0] === variants[1];
}

/** Whether a machine runs images for `platform`. */
export function runsOn(platform: Platform, machine: Platform): boolean {
  if (platform.os !== machine.os) return false;
  if (platform.architecture === machine.architecture) return true;
  return ALSO_RUNS[machine.architecture]?.includes(platform.architecture) ?? false;
}

/** What builders use for what is no image, as attestations. */
export function isNoPlatform({ os, architecture }: Platform): boolean {
  return os === "unknown" || architecture === "unknown";
}
