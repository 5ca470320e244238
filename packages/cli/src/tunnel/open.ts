import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { K3dError, toK3dError, type ContainerRuntime } from "@k3d/core";
import type { Forward } from "./forwards.js";

/** A port that leads to a cluster elsewhere. */
export interface OpenForward extends Forward {
  /** Port of 127.0.0.1 on this machine. */
  localPort: number;
}

export interface TunnelOptions {
  dial: NonNullable<ContainerRuntime["dial"]>;
  signal: AbortSignal;
  /** Called when connections begin to fail, and when they succeed again. */
  onChange(state: { works: boolean; reason: string }): void;
  /** Which process of this machine has a port, for people. */
  portOwner?: ((port: number) => Promise<string | undefined>) | undefined;
}

export interface Tunnel {
  forwards: OpenForward[];
  close(): void;
}

const LOOPBACK = "127.0.0.1";

/**
 * Opens every port on 127.0.0.1 of this machine, with the same number where it can be had; another
 * one where not, except for the API, whose port kubeconfigs name. Each connection is carried to
 * the engine's machine by a `dial` of its own: after a cut the next one finds the way anew.
 *
 * @throws `PORT_IN_USE` when the API's port is taken here.
 */
export async function openTunnel(
  forwards: readonly Forward[],
  options: TunnelOptions,
): Promise<Tunnel> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const close = (): void => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  };
  const carry = carrier(options);
  const opened: OpenForward[] = [];
  try {
    for (const forward of forwards) {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        socket.on("error", () => socket.destroy());
        void carry(socket, forward);
      });
      servers.push(server);
      opened.push({ ...forward, localPort: await listen(server, forward, options) });
    }
  } catch (error) {
    close();
    throw error;
  }
  return { forwards: opened, close };
}

async function listen(
  server: Server,
  { port, api }: Forward,
  { portOwner }: TunnelOptions,
): Promise<number> {
  try {
    return await bind(server, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    if (!api) return bind(server, 0);
    const owner = await portOwner?.(port);
    throw new K3dError(
      "PORT_IN_USE",
      `Port ${port} of this machine, which the kubeconfig names, is taken${owner === undefined ? "" : ` by ${owner}`}`,
      { hint: "Free it, or create the cluster with another --api-port.", cause: error },
    );
  }
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function carrier({
  dial,
  signal,
  onChange,
}: TunnelOptions): (socket: Socket, forward: Forward) => Promise<void> {
  let works = true;
  const tell = (now: boolean, reason: string): void => {
    if (now !== works) onChange({ works: now, reason });
    works = now;
  };
  return async (socket, { host, port }) => {
    let far: Duplex;
    try {
      far = await dial({ host, port }, { signal });
    } catch (error) {
      socket.destroy();
      if (!signal.aborted) tell(false, toK3dError(error).message);
      return;
    }
    tell(true, "");
    join(socket, far);
  };
}

/** Both directions until both have ended; an end of input is passed on as such. */
function join(near: Socket, far: Duplex): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on("error", () => other.destroy());
    one.once("close", () => other.destroy());
    one.pipe(other);
  }
  if (near.destroyed) far.destroy();
}
