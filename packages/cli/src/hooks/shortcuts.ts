import { DEFAULT_CLUSTER_NAME } from "@k3d/core";

/** A command line in words of today, as oclif takes it. */
export interface NewForm {
  /** Words of the command. */
  command: string[];
  argv: string[];
}

/** A flag of v1 as it is today; `suffix` goes behind its value. */
interface Flag {
  to: string;
  suffix?: string;
}

/** How a command of k3d v1 is said today. */
interface Shortcut {
  command: string;
  flags?: Readonly<Record<string, Flag>>;
  /** Where the cluster's name goes: the first argument, a flag, or nowhere. */
  cluster: "argument" | "--cluster" | "none";
  /** Whether it takes `--all`, with which no cluster is named. */
  all?: boolean;
  /** The command names what it makes, which v1 did by itself. */
  names?: (cluster: string) => string;
}

const SERVER_ARG: Flag = { to: "--k3s-arg", suffix: "@server:*" };

const SHORTCUTS: Readonly<Record<string, Shortcut>> = {
  create: {
    command: "cluster create",
    cluster: "argument",
    flags: {
      "--publish": { to: "--port" },
      "--workers": { to: "--agents" },
      "-w": { to: "--agents" },
      "-a": { to: "--api-port" },
      "--server-arg": SERVER_ARG,
      "-x": SERVER_ARG,
      "--agent-arg": { to: "--k3s-arg", suffix: "@agent:*" },
    },
  },
  delete: { command: "cluster delete", cluster: "argument", all: true },
  list: { command: "cluster list", cluster: "none" },
  start: { command: "cluster start", cluster: "argument", all: true },
  stop: { command: "cluster stop", cluster: "argument", all: true },
  "get-kubeconfig": { command: "kubeconfig write", cluster: "argument", all: true },
  "import-images": { command: "image import", cluster: "--cluster" },
  "check-tools": { command: "doctor", cluster: "none" },
  "add-node": {
    command: "node create",
    cluster: "--cluster",
    flags: { "--count": { to: "--replicas" }, "-c": { to: "--replicas" } },
    names: (cluster) => `${cluster}-added`,
  },
};

/** Short names that commands of v1 had besides. */
const SHORT: Readonly<Record<string, string>> = {
  c: "create",
  d: "delete",
  del: "delete",
  rm: "delete",
  ls: "list",
  l: "list",
  i: "import-images",
  ct: "check-tools",
};

/** Verbs of v1 that go before what they are about: `create cluster` is `cluster create`. */
const TOPICS = ["cluster", "node", "registry", "image", "kubeconfig", "config"];
const PLURALS: Readonly<Record<string, string>> = {
  clusters: "cluster",
  nodes: "node",
  registries: "registry",
  images: "image",
};

/**
 * What a command line means that is none today: verb before noun (`create cluster demo`), nouns of
 * several (`clusters list`), or a command of k3d v1 (`create --name demo`). `undefined` for everything else.
 *
 * @param isCommand whether there is a command of these words, joined by colons
 */
export function newForm(
  words: readonly string[],
  argv: readonly string[],
  isCommand: (id: string) => boolean,
): NewForm | undefined {
  const [verb = "", second = "", ...rest] = words;
  const topic = Object.hasOwn(PLURALS, second) ? (PLURALS[second] ?? second) : second;
  if (TOPICS.includes(topic) && isCommand(`${topic}:${verb}`)) {
    return { command: [topic, verb], argv: [...rest, ...argv] };
  }
  const singular = Object.hasOwn(PLURALS, verb) ? PLURALS[verb] : undefined;
  if (singular !== undefined && isCommand(`${singular}:${second}`)) {
    return { command: [singular, second], argv: [...rest, ...argv] };
  }
  const long = Object.hasOwn(SHORT, verb) ? (SHORT[verb] ?? verb) : verb;
  const shortcut = Object.hasOwn(SHORTCUTS, long) ? SHORTCUTS[long] : undefined;
  if (shortcut === undefined) return undefined;
  const command = shortcut.command.split(" ");
  if (!isCommand(command.join(":"))) return undefined;
  return { command, argv: newArgv(shortcut, words.slice(1), argv) };
}

function newArgv(shortcut: Shortcut, args: readonly string[], argv: readonly string[]): string[] {
  const { flags = {}, cluster, all = false, names } = shortcut;
  const { name, rest } = takeName(argv);
  const today = renamed(rest, flags);
  const everything = all && today.some((arg) => arg === "--all" || arg === "-a");
  if (cluster === "none" || everything) return [...args, ...today];
  if (cluster === "argument") {
    return [
      ...(name === undefined ? [] : [name]),
      ...(args.length > 0 ? args : fallback(name)),
      ...today,
    ];
  }
  const named = name ?? DEFAULT_CLUSTER_NAME;
  const made = args.length === 0 && names !== undefined ? [names(named)] : args;
  return [...made, cluster, named, ...today];
}

const fallback = (name: string | undefined): string[] =>
  name === undefined ? [DEFAULT_CLUSTER_NAME] : [];

function renamed(argv: readonly string[], flags: Readonly<Record<string, Flag>>): string[] {
  const result: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index] ?? "";
    const [flag = "", ...inline] = arg.split("=");
    const known = Object.hasOwn(flags, flag) ? flags[flag] : undefined;
    if (known === undefined) {
      result.push(arg);
      continue;
    }
    const value = inline.length > 0 ? inline.join("=") : argv[++index];
    result.push(known.to, ...(value === undefined ? [] : [`${value}${known.suffix ?? ""}`]));
  }
  return result;
}

/** The value of `--name` or `-n`, and the arguments without it. */
function takeName(argv: readonly string[]): { name?: string; rest: string[] } {
  const rest: string[] = [];
  let name: string | undefined;
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index] ?? "";
    const inline = /^(?:--name|-n)=(.*)$/.exec(arg)?.[1];
    if (inline !== undefined) name = inline;
    else if ((arg === "--name" || arg === "-n") && argv[index + 1] !== undefined)
      name = argv[++index];
    else rest.push(arg);
  }
  return name === undefined ? { rest } : { name, rest };
}
