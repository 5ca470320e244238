import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type BaseAgent, type ParsedKey } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authenticationOf } from "./authentication.js";
import type { SshSettings } from "./settings.js";

const { utils, AgentProtocol } = ssh2;
const KEYS = ["first", "second", "third"].map((comment) =>
  utils.generateKeyPairSync("ed25519", { comment }),
);
const [first, second, third] = KEYS as [KeyPair, KeyPair, KeyPair];
type KeyPair = (typeof KEYS)[number];
const locked = utils.generateKeyPairSync("ed25519", {
  passphrase: "secret",
  cipher: "aes256-ctr",
  rounds: 1,
});

let directory: string;
let agent: Server;
let socket: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-agent-"));
  socket = join(directory, "agent");
  agent = createServer((stream) => {
    const protocol = new AgentProtocol(false);
    protocol.on("identities", (request) =>
      protocol.getIdentitiesReply(
        request,
        KEYS.map(({ public: key }) => utils.parseKey(key) as ParsedKey),
      ),
    );
    stream.pipe(protocol).pipe(stream);
  });
  await new Promise<void>((resolve) => agent.listen(socket, resolve));
});
afterAll(async () => {
  agent.close();
  await rm(directory, { recursive: true });
});

function settings(values: Partial<SshSettings>): SshSettings {
  return {
    host: "engine",
    port: 22,
    username: "me",
    agentKeys: { first: [], only: false },
    privateKeys: [],
    knownHosts: [],
    knownHostsFile: "/none",
    strictHostKeyChecking: "ask",
    ...values,
  };
}

/** The comments of the keys that the agent would be asked to sign with, in their order. */
async function offered(agentKeys: SshSettings["agentKeys"]): Promise<string[]> {
  const { methods } = await authenticationOf(settings({ agent: socket, agentKeys }));
  const { agent: asked } = methods[0] as unknown as { agent: BaseAgent };
  return new Promise((resolve, reject) => {
    asked.getIdentities((error, keys) => {
      if (error) reject(error);
      else resolve((keys as ParsedKey[]).map(({ comment }) => comment));
    });
  });
}

describe("the ways to log in", () => {
  it("are all of the agent's keys, those of the files first", async () => {
    expect(await offered({ first: [], only: false })).toEqual(["first", "second", "third"]);
    expect(await offered({ first: [third.public], only: false })).toEqual([
      "third",
      "first",
      "second",
    ]);
  });

  it("are with IdentitiesOnly those of the files alone", async () => {
    const only = { first: [second.private, "no key"], only: true };
    expect(await offered(only)).toEqual(["second"]);
    expect(await offered({ first: [], only: true })).toEqual([]);
  });

  it("are files with private keys, and not the public keys that choose among the agent's", async () => {
    const privateKeys = [
      { path: "a.pub", key: Buffer.from(first.public) },
      { path: "b", key: Buffer.from(second.private) },
      { path: "c", key: Buffer.from(locked.private) },
      { path: "d", key: Buffer.from("no key") },
    ];
    const { methods, tried, locked: closed } = await authenticationOf(settings({ privateKeys }));
    expect(methods.map((method) => (method as { type: string }).type)).toEqual(["publickey"]);
    expect(tried).toEqual(["b"]);
    expect(closed).toEqual(["c"]);
  });
});
