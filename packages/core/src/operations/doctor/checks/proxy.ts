import type { Check } from "../check.js";
import type { DoctorFacts } from "../facts.js";
import { ok, problem, type Verdict, warning } from "../finding.js";

const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] as const;
const CONNECT_LIMIT_MS = 5000;

/** Whether the proxies of the environment and the config can be used, and leave clusters alone. */
export const proxyCheck: Check = {
  id: "proxy",
  group: "network",
  async run(facts, { signal }) {
    const proxies = proxiesOf(facts);
    if (proxies.size === 0) return [ok("No proxy is set")];
    const verdicts = (
      await Promise.all([...proxies].map(([url, names]) => judgeProxy(url, names, facts, signal)))
    ).flat();
    verdicts.push(...(await passedBy(facts)));
    if (verdicts.length > 0) return verdicts;
    const names = [...proxies.values()].flat();
    return [
      ok(
        `${names.join(", ")} can be reached, and ${names.length === 1 ? "leaves" : "leave"} clusters alone`,
      ),
    ];
  },
};

/** Proxy URL → the variables and fields that name it. */
function proxiesOf({ env, config }: DoctorFacts): Map<string, string[]> {
  const { http, https } = config.options.k3d.proxy ?? {};
  const named: [string, string | undefined][] = [
    ...VARIABLES.flatMap((name): [string, string | undefined][] => [
      [name, env[name]],
      [name.toLowerCase(), env[name.toLowerCase()]],
    ]),
    ["options.k3d.proxy.http", http],
    ["options.k3d.proxy.https", https],
  ];
  const proxies = new Map<string, string[]>();
  for (const [name, url] of named) {
    if (url) proxies.set(url, [...(proxies.get(url) ?? []), name]);
  }
  return proxies;
}

async function judgeProxy(
  text: string,
  names: readonly string[],
  { machine, config }: DoctorFacts,
  signal: AbortSignal,
): Promise<Verdict[]> {
  const name = names.join(", ");
  const url = parse(text);
  // The value is not told: it may hold a password.
  if (url === undefined) {
    return [
      problem(`${name} is not a URL of a proxy`, "Write it as http://HOST:PORT, or unset it"),
    ];
  }
  const host = url.hostname.replaceAll(/[[\]]/g, "");
  const port = Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 80);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_LIMIT_MS)]);
  try {
    await machine.connect(host, port, limit);
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return [
      problem(
        `The proxy ${host}:${port} of ${name} cannot be reached: ${why}`,
        `Start it, or unset ${name}; nothing is pulled through it until then`,
      ),
    ];
  }
  const used = config.options.k3d.proxy?.enabled === true || name.includes("options.k3d");
  return used && isLoopback(host)
    ? [
        warning(
          `The proxy ${host}:${port} of ${name} is on this machine's loopback, which nodes do not see`,
          "Name it in options.k3d.proxy by an address that containers reach, e.g. http://host.k3d.internal:PORT",
        ),
      ]
    : [];
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "socks5:": 1080,
  "socks5h:": 1080,
};

function parse(text: string): URL | undefined {
  const url = URL.parse(/^[a-z][\w+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  return url !== null && url.hostname !== "" && url.protocol in DEFAULT_PORTS ? url : undefined;
}

const isLoopback = (host: string): boolean => /^(?:localhost|127\.|::1$)/.test(host);

/** kubectl asks no proxy for loopback addresses, but for all others; so for an engine elsewhere. */
async function passedBy({ env, engine, config }: DoctorFacts): Promise<Verdict[]> {
  const https = env["HTTPS_PROXY"] || env["https_proxy"];
  if (!https) return [];
  const remote = await engine().then(
    ({ info }) => info.remoteHost,
    () => undefined,
  );
  const api = [config.kubeAPI.host, remote].find(
    (name) => name !== undefined && !isLoopback(name) && name !== "::",
  );
  if (api === undefined || (api === "0.0.0.0" && remote === undefined)) return [];
  const exempt = (env["NO_PROXY"] || env["no_proxy"] || "").split(",").map((entry) => entry.trim());
  if (exempt.some((entry) => covers(entry, api))) return [];
  return [
    warning(
      `kubectl would ask the proxy for the cluster's API at ${api}`,
      `Add ${api} to NO_PROXY`,
    ),
  ];
}

function covers(entry: string, host: string): boolean {
  const suffix = entry.replace(/^\*?\.?/, "");
  return entry === "*" || (suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`)));
}
