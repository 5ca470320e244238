import { createHash } from "node:crypto";
import { join } from "node:path";
import { K3dError } from "@k3d/core/runtime";
import { parseCidr, type Cidr } from "./ipv4.ts";

/** Where the runtime keeps things and which programs it uses; all of it can be set by variables. */
export interface Settings {
  /** `K3D_OCI_ROOT`: images, containers, volumes, networks. Default `/var/lib/k3d/oci`. */
  root: string;
  /** `K3D_OCI_RUN`: what a reboot may forget. Default `/run/k3d/oci`, or one of its own beside it for another root. */
  run: string;
  /** `K3D_OCI_RUNTIME`: name or path of runc, crun or a program like them. Default: whichever is there, runc first. */
  runtime?: string;
  /** `K3D_OCI_CNI_PATH`: directories of CNI plugins, separated by `:`. */
  cniPath: string[];
  /** `K3D_OCI_SUBNETS`: where subnets of /24 are taken from. Default `10.76.0.0/14`, which neither Docker nor Podman uses by default. */
  subnetPool: Cidr;
  /** `K3D_OCI_DNS`: name servers for containers, separated by `,`. Default: the host's. */
  nameServers: string[];
  /** `K3D_OCI_LOG_SIZE`: bytes a container's log may grow to before it starts anew. Default 16 MiB. */
  logSizeMax: number;
  /** Where programs are looked for. */
  path: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_ROOT = "/var/lib/k3d/oci";
const DEFAULT_RUN = "/run/k3d/oci";
const DEFAULT_CNI_PATH = "/opt/cni/bin:/usr/lib/cni:/usr/libexec/cni";
/** root's own directories are missing from the PATH of many users. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @throws `INVALID_INPUT` for a variable that cannot be used. */
export function settingsFrom(env: Env): Settings {
  const root = absolute("K3D_OCI_ROOT", env["K3D_OCI_ROOT"]) ?? DEFAULT_ROOT;
  return {
    root,
    run: absolute("K3D_OCI_RUN", env["K3D_OCI_RUN"]) ?? defaultRun(root),
    ...(env["K3D_OCI_RUNTIME"] ? { runtime: env["K3D_OCI_RUNTIME"] } : {}),
    cniPath: words(env["K3D_OCI_CNI_PATH"] ?? DEFAULT_CNI_PATH, ":"),
    subnetPool: pool(env["K3D_OCI_SUBNETS"] ?? "10.76.0.0/14"),
    nameServers: words(env["K3D_OCI_DNS"] ?? "", ","),
    logSizeMax: logSize(env["K3D_OCI_LOG_SIZE"]),
    path: env["PATH"] ? `${env["PATH"]}:${SYSTEM_PATH}` : SYSTEM_PATH,
  };
}

/** The variables from which {@link settingsFrom} makes the same settings again. */
export function settingsToEnv(settings: Settings): Record<string, string> {
  return {
    K3D_OCI_ROOT: settings.root,
    K3D_OCI_RUN: settings.run,
    ...(settings.runtime === undefined ? {} : { K3D_OCI_RUNTIME: settings.runtime }),
    K3D_OCI_CNI_PATH: settings.cniPath.join(":"),
    K3D_OCI_SUBNETS: settings.subnetPool.text,
    K3D_OCI_DNS: settings.nameServers.join(","),
    K3D_OCI_LOG_SIZE: String(settings.logSizeMax),
    PATH: settings.path,
  };
}

/** Ten hexadecimal digits that tell one root from another in names that the whole machine shares. */
export function rootDigest(root: string): string {
  return createHash("sha256").update(root).digest("hex").slice(0, 10);
}

function defaultRun(root: string): string {
  return root === DEFAULT_ROOT ? DEFAULT_RUN : `${DEFAULT_RUN}-${rootDigest(root)}`;
}

function absolute(name: string, value: string | undefined): string | undefined {
  if (!value) return undefined;
  if (value.startsWith("/") && value !== "/") return join(value);
  throw new K3dError("INVALID_INPUT", `${name}=${value} is not an absolute path of a directory`);
}

function pool(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr && cidr.prefix <= 24) return cidr;
  throw new K3dError(
    "INVALID_INPUT",
    `K3D_OCI_SUBNETS=${text} is not an IPv4 network of at least 256 addresses`,
    {
      hint: "Write it as 10.76.0.0/14",
    },
  );
}

function logSize(text: string | undefined): number {
  const bytes = Number(text || 16 * 1024 * 1024);
  if (Number.isSafeInteger(bytes) && bytes >= 4096) return bytes;
  throw new K3dError(
    "INVALID_INPUT",
    `K3D_OCI_LOG_SIZE=${text} is not a number of bytes from 4096 on`,
  );
}

function words(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
