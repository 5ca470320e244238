/**
 * How long commands take that people and scripts call all the time, as multiples of a Node that does
 * nothing. `cluster list` asks a running Docker engine. Plug-ins may cost little when they are not used.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { GO_K3D, RUN_JS } from "./support/checkout.ts";
import { threePlugins } from "./support/plugins.ts";
import { asBaseline, asRatio, measured as spread, median, type Row } from "./support/row.ts";

/** For people without npm. */
const ARCHIVE = { name: "k3d version, archive with Node", budget: 1.6 };

/** The commands take turns this often, so that a machine that gets busier slows all of them alike. */
const ROUNDS = Number(process.env.K3D_BENCH_ROUNDS || 6);
const RUNS_PER_ROUND = 15;

const STANDALONE = join(import.meta.dirname, "..", "..", "scripts", "packing", "standalone.ts");
const BARE_NODE = `${process.execPath} -e 0`;
/** As npm installs it; `bin/k3d` of a checkout is a shell script before it. */
const K3D = `${process.execPath} ${RUN_JS}`;
const LIST = "k3d cluster list";

interface Command {
  name: string;
  command: string;
  /** Name of the command that it is a multiple of. Default: a Node that does nothing. */
  of?: string;
  budget?: number;
}

const COMMANDS: Command[] = [
  { name: "k3d version", command: `${K3D} version`, budget: 1.15 },
  { name: LIST, command: `${K3D} cluster list --runtime docker`, budget: 2.2 },
  // What a shell runs when somebody presses TAB.
  ...["clusters", "nodes", "images"].map((kind) => ({
    name: `k3d complete ${kind}`,
    command: `env K3D_RUNTIME=docker ${K3D} complete ${kind}`,
    of: LIST,
    budget: 1.5,
  })),
  ...(GO_K3D === undefined
    ? []
    : [
        { name: "Go k3d version", command: `${GO_K3D} version` },
        { name: "Go k3d cluster list", command: `${GO_K3D} cluster list` },
      ]),
];

/** The same with three plug-ins of others: one with a command, one with a runtime, one with hooks. */
const WITH_PLUGINS = [
  { name: "k3d cluster list, 3 plug-ins", command: "cluster list --runtime docker", budget: 2.7 },
  { name: "k3d COMMAND of a plug-in", command: "bench", budget: 4.5 },
];

interface HyperfineReport {
  /** In seconds; `user` and `system` are means. */
  results: { command: string; median: number; user: number; system: number }[];
}

interface Times {
  /** Median wall time, in milliseconds. */
  wall: number;
  /** Mean processor time, in milliseconds: what else the machine does hardly changes it. */
  processor: number;
}

/** What each command takes. @throws when a command fails */
async function timeRound(commands: readonly string[], report: string): Promise<Map<string, Times>> {
  await execa(
    "hyperfine",
    [
      "--shell=none",
      "--warmup=3",
      `--runs=${RUNS_PER_ROUND}`,
      "--style=none",
      `--export-json=${report}`,
      ...commands,
    ],
    { stdout: "ignore", stderr: "inherit", timeout: 120_000, env: { K3D_RUNTIME: "" } },
  );
  const { results } = JSON.parse(await readFile(report, "utf8")) as HyperfineReport;
  return new Map(
    results.map(({ command, median: wall, user, system }) => [
      command,
      { wall: wall * 1000, processor: (user + system) * 1000 },
    ]),
  );
}

/** The launcher of the archive for machines without npm, unpacked into the directory. */
async function unpackedArchive(dir: string): Promise<string> {
  const { stdout } = await execa(process.execPath, [STANDALONE, "--output", dir]);
  await execa("tar", ["-xzf", stdout, "-C", dir]);
  return join(dir, "k3d", "bin", "k3d");
}

export default async function startup(): Promise<Row[]> {
  const dir = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  try {
    const data = await threePlugins(dir);
    const measured: Command[] = [
      ...COMMANDS,
      ...WITH_PLUGINS.map(({ command, ...row }) => ({
        ...row,
        command: `env K3D_DATA_DIR=${data} ${K3D} ${command}`,
      })),
      { ...ARCHIVE, command: `${await unpackedArchive(dir)} version` },
    ];
    const commands = [BARE_NODE, ...measured.map(({ command }) => command)];
    const rounds: Map<string, Times>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push(await timeRound(commands, join(dir, `${round}.json`)));
    }
    const times = (command: string, kind: keyof Times): number[] =>
      rounds.map((round) => {
        const time = round.get(command)?.[kind];
        if (time === undefined) throw new Error(`hyperfine reported nothing for ${command}`);
        return time;
      });
    return (["wall", "processor"] as const).flatMap((kind) => {
      const bare = times(BARE_NODE, kind);
      const baseline = kind === "wall" ? "node -e 0" : "node -e 0, processor";
      return [
        asBaseline(baseline, bare),
        ...measured.map(({ name, command, of, budget }) => {
          const taken = times(command, kind);
          const other = measured.find((candidate) => candidate.name === of);
          const beside = other === undefined ? bare : times(other.command, kind);
          const ratios = taken.map((time, round) => time / (beside[round] ?? Number.NaN));
          const named = (plain: string): string =>
            kind === "wall" ? plain : `${plain}, processor`;
          const to = other === undefined ? baseline : named(other.name);
          const row = asRatio(named(name), median(taken), to, median(ratios), budget);
          return { ...row, ...spread(taken) };
        }),
      ];
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
