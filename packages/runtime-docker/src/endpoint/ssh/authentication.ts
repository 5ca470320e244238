import type { AnyAuthMethod, BaseAgent, IdentityCallback, ParsedKey } from "ssh2";
import type { SshSettings } from "./settings.js";

/** The ways to log in that a connection tries, in their order, and for people what they are. */
export interface Authentication {
  methods: AnyAuthMethod[];
  /** E.g. `the ssh agent`, `/home/me/.ssh/id_ed25519`. */
  tried: string[];
  /** Key files that a passphrase protects, which only an agent can open. */
  locked: string[];
}

/** The agent's keys, then those of files, as OpenSSH has it; `IdentitiesOnly` limits the agent to the files' keys. */
export async function authenticationOf(settings: SshSettings): Promise<Authentication> {
  const { default: ssh2 } = await import("ssh2");
  const { username, agent, agentKeys } = settings;
  const parsed = settings.privateKeys.map(({ path, key }) => ({
    path,
    key,
    error: parseError(ssh2.utils.parseKey(key)),
  }));
  const usable = parsed.filter(({ error }) => error === undefined);
  const socket = agent === undefined ? undefined : ssh2.createAgent(agent);
  const offered = socket === undefined ? undefined : await limited(socket, agentKeys);
  return {
    methods: [
      ...(offered === undefined ? [] : [{ type: "agent" as const, username, agent: offered }]),
      ...usable.map(({ key }) => ({ type: "publickey" as const, username, key })),
    ],
    tried: [...(offered === undefined ? [] : ["the ssh agent"]), ...usable.map(({ path }) => path)],
    locked: parsed
      .filter(({ error }) => error !== undefined && /encrypted|passphrase/i.test(error.message))
      .map(({ path }) => path),
  };
}

function parseError(parsed: unknown): Error | undefined {
  return parsed instanceof Error ? parsed : undefined;
}

/** The agent with only those of its keys that are among `publicKeys`; with all when that is `undefined`. */
async function limited(agent: BaseAgent, publicKeys: string[] | undefined): Promise<BaseAgent> {
  if (publicKeys === undefined) return agent;
  const { default: ssh2 } = await import("ssh2");
  const wanted = publicKeys.flatMap((text) => {
    const key = ssh2.utils.parseKey(text);
    return key instanceof Error ? [] : [key].flat().map((each) => each.getPublicSSH());
  });
  const getIdentities = agent.getIdentities.bind(agent) as (cb: IdentityCallback) => void;
  const isWanted = (key: ParsedKey): boolean =>
    wanted.some((each) => each.equals(key.getPublicSSH()));
  agent.getIdentities = (callback: IdentityCallback) =>
    getIdentities((error, keys) =>
      callback(error ?? undefined, (keys as ParsedKey[] | undefined)?.filter(isWanted)),
    );
  return agent;
}
