import type { PluginView } from "./describe.js";

/** What an installation tells: what there is to use now. */
export function added(verb: string, plugin: PluginView, bin: string): string {
  const { name, version, commands, runtimes } = plugin;
  return [
    `${verb} ${name} ${version ?? ""}`.trimEnd(),
    ...commands.map((command) => `  ${bin} ${command}`),
    ...runtimes.map((runtime) => `  ${bin} --runtime ${runtime} …`),
  ].join("\n");
}
