import { globalFlags } from "../settings/global-flags.js";
import type { FlagShapes } from "./go-flags.js";

/**
 * Moves global flags that stand before the command behind it, where oclif looks for them:
 * `--verbose cluster list` becomes `cluster list --verbose`. `help TOPIC` becomes `TOPIC --help`, and
 * `--version` the command of that name.
 */
export function globalFlagsLast(argv: readonly string[]): string[] {
  const leading: string[] = [];
  let index = 0;
  for (; index < argv.length; index++) {
    const arg = argv[index] ?? "";
    const name = arg.startsWith("--") ? (arg.slice(2).split("=", 1)[0] ?? "") : "";
    const flag = (globalFlags as unknown as FlagShapes)[name];
    if (!flag) break;
    leading.push(arg);
    const value = argv[index + 1];
    if (flag.type === "option" && !arg.includes("=") && value !== undefined) {
      leading.push(value);
      index++;
    }
  }
  const rest = argv.slice(index);
  if (rest[0] === "--version") rest[0] = "version";
  if (rest[0] === "help") {
    rest.shift();
    rest.push("--help");
  }
  const end = rest.indexOf("--");
  if (end === -1) return [...rest, ...leading];
  return [...rest.slice(0, end), ...leading, ...rest.slice(end)];
}
