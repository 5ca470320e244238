import manifest from "../../package.json" with { type: "json" };
import { completionNodes, type CommandSource, type CompletionNode } from "../completion/model.js";
import { allCommands } from "./commands.js";

/** Those of all commands of this package, and of one like a plug-in's, with two arguments. */
export async function allCompletionNodes(): Promise<CompletionNode[]> {
  const own = [...(await allCommands())].map(([id, command]) => ({
    ...(command as unknown as CommandSource),
    id,
    aliases: command.aliases,
    summary: command.summary,
    flags: { ...command.baseFlags, ...command.flags },
    args: command.args,
  })) as unknown as CommandSource[];
  const topics = Object.entries(manifest.oclif.topics).map(([name, { description }]) => ({
    name,
    description,
  }));
  const connect = { id: "registry:connect", args: { name: {}, cluster: {} } };
  return completionNodes([...own, connect], topics);
}
