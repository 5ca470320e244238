import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { K3dError } from "@k3d/core";

/**
 * Makes sure that a command can be run, before anything is made for it.
 *
 * @throws K3dError `INVALID_INPUT` when there is no executable of this name
 */
export async function checkCommand(
  command: string,
  {
    env,
    platform,
  }: { env: Readonly<Record<string, string | undefined>>; platform: NodeJS.Platform },
): Promise<void> {
  // There, endings such as .cmd count, too.
  if (platform === "win32") return;
  const direct = command.includes("/") || isAbsolute(command);
  const candidates = direct
    ? [command]
    : (env.PATH ?? "").split(delimiter).map((directory) => join(directory || ".", command));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return;
  }
  throw new K3dError(
    "INVALID_INPUT",
    `Command '${command}' cannot be run: there is no such executable`,
    {
      hint: "Give the command after --, e.g. k3d run -f k3d.yaml -- make test",
    },
  );
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
