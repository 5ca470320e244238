import type { ConfigIdentity, ResolvedHook } from "@k3d/core";
import * as Flags from "@oclif/core/flags";

/** `--no-hooks` of commands on clusters that exist. */
export const noHooksFlag = Flags.boolean({
  summary: "Run no hooks, neither those of the config file nor those kept in the cluster",
});

/** The config file of commands that take nothing else from it but the cluster and its hooks. */
export const hookFileFlag = Flags.string({
  summary:
    "Config file whose hooks run for the cluster that it names, also those on this host; - is standard input",
  helpValue: "FILE",
});

export const hookFlags = { config: hookFileFlag, "no-hooks": noHooksFlag };

/** What hooks an operation on this cluster runs; `undefined`: those that it keeps. */
export function hooksOf(
  cluster: string,
  file: Partial<Pick<ConfigIdentity, "name" | "hooks">>,
  noHooks: boolean,
): readonly ResolvedHook[] | undefined {
  if (noHooks) return [];
  return file.name === cluster ? file.hooks : undefined;
}
