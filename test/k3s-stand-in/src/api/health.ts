/** The checks that a Kubernetes 1.3x API server lists, in its order. */
const checks = [
  "ping",
  "log",
  "etcd",
  "etcd-readiness",
  "informer-sync",
  "poststarthook/start-apiserver-admission-initializer",
  "poststarthook/generic-apiserver-start-informers",
  "poststarthook/priority-and-fairness-config-consumer",
  "poststarthook/priority-and-fairness-filter",
  "poststarthook/storage-object-count-tracker-hook",
  "poststarthook/start-apiextensions-informers",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/crd-informer-synced",
  "poststarthook/start-system-namespaces-controller",
  "poststarthook/start-service-ip-repair-controllers",
  "poststarthook/rbac/bootstrap-roles",
  "poststarthook/scheduling/bootstrap-system-priority-classes",
  "poststarthook/start-cluster-authentication-info-controller",
  "poststarthook/start-kube-apiserver-identity-lease-controller",
  "poststarthook/bootstrap-controller",
  "poststarthook/start-kube-aggregator-informers",
  "poststarthook/apiservice-registration-controller",
  "poststarthook/apiservice-status-available-controller",
  "poststarthook/kube-apiserver-autoregistration",
  "autoregister-completion",
  "poststarthook/apiservice-openapi-controller",
  "poststarthook/apiservice-openapiv3-controller",
  "shutdown",
];
/** What only readiness asks for. */
const ofReadiness = new Set(["etcd-readiness", "informer-sync", "shutdown"]);

export interface HealthQuery {
  /** The one check that the path names. */
  single: string | undefined;
  verbose: boolean;
  excluded: string[];
}

/** Answers `/readyz`, `/livez` and `/healthz`, of which `failing` are the checks that fail now. */
export function healthReport(
  kind: string,
  failing: string[],
  { single, verbose, excluded }: HealthQuery,
): { code: number; text: string } {
  const known = checks.filter((name) => kind === "readyz" || !ofReadiness.has(name));
  const asked = single === undefined ? known : known.filter((name) => name === single);
  if (asked.length === 0) return { code: 404, text: "404 page not found\n" };
  const fails = (name: string): boolean =>
    failing.some((part) => name === part || name === `${part}-readiness`);
  const lines = asked.map((name) => {
    if (excluded.includes(name)) return `[+]${name} excluded: ok`;
    return fails(name) ? `[-]${name} failed: reason withheld` : `[+]${name} ok`;
  });
  const failed = lines.some((line) => line.startsWith("[-]"));
  if (failed) return { code: 500, text: `${lines.join("\n")}\n${kind} check failed\n` };
  return { code: 200, text: verbose ? `${lines.join("\n")}\n${kind} check passed\n` : "ok" };
}
