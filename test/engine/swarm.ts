/**
 * Several Docker engines, each in a network namespace of its own, with a bridge between them: what
 * tests take for several machines.
 *
 *   node test/engine/swarm.ts up [--machines 3] [--directory DIR]
 *   node test/engine/swarm.ts down [--directory DIR]
 *
 * `up` prints the machines in the words of K3D_MACHINES. `down` ends exactly what `up` started.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runScript, say } from "./host/script.ts";
import { Swarm } from "./docker/swarm.ts";

await runScript(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      machines: { type: "string", default: "3" },
      directory: { type: "string", default: "/run/k3d-test/swarm" },
    },
  });
  const [verb] = positionals;
  const record = join(values.directory, "swarm.json");
  if (verb === "up") {
    const swarm = await Swarm.start(Number(values.machines), values.directory);
    await swarm.copyImages(offlineImages());
    await writeFile(record, JSON.stringify(swarm.toJSON()));
    say(`K3D_MACHINES=${swarm.machines.map(({ name, host }) => `${name}=${host}`).join(",")}`);
  } else if (verb === "down") {
    if (!existsSync(record)) return say("There is nothing to end");
    await Swarm.from(JSON.parse(readFileSync(record, "utf8")) as never).dispose();
  } else throw new Error("up or down?");
});

function offlineImages(): string[] {
  return ["k3s-stand-in", "loadbalancer", "registry"].map((name) => `k3d.local/${name}:dev`);
}
