import type { Header } from "tar-stream";
import { exec } from "../../runtime/run-command.js";
import { changedHeader } from "../../runtime/tar-header.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

interface Owner {
  uid: number;
  gid: number;
}

/** Whose the entries of an archive are. */
export type Owners = (header: Header) => Header;

/** As the archive says. */
export const ownersOfArchive: Owners = (header) => header;

const ROOT: Owner = { uid: 0, gid: 0 };

/** All but root's: most files are. `find` and `stat` are busybox's in images of k3s. */
const SCRIPT = `find "$1" '(' ! -user 0 -o ! -group 0 ')' -exec stat -c '%u %g %n' '{}' +`;

/**
 * Whose the files of a directory of a node are, as the node itself says where its engine does not.
 * What is made later is root's. The node must not be paused.
 */
export async function ownersOfNode(
  runtime: ContainerRuntime,
  node: string,
  path: string,
  signal: AbortSignal,
): Promise<Owners> {
  if ((await runtime.capabilities).archiveOwners) return ownersOfArchive;
  const told = await exec(runtime, node, ["sh", "-c", SCRIPT, "sh", path], { signal });
  const owners = new Map<string, Owner>();
  for (const [, uid, gid, name = ""] of told.matchAll(/^(\d+) (\d+) \/(.*)$/gm))
    owners.set(name, { uid: Number(uid), gid: Number(gid) });
  return (header) => changedHeader(header, owners.get(header.name.replace(/\/$/, "")) ?? ROOT);
}
