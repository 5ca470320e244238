import type { ChildProcess } from "node:child_process";
import { endWith } from "./ending.ts";
import { type Fault, type Saboteur, isSignal } from "./fault.ts";
import { type Operation, ensure, pruneOf, registryOf } from "./operations.ts";
import type { Run, User } from "./user.ts";

/** What one try showed. */
export interface Trial {
  operation: string;
  fault: Fault;
  /** The call that met the fault; absent when the command made fewer. */
  struck?: string;
  run: Run;
  /** What the failed command left and said so. */
  explained: string[];
  /** What must not be: each a sentence. */
  findings: string[];
}

/** The user wanted no more, and was told what that may leave. */
const QUIT_AT_ONCE = /Quitting at once; .* with: k3d /;

interface TrialOptions {
  user: User;
  saboteur: Saboteur;
  name: string;
  operation: Operation;
  cluster: string;
  fault: Fault;
  /** The campaign is to end. */
  stop: AbortSignal;
}

/**
 * Runs the operation against the fault, looks from outside, and has k3d clean up what is left.
 *
 * @throws the signal's reason when the campaign is to end: what is left then says nothing.
 */
export async function attempt(options: TrialOptions): Promise<Trial> {
  const { user, saboteur, name, operation, cluster, fault, stop } = options;
  await ensure(user, cluster, operation.before);
  await operation.prepare?.();
  const before = await look(user, cluster);
  let child: ChildProcess | undefined;
  await saboteur.arm(fault, () => child);
  const run = await user.k3d(operation.args(cluster), {
    saboteur,
    onStart: (started) => {
      child = started;
      endWith(stop, started);
    },
  });
  const struck = await saboteur.disarm();
  stop.throwIfAborted();
  const after = await look(user, cluster);
  const findings = [...manners(run, fault), ...(await foreign(user))];
  const ended =
    struck !== undefined &&
    ((fault.kind === "SIGKILL" && run.exitCode === undefined) || QUIT_AT_ONCE.test(run.stderr));
  const { explained, unexplained } = judge(options, run, before, after);
  if (run.exitCode === 0) findings.push(...succeeded(options, run, after));
  if (!ended) findings.push(...unexplained.map((what) => `left and not told: ${what}`));
  if (ended)
    findings.push(...(operation.shared ? await startsAgain(options) : await pruned(options)));
  findings.push(...(await recover(options, before)));
  findings.push(...(await leakedVolumes(options)));
  return {
    operation: name,
    fault,
    struck,
    run,
    explained,
    findings,
  };
}

async function look(user: User, cluster: string): Promise<string[]> {
  const registry = registryOf(cluster);
  const names = await user.engine.client("ps", "-a", "--format", "{{.Names}}");
  return [
    ...(await user.traces(cluster)),
    ...names
      .split("\n")
      .filter((name) => name === registry)
      .map((name) => `container ${name}`),
  ];
}

/** How a command must behave, whatever happens. */
function manners(run: Run, { kind }: Fault): string[] {
  const { exitCode, stderr, timedOut, ms } = run;
  return [
    ...(timedOut ? [`did not end within ${Math.round(ms / 1000)} s`] : []),
    ...(/\[INTERNAL\]|^\s+at .*:\d+:\d+\)?$/m.test(stderr) ? ["told of an error inside k3d"] : []),
    ...(exitCode === undefined && !timedOut && !isSignal(kind) && kind !== "hang"
      ? ["was ended by a signal that nobody sent"]
      : []),
    ...(exitCode !== 0 && exitCode !== undefined && stderr.trim() === ""
      ? ["failed without a word"]
      : []),
  ];
}

/** A success says so, and has done what it says. */
function succeeded(
  { operation, cluster }: TrialOptions,
  { stderr }: Run,
  after: string[],
): string[] {
  return [
    ...(stderr.trim() === "" ? ["succeeded without a word"] : []),
    ...(operation.done?.(cluster, after) === false ? ["succeeded, and it is not done"] : []),
  ];
}

async function foreign(user: User): Promise<string[]> {
  if (await user.hasForeignEntry()) return [];
  await user.begin();
  return ["somebody else's kubeconfig entry is lost"];
}

const withoutState = (traces: readonly string[]): string[] =>
  traces.map((trace) => trace.replace(/ stopped$/, ""));

/** What differs from how it must be now, by whether the command's words account for it. */
function judge(
  { operation, cluster }: TrialOptions,
  { exitCode, stderr }: Run,
  before: readonly string[],
  after: readonly string[],
): { explained: string[]; unexplained: string[] } {
  const [was, is] = [withoutState(before), withoutState(after)];
  const gone = was.filter((trace) => !is.includes(trace));
  const left = is.filter((trace) => !was.includes(trace));
  let wrong: string[] = [];
  if (operation.removes === true) {
    if (exitCode === 0) wrong = is;
  } else if (exitCode !== 0) {
    wrong = [...left, ...gone.map((trace) => `${trace} is gone`)];
    if (operation.undone) {
      const stopped = after.filter(
        (trace) => trace.endsWith(" stopped") && !before.includes(trace),
      );
      wrong.push(...stopped.filter((trace) => was.includes(trace.replace(/ stopped$/, ""))));
    }
  } else wrong = gone.map((trace) => `${trace} is gone`);
  const told = (what: string): boolean => {
    const object = what.split(" ")[1] ?? what;
    return stderr.includes(object) && /left|stay|remain|remove|delete|nothing/i.test(stderr)
      ? true
      : new RegExp(`k3d (cluster|registry|node) delete .*${cluster}`).test(stderr);
  };
  return {
    explained: wrong.filter(told),
    unexplained: wrong.filter((what) => !told(what)),
  };
}

/** What a killed command left is removed by prune, unless the cluster is whole. */
async function pruned({ user, cluster }: TrialOptions): Promise<string[]> {
  const { exitCode, stderr, command } = await user.k3d(pruneOf(cluster));
  if (exitCode !== 0) return [`${command} failed after a kill: ${stderr.trim()}`];
  const left = await user.traces(cluster);
  const whole = left.some((trace) => trace.startsWith(`container k3d-${cluster}-server-0`));
  return whole ? [] : left.map((what) => `not removed by prune: ${what}`);
}

/** What a killed command did to a cluster that stays is settled by the next start. */
async function startsAgain({ user, cluster }: TrialOptions): Promise<string[]> {
  const { exitCode, stderr, command } = await user.k3d(["cluster", "start", cluster, "--no-wait"]);
  if (exitCode !== 0) return [`${command} failed after a kill: ${stderr.trim()}`];
  const traces = await user.traces(cluster);
  const server = `container k3d-${cluster}-server-0`;
  return [
    ...(traces.includes(server) ? [] : [`${server} does not run after a kill and a start`]),
    ...traces
      .filter((trace) => trace.includes("-k3d-replaced"))
      .map((trace) => `${trace} is left after a kill and a start`),
  ];
}

/** Everything k3d has for this: what is left then is a finding. */
async function recover(
  { user, operation, cluster, name }: TrialOptions,
  before: readonly string[],
): Promise<string[]> {
  const findings: string[] = [];
  const undo = async (args: readonly string[]): Promise<void> => {
    const { exitCode, stderr, command } = await user.k3d(args);
    if (exitCode !== 0 && !/does not exist|No cluster|nothing/.test(stderr))
      findings.push(`${command} failed afterwards: ${stderr.trim()}`);
  };
  if (operation.recover !== undefined) {
    const now = await look(user, cluster);
    if (withoutState(now).some((trace) => !withoutState(before).includes(trace)))
      await undo(operation.recover(cluster));
  }
  if (!operation.shared && name !== "registry create") {
    if ((await look(user, cluster)).length > 0) await undo(["cluster", "delete", cluster]);
  }
  const rest = withoutState(await look(user, cluster)).filter(
    (trace) => !operation.shared || !withoutState(before).includes(trace),
  );
  findings.push(...rest.map((what) => `not removed by k3d's own commands: ${what}`));
  return findings;
}

async function leakedVolumes({ user, saboteur, operation }: TrialOptions): Promise<string[]> {
  const seen = new Set(await saboteur.volumes());
  if (seen.size === 0 || operation.shared) return [];
  const dangling = (
    await user.engine.client("volume", "ls", "-q", "--filter", "dangling=true")
  ).split("\n");
  const leaked = dangling.filter((volume) => seen.has(volume));
  for (const volume of leaked) await user.engine.client("volume", "rm", volume).catch(() => "");
  return leaked.map((volume) => `anonymous volume ${volume.slice(0, 12)} is left`);
}
