import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { execa } from "execa";

/** One command of the test run. */
export interface Stage {
  name: string;
  command: string[];
  /** Longest time the command may take, in minutes. Default 10. */
  minutes?: number;
  /** Set besides the environment of this process. */
  env?: Record<string, string>;
  /** JSON report of vitest, written by the command. */
  report?: string;
}

export interface StageResult {
  stage: Stage;
  ok: boolean;
  /** Why the stage counts as failed; empty when it does not. */
  reason: string;
}

/**
 * Runs a command, printing each line it writes behind the stage's name, so that stages running at
 * once can be told apart; the plain output is kept in `<logs>/<name>.log`.
 */
export async function runStage(stage: Stage, root: string, logs: string): Promise<StageResult> {
  const [file = "", ...args] = stage.command;
  const prefix = `[${stage.name}]`;
  const started = performance.now();
  const log = createWriteStream(join(logs, `${stage.name}.log`));
  const child = execa(file, args, {
    cwd: root,
    all: true,
    buffer: false,
    reject: false,
    stdin: "ignore",
    timeout: (stage.minutes ?? 10) * 60_000,
    forceKillAfterDelay: 10_000,
    env: { FORCE_COLOR: undefined, NO_COLOR: "1", ...stage.env },
  });
  console.log(`${prefix} ${stage.command.join(" ")}`);
  for await (const line of child.iterable({ from: "all" })) {
    log.write(`${line}\n`);
    console.log(`${prefix} ${line}`);
  }
  const result = await child;
  log.end();
  await once(log, "close");
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  let reason = "";
  if (result.timedOut) reason = `stopped after ${stage.minutes ?? 10} minutes`;
  else if (result.failed) {
    reason =
      result.exitCode === undefined ? (result.shortMessage ?? "") : `exit code ${result.exitCode}`;
  }
  console.log(`${prefix} ${reason === "" ? "passed" : `FAILED: ${reason}`} (${seconds} s)`);
  return { stage, ok: reason === "", reason };
}
