/** The answer to `/version`. */
export function versionInfo(version: string): Record<string, string> {
  const [, major = "1", minor = "0"] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return {
    major,
    minor,
    gitVersion: version,
    gitCommit: commitOf(version).padEnd(40, "0"),
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
    goVersion: "go1.26.4",
    compiler: "gc",
    platform: `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`,
  };
}

/** A short commit for `k3s --version` and log lines; the stand-in has none of its own. */
export function commitOf(_version: string): string {
  return "57a4adf1";
}
