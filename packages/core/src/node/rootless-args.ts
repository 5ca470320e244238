const GATE = "KubeletInUserNamespace";

/** `feature-gates=…` as the value of `--kubelet-arg`, with the dashes that k3s takes off. */
const FEATURE_GATES = /^-*feature-gates=(.*)$/;

/**
 * The arguments of a k3s node whose container is in a user namespace, as all of a rootless engine
 * are. There the kubelet may set no sysctl of the machine and not read `/dev/kmsg`, which it takes
 * for fatal without the feature gate `KubeletInUserNamespace` (Kubernetes 1.22 and newer). k3s sets that only for its own
 * `--rootless`, which is something else; what else a user namespace needs (no connection-tracking
 * sysctls, no AppArmor and no lowered OOM scores in containerd) it finds out and does by itself.
 *
 * All gates end up in one argument, since older k3s heeds the last one alone. A value that the user
 * gives this very gate stays.
 *
 * Sources: https://docs.k3s.io/advanced#running-rootless-servers-experimental,
 * https://kind.sigs.k8s.io/docs/user/rootless/,
 * https://kubernetes.io/docs/tasks/administer-cluster/kubelet-in-userns/
 *
 * @param k3sArgs the user's arguments for k3s
 */
export function rootlessArgs(k3sArgs: readonly string[]): string[] {
  const rest: string[] = [];
  const gates: string[] = [];
  for (let index = 0; index < k3sArgs.length; index++) {
    const [arg = "", next] = k3sArgs.slice(index, index + 2);
    const apart = arg === "--kubelet-arg" && next !== undefined;
    const value = apart ? next : arg.replace(/^--kubelet-arg=/, "");
    const given = apart || value !== arg ? FEATURE_GATES.exec(unquoted(value))?.[1] : undefined;
    if (given === undefined) rest.push(arg, ...(apart ? [next] : []));
    else gates.push(...given.split(",").filter((gate) => gate !== ""));
    if (apart) index++;
  }
  if (!gates.some((gate) => gate.startsWith(`${GATE}=`))) gates.push(`${GATE}=true`);
  return [...rest, `--kubelet-arg=feature-gates=${gates.join(",")}`];
}

function unquoted(value: string): string {
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
}
