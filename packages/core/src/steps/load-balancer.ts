import { loadBalancerReloadCommand } from "../loadbalancer/command.js";
import { packFiles } from "../runtime/archive.js";
import { exec } from "../runtime/run-command.js";
import type { Step } from "./graph.js";
import type { World } from "./world.js";

/** Tells a load balancer that runs what to forward; connections stay open. */
export function loadBalancerStep(name: string, world: World, needs: readonly string[]): Step {
  const { runtime } = world;
  return {
    id: `forward:${name}`,
    title: `Configure load balancer ${name}`,
    needs,
    async run({ signal }) {
      const { files } = world.node(name);
      await runtime.containers.putArchive(name, "/", await packFiles(files), { signal });
      await exec(runtime, name, loadBalancerReloadCommand(), { signal });
    },
  };
}
