import { K3dError, type ContainerSpec, type ImageInfo } from "@k3d/core/runtime";
import { containerCapabilities } from "./capabilities.ts";
import type { OciConfig, OciProcess, OciUser } from "./oci-config.ts";
import type { OciHost } from "./oci-host.ts";

/** Where {@link OciHost.init} is mounted: `/dev` is a file system of the container's own, so its image stays untouched. */
export const INIT_PATH = "/dev/k3d-init";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** "Unlimited" (-1) is 2^64 - 1 in a bundle, which no JSON number of JavaScript can hold. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

type ImageConfig = ImageInfo["config"];

/**
 * The `process` of a bundle.
 *
 * @throws `INVALID_INPUT` when neither spec nor image has a command, or the user cannot be told.
 */
export function ociProcess(spec: ContainerSpec, image: ImageConfig, host: OciHost): OciProcess {
  const capabilities = containerCapabilities(spec.privileged ?? false, host.capabilities);
  const user = host.user ?? numericUser(spec.process.user ?? image.user ?? "", spec.name);
  // Only root's capabilities take effect on execution; others would merely be able to regain them.
  const effective = user.uid === 0 ? capabilities : [];
  const process: OciProcess = {
    terminal: false,
    user,
    args: processArgs(spec, image),
    env: processEnv(spec, image, host),
    cwd: spec.process.cwd ?? (image.workingDir || "/"),
    capabilities: { bounding: capabilities, effective, permitted: effective },
    noNewPrivileges: false,
  };
  const rlimits = spec.process.rlimits ?? [];
  if (rlimits.length > 0) {
    process.rlimits = rlimits.map(({ type, soft, hard }) => ({
      type,
      soft: rlimit(soft),
      hard: rlimit(hard),
    }));
  }
  return process;
}

/** The argv that the spec or else the image gives, behind the init program where one is asked for. */
function processArgs(spec: ContainerSpec, image: ImageConfig): string[] {
  const args = spec.process.args ?? [...image.entrypoint, ...image.cmd];
  if (args.length === 0) {
    throw new K3dError(
      "INVALID_INPUT",
      `Container '${spec.name}' has no command: image '${spec.image}' brings none`,
    );
  }
  return spec.init ? [INIT_PATH, "--", ...args] : args;
}

/** The image's variables, then the spec's, the last of a name winning. */
function processEnv(spec: ContainerSpec, image: ImageConfig, host: OciHost): string[] {
  const home = host.home === undefined ? [] : [`HOME=${host.home}`];
  const defaults = [DEFAULT_PATH, `HOSTNAME=${spec.hostname ?? spec.name}`, ...home];
  return mergeEnv([...defaults, ...image.env, ...spec.process.env]);
}

/** `NAME=value` entries with one for each name: the last. */
export function mergeEnv(entries: readonly string[]): string[] {
  const byName = new Map(entries.map((entry) => [entry.split("=", 1)[0] ?? entry, entry]));
  return [...byName.values()];
}

/** A user of the form `uid[:gid]`; empty means root. */
function numericUser(user: string, container: string): OciUser {
  const match = /^(?:(\d+)(?::(\d+))?)?$/.exec(user);
  if (!match) {
    throw new K3dError(
      "INVALID_INPUT",
      `User '${user}' of container '${container}' is a name, which only its image knows`,
      {
        hint: "Give the user as uid[:gid]",
      },
    );
  }
  return { uid: Number(match[1] ?? 0), gid: Number(match[2] ?? 0) };
}

function rlimit(value: number): number {
  return value < 0 ? UNLIMITED : value;
}

/** The process of a command run inside a container of that configuration. */
export function ociExecProcess(
  config: OciConfig,
  command: {
    args: string[];
    env?: string[];
    cwd?: string;
    user?: OciUser;
    capabilities?: string[];
  },
): OciProcess {
  const { rlimits: _rlimits, ...base } = config.process;
  const user = command.user ?? base.user;
  const bounding = command.capabilities ?? base.capabilities.bounding;
  const effective = user.uid === 0 ? bounding : [];
  return {
    ...base,
    user,
    args: command.args,
    env: mergeEnv([...base.env, ...(command.env ?? [])]),
    cwd: command.cwd ?? base.cwd,
    capabilities: { bounding, effective, permitted: effective },
  };
}
