/**
 * Builds a virtual machine with current engines, boots it, and tries k3d in it from outside.
 *
 *   node test/vm/run.ts [--suite trixie|sid] [--engines ID,…] [--shapes 1+0,1+1,3+1] [--short]
 *                       [--conformance ID,…] [--record] [--keep]
 *   node test/vm/run.ts --build-only [--suite trixie|sid]
 *
 * Results and logs are left in `.tools/vm`; --record also writes the results to `test/vm/results`,
 * from which the documentation's table of support is made. --keep leaves the machine running and
 * prints how to log in. --report FILE writes the counts in the form of a report of vitest.
 */
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runScript, say } from "../engine/host/script.ts";
import { SetupError } from "../engine/host/setup-error.ts";
import { withLock } from "../engine/host/lock.ts";
import { chooseAccelerator } from "./machine/accelerator.ts";
import { ensureBaseImage } from "./machine/base-image.ts";
import { Machine } from "./machine/machine.ts";
import { packPayload } from "./machine/payload.ts";
import { CACHE } from "./machine/places.ts";
import { suiteOf } from "./machine/suites.ts";
import { ENGINES, engineOf } from "./matrix/engines/index.ts";
import { collectLogs } from "./matrix/logs.ts";
import { runMatrix } from "./matrix/run-matrix.ts";
import { MATRIX_SHAPES, SHAPES, SHORT_SHAPE } from "./matrix/trial.ts";

/** What `scripts/test.sh --vm` runs. */
const SHORT_ENGINES = ["docker", "podman-rootless"];

const { values } = parseArgs({
  options: {
    suite: { type: "string", default: "trixie" },
    engines: { type: "string" },
    shapes: { type: "string" },
    short: { type: "boolean", default: false },
    conformance: { type: "string" },
    "build-only": { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    report: { type: "string" },
    keep: { type: "boolean", default: false },
    // More than may be used here would wait for each other, spinning.
    cpus: { type: "string", default: `${Math.min(2, availableParallelism())}` },
    memory: { type: "string", default: "6144" },
  },
});

const list = (text: string | undefined, otherwise: readonly string[]): readonly string[] =>
  text === undefined ? otherwise : text.split(",").filter((entry) => entry !== "");

await runScript(async () => {
  const suite = suiteOf(values.suite);
  const engines = list(values.engines, values.short ? SHORT_ENGINES : ENGINES.map(({ id }) => id));
  const shapes = list(values.shapes, values.short ? [SHORT_SHAPE] : MATRIX_SHAPES);
  const unknown = shapes.find((shape) => SHAPES[shape] === undefined);
  if (unknown !== undefined) {
    throw new SetupError(
      `there is no shape "${unknown}"`,
      `known are ${Object.keys(SHAPES).join(", ")}`,
    );
  }
  if (values.short && values.record) {
    throw new SetupError("the short form is not recorded: it would take the place of whole trials");
  }
  const plan = {
    engines: engines.map(engineOf),
    shapes,
    conformance: list(values.conformance, []).map(engineOf),
    short: values.short,
  };
  const image = await ensureBaseImage(suite);
  if (values["build-only"]) return;
  await withLock(join(CACHE, `run-${suite.name}.lock`), async () => {
    const payload = join(CACHE, `payload-${suite.name}.img`);
    say("Packing the checkout and the offline images");
    await packPayload(payload);
    const accelerator = await chooseAccelerator(image);
    const folder = join(CACHE, `run-${suite.name}`);
    const console = join(folder, "console.log");
    say(`Booting Debian ${suite.name} with ${accelerator.name} (console: ${console})`);
    const machine = await Machine.boot({
      image,
      accelerator,
      payload,
      folder,
      cpus: Number(values.cpus),
      memoryMiB: Number(values.memory),
    });
    try {
      const report = await runMatrix(machine, suite, plan, values.record);
      if (report.numFailedTests > 0) process.exitCode = 1;
      if (values.report !== undefined) await writeFile(values.report, JSON.stringify(report));
    } finally {
      await collectLogs(machine, join(CACHE, `logs-${suite.name}`));
      if (values.keep) {
        say(`The machine runs until this command is interrupted: ${machine.loginCommand}`);
        await once(process, "SIGINT");
      }
      await machine.stop();
    }
  });
});
