/** Files that are looked at; small all of them. Those of directories end in `/`. */
export const PROBED_FILES = [
  "/etc/resolv.conf",
  "/proc/cgroups",
  "/proc/filesystems",
  "/proc/modules",
  "/proc/self/limits",
  "/proc/self/status",
  "/proc/sys/fs/file-max",
  "/proc/sys/fs/file-nr",
  "/proc/sys/fs/inotify/max_user_instances",
  "/proc/sys/fs/inotify/max_user_watches",
  "/proc/sys/net/bridge/bridge-nf-call-iptables",
  "/proc/sys/net/netfilter/nf_conntrack_max",
  "/sys/fs/cgroup/cgroup.controllers",
] as const;
export const PROBED_DIRECTORIES = ["/sys/module/"] as const;

/** Begins a section of the output, with its name behind it. */
export const MARK = "@@k3d ";

/** Nothing listens there: who is reached refuses at once, and a packet that is dropped gets no answer. */
const UNUSED_PORT = 9;

/** Looks up that many upstream servers at most, as nodes name that many to pods. */
const MOST_SERVERS = 3;

/**
 * A script for the shell of a node image that prints {@link MARK}ed sections and changes nothing. It
 * ends by itself, also when no resolver answers: who started it may be gone by then.
 *
 * @param names looked up by the container's resolver, the first one also by the engine's upstream ones
 * @param neighbour address of another container on the same network
 */
export function probeScript(names: readonly string[], neighbour?: string): string {
  const [first = ""] = names;
  const look = (name: string, server: string): string =>
    `if timeout 8 nslookup ${name} ${server} >/dev/null 2>&1; then echo "${name} yes ${server}"; else echo "${name} no ${server}"; fi`;
  return [
    `section() { echo; echo "${MARK}$1"; }`,
    "section date; date +%s",
    `for file in ${PROBED_FILES.join(" ")}; do`,
    '  if [ -r "$file" ]; then section "$file"; cat "$file" 2>/dev/null; fi',
    "done",
    `for directory in ${PROBED_DIRECTORIES.join(" ")}; do section "$directory"; ls "$directory" 2>/dev/null; done`,
    "section df; df -P -k / 2>/dev/null",
    "section dfi; df -P -i / 2>/dev/null",
    "if command -v nslookup >/dev/null && command -v timeout >/dev/null; then",
    "  section lookups",
    ...names.map((name) => `  ${look(name, "")} &`),
    String.raw`  servers=$(sed -n 's/^# ExtServers: \[\(.*\)\]/\1/p' /etc/resolv.conf | tr ' ' '\n' | sed -e 's/^host(\(.*\))$/\1/' | grep -v -e '^127\.' -e '^::1' | head -n ${MOST_SERVERS})`,
    `  for server in $servers; do ${look(first, "$server")} & done`,
    "  wait",
    "fi",
    ...(neighbour === undefined ? [] : reach(neighbour)),
    "section end",
  ].join("\n");
}

/** `timeout` ends with 124, that of older versions of busybox with 143. */
function reach(neighbour: string): string[] {
  return [
    "if command -v nc >/dev/null && command -v timeout >/dev/null; then",
    `  timeout 5 nc ${neighbour} ${UNUSED_PORT} </dev/null >/dev/null 2>&1`,
    "  case $? in 124 | 143) answer=no ;; *) answer=yes ;; esac",
    '  section reach; echo "$answer"',
    "fi",
  ];
}
