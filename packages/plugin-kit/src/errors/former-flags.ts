/**
 * What to write for a flag of k3d v1 to v4, or of an early v5, that is none today, by the words of the
 * command. The nearest flag by spelling would be another one.
 */
const FORMER_FLAGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "cluster create": {
    ...same(["--k3s-server-arg", "--server-arg", "-x"], 'Write --k3s-arg "ARG@server:*".'),
    ...same(["--k3s-agent-arg", "--agent-arg"], 'Write --k3s-arg "ARG@agent:*".'),
    ...same(
      ["--label", "-l"],
      'Write --runtime-label "KEY=VALUE@FILTER" for labels of containers, or --k3s-node-label for those of Kubernetes nodes.',
    ),
    ...same(["--workers", "-w"], "Write --agents NUMBER."),
    ...same(["--masters", "-m"], "Write --servers NUMBER."),
    ...same(["--publish", "--add-port"], "Write --port."),
    ...same(["--name", "-n"], "The name is an argument: k3d cluster create NAME."),
    ...same(
      ["--datastore-endpoint", "--datastore-cafile", "--datastore-certfile", "--datastore-keyfile"],
      'It is an argument of k3s: write --k3s-arg "--datastore-endpoint=URL@server:*", and likewise for its files.',
    ),
    "--datastore-network": "Write --network NAME.",
    "--no-hostip": "Leave it out: host.k3d.internal is there in every cluster.",
    "--auto-restart": "Leave it out: nodes always start again with the engine.",
    "--port-auto-offset": 'Write one --port "HOSTPORT:PORT@agent:0:direct" for each agent.',
    ...same(["--enable-registry", "--registry-name"], "Write --registry-create NAME."),
    "--registry-port": "Write --registry-create NAME:PORT.",
    "--registry-volume": "Set registries.create.volumes in a config file.",
    "--enable-registry-cache": "Set registries.create.proxy.remoteURL in a config file.",
    "--registries-file": "Write --registry-config FILE.",
  },
  "cluster delete": {
    ...same(["--name", "-n"], "The name is an argument: k3d cluster delete NAME."),
    "--prune":
      "Disconnect other containers from the network of the cluster with your engine first.",
    "--keep-registry-volume": "Leave it out: volumes that k3d did not make are kept.",
  },
  "cluster start": same(["--name", "-n"], "The name is an argument: k3d cluster start NAME."),
  "cluster stop": same(["--name", "-n"], "The name is an argument: k3d cluster stop NAME."),
  "node create": {
    ...same(["--arg", "-x"], "Write --k3s-arg ARG."),
    ...same(["--count"], "Write --replicas NUMBER."),
    ...same(["--label", "-l"], "Write --runtime-label or --k3s-node-label KEY=VALUE."),
    "--k3s": "Write --cluster https://HOST:PORT --token TOKEN.",
    ...same(["--k3s-secret", "--k3s-token"], "Write --token TOKEN."),
    ...same(["--name"], "The name is an argument: k3d node create NAME."),
  },
  "image import": {
    ...same(["--name", "-n"], "Write --cluster NAME."),
    ...same(["--no-remove", "--no-rm", "--keep"], "Write --keep-tarball."),
  },
  ...kubeconfig("kubeconfig merge"),
  ...kubeconfig("kubeconfig write"),
  "kubeconfig get": same(["--name", "-n"], "The name is an argument: k3d kubeconfig get NAME."),
};

function kubeconfig(command: string): Record<string, Record<string, string>> {
  return {
    [command]: {
      "--merge-default-kubeconfig": "Write --kubeconfig-merge-default.",
      "--switch-context": "Write --kubeconfig-switch-context.",
      ...same(["--name", "-n"], `The name is an argument: k3d ${command} NAME.`),
    },
  };
}

function same(flags: readonly string[], hint: string): Record<string, string> {
  return Object.fromEntries(flags.map((flag) => [flag, hint]));
}

/**
 * What to write now for a flag that was one once.
 *
 * @param command its words, without the program's name
 * @param written the flag as it was written: `--label`, `--no-wait`, `-x=--v=3`
 */
export function formerFlag(command: string, written: string): string | undefined {
  const flag = /^(--[^=]+|-[^-])/.exec(written)?.[1] ?? "";
  const flags = Object.hasOwn(FORMER_FLAGS, command) ? FORMER_FLAGS[command] : undefined;
  return flags !== undefined && Object.hasOwn(flags, flag) ? flags[flag] : undefined;
}
