import { K3dError } from "@k3d/core/runtime";
import { decoded } from "../decoded.js";
import type { SshConfigValues } from "./config-file.js";
import type { SshTarget } from "./target.js";
import { withTokens, type Tokens } from "./tokens.js";

/**
 * The hosts on the way to a host, in the order in which they are passed; none when it is reached
 * directly.
 *
 * @throws `INVALID_CONFIG`.
 */
export function jumpsOf(host: string, config: SshConfigValues, tokens: Tokens): SshTarget[] {
  // Where both are there OpenSSH takes the one that stands first; nearly everybody has one only.
  const jump = config.proxyjump?.join(" ").trim();
  const command = config.proxycommand?.join(" ").trim();
  if (jump !== undefined) {
    return jump.toLowerCase() === "none"
      ? []
      : withTokens(jump, tokens)
          .split(",")
          .map((word) => parseJump(word, host));
  }
  if (command === undefined || command.toLowerCase() === "none") return [];
  const inner = /^ssh\s+-W\s+(?:%h:%p|\[%h\]:%p)\s+(\S+)$/.exec(command)?.[1];
  if (inner !== undefined) return [parseJump(inner, host)];
  throw new K3dError(
    "INVALID_CONFIG",
    `~/.ssh/config has a ProxyCommand for ${host}, which k3d does not run`,
    {
      hint: "Name the hosts on the way with ProxyJump, or forward the engine's socket with `ssh -L` and name that with DOCKER_HOST.",
    },
  );
}

function parseJump(word: string, host: string): SshTarget {
  const text = word.trim();
  const url = URL.parse(text.startsWith("ssh://") ? text : `ssh://${text}`);
  if (!url?.hostname) {
    throw new K3dError("INVALID_CONFIG", `"${text}" (ProxyJump of ${host}) names no host`, {
      hint: "Write it as [USER@]HOST[:PORT] in ~/.ssh/config.",
    });
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port ? Number(url.port) : undefined,
    username: url.username ? decoded(url.username) : undefined,
  };
}
