import type { ContainerFile } from "../runtime/container-file.js";
import type { RegistriesYaml, RegistryHostConfig } from "./registries-yaml.js";

/** Where k3s has containerd look for a file per registry host. */
export const CERTS_DIRECTORY = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d";

/** Docker Hub's API host is not the one in references. */
const DOCKER_HUB = { name: "docker.io", host: "registry-1.docker.io" } as const;

/** Directory of a host's file. */
export const hostDirectory = (host: string): string =>
  `${CERTS_DIRECTORY}/${host === "*" ? "_default" : host}`;

/**
 * What k3s makes of `registries.yaml` for one host: containerd reads the file
 * anew at every pull, so that no restart is needed.
 * https://github.com/containerd/containerd/blob/main/docs/hosts.md
 *
 * @returns `undefined` for a mirror with `rewrite`, which k3s alone can render.
 */
export function containerdHostFile(host: string, yaml: RegistriesYaml): ContainerFile | undefined {
  const mirror = yaml.mirrors?.[host];
  if (mirror?.rewrite !== undefined) return undefined;
  const lines = ["# Written by k3d; k3s writes its own at the next start."];
  if (host !== "*")
    lines.push(
      `server = ${quote(`https://${host === DOCKER_HUB.name ? DOCKER_HUB.host : host}/v2`)}`,
    );
  lines.push(`capabilities = ["pull", "resolve", "push"]`, "", "[host]");
  for (const endpoint of mirror?.endpoint ?? [])
    lines.push("", ...hostTable(endpoint, yaml.configs ?? {}));
  return {
    path: `${hostDirectory(host)}/hosts.toml`,
    content: `${lines.join("\n")}\n`,
    mode: 0o600,
  };
}

function hostTable(endpoint: string, configs: NonNullable<RegistriesYaml["configs"]>): string[] {
  const url = new URL(endpoint.includes("://") ? endpoint : `https://${endpoint}`);
  const withoutPath = url.pathname === "/" || url.pathname === "";
  const key = quote(withoutPath ? `${url.protocol}//${url.host}/v2` : url.href);
  const config = configs[url.host] ?? {};
  const authorization = authorizationOf(config);
  return [
    `[host.${key}]`,
    `  capabilities = ["pull", "resolve"]`,
    ...(withoutPath ? [] : ["  override_path = true"]),
    ...tlsLines(config),
    ...(authorization === undefined
      ? []
      : [`  [host.${key}.header]`, `    Authorization = [${quote(authorization)}]`]),
  ];
}

function tlsLines({ tls }: RegistryHostConfig): string[] {
  return [
    ...(tls?.ca_file === undefined ? [] : [`  ca = [${quote(tls.ca_file)}]`]),
    ...(tls?.insecure_skip_verify === true ? ["  skip_verify = true"] : []),
    ...(tls?.cert_file === undefined
      ? []
      : [`  client = [[${quote(tls.cert_file)}, ${quote(tls.key_file ?? "")}]]`]),
  ];
}

function authorizationOf({ auth }: RegistryHostConfig): string | undefined {
  if (auth?.auth !== undefined) return `Basic ${auth.auth}`;
  if (auth?.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password ?? ""}`).toString("base64")}`;
}

/** A TOML basic string: JSON's escapes are among TOML's. */
const quote = (text: string): string => JSON.stringify(text);
