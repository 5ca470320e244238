import type { Forward } from "./forwards.js";

/**
 * What does the same as a tunnel where a runtime reaches its engine by ssh and carries nothing else
 * over it; `undefined` for an engine that is reached in another way.
 */
export function sshCommand(endpoint: string, forwards: readonly Forward[]): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const { protocol, username, hostname, port } = new URL(endpoint);
  if (protocol !== "ssh:" || hostname === "") return undefined;
  const opened = forwards.map(({ host, port: at }) => `-L 127.0.0.1:${at}:${host}:${at}`);
  const who = username === "" ? hostname : `${username}@${hostname}`;
  const line = ["ssh -N", ...(port === "" ? [] : [`-p ${port}`]), ...opened, who].join(" ");
  return `This runtime reaches its engine through its own program. ssh itself can open the ports: ${line}`;
}
