import { K3dError } from "../../errors/index.js";
import { checkRegistryName } from "../../config/names.js";
import { OBJECT_PREFIX } from "../../model/names.js";
import { STORAGE_PATH } from "../../registry/config-files.js";
import type { RegistryDefinition, RegistryTls } from "../../registry/definition.js";
import type { RegistryProxy } from "../../registry/proxy.js";
import { checkCredentials, checkHtpasswd } from "../../registry/htpasswd.js";
import type { RegistryCreateRequest } from "./operations.js";
import { proxiedHost } from "../../registry/proxy.js";

export interface RegistryFacts {
  image: string;
  /** Host name under which published ports are reached, where that is not this machine. */
  remoteHost?: string;
  /** Makes a certificate for the names. */
  selfSigned: (names: readonly string[]) => Promise<RegistryTls>;
  /** Checks one that was given, for the name. */
  checkTls: (tls: RegistryTls, name: string) => Promise<RegistryTls>;
}

/**
 * The containers that a request asks for: one, or one for each upstream,
 * because a registry can be a pull-through cache of one upstream only.
 *
 * @throws `INVALID_INPUT`, `CONFLICTING_OPTIONS`.
 */
export async function registryDefinitions(
  request: RegistryCreateRequest,
  facts: RegistryFacts,
): Promise<RegistryDefinition[]> {
  const { proxies = [], auth, htpasswd } = request;
  const base = `${OBJECT_PREFIX}-${request.name}`;
  checkRegistryName(base);
  if (auth !== undefined) checkCredentials(auth.username, auth.password);
  if (proxies.length > 1) checkSeveral(request);
  const names =
    proxies.length > 1
      ? proxies.map((proxy) => checkRegistryName(`${base}-${slug(proxy)}`))
      : [base];
  const hostIp = request.hostIp ?? "0.0.0.0";
  const users = htpasswd === undefined ? undefined : checkHtpasswd(htpasswd);
  return Promise.all(
    names.map(async (name, position): Promise<RegistryDefinition> => {
      const proxy = proxies[position];
      const tls = await tlsFor(request.tls, name, hostIp, facts);
      return {
        name,
        image: request.image ?? facts.image,
        hostIp,
        ...(request.hostPort === undefined ? {} : { hostPort: request.hostPort + position }),
        proxy,
        ...(request.enforcePortMatch === true ? { portMatch: true } : {}),
        deleteEnabled: request.deleteEnabled ?? false,
        mounts: [...(request.mounts ?? [])],
        htpasswd: users,
        auth,
        tls,
        ...(names.length > 1 ? { group: base } : {}),
      };
    }),
  );
}

function checkSeveral({ proxies = [], mounts = [], hostPort }: RegistryCreateRequest): void {
  const hosts = proxies.map(({ remoteUrl }) => proxiedHost(remoteUrl));
  const twice = hosts.find((host, position) => hosts.indexOf(host) !== position);
  if (twice !== undefined) {
    throw new K3dError("INVALID_INPUT", `The upstream ${twice} is named twice`, {
      hint: "Name every upstream once.",
    });
  }
  const storage = mounts.find(
    ({ destination }) =>
      destination === STORAGE_PATH ||
      STORAGE_PATH.startsWith(`${destination}/`) ||
      destination.startsWith(`${STORAGE_PATH}/`),
  );
  if (storage !== undefined) {
    throw new K3dError(
      "CONFLICTING_OPTIONS",
      `Several upstreams cannot share the storage mounted at ${storage.destination}`,
      {
        hint: "Every upstream gets a registry of its own; create them one by one to give each a volume.",
      },
    );
  }
  if (hostPort !== undefined && hostPort + proxies.length - 1 > 65_535) {
    throw new K3dError(
      "INVALID_INPUT",
      `There are fewer than ${proxies.length} ports from ${hostPort} upwards`,
      {
        hint: "Each upstream needs one, counting up from the first.",
      },
    );
  }
}

async function tlsFor(
  tls: RegistryCreateRequest["tls"],
  name: string,
  hostIp: string,
  { remoteHost, selfSigned, checkTls }: RegistryFacts,
): Promise<RegistryTls | undefined> {
  if (tls === undefined) return undefined;
  if (tls !== "self-signed") return checkTls(tls, name);
  const reachable = hostIp === "0.0.0.0" || hostIp === "::" ? [] : [hostIp];
  return selfSigned([
    ...new Set([
      name,
      "localhost",
      "127.0.0.1",
      "::1",
      ...reachable,
      ...(remoteHost === undefined ? [] : [remoteHost]),
    ]),
  ]);
}

/** `https://ghcr.io` → `ghcr-io`. */
function slug({ remoteUrl }: RegistryProxy): string {
  const host = proxiedHost(remoteUrl).toLowerCase();
  return host.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "") || "any";
}
