import { commitOf, versionInfo } from "../api/version.ts";

/** `k3s v1.36.4+k3s1 (57a4adf1)`, as log lines and `--version` say it. */
export function versionLine(version: string): string {
  return `k3s ${version} (${commitOf(version)})`;
}

/** What `k3s --version` prints. */
export function versionText(version: string): string {
  return `k3s version ${version} (${commitOf(version)})\ngo version ${versionInfo(version)["goVersion"]}\n`;
}
