import { isK3dError } from "../../../errors/index.js";
import { IMAGE_VOLUME_PATH } from "../../../model/defaults.js";
import type { NodeView } from "../../../node/views.js";
import type { CallOptions } from "../../../runtime/common.js";
import { exec } from "../../../runtime/run-command.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { imageIds, LIST_COMMAND } from "./images.js";

/** containerd's content store in a node of k3s with its default data directory. */
const BLOBS = "/var/lib/rancher/k3s/agent/containerd/io.containerd.content.v1.content/blobs/sha256";

/** What a node tells of where images can go. */
export interface NodeProbe {
  node: NodeView;
  /** Digests and sizes of the blobs that it has; none when it does not tell. */
  blobs: ReadonlyMap<string, number>;
  /** The same for nodes that share the image volume; absent where there is none. */
  volume?: string;
  /** Names of the archives in the image volume. */
  archives: string[];
  /** Ids of its images by their full references; none when it was not asked, or does not tell. */
  images: ReadonlyMap<string, string>;
}

/** One line for each blob, the mount of the volume, and the archives in it. */
const PROBE = [
  `cd ${BLOBS} 2>/dev/null && ls -ln`,
  `grep -F ' ${IMAGE_VOLUME_PATH} ' /proc/self/mountinfo`,
  `cd ${IMAGE_VOLUME_PATH} 2>/dev/null && ls -1`,
].join("; ");
/** Stands before what `crictl` tells. */
const MARK = "images:";
const IMAGES = `echo ${MARK}; ${LIST_COMMAND.join(" ")} 2>/dev/null`;

/**
 * Asks a node, with one command. A node that does not answer has nothing and shares nothing.
 *
 * @param options.images whether its images are asked for, which takes as long as all the rest.
 */
export async function probeNode(
  runtime: ContainerRuntime,
  node: NodeView,
  { images = false, ...options }: CallOptions & { images?: boolean } = {},
): Promise<NodeProbe> {
  const script = [PROBE, ...(images ? [IMAGES] : []), "exit 0"].join("; ");
  try {
    const found = parseProbe(await exec(runtime, node.id, ["sh", "-c", script], options));
    // Disks of two machines may have the same number and directory.
    const volume = found.volume && [node.machine, found.volume].filter(Boolean).join(" ");
    return { node, ...found, volume };
  } catch (error) {
    if (isK3dError(error, "ABORTED")) throw error;
    return { node, blobs: new Map(), archives: [], images: new Map() };
  }
}

export function parseProbe(output: string): Omit<NodeProbe, "node"> {
  const blobs = new Map<string, number>();
  const archives: string[] = [];
  let volume: string | undefined;
  const [files = "", images = ""] = output.split(`\n${MARK}\n`);
  for (const line of files.split("\n")) {
    const [, size, hex] = /^-\S+\s+\d+\s+\S+\s+\S+\s+(\d+)\s.*\s([0-9a-f]{64})$/.exec(line) ?? [];
    if (hex !== undefined) blobs.set(`sha256:${hex}`, Number(size));
    else if (/^[\w.-]+\.tar$/.test(line)) archives.push(line);
    else volume ??= sharedVolume(line);
  }
  return { blobs, archives, volume, images: imageIds(images) };
}

/** Device and directory of a line of `/proc/self/mountinfo`: proc(5). */
function sharedVolume(line: string): string | undefined {
  const [, , device, root, destination] = line.split(" ");
  return destination === IMAGE_VOLUME_PATH ? `${device} ${root}` : undefined;
}
