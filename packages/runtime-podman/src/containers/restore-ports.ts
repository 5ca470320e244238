import type { PodmanCli } from "../command/podman-cli.js";
import { containerInfo } from "./from-native.js";
import { inspectContainer, inspectContainers } from "./inspect.js";

/**
 * Makes the published ports of running containers work again after another
 * container on the same network failed to start because it wanted one of them.
 *
 * netavark keeps the rules of a port per network, not per container, and takes
 * those of the running one away with those of the failed one (seen with 1.4):
 * the port is then not reached from the host itself. Never throws; where
 * podman cannot reload a network (rootless), the rules are not shared either.
 *
 * @param id the container that failed to start.
 */
export async function restorePorts(cli: PodmanCli, id: string): Promise<void> {
  try {
    const failed = containerInfo(await inspectContainer(cli, id));
    const wanted = new Set(failed.ports.map(({ hostPort }) => hostPort));
    const networks = new Set(failed.networks.map(({ name }) => name));
    const running = (await inspectContainers(cli, ["--filter=status=running"])).map(containerInfo);
    const holders = running.filter(
      ({ ports, networks: attached }) =>
        ports.some(({ hostPort }) => wanted.has(hostPort)) &&
        attached.some(({ name }) => networks.has(name)),
    );
    for (const { id: holder } of holders) await cli.run(["network", "reload", holder]);
  } catch {
    // What the caller is about to tell, the port conflict, is the better news.
  }
}
