import { PassThrough } from "node:stream";
import { isK3dError } from "../../../errors/index.js";
import { IMAGE_VOLUME_PATH } from "../../../model/defaults.js";
import type { NodeView } from "../../../node/views.js";
import type { CallOptions } from "../../../runtime/common.js";
import { quietly } from "../../../runtime/quietly.js";
import { exec } from "../../../runtime/run-command.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { imageIds, LIST_COMMAND, LIST_ENV } from "./images.js";

/** containerd's content store in a node of k3s with its default data directory. */
const BLOBS = "/var/lib/rancher/k3s/agent/containerd/io.containerd.content.v1.content/blobs/sha256";

/** What is mounted in a node: device (`MAJOR:MINOR`), and the directory on its file system. */
export interface NodeMount {
  device: string;
  root: string;
}

/** What a node tells of where images can go. */
export interface NodeProbe {
  node: NodeView;
  /** Digests and sizes of the blobs that it has; none when it does not tell. */
  blobs: ReadonlyMap<string, number>;
  /** The image volume; absent where there is none. */
  mount?: NodeMount;
  /** The same for nodes that share the image volume; absent where there is none. */
  volume?: string;
  /** Names of the archives in the image volume. */
  archives: string[];
  /** Ids of its images by their full references; none when it can have none of those that are looked for, or does not tell. */
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
/** Reads ids, and asks `crictl` when the content store may have one of them. */
const IMAGES = `while read -r id; do
  [ -d ${BLOBS} ] && [ ! -e ${BLOBS}/$id ] && continue
  echo ${MARK}
  ${LIST_ENV} ${LIST_COMMAND.join(" ")} 2>/dev/null
  break
done`;

export interface ProbeOptions extends CallOptions {
  /**
   * Ids of images that are looked for, to be told when the command runs already: its images, which take it longer than all
   * the rest, are asked of a node only if it has content with one of these digests.
   */
  ids?: Promise<readonly string[]>;
}

/** Asks a node, with one command. A node that does not answer has nothing and shares nothing. */
export async function probeNode(
  runtime: ContainerRuntime,
  node: NodeView,
  { ids, ...options }: ProbeOptions = {},
): Promise<NodeProbe> {
  const script = [PROBE, ...(ids ? [IMAGES] : []), "exit 0"].join("; ");
  const call = { ...options, ...(ids ? { stdin: linesOf(ids) } : {}) };
  try {
    const found = parseProbe(await exec(runtime, node.id, ["sh", "-c", script], call));
    // Disks of two machines may have the same number and directory.
    const { device, root } = found.mount ?? {};
    const volume = device && [node.machine, device, root].filter(Boolean).join(" ");
    return { node, ...found, volume };
  } catch (error) {
    if (isK3dError(error, "ABORTED")) throw error;
    return { node, blobs: new Map(), archives: [], images: new Map() };
  }
}

function linesOf(ids: Promise<readonly string[]>): PassThrough {
  const lines = quietly(new PassThrough());
  ids.then(
    (all) => lines.end(all.map((id) => `${id.replace(/^sha256:/, "")}\n`).join("")),
    // Whoever looks the images up tells why they are not there.
    () => lines.end(),
  );
  return lines;
}

export function parseProbe(output: string): Omit<NodeProbe, "node" | "volume"> {
  const blobs = new Map<string, number>();
  const archives: string[] = [];
  let mount: NodeMount | undefined;
  const [files = "", images = ""] = output.split(new RegExp(`^${MARK}\n`, "m"));
  for (const line of files.split("\n")) {
    const [, size, hex] = /^-\S+\s+\d+\s+\S+\s+\S+\s+(\d+)\s.*\s([0-9a-f]{64})$/.exec(line) ?? [];
    if (hex !== undefined) blobs.set(`sha256:${hex}`, Number(size));
    else if (/^[\w.-]+\.tar$/.test(line)) archives.push(line);
    else mount ??= imageMount(line);
  }
  return { blobs, archives, ...(mount ? { mount } : {}), images: imageIds(images) };
}

/** Device and directory of a line of `/proc/self/mountinfo`: proc(5). */
function imageMount(line: string): NodeMount | undefined {
  const [, , device = "", root = "", destination] = line.split(" ");
  return destination === IMAGE_VOLUME_PATH ? { device, root } : undefined;
}
