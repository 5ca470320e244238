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

/**
 * The agent's keys, then those of files, as OpenSSH has it. Of the agent's the files' keys come first, since hosts
 * hang up after a few; `IdentitiesOnly` limits it to these.
 */
export async function authenticationOf(settings: SshSettings): Promise<Authentication> {
  const { default: ssh2 } = await import("ssh2");
  const { username, agent, agentKeys } = settings;
  const read = settings.privateKeys.map(({ path, key }) => ({
    path,
    key,
    parsed: ssh2.utils.parseKey(key),
  }));
  // A public key as IdentityFile chooses among the agent's.
  const usable = read.filter(
    ({ parsed }) =>
      !(parsed instanceof Error) && [parsed].flat().some((each) => each.isPrivateKey()),
  );
  const socket = agent === undefined ? undefined : ssh2.createAgent(agent);
  const offered = socket === undefined ? undefined : chosen(socket, agentKeys, ssh2);
  return {
    methods: [
      ...(offered === undefined ? [] : [{ type: "agent" as const, username, agent: offered }]),
      ...usable.map(({ key }) => ({ type: "publickey" as const, username, key })),
    ],
    tried: [...(offered === undefined ? [] : ["the ssh agent"]), ...usable.map(({ path }) => path)],
    locked: read
      .filter(
        ({ parsed }) => parsed instanceof Error && /encrypted|passphrase/i.test(parsed.message),
      )
      .map(({ path }) => path),
  };
}

function chosen(
  agent: BaseAgent,
  { first, only }: SshSettings["agentKeys"],
  { utils }: typeof import("ssh2"),
): BaseAgent {
  const wanted = first.flatMap((text) => {
    const key = utils.parseKey(text);
    return key instanceof Error ? [] : [key].flat().map((each) => each.getPublicSSH());
  });
  const getIdentities = agent.getIdentities.bind(agent) as (cb: IdentityCallback) => void;
  const isWanted = (key: ParsedKey): boolean =>
    wanted.some((each) => each.equals(key.getPublicSSH()));
  agent.getIdentities = (callback: IdentityCallback) =>
    getIdentities((error, keys) => {
      const all = (keys as ParsedKey[] | undefined) ?? [];
      const others = only ? [] : all.filter((key) => !isWanted(key));
      callback(error ?? undefined, [...all.filter(isWanted), ...others]);
    });
  return agent;
}
