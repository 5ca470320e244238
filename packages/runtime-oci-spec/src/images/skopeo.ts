import { access } from "node:fs/promises";
import { join } from "node:path";
import { abortError, K3dError, maskText, type PullProgress } from "@k3d/core/runtime";
import { endOnExit, OWN_GROUP } from "../host/children.ts";
import { commandFailed, lastLine, notInstalled } from "../host/run.ts";

const PROGRAM = "skopeo";

export interface CopyOptions {
  /** Address of the image in skopeo's words, e.g. `docker://…` or `docker-archive:…`. */
  source: string;
  layout: string;
  name: string;
  /** `os/arch[/variant]`. */
  platform?: string | undefined;
  env: Record<string, string>;
  tmp: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: PullProgress) => void) | undefined;
}

/**
 * Copies an image into an OCI layout.
 *
 * Layers are compressed lightly: umoci unpacks no other than gzip.
 *
 * @throws `IMAGE_NOT_FOUND`, `REMOTE_UNAVAILABLE`, `NO_SPACE`, `COMMAND_FAILED`, `ABORTED`.
 */
export async function skopeoCopy(options: CopyOptions): Promise<void> {
  const args = [
    ...(await policyArgs(options.env["HOME"])),
    "--tmpdir",
    options.tmp,
    ...platformArgs(options.platform),
    "copy",
    "--dest-compress-format",
    "gzip",
    "--dest-compress-level",
    "1",
    ...(isLoopback(options.source) ? ["--src-tls-verify=false"] : []),
    options.source,
    `oci:${options.layout}:${options.name}`,
  ];
  const { execa } = await import("execa");
  const child = execa(PROGRAM, args, {
    ...OWN_GROUP,
    reject: false,
    stdin: "ignore",
    env: options.env,
    extendEnv: false,
    cancelSignal: options.signal,
  });
  endOnExit(child, child);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter((part) => part.trim() !== ""))
      options.onProgress?.({ message: line.trim() });
  });
  const result = await child;
  if (result.isCanceled && options.signal) throw abortError(options.signal);
  if (result.code === "ENOENT") throw notInstalled(PROGRAM);
  if (result.exitCode !== 0) {
    const failure = {
      exitCode: result.exitCode ?? 128,
      stdout: result.stdout,
      stderr: result.stderr,
    };
    throw explain(options.source, commandFailed(PROGRAM, args, failure), result.stderr);
  }
}

/** skopeo asks for a signature policy; where the machine has none, the engines' own default is to accept. */
async function policyArgs(home: string | undefined): Promise<string[]> {
  const candidates = [
    "/etc/containers/policy.json",
    ...(home === undefined ? [] : [join(home, ".config/containers/policy.json")]),
  ];
  for (const candidate of candidates) {
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (found) return [];
  }
  return ["--insecure-policy"];
}

/** Registries on this very machine are spoken to without TLS too, as Docker does. */
function isLoopback(source: string): boolean {
  return /^docker:\/\/(?:localhost|127(?:\.\d{1,3}){3})(?::\d+)?\//.test(source);
}

function platformArgs(platform: string | undefined): string[] {
  if (platform === undefined) return [];
  const [os, arch, variant] = platform.split("/");
  return [
    "--override-os",
    os ?? "linux",
    "--override-arch",
    arch ?? "",
    ...(variant === undefined ? [] : ["--override-variant", variant]),
  ];
}

function unreadable(
  cause: { cause: unknown; details: Record<string, unknown> },
  reason: string,
): K3dError {
  const lacksPlatform = /no image found|choosing image instance/i.test(reason);
  const what = lacksPlatform ? "has no image for this machine's platform" : "cannot be read as one";
  return new K3dError(
    lacksPlatform ? "UNSUPPORTED" : "INVALID_INPUT",
    `The image archive ${what}`,
    { ...cause, hint: `skopeo says: ${lastLine(reason) ?? ""}` },
  );
}

const UNREACHABLE =
  /dial tcp|no such host|connection refused|i\/o timeout|TLS handshake|x509:|deadline exceeded|network is unreachable|connection reset|server gave HTTP response|pinging container registry|toomanyrequests|status code 5\d\d|: EOF$/im;
const UNKNOWN =
  /manifest unknown|name unknown|unauthorized|denied|not found|no image found|invalid username\/password|choosing image instance/i;

function explain(source: string, failure: K3dError, stderr: string): K3dError {
  const image = source.replace(/^docker:\/\//, "");
  const reason = maskText(stderr.trim());
  const cause = { cause: failure, details: { ...failure.details } };
  if (/no space left on device/i.test(stderr)) {
    return new K3dError("NO_SPACE", `No space is left for image '${image}'`, {
      ...cause,
      hint: "Free some space, or set K3D_OCI_ROOT to a directory with more",
    });
  }
  if (!source.startsWith("docker://")) return unreadable(cause, reason);
  if (UNREACHABLE.test(stderr)) {
    return new K3dError(
      "REMOTE_UNAVAILABLE",
      `The registry of image '${image}' cannot be reached`,
      {
        ...cause,
        hint: `skopeo says: ${lastLine(reason) ?? ""}`,
      },
    );
  }
  if (UNKNOWN.test(stderr)) {
    return new K3dError(
      "IMAGE_NOT_FOUND",
      `Image '${image}' does not exist, or may not be pulled`,
      {
        ...cause,
        hint: "Check its name; for a private one, log in with skopeo login",
      },
    );
  }
  return failure;
}
