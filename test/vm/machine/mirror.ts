import { run } from "../../engine/host/command.ts";
import { SetupError } from "../../engine/host/setup-error.ts";

/** The fields of `apt-get indextargets` that are asked for. */
export const TARGET_FORMAT = "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(SITE)";

/**
 * The mirror of Debian that apt of this machine uses; other releases are beside the one it is.
 *
 * @throws SetupError where apt knows none
 */
export async function debianMirror(): Promise<string> {
  const targets = await run("apt-get", [
    "indextargets",
    "--format",
    TARGET_FORMAT,
    "Created-By: Packages",
  ]);
  const mirror = mirrorIn(targets);
  if (mirror !== undefined) return mirror;
  throw new SetupError(
    "apt of this machine knows no mirror of Debian to build a machine from",
    "run apt-get update on a Debian machine; other systems cannot build one",
  );
}

/** The address in the first line of Debian's own main archive. */
export function mirrorIn(targets: string): string | undefined {
  return targets
    .split("\n")
    .map((line) => line.split("|"))
    .find(
      ([origin, label, component]) =>
        origin === "Debian" && label === "Debian" && component === "main",
    )
    ?.at(3);
}
