import type { Flag } from "./flags.ts";

export function helpText(): string {
  return `NAME:
   k3s - Kubernetes, but small and simple

USAGE:
   k3s [global options] command [command options] [arguments...]

COMMANDS:
   server   Run management server
   agent    Run node agent
   kubectl  Run kubectl
   crictl   Run crictl
   ctr      Run ctr
   etcd-snapshot  Trigger an immediate etcd snapshot

This is a stand-in for tests, not k3s.
`;
}

function line(flag: Flag): string {
  const names = flag.names
    .map((name) => `${name.length > 1 ? "--" : "-"}${name}${flag.kind === "bool" ? "" : " value"}`)
    .join(", ");
  const more = [flag.value ? `(default: ${flag.value})` : "", flag.env ? `[$${flag.env}]` : ""]
    .filter(Boolean)
    .join(" ");
  return `   ${names.padEnd(42)} ${flag.usage} ${more}`.trimEnd();
}

export function commandHelp(command: "server" | "agent", flags: Flag[]): string {
  const what = command === "server" ? "Run management server" : "Run node agent";
  return `NAME:\n   k3s ${command} - ${what}\n\nUSAGE:\n   k3s ${command} [OPTIONS]\n\nOPTIONS:\n${flags.map(line).join("\n")}\n\n`;
}
