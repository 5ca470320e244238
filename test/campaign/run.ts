/**
 * Tries commands against an engine whose answers get lost, cut, late, false or stay away, and
 * against signals, and looks from outside at what is left.
 *
 *   node test/campaign/run.ts [--runtime docker,podman,oci] [--tries N | --every] [--seed N] [--only WORD,…] [--after FILE] [--log DIR] [--report FILE]
 *
 * `--tries` counts for each runtime; with `--every` each operation meets each fault at every one of
 * its calls, once. `--only` chooses operations and faults whose name contains one of the words, and
 * `lose+node create` one fault of one operation. Exits with 1 when anything was found; the findings
 * are in the log. `--after` goes on behind the calls that an earlier log has of each pair. `--report` writes the counts in the form of a report of vitest.
 */
import { appendFile, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../bench/support/checkout.ts";
import { type Engine, engineNamed } from "../e2e/support/engine.ts";
import { cleanUp, endingSignal } from "./ending.ts";
import type { Fault, FaultKind, Saboteur } from "./fault.ts";
import { type Operation, operations } from "./operations.ts";
import { Random } from "./random.ts";
import { type Counted, Report } from "./report.ts";
import { saboteurFor } from "./saboteurs.ts";
import { createsAtOnce, fullDisk } from "./together.ts";
import { attempt } from "./trial.ts";
import { User } from "./user.ts";

const { values } = parseArgs({
  options: {
    runtime: { type: "string", default: "docker" },
    tries: { type: "string", default: "100" },
    every: { type: "boolean", default: false },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string" },
    after: { type: "string" },
    log: { type: "string", default: join(ROOT, ".tools", "campaign") },
    report: { type: "string" },
  },
});
const seed = Number(values.seed);
const limit = values.every ? Infinity : Number(values.tries);
const words = values.only?.split(",");
const log = join(values.log, `seed-${seed}.ndjson`);
await mkdir(values.log, { recursive: true });

const report = new Report();
const stop = endingSignal();

/** A line of the log. */
interface Tried {
  runtime: string;
  operation: string;
  fault: Fault;
  /** The call that the fault met; absent when there were fewer calls. */
  struck?: string;
}

async function earlier(runtime: string): Promise<Tried[]> {
  if (values.after === undefined) return [];
  const lines = (await readFile(values.after, "utf8")).split("\n").filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as Tried)
    .filter((tried) => tried.runtime === runtime && tried.fault !== undefined);
}

/** The call that each pair of operation and fault meets next; with `--every` until there are no more. */
class Queue {
  readonly #next = new Map<string, { operation: string; kind: FaultKind; nth: number }>();

  constructor(names: readonly string[], kinds: readonly FaultKind[]) {
    for (const operation of names)
      for (const kind of kinds) {
        if (!chosen(operation, kind)) continue;
        this.#next.set(`${operation} ${kind}`, { operation, kind, nth: 1 });
      }
  }

  /** Goes on behind what was tried before. */
  skip(tried: readonly Tried[]): void {
    for (const { operation, fault, struck } of tried) {
      const entry = this.#next.get(`${operation} ${fault.kind}`);
      if (entry === undefined) continue;
      if (struck === undefined) this.#next.delete(`${operation} ${fault.kind}`);
      else entry.nth = Math.max(entry.nth, fault.nth + 1);
    }
  }

  take(random: Random): { operation: string; fault: Fault } | undefined {
    const all = [...this.#next.values()];
    if (all.length === 0) return undefined;
    const entry = random.pick(all);
    return { operation: entry.operation, fault: { kind: entry.kind, nth: entry.nth } };
  }

  /** A call that was not there is followed by the first one again. */
  done(operation: string, { kind }: Fault, struck: boolean, random: Random): void {
    const entry = this.#next.get(`${operation} ${kind}`);
    if (entry === undefined) return;
    if (values.every) {
      if (struck) entry.nth += 1;
      else this.#next.delete(`${operation} ${kind}`);
      return;
    }
    // Some calls in a row are much alike: a step of one or two keeps the tries spread over all.
    entry.nth = struck ? entry.nth + 1 + random.below(2) : 1;
  }
}

function chosen(operation: string, kind: string): boolean {
  return (
    words === undefined ||
    words.some((word) =>
      word.split("+").every((part) => operation.includes(part) || kind.includes(part)),
    )
  );
}

async function campaign(runtime: string): Promise<void> {
  const engine = engineNamed(runtime);
  const random = new Random(seed);
  const home = await mkdtemp(join(tmpdir(), "k3d-campaign-"));
  const user = new User(home, engine);
  const shared = `camp-${runtime}-${seed.toString(36)}`;
  let cluster = shared;
  let saboteur: Saboteur | undefined;
  try {
    await user.begin();
    saboteur = await saboteurFor(runtime, home);
    const all = operations(join(home, "image.tar"));
    const queue = new Queue(Object.keys(all), saboteur.kinds);
    queue.skip(await earlier(runtime));
    for (let number = 1; number <= limit && !stop.aborted; number++) {
      cluster = `${shared}-${number}`;
      if (
        !values.every &&
        number % 25 === 0 &&
        (await without(runtime, user, engine, cluster, random, number))
      )
        continue;
      const next = queue.take(random);
      if (next === undefined) break;
      const operation = all[next.operation] as Operation;
      const struck = await tryOnce({
        user,
        saboteur,
        runtime,
        number,
        name: next.operation,
        operation,
        cluster: operation.shared ? shared : cluster,
        fault: next.fault,
      });
      queue.done(next.operation, next.fault, struck, random);
    }
  } finally {
    if (stop.aborted)
      tell(`${(stop.reason as Error).message}: removing what the campaign made on ${runtime}`);
    await cleanUp(user, stop.aborted ? [cluster, shared] : [shared], async () => saboteur?.close());
  }
}

interface Try {
  user: User;
  saboteur: Saboteur;
  runtime: string;
  number: number;
  name: string;
  operation: Operation;
  cluster: string;
  fault: Fault;
}

/** @returns whether the fault met a call. */
async function tryOnce({ runtime, number, ...options }: Try): Promise<boolean> {
  const { name, fault } = options;
  try {
    const trial = await attempt({ ...options, stop });
    const { run, struck, explained, findings } = trial;
    count({
      runtime,
      operation: name,
      kind: fault.kind,
      struck: struck !== undefined,
      failed: run.exitCode !== 0,
      explained: explained.length > 0,
      findings: findings.length,
    });
    await write(runtime, number, { ...trial });
    return struck !== undefined;
  } catch (error) {
    if (stop.aborted) return false;
    count({
      runtime,
      operation: name,
      kind: fault.kind,
      struck: true,
      failed: true,
      explained: false,
      findings: 1,
    });
    await write(runtime, number, {
      operation: name,
      fault,
      findings: [`the try itself failed: ${String(error)}`],
    });
    // Whatever state that left, the next try begins anew.
    await options.user.k3d(["cluster", "delete", options.cluster]);
    return false;
  }
}

/** Tries that need no saboteur. @returns whether one was made. */
async function without(
  runtime: string,
  user: User,
  engine: Engine,
  cluster: string,
  random: Random,
  number: number,
): Promise<boolean> {
  const kind = random.pick(["at once", "full disk"] as const);
  if (!chosen("cluster create", kind)) return false;
  const outcome =
    kind === "at once"
      ? await createsAtOnce(user, cluster, random)
      : await fullDisk(user, cluster, random);
  if (outcome === undefined) return false;
  const { runs, findings } = outcome;
  const failed = runs.some(({ exitCode }) => exitCode !== 0);
  count({
    runtime,
    operation: "cluster create",
    kind,
    struck: true,
    failed,
    explained: false,
    findings: findings.length,
  });
  await write(runtime, number, { operation: "cluster create", fault: { kind }, runs, findings });
  return true;
}

function count(counted: Counted): void {
  report.add(counted);
}

async function write(
  runtime: string,
  number: number,
  entry: { operation: string; fault: object; findings: string[]; [more: string]: unknown },
): Promise<void> {
  await appendFile(log, `${JSON.stringify({ runtime, number, ...entry })}\n`);
  for (const finding of entry.findings)
    tell(
      `FOUND ${runtime} ${number} ${entry.operation} ${JSON.stringify(entry.fault)}: ${finding}`,
    );
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

const ended = await Promise.allSettled(values.runtime.split(",").map(campaign));
const { tries, struck, failed, explained, findings } = report.totals;
tell(report.table());
if (values.report !== undefined) await writeFile(values.report, JSON.stringify(report.tests));
tell(
  `seed ${seed}: ${tries} tries, ${struck} met a fault, ${failed} commands failed, ${explained} left something and told it, ${findings} findings (${log})`,
);
const broken = ended.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
for (const reason of broken) tell(`The campaign itself failed: ${reason}`);
process.exitCode = findings > 0 || broken.length > 0 || stop.aborted ? 1 : 0;
