import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultHost, hostsHeader, isLocalhost } from "./registries.ts";

/** One server to try for a registry, in order. */
export interface RegistryHost {
  /** Base URL with the API's path, such as `https://registry:5000/v2`. */
  url: string;
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  skipVerify: boolean;
  rewrites: [pattern: RegExp, replacement: string][];
}

interface HostTable {
  override_path?: boolean;
  capabilities?: string[];
  ca?: string | string[];
  client?: string | string[] | string[][];
  skip_verify?: boolean;
  rewrite?: Record<string, string>;
}

interface HostsFile extends HostTable {
  server?: string;
  host?: Record<string, HostTable>;
}

function read(file: string | undefined): string | undefined {
  return file ? readFileSync(file, "utf8") : undefined;
}

function hostOf(address: string, table: HostTable): RegistryHost {
  const parsed = new URL(/^https?:\/\//.test(address) ? address : `https://${address}`);
  const path = parsed.pathname.replace(/\/$/, "");
  const api = table.override_path || path.endsWith("/v2") ? path : `${path}/v2`;
  const authorities = [table.ca ?? []].flat();
  const [client] = Array.isArray(table.client) ? table.client : [table.client];
  const [cert, key] = Array.isArray(client) ? client : [client, client];
  return {
    url: `${parsed.protocol}//${parsed.host}${api}`,
    ca:
      authorities.length > 0
        ? authorities.map((file) => readFileSync(file, "utf8")).join("\n")
        : undefined,
    cert: read(cert),
    key: read(key),
    skipVerify: table.skip_verify ?? false,
    rewrites: Object.entries(table.rewrite ?? {}).map(([pattern, replacement]) => [
      new RegExp(pattern),
      replacement,
    ]),
  };
}

/** The servers for a registry as containerd works them out from a `certs.d` directory, or without one. */
export async function hostsFor(
  registry: string,
  directory: string | undefined,
  plainHttp = false,
): Promise<RegistryHost[]> {
  const upstream = hostOf(
    `${plainHttp || isLocalhost(registry) ? "http" : "https"}://${defaultHost(registry)}`,
    {},
  );
  const file = directory
    ? [registry, "_default"]
        .map((name) => join(directory, name, "hosts.toml"))
        .find((path) => existsSync(path))
    : undefined;
  if (!file) return [upstream];
  const { parse } = await import("smol-toml");
  const text = readFileSync(file, "utf8");
  const content = parse(text) as unknown as HostsFile;
  const mirrors = Object.entries(content.host ?? {})
    .filter(([, table]) => (table.capabilities ?? ["pull", "resolve"]).includes("pull"))
    .map(([address, table]) => hostOf(address, table));
  if (content.server) return [...mirrors, hostOf(content.server, content)];
  const withoutDefault = text.startsWith(hostsHeader) && !file.includes("/_default/");
  return withoutDefault ? mirrors : [...mirrors, upstream];
}
