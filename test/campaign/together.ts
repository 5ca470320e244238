import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { CREATE } from "./operations.ts";
import type { Random } from "./random.ts";
import type { Run, User } from "./user.ts";

/** What a try without a saboteur showed. */
export interface Outcome {
  runs: Run[];
  findings: string[];
}

const ENTRIES = 8;

/** Several creates of one name at once, beside a user who edits the same kubeconfig: one wins, nothing of anybody is lost. */
export async function createsAtOnce(user: User, cluster: string, random: Random): Promise<Outcome> {
  const contexts = Array.from({ length: ENTRIES }, (_, index) => `${cluster}-mine-${index}`);
  const [runs] = await Promise.all([
    Promise.all(
      Array.from({ length: 2 + random.below(2) }, () =>
        user.k3d(["cluster", "create", cluster, ...CREATE]),
      ),
    ),
    editing(user, contexts),
  ]);
  const findings: string[] = [];
  const won = runs.filter(({ exitCode }) => exitCode === 0);
  if (won.length > 1) findings.push(`${won.length} creates of one name succeeded`);
  for (const { exitCode, stderr } of runs)
    if (exitCode !== 0 && !/exists already|ALREADY_EXISTS|making it/.test(stderr))
      findings.push(`a create that lost does not say why: ${stderr.trim()}`);
  const traces = await user.traces(cluster);
  if (won.length === 0 && traces.length > 0)
    findings.push(`nobody won, left: ${traces.join(", ")}`);
  if (won.length === 1 && !traces.includes(`container k3d-${cluster}-server-0`))
    findings.push(`one won, but there is only: ${traces.join(", ")}`);
  findings.push(...(await lost(user, contexts)));
  // The deletion writes the same file beside the same loop.
  const [removal] = await Promise.all([
    user.k3d(["cluster", "delete", cluster]),
    editing(user, contexts),
  ]);
  const rest = await user.traces(cluster);
  if (rest.length > 0)
    findings.push(`left after the deletion: ${rest.join(", ")} (${removal.stderr.trim()})`);
  findings.push(...(await lost(user, contexts)));
  if (!(await user.hasForeignEntry())) findings.push("somebody else's kubeconfig entry is lost");
  await user.begin();
  return { runs: [...runs, removal], findings };
}

async function editing(user: User, contexts: readonly string[]): Promise<void> {
  for (const context of contexts) {
    const args = ["config", "set-context", context, "--cluster=mine", "--user=mine"];
    for (let more = 20; more > 0; more--) {
      const { exitCode } = await execa("kubectl", args, { env: user.environment, reject: false });
      // kubectl gives up at once when somebody else has the lock.
      if (exitCode === 0) break;
    }
  }
}

async function lost(user: User, contexts: readonly string[]): Promise<string[]> {
  const { stdout } = await execa("kubectl", ["config", "get-contexts", "-o", "name"], {
    env: user.environment,
  });
  const there = new Set(stdout.split("\n"));
  return contexts
    .filter((context) => !there.has(context))
    .map((context) => `context ${context} of kubectl's is lost`);
}

/** Where a file system is mounted that is full. */
export const smallDisk = ({ home }: User): string => join(home, "small");

/** A kubeconfig on a file system that is full, or nearly: nothing is left, and what was in it stays. */
export async function fullDisk(
  user: User,
  cluster: string,
  random: Random,
): Promise<Outcome | undefined> {
  const mount = smallDisk(user);
  await execa("mkdir", ["-p", mount]);
  const { exitCode } = await execa(
    "mount",
    ["-t", "tmpfs", "-o", "size=64k", "k3d-campaign", mount],
    { reject: false },
  );
  if (exitCode !== 0) return undefined;
  const kubeconfig = join(mount, "config");
  const findings: string[] = [];
  try {
    const tight = user.with({ KUBECONFIG: kubeconfig });
    await user.begin(kubeconfig);
    // One page belongs to the directory's files each: none, one or two are left.
    await writeFile(join(mount, "filler"), Buffer.alloc((15 - random.below(3)) * 4096)).catch(
      () => {},
    );
    const create = await tight.k3d(["cluster", "create", cluster, ...CREATE]);
    if (create.exitCode !== 0) {
      const left = await user.traces(cluster);
      if (left.length > 0)
        findings.push(
          `left by a create on a full disk: ${left.join(", ")} (${create.stderr.trim()})`,
        );
    }
    if (!(await user.hasForeignEntry(kubeconfig)))
      findings.push("the full disk lost somebody else's entry at create");
    await writeFile(join(mount, "filler2"), Buffer.alloc(64 * 1024)).catch(() => {});
    const removal = await tight.k3d(["cluster", "delete", cluster]);
    const left = (await user.traces(cluster)).filter((trace) => !trace.startsWith("kubeconfig"));
    if (left.length > 0)
      findings.push(
        `left by a delete on a full disk: ${left.join(", ")} (${removal.stderr.trim()})`,
      );
    if (!(await user.hasForeignEntry(kubeconfig)))
      findings.push("the full disk lost somebody else's entry at delete");
    return { runs: [create, removal], findings };
  } finally {
    await execa("umount", ["-l", mount], { reject: false });
  }
}
