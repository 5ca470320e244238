import { readFile } from "node:fs/promises";
import { K3dError } from "@k3d/core/runtime";
import type { ContainerTree } from "../archive/tree.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { OciUser } from "../translation/oci-config.ts";

interface ResolvedUser {
  user: OciUser;
  home: string;
}

/**
 * A user as an image or a spec names it (`name`, `uid`, each with `:group`)
 * in numbers, by the container's `/etc/passwd` and `/etc/group`. Empty means root.
 *
 * @throws `INVALID_INPUT` for a name that is in neither.
 */
export async function resolveUser(tree: ContainerTree, text: string): Promise<ResolvedUser> {
  const [name = "", group] = text.split(":");
  const passwd = await table(tree, "/etc/passwd");
  const groups = await table(tree, "/etc/group");
  const entry =
    passwd.find((fields) => (name === "" ? fields[2] === "0" : fields[0] === name)) ??
    passwd.find((fields) => fields[2] === name);
  const uid = number(entry?.[2] ?? (name === "" ? "0" : name));
  if (uid === undefined) throw unknown("user", name);
  const gid =
    group === undefined
      ? number(entry?.[3] ?? "0")
      : number(groups.find((fields) => fields[0] === group)?.[2] ?? group);
  if (gid === undefined) throw unknown("group", group ?? "");
  const additionalGids = groups
    .filter((fields) => entry?.[0] !== undefined && (fields[3] ?? "").split(",").includes(entry[0]))
    .flatMap((fields) => number(fields[2] ?? "") ?? [])
    .filter((additional) => additional !== gid);
  return {
    user: {
      uid,
      gid,
      ...(group === undefined && additionalGids.length > 0 ? { additionalGids } : {}),
    },
    home: entry?.[5] || (uid === 0 ? "/root" : "/"),
  };
}

async function table(tree: ContainerTree, path: string): Promise<string[][]> {
  const { hostPath } = await tree.resolve(path);
  const text = (await readFile(hostPath, "utf8").catch(ignoreMissing)) ?? "";
  return text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line) => line.split(":"));
}

function number(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function unknown(kind: string, name: string): K3dError {
  return new K3dError("INVALID_INPUT", `The image has no ${kind} '${name}'`, {
    hint: `Give the ${kind} as a number`,
  });
}
