import { readFile } from "node:fs/promises";
import {
  K3dError,
  parseRegistryPort,
  parseRegistryProxy,
  parseVolumeSpec,
  volumeFrom,
  type MountSpec,
  type RegistryCreateRequest,
  type RegistryProxy,
  type RegistryTls,
  notRead,
} from "@k3d/core";
import { waitOptions } from "@k3d/plugin-kit";
import type { CreateFlagValues } from "./create.js";
import { readSecrets } from "./secrets.js";

/**
 * What the flags of `registry create` ask for; reads the files and the
 * passwords that they name.
 *
 * @throws K3dError `INVALID_INPUT`, `CONFLICTING_OPTIONS`
 */
export async function createRequest(
  name: string,
  flags: CreateFlagValues,
): Promise<RegistryCreateRequest> {
  const port = parseRegistryPort(flags.port);
  const mounts = (flags.volume ?? []).map(mount);
  const proxies = await upstreams(flags);
  const auth = await credentials(flags);
  const htpasswd =
    flags.htpasswd === undefined ? undefined : await readText(flags.htpasswd, "--htpasswd");
  const tls = await tlsOf(flags);
  return {
    name,
    ...port,
    enforcePortMatch: flags["enforce-port-match"],
    image: flags.image,
    network: flags["default-network"],
    deleteEnabled: flags["delete-enabled"],
    mounts,
    proxies,
    auth,
    htpasswd,
    tls,
    ...waitOptions(flags),
  };
}

function mount(text: string): MountSpec {
  const { type, source, destination, options } = volumeFrom(process.cwd(), parseVolumeSpec(text));
  return {
    type,
    source,
    destination,
    ...(options.length === 0 ? {} : { options }),
  };
}

async function upstreams(flags: CreateFlagValues): Promise<RegistryProxy[]> {
  const urls = given(flags["proxy-remote-url"]);
  const users = given(flags["proxy-username"]);
  const wantsPassword = flags["proxy-password-stdin"] || given(flags["proxy-password"]).length > 0;
  if (urls.length === 0 && (users.length > 0 || wantsPassword)) {
    throw new K3dError(
      "CONFLICTING_OPTIONS",
      "Credentials for an upstream are given, but no upstream",
      { hint: "Name it with --proxy-remote-url" },
    );
  }
  if (users.length > 0 && users.length !== urls.length) {
    throw new K3dError(
      "CONFLICTING_OPTIONS",
      `There are ${urls.length} upstreams, but ${users.length} user names`,
      {
        hint: 'Give one --proxy-username for each --proxy-remote-url, in the same order; "" for those without one',
      },
    );
  }
  const passwords = await readSecrets(users.filter((user) => user !== "").length, {
    stdin: flags["proxy-password-stdin"],
    stdinFlag: "--proxy-password-stdin",
    given: flags["proxy-password"],
    variable: "K3D_PROXY_PASSWORD",
  });
  return urls.map((url, position) => {
    const username = users[position] ?? "";
    const password = username === "" ? undefined : passwords.shift();
    return parseRegistryProxy(url, password === undefined ? {} : { username, password });
  });
}

/** The values of a flag; none when all are empty, as scripts with unset variables write it. */
function given(values: readonly string[] = []): readonly string[] {
  return values.some((value) => value !== "") ? values : [];
}

async function credentials(flags: CreateFlagValues): Promise<RegistryCreateRequest["auth"]> {
  const { username } = flags;
  if (username === undefined) return undefined;
  const [password = ""] = await readSecrets(1, {
    stdin: flags["password-stdin"],
    stdinFlag: "--password-stdin",
    variable: "K3D_REGISTRY_PASSWORD",
  });
  return { username, password };
}

async function tlsOf(flags: CreateFlagValues): Promise<RegistryTls | "self-signed" | undefined> {
  const { "tls-cert": certificate, "tls-key": key, "tls-ca": authority } = flags;
  if (certificate === undefined || key === undefined) return flags.tls ? "self-signed" : undefined;
  const ca = authority === undefined ? undefined : await readText(authority, "--tls-ca");
  return {
    certificate: await readText(certificate, "--tls-cert"),
    key: await readText(key, "--tls-key"),
    ca,
  };
}

async function readText(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw notRead(`File '${path}' of ${flag}`, error);
  }
}
