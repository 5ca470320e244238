import { isK3dError } from "../../errors/index.js";
import type { PortBinding } from "../../runtime/container-spec.js";
import type { PortPicker } from "./host-ports.js";

/** How often a container is made anew because a port that was ours to choose turned out taken. */
const ATTEMPTS = 10;

/**
 * Settles host ports that the user left open. A port is proposed, the engine's
 * own bind decides, and where it was taken in between another one is proposed:
 * so nobody can come between choosing and binding.
 */
export class PortSettler {
  private readonly chosen = new Set<number>();

  constructor(private readonly picker: PortPicker) {}

  /** The ports with a host port each; those that have one keep it. */
  async settle(ports: readonly PortBinding[]): Promise<PortBinding[]> {
    const settled: PortBinding[] = [];
    for (const port of ports) {
      if (port.hostPort !== undefined) {
        settled.push(port);
        continue;
      }
      const hostPort = await this.picker.pick(port.hostIp, this.chosen);
      this.chosen.add(hostPort);
      settled.push({ ...port, hostPort });
    }
    return settled;
  }

  /**
   * Starts a container that was created with settled ports. When one that was
   * left open in `asked` is taken after all, `recreate` makes it anew.
   *
   * @throws `PORT_IN_USE` when the user named the port, or ten proposals were taken.
   */
  async start(
    asked: readonly PortBinding[],
    start: () => Promise<void>,
    recreate: () => Promise<void>,
  ): Promise<void> {
    const open = asked.some(({ hostPort }) => hostPort === undefined);
    for (let attempt = 1; ; attempt++) {
      try {
        return await start();
      } catch (error) {
        if (!open || attempt === ATTEMPTS || !isK3dError(error, "PORT_IN_USE")) throw error;
        await recreate();
      }
    }
  }
}
