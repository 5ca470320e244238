import { SetupError } from "../../engine/host/setup-error.ts";

/** A Debian release as a machine for tests. */
export interface Suite {
  readonly name: string;
  /** Oldest API version that its Docker engine shall accept; its own choice by default. */
  readonly dockerApiFloor?: string;
}

const SUITES: readonly Suite[] = [
  { name: "trixie" },
  // Docker 29 raises the floor to 1.44 by itself; sid has 28 with a variable for it.
  { name: "sid", dockerApiFloor: "1.44" },
];

/** What the machine boots with, and the engines under test with all that they need. */
export const PACKAGES: readonly string[] = [
  "linux-image-cloud-amd64",
  "systemd systemd-sysv dbus dbus-user-session libpam-systemd udev kmod",
  "iproute2 iptables nftables procps openssh-server",
  "docker.io docker-cli rootlesskit uidmap slirp4netns passt fuse-overlayfs",
  "podman netavark aardvark-dns catatonit crun runc conmon",
  "containernetworking-plugins skopeo umoci",
  "kubernetes-client",
].flatMap((line) => line.split(" "));

/** @throws SetupError when there is no machine of that name. */
export function suiteOf(name: string): Suite {
  const suite = SUITES.find((candidate) => candidate.name === name);
  if (suite !== undefined) return suite;
  throw new SetupError(
    `there is no machine "${name}"`,
    `known are ${SUITES.map((candidate) => candidate.name).join(", ")}`,
  );
}
