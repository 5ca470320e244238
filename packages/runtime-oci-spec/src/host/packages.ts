/** Debian packages of the programs the runtime needs, where their names differ. */
const PACKAGES: Record<string, string> = {
  flock: "util-linux",
  unshare: "util-linux",
  mount: "mount",
  umount: "mount",
  ip: "iproute2",
  nsenter: "util-linux",
  bridge: "containernetworking-plugins",
  "host-local": "containernetworking-plugins",
  portmap: "containernetworking-plugins",
  firewall: "containernetworking-plugins",
  loopback: "containernetworking-plugins",
};

/** The Debian package that brings a program. */
export function packageOf(program: string): string {
  return PACKAGES[program] ?? program;
}
