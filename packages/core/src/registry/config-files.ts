import type { ContainerFile } from "../runtime/container-file.js";
import { ACCESS_PATH, accessFile } from "./access.js";
import { type RegistryDefinition, accessOf, internalPortOf } from "./definition.js";
import { hashPassword } from "./htpasswd.js";

/** Where the images of Distribution 2 and 3 look for their configuration. */
const CONFIG_PATHS = ["/etc/docker/registry/config.yml", "/etc/distribution/config.yml"];
const DIRECTORY = "/etc/docker/registry";
const HTPASSWD_PATH = `${DIRECTORY}/htpasswd`;
const CERTIFICATE_PATH = `${DIRECTORY}/tls.crt`;
const KEY_PATH = `${DIRECTORY}/tls.key`;

/** Only root reads what may hold a secret. */
const SECRET = 0o600;

/**
 * The registry's own configuration, as files: what is in them is seen neither
 * in `ps` nor in labels, environment or logs.
 * https://distribution.github.io/distribution/about/configuration/
 */
export async function registryFiles(registry: RegistryDefinition): Promise<ContainerFile[]> {
  const { stringify } = await import("yaml");
  const config = stringify(registryConfig(registry));
  const files: ContainerFile[] = CONFIG_PATHS.map((path) => ({
    path,
    content: config,
    mode: SECRET,
    description: "registry configuration",
  }));
  const htpasswd =
    registry.htpasswd ??
    (registry.auth === undefined ? undefined : await hashPassword(registry.auth));
  if (htpasswd !== undefined) files.push({ path: HTPASSWD_PATH, content: htpasswd, mode: SECRET });
  if (registry.tls !== undefined) {
    files.push({ path: CERTIFICATE_PATH, content: registry.tls.certificate, mode: 0o644 });
    files.push({ path: KEY_PATH, content: registry.tls.key, mode: SECRET });
  }
  const access = accessOf(registry);
  if (access !== undefined)
    files.push({ path: ACCESS_PATH, content: accessFile(access), mode: SECRET });
  return files;
}

function registryConfig(registry: RegistryDefinition): object {
  const { proxy, tls } = registry;
  const authenticated = registry.htpasswd !== undefined || registry.auth !== undefined;
  return {
    version: "0.1",
    log: { level: "info", fields: { service: "registry" } },
    storage: {
      cache: { blobdescriptor: "inmemory" },
      filesystem: { rootdirectory: STORAGE_PATH },
      ...(registry.deleteEnabled ? { delete: { enabled: true } } : {}),
    },
    http: {
      addr: `:${internalPortOf(registry)}`,
      headers: { "X-Content-Type-Options": ["nosniff"] },
      ...(tls === undefined ? {} : { tls: { certificate: CERTIFICATE_PATH, key: KEY_PATH } }),
    },
    ...(proxy === undefined
      ? {}
      : {
          proxy: {
            remoteurl: proxy.remoteUrl,
            username: proxy.username,
            password: proxy.password,
          },
        }),
    ...(authenticated ? { auth: { htpasswd: { realm: registry.name, path: HTPASSWD_PATH } } } : {}),
    health: { storagedriver: { enabled: true, interval: "10s", threshold: 3 } },
  };
}

/** Where a registry keeps images. */
export const STORAGE_PATH = "/var/lib/registry";
