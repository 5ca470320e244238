import { FatalError } from "../errors.ts";
import { log } from "../log.ts";

const allowedPrefixes = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const allowedLabels = [
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "kubernetes.io/arch",
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
];

function isReserved(domain: string): boolean {
  return ["kubernetes.io", "k8s.io"].some((name) => domain === name || domain.endsWith(`.${name}`));
}

function isAllowed(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return true;
  const domain = key.slice(0, slash);
  if (!isReserved(domain) || allowedLabels.includes(key)) return true;
  return allowedPrefixes.some((prefix) => domain === prefix || domain.endsWith(`.${prefix}`));
}

/** `k=v` texts of `--node-label` as labels. */
export function parseLabels(texts: string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** Ends the kubelet, and so k3s, over labels that a node may not give itself. Throws FatalError. */
export function requireAllowedLabels(labels: Record<string, string>): void {
  const refused = Object.keys(labels).filter((key) => !isAllowed(key));
  if (refused.length === 0) return;
  const message = `failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [${refused.join(" ")}]\n--node-labels in the 'kubernetes.io' namespace must begin with an allowed prefix (${allowedPrefixes.join(", ")}) or be in the specifically allowed set (${allowedLabels.join(", ")})`;
  process.stderr.write(`Error: ${message}\n`);
  log.error(`kubelet exited: ${message}`);
  throw new FatalError(`kubelet exited: ${message}`);
}
