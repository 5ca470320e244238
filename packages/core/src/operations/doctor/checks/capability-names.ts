/** By their number, as in `linux/capability.h`. Those behind are newer than engines in use, and nodes do without. */
const NAMES = [
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "IPC_OWNER",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_CHROOT",
  "SYS_PTRACE",
  "SYS_PACCT",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_NICE",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "MKNOD",
  "LEASE",
  "AUDIT_WRITE",
  "AUDIT_CONTROL",
  "SETFCAP",
  "MAC_OVERRIDE",
  "MAC_ADMIN",
  "SYSLOG",
  "WAKE_ALARM",
  "BLOCK_SUSPEND",
  "AUDIT_READ",
].map((name) => `CAP_${name}`);

/**
 * The capabilities that are missing in a set.
 *
 * @param mask the set, hexadecimal, as in `/proc/PID/status`; nothing is missing from one that is not known.
 */
export function missingCapabilities(mask: string | undefined): string[] {
  if (mask === undefined || !/^[0-9a-f]+$/i.test(mask)) return [];
  const set = BigInt(`0x${mask}`);
  return NAMES.filter((_, bit) => (set & (1n << BigInt(bit))) === 0n);
}
