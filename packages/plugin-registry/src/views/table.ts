import type { RegistryView } from "@k3d/core";
import { formatAge, renderTable } from "@k3d/plugin-kit";

/** `NAME ROLE CLUSTER STATUS`, as the Go k3d has it, the machine where one has several, and more where asked for. */
export function registryTable(
  registries: readonly RegistryView[],
  { headers, wide }: { headers: boolean; wide: boolean },
  now: Date,
): string {
  const areOverMachines = registries.some(({ machine }) => machine !== undefined);
  const header = [
    "NAME",
    "ROLE",
    "CLUSTER",
    "STATUS",
    ...(areOverMachines ? ["MACHINE"] : []),
    ...(wide ? ["PORT", "CACHES", "SECURITY", "USED BY", "AGE", "RUNTIME"] : []),
  ];
  const rows = registries
    .toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))
    .map((registry) => [
      registry.name,
      registry.role,
      registry.cluster ?? "",
      registry.status,
      ...(areOverMachines ? [registry.machine ?? ""] : []),
      ...(wide ? wideCells(registry, now) : []),
    ]);
  return renderTable(headers ? header : undefined, rows);
}

function wideCells(
  { hostIp, hostPort, proxies, tls, authenticated, usedBy, created, runtime }: RegistryView,
  now: Date,
): string[] {
  const security = [...(tls ? ["tls"] : []), ...(authenticated ? ["password"] : [])];
  return [
    hostPort === undefined ? "" : `${hostIp ?? ""}:${hostPort}`,
    proxies ?? "",
    security.join(","),
    usedBy.join(","),
    formatAge(created, now),
    runtime,
  ];
}
