import { isEveryAddress, type RegistryView } from "@k3d/core";

const SAMPLE = "nginx:latest";

/** How to use registries that were just made, with their real names and ports. */
export function usage(registries: readonly RegistryView[], base: string): string {
  const caches = registries.filter(({ proxies }) => proxies !== undefined);
  const others = registries.filter(({ proxies }) => proxies === undefined);
  return [
    ...others.map(pushUsage),
    ...(caches.length === 0 ? [] : [cacheUsage(caches, base)]),
  ].join("\n\n");
}

function pushUsage(registry: RegistryView): string {
  const { name, internalPort, hostPort, hostIp, tls, authenticated } = registry;
  const here = hostPort === undefined ? undefined : `${reachable(hostIp)}:${hostPort}`;
  const inside = `${name}:${hostPort ?? internalPort}`;
  const image = "my-app:dev";
  return [
    `# Registry ${name}${here === undefined ? "" : ` is at ${tls ? "https" : "http"}://${here}`}`,
    "",
    "# Let a new cluster, or one that exists, pull from it",
    `k3d cluster create demo --registry-use ${inside}`,
    `k3d registry connect ${name} demo`,
    ...(here === undefined
      ? []
      : [
          "",
          "# Put an image into it from this machine (docker, podman, nerdctl … alike)",
          ...(tls ? [`k3d registry ca ${name}   # the authority that clients need to trust`] : []),
          ...(authenticated ? [`docker login ${here}`] : []),
          `docker tag ${image} ${here}/${image}`,
          `docker push ${here}/${image}${tls ? "" : "   # podman push needs --tls-verify=false"}`,
        ]),
    "",
    "# Run it in the cluster",
    `kubectl run my-app --image ${inside}/${image}`,
  ].join("\n");
}

function cacheUsage(caches: readonly RegistryView[], base: string): string {
  const lines = caches.map(({ name, proxies }) => `#   ${name} caches ${proxies}`);
  const [first] = caches;
  const example =
    first?.proxies === "docker.io" ? SAMPLE : `${first?.proxies ?? ""}/OWNER/IMAGE:TAG`;
  return [
    `# Pull-through ${caches.length === 1 ? "cache" : "caches"}:`,
    ...lines,
    "",
    "# Let a new cluster, or one that exists, pull through them",
    `k3d cluster create demo --registry-use ${base}`,
    `k3d registry connect ${base} demo`,
    "",
    "# Images keep their names: the nodes ask the cache first",
    `kubectl run my-app --image ${example}`,
  ].join("\n");
}

/** Docker trusts `localhost` without TLS; an address that listens on everything is reached there. */
function reachable(hostIp: string | undefined): string {
  if (hostIp === undefined || isEveryAddress(hostIp) || hostIp === "127.0.0.1") return "localhost";
  return hostIp.includes(":") ? `[${hostIp}]` : hostIp;
}
