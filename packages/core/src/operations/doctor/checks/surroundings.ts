import { type Check, CONTAINER_LIMIT_MS } from "../check.js";
import { type DoctorFacts, isLocal } from "../facts.js";
import { ok, problem, unknown, type Verdict, warning } from "../finding.js";

/** Ids that the users in an image take. */
const LEAST_IDS = 65_536;

/** Whether this user has subordinate ids, which a rootless engine gives to containers. */
export const subidsCheck: Check = {
  id: "subuid",
  group: "machine",
  async run(facts) {
    const { machine } = facts;
    if (machine.platform !== "linux") return [ok("The engine's machine has its own users")];
    const found = await facts.engine().catch(() => undefined);
    if (found !== undefined && !isLocal(found)) return [ok("The engine is on another machine")];
    const rootless = found === undefined ? machine.user?.uid !== 0 : found.info.rootless;
    if (!rootless) return [ok("The engine does not run rootless: none are needed")];
    return judgeSubids(facts, found !== undefined);
  },
};

async function judgeSubids({ machine }: DoctorFacts, needed: boolean): Promise<Verdict[]> {
  const { user } = machine;
  if (user === undefined) return [unknown("This user has no number")];
  const files = ["/etc/subuid", "/etc/subgid"];
  const counts = await Promise.all(
    files.map(async (path) => idsOf((await machine.read(path)) ?? "", [user.name, `${user.uid}`])),
  );
  const short = files.filter((_, index) => (counts[index] ?? 0) < LEAST_IDS);
  if (short.length === 0)
    return [ok(`User ${user.name} has ${Math.min(...counts)} subordinate ids`)];
  const message = `User ${user.name} has fewer than ${LEAST_IDS} ids in ${short.join(" and ")}`;
  const fix = `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user.name}; with Podman then: podman system migrate`;
  return [needed ? problem(message, fix) : warning(`${message}, which rootless engines need`, fix)];
}

/** Of lines `NAME:FIRST:COUNT`. */
function idsOf(text: string, names: readonly string[]): number {
  return text
    .split("\n")
    .map((line) => line.trim().split(":"))
    .filter(([name = ""]) => names.includes(name))
    .reduce((sum, [, , count]) => sum + (Number(count) || 0), 0);
}

/** What killed commands and removed clusters left. */
export const leftoversCheck: Check = {
  id: "leftovers",
  group: "k3d",
  limitMs: CONTAINER_LIMIT_MS,
  async run({ leftovers, engine, host }, options) {
    await engine();
    if (leftovers === undefined) return [unknown("Nothing installed here can look for them")];
    // What the look at the host makes belongs to no cluster: it would be taken for remains.
    await host().catch(() => undefined);
    const found = await leftovers(options);
    if (found.length === 0) return [ok("Nothing is left of clusters that are gone")];
    return [
      warning(
        `Left by killed commands and removed clusters: ${found.join(", ")}`,
        "See them with k3d prune --dry-run, remove them with k3d prune",
      ),
    ];
  },
};

/** Whether installed plug-ins and runtimes load. */
export const pluginsCheck: Check = {
  id: "plugins",
  group: "k3d",
  async run({ plugins }) {
    const { installed, broken } = await plugins();
    if (broken.length > 0) {
      return broken.map(({ name, reason }) =>
        problem(
          `The plug-in ${name} cannot be used: ${reason}`,
          `Install it again, or remove it: k3d plugins uninstall ${name}`,
        ),
      );
    }
    return [
      ok(
        installed.length === 0
          ? "No plug-in is installed"
          : `Plug-ins load: ${installed.join(", ")}`,
      ),
    ];
  },
};
