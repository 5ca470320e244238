import { posix } from "node:path";
import { syntaxError } from "../filters/index.js";
import { invalid } from "./invalid.js";
import { isAbsolutePath, isWindowsPath, resolvePath } from "./paths.js";

/** A volume as the user asked for it. */
export interface VolumeSpec {
  /** `bind`: a path of the host; `volume`: a named volume of the engine. */
  type: "bind" | "volume";
  /** Host path, perhaps relative, or volume name. */
  source: string;
  /** Absolute path in the node, shortcuts resolved. */
  destination: string;
  /** Mount options in the order given, e.g. `ro`, `rshared`, `z`. */
  options: string[];
}

/** Words that stand for a path in the node, in volumes and in `files[].destination`. */
export const DESTINATION_SHORTCUTS: Readonly<Record<string, string>> = {
  "k3s-storage": "/var/lib/rancher/k3s/storage",
  "k3s-manifests": "/var/lib/rancher/k3s/server/manifests",
  "k3s-manifests-custom": "/var/lib/rancher/k3s/server/manifests/custom",
  "k3s-containerd": "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
  "k3s-containerd-tmpl": "/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl",
  "k3s-registry-config": "/etc/rancher/k3s/registries.yaml",
};

/** Mount options by what they decide; of each set at most one can be given. */
const OPTION_SETS: readonly (readonly string[])[] = [
  ["rw", "ro"],
  ["z", "Z"],
  ["shared", "rshared", "slave", "rslave", "private", "rprivate"],
  ["consistent", "cached", "delegated"],
  ["nocopy"],
  // Podman's own, with RuntimeCapabilities.mountModes.
  ["U"],
  ["O"],
];

const WHAT = "volume";
const HINT = `Write [SOURCE:]DEST[:MODE], for example "/data", "/data:/mnt/data:ro" or "my-volume:k3s-storage". Shortcuts for DEST: ${Object.keys(DESTINATION_SHORTCUTS).join(", ")}.`;
const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

/**
 * Parses `[SOURCE:]DEST[:MODE]`. One part alone is both source and destination,
 * and an empty MODE is none, as for Docker.
 *
 * A source with a slash in it (or `.`, `..`) is a path of the host, which may
 * be relative; anything else is the name of a volume. DEST is absolute or one
 * of {@link DESTINATION_SHORTCUTS}.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseVolumeSpec(text: string): VolumeSpec {
  const fail = (at: number, reason: string) =>
    syntaxError({ what: WHAT, text, at, reason, hint: HINT });
  const drive = /^[A-Za-z]:(?=[\\/])/.exec(text)?.[0] ?? "";
  const [first = "", second, third, ...more] = text.slice(drive.length).split(":");
  const source = drive + first;
  if (source === "") throw fail(0, "a source is missing");
  if (drive !== "" && second === undefined)
    throw fail(
      0,
      "it is a path of Windows without a destination in the node; names of volumes have two letters or more",
    );
  const destinationAt = second === undefined ? 0 : source.length + 1;
  if (more.length > 0)
    throw fail(destinationAt + `${second}:${third}`.length, 'there are too many ":"');
  const type = isPath(source) ? "bind" : "volume";
  if (type === "volume" && !VOLUME_NAME.test(source))
    throw fail(0, `"${source}" is neither a path nor the name of a volume`);
  return {
    type,
    source,
    destination: destinationPath(second ?? source, (reason) => fail(destinationAt, reason)),
    options:
      third === undefined || third === ""
        ? []
        : mountOptions(third, destinationAt + (second?.length ?? 0) + 1, fail),
  };
}

/**
 * The volume with the path of the host made absolute, from `baseDir`.
 *
 * @throws `INVALID_INPUT` for a path of Windows on another system: an engine would make a directory of
 * that name, or a volume called "C"; and for one with a tilde, for the same reason.
 */
export function volumeFrom(baseDir: string, volume: VolumeSpec): VolumeSpec {
  const { type, source } = volume;
  if (type === "volume") return volume;
  if (isWindowsPath(source) && !isWindowsPath(baseDir)) {
    throw invalid(
      WHAT,
      formatVolumeSpec(volume),
      `"${source}" is a path of Windows, and this is another system`,
      `Write the path as it is here${mountedDrive(source)}.`,
    );
  }
  if (/^~[\w.-]*\//.test(source)) {
    throw invalid(
      WHAT,
      formatVolumeSpec(volume),
      `"${source.split("/")[0]}" stands for a home directory in a shell alone`,
      `Write the whole path, or $HOME/…; ./${source} is a directory of that name.`,
    );
  }
  return { ...volume, source: resolvePath(baseDir, source) };
}

/** Where WSL has a drive of Windows. */
function mountedDrive(path: string): string {
  const [, drive, rest = ""] = /^([A-Za-z]):(.*)$/s.exec(path) ?? [];
  return drive === undefined
    ? ""
    : `, in WSL /mnt/${drive.toLowerCase()}${rest.replaceAll("\\", "/")}`;
}

/** The text that {@link parseVolumeSpec} reads as this volume. */
export function formatVolumeSpec({ source, destination, options }: VolumeSpec): string {
  return [source, destination, ...(options.length === 0 ? [] : [options.join(",")])].join(":");
}

/**
 * The absolute path of a file in a node that a destination stands for, without
 * `.`, `..` and doubled slashes.
 *
 * @throws `INVALID_INPUT` when it is neither absolute nor below a shortcut, or
 * names a directory.
 */
export function resolveDestination(text: string): string {
  const fail = (reason: string): Error =>
    syntaxError({
      what: "destination",
      text,
      at: 0,
      reason,
      hint: `Name the file with its absolute path in the node, or below a shortcut: ${Object.keys(DESTINATION_SHORTCUTS).join(", ")}.`,
    });
  const path = destinationPath(text, fail);
  if (/\/\.{0,2}$/.test(path) || DIRECTORIES.has(path))
    throw fail("it is a directory: the name of the file is missing");
  return posix.normalize(path);
}

/** Where a shortcut leads to a directory. */
const DIRECTORIES: ReadonlySet<string> = new Set(
  Object.values(DESTINATION_SHORTCUTS).filter((path) => !/\.\w+$/.test(path)),
);

function destinationPath(text: string, fail: (reason: string) => Error): string {
  if (text === "") throw fail("a destination is missing");
  if (text.includes("\0")) throw fail("a path must not contain a NUL character");
  const [head = "", ...rest] = text.split("/");
  if (head !== "" && !Object.hasOwn(DESTINATION_SHORTCUTS, head)) {
    throw fail(`the destination "${text}" is neither an absolute path nor a shortcut`);
  }
  const path = head === "" ? text : [DESTINATION_SHORTCUTS[head], ...rest].join("/");
  if (/^\/+$/.test(posix.normalize(path))) throw fail("the root of a node cannot be replaced");
  return path;
}

const isPath = (source: string): boolean =>
  /^\.{1,2}$|[\\/]/.test(source) || isAbsolutePath(source);

function mountOptions(
  text: string,
  at: number,
  fail: (at: number, reason: string) => Error,
): string[] {
  const options = text.split(",");
  let position = at;
  const seen = new Map<readonly string[], string>();
  for (const option of options) {
    const set = OPTION_SETS.find((candidates) => candidates.includes(option));
    if (set === undefined) {
      throw fail(
        position,
        option === ""
          ? "a mode is missing"
          : `"${option}" is not a mode; known are ${OPTION_SETS.flat().join(", ")}`,
      );
    }
    const other = seen.get(set);
    if (other !== undefined)
      throw fail(
        position,
        other === option ? `"${option}" is given twice` : `"${option}" contradicts "${other}"`,
      );
    seen.set(set, option);
    position += option.length + 1;
  }
  return options;
}
