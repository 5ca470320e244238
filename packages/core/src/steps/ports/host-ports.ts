import { createServer } from "node:net";
import { randomInt } from "node:crypto";
import type { ContainerRuntime } from "../../runtime/runtime.js";

/** Proposes host ports for what the user left open. The engine's own bind decides; see `startNode`. */
export interface PortPicker {
  pick(hostIp: string | undefined, taken: ReadonlySet<number>): Promise<number>;
}

/**
 * Below Linux' ephemeral range, so that no outgoing connection holds the port
 * when the engine binds it again after a restart, and below the NodePort range.
 */
const RANGE = { from: 20_000, to: 30_000 } as const;

/**
 * Random ports, checked first where the engine publishes them on this machine, which spares an
 * attempt.
 */
export function randomPorts(runtime: Pick<ContainerRuntime, "capabilities">): PortPicker {
  return {
    async pick(hostIp, taken) {
      const { localBindMounts: local } = await runtime.capabilities;
      for (let attempt = 0; attempt < 100; attempt++) {
        const port = randomInt(RANGE.from, RANGE.to);
        if (!taken.has(port) && (!local || (await isFree(port, hostIp)))) return port;
      }
      return randomInt(RANGE.from, RANGE.to);
    },
  };
}

function isFree(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    // Without a host on all addresses, of IPv6 too where this machine has it.
    server.listen({ port, ...(host === undefined ? {} : { host }), exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
