import { expect, it } from "vitest";
import { isK3dError } from "../errors/index.js";
import { assembleConfig } from "./assemble.js";
import { configTemplate } from "./init.js";
import type { CreateFlags } from "./simple-config.js";

/** `scripts/fuzz.sh` tries 8,000 files and 2,000 command lines. */
const SHARE = Number(process.env.K3D_FUZZ_SHARE ?? 0.05);
const SEED = Number(process.env.K3D_FUZZ_SEED ?? 1);

/** The same numbers for the same seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const PIECES = [
  ..."\0 \n\t:@;,.-[]{}*&!|>'\"%#$\\/=~\u{1f600}\u2028",
  "${",
  "$$",
  "---\n",
  "&a ",
  "*a ",
  "<<: ",
  "null",
  "true",
  "-1",
  "0",
  "1e99",
  "0x10",
  ".inf",
  "__proto__",
  "constructor",
  "server:*",
  "@all",
  "../..",
  "9".repeat(40),
  "x".repeat(300),
];

function mutate(text: string, next: (below: number) => number): string {
  let result = text;
  for (let times = 1 + next(6); times > 0; times--) {
    const at = next(result.length + 1);
    const end = Math.min(result.length, at + next(12));
    const piece = PIECES[next(PIECES.length)] ?? "";
    const kind = next(4);
    const inserted = kind === 0 ? "" : kind === 1 ? result.slice(at, end).repeat(2) : piece;
    result = result.slice(0, at) + inserted + result.slice(kind === 3 ? at : end);
  }
  return result;
}

async function complaint(flags: CreateFlags, text?: string): Promise<string | undefined> {
  try {
    await assembleConfig({
      flags,
      environment: {},
      workingDirectory: "/proj",
      ...(text === undefined ? {} : { configPath: "k3d.yaml" }),
      readFile: async (path) => {
        if (path === "/proj/k3d.yaml" && text !== undefined) return text;
        throw Object.assign(new Error(path), { code: "ENOENT" });
      },
      readStdin: async () => "",
    });
    return undefined;
  } catch (error) {
    if (!isK3dError(error)) return error instanceof Error ? error.stack : String(error);
    if (error.code === "INTERNAL") return `INTERNAL: ${error.message}`;
    if (/\n +at /.test(error.message)) return `a stack trace: ${error.message}`;
    return error.message.length > 40_000 ? `${error.message.length} characters` : undefined;
  }
}

const uncommented = (await configTemplate()).replaceAll(/^#(?! \S)/gm, "");

it("takes or refuses every mutated config file in its own words", async () => {
  const next = random(SEED);
  for (let tries = Math.ceil(8000 * SHARE); tries > 0; tries--) {
    const text = mutate(uncommented, next);
    expect({ text, complaint: await complaint({}, text) }).toEqual({ text, complaint: undefined });
  }
}, 600_000);

const FLAGS: CreateFlags = {
  name: "demo",
  image: "rancher/k3s:v1.36.4-k3s1",
  apiPort: "127.0.0.1:6550",
  port: ["[::1]:8080-8081:80-81/udp@loadbalancer"],
  volume: ["/a:/b:ro@server:0;agent:*"],
  env: [String.raw`A=b\@c@agent:0-1`],
  network: "net",
  subnet: "172.28.0.0/16",
  token: "secret",
  k3sArg: ["--disable=traefik@server:*"],
  k3sNodeLabel: ["a.example/b=c@all"],
  runtimeLabel: ["team=x@server[0]"],
  runtimeUlimit: ["nofile=1024:2048"],
  serversMemory: "1.5g",
  gpus: "device=0,1",
  hostAlias: ["1.2.3.4:a,b"],
  registryCreate: "reg:127.0.0.1:5000",
  registryUse: ["http://k3d-reg:5000:5001"],
  lbConfigOverride: ["settings.workerConnections=2048"],
  timeout: "1m30s",
  ttl: "4h",
  waitFor: "ready",
};

it("takes or refuses every mutated command line in its own words", async () => {
  const next = random(SEED + 1);
  const names = Object.keys(FLAGS) as (keyof typeof FLAGS)[];
  for (let tries = Math.ceil(2000 * SHARE); tries > 0; tries--) {
    const flags: Record<string, unknown> = { servers: next(4), agents: next(3) };
    for (let some = 1 + next(4); some > 0; some--) {
      const name = names[next(names.length)] ?? "name";
      const value = FLAGS[name];
      flags[name] = Array.isArray(value)
        ? value.map((text) => mutate(text, next))
        : mutate(String(value), next);
    }
    expect({ flags, complaint: await complaint(flags as CreateFlags) }).toEqual({
      flags,
      complaint: undefined,
    });
  }
}, 600_000);
