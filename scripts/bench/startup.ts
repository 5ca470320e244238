import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** A command line and the largest allowed multiple of bare Node's start-up time. */
export interface StartupBudget {
  command: string;
  budget: number;
}

export interface StartupResult extends StartupBudget {
  /** Median wall time in milliseconds. */
  milliseconds: number;
  /** Median divided by the median of bare Node. */
  ratio: number;
}

interface HyperfineExport {
  results: { command: string; median: number }[];
}

/**
 * Times the commands and bare Node with hyperfine in one run.
 *
 * @param baseline command that the budgets are multiples of
 * @throws when a command fails
 */
export async function measureStartup(
  baseline: string,
  budgets: StartupBudget[],
): Promise<{ baseline: number; results: StartupResult[] }> {
  const dir = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  try {
    const report = join(dir, "startup.json");
    const commands = [baseline, ...budgets.map(({ command }) => command)];
    await execa(
      "hyperfine",
      [
        "--shell=none",
        "--warmup=5",
        "--min-runs=40",
        "--style=basic",
        `--export-json=${report}`,
        ...commands,
      ],
      { stdout: "ignore", stderr: "inherit" },
    );
    const { results }: HyperfineExport = JSON.parse(await readFile(report, "utf8"));
    const median = (command: string): number => {
      const result = results.find((candidate) => candidate.command === command);
      if (!result) throw new Error(`hyperfine reported nothing for ${command}`);
      return result.median * 1000;
    };
    const bare = median(baseline);
    return {
      baseline: bare,
      results: budgets.map(({ command, budget }) => ({
        command,
        budget,
        milliseconds: median(command),
        ratio: median(command) / bare,
      })),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
