import { holdsSecret, isSecretName } from "@k3d/core/runtime";

/** Variables for a container, split by whether others may see them. */
export interface EnvArgs {
  /** `--env` arguments; of secrets (by their name, or by what the value shows) the name alone, whose value podman takes from its own environment. */
  args: string[];
  /** The secrets, for podman's environment. */
  env: Record<string, string>;
}

/**
 * `NAME=value` entries as arguments of podman, without secret values: the
 * command line of a process can be read by every user of the machine.
 */
export function envArgs(entries: readonly string[]): EnvArgs {
  const split = entries.map((entry) => {
    const end = entry.indexOf("=");
    const name = end === -1 ? entry : entry.slice(0, end);
    const value = entry.slice(end + 1);
    const secret = end !== -1 && (isSecretName(name) || holdsSecret(value));
    return { entry, name, value, secret };
  });
  return {
    args: split.flatMap(({ entry, name, secret }) => ["--env", secret ? name : entry]),
    env: Object.fromEntries(
      split.filter(({ secret }) => secret).map(({ name, value }) => [name, value]),
    ),
  };
}
