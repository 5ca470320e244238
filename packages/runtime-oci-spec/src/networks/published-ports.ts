import { createSocket } from "node:dgram";
import { readFile, readdir, readlink } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { endianness } from "node:os";
import { K3dError, type PortBinding } from "@k3d/core/runtime";
import { errorCode, ignoreMissing } from "../host/json-file.ts";

const ANY_ADDRESS = "0.0.0.0";

/** A port taken on this machine for as long as the descriptor is open somewhere. */
interface HeldPort {
  port: number;
  /** Absent where this kind of port cannot be held. */
  fd?: number;
  release(): Promise<void>;
}

export interface HeldPorts {
  /** With the ports that were chosen. */
  bindings: PortBinding[];
  /** To be handed to the monitor, which holds the ports while the container lives. */
  fds: number[];
  release(): Promise<void>;
}

/**
 * Takes the host ports of a container by binding them.
 *
 * Publishing is done by rules in the kernel, which take no port: without a
 * socket that is bound, another process could get it, and would then never be
 * reached. Nothing is ever read from these sockets.
 *
 * @throws `PORT_IN_USE`, `INVALID_INPUT` for an address that is not of this machine.
 */
export async function holdPorts(ports: readonly PortBinding[]): Promise<HeldPorts> {
  const held: HeldPort[] = [];
  const release = async () => {
    await Promise.all(held.splice(0).map((port) => port.release()));
  };
  const bindings: PortBinding[] = [];
  try {
    for (const binding of ports) {
      const port = await hold(binding);
      held.push(port);
      bindings.push({ ...binding, hostPort: port.port });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { bindings, fds: held.flatMap(({ fd }) => fd ?? []), release };
}

async function hold(binding: PortBinding): Promise<HeldPort> {
  try {
    if (binding.protocol === "tcp") return await holdTcp(binding);
    if (binding.protocol === "udp") return await holdUdp(binding);
  } catch (error) {
    throw explain(binding, error);
  }
  if (binding.hostPort !== undefined) return { port: binding.hostPort, release: async () => {} };
  throw new K3dError(
    "UNSUPPORTED",
    `A free port can be chosen for tcp and udp, not for ${binding.protocol} port ${binding.containerPort}`,
    {
      hint: "Name the host port",
    },
  );
}

async function holdTcp({ hostIp, hostPort }: PortBinding): Promise<HeldPort> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: hostIp ?? ANY_ADDRESS, port: hostPort ?? 0, exclusive: true }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    ...(await descriptor("tcp", server.address() as AddressInfo)),
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function holdUdp({ hostIp, hostPort }: PortBinding): Promise<HeldPort> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: hostIp ?? ANY_ADDRESS, port: hostPort ?? 0, exclusive: true }, resolve);
  });
  return {
    port: socket.address().port,
    ...(await descriptor("udp", socket.address())),
    release: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/**
 * The descriptor of this process's socket on an address and port. Node tells it
 * of no listening socket, the kernel does: by the inode, which its table of
 * sockets has for the address and `/proc/self/fd` for the descriptor.
 */
async function descriptor(
  protocol: "tcp" | "udp",
  { address, port, family }: AddressInfo,
): Promise<{ fd?: number }> {
  const table = family === "IPv6" ? `${protocol}6` : protocol;
  const local = `${kernelAddress(address)}:${hex(port, 4)}`;
  const sockets = (await readFile(`/proc/self/net/${table}`, "utf8"))
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const inodes = new Set(
    sockets.filter((fields) => fields[1] === local).map((fields) => `socket:[${fields[9]}]`),
  );
  for (const fd of await readdir("/proc/self/fd")) {
    const target = await readlink(`/proc/self/fd/${fd}`).catch(ignoreMissing);
    if (target !== undefined && inodes.has(target)) return { fd: Number(fd) };
  }
  return {};
}

/** An address as the kernel's tables have it: words of 32 bits, each in the byte order of the machine. */
function kernelAddress(address: string): string {
  const bytes = address.includes(":") ? ipv6Bytes(address) : address.split(".").map(Number);
  const inOrder = endianness() === "LE" ? bytes.flatMap((_, at) => bytes[at ^ 3] ?? 0) : bytes;
  return inOrder.map((byte) => hex(byte, 2)).join("");
}

function ipv6Bytes(address: string): number[] {
  const parts = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const before = parts(head);
  const after = parts(tail ?? "");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after].flatMap((part) => {
    const value = Number.parseInt(part, 16);
    return [value >> 8, value & 0xff];
  });
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

function explain({ hostIp, hostPort, protocol }: PortBinding, error: unknown): unknown {
  const code = errorCode(error);
  const address = `${hostIp ?? "0.0.0.0"}:${hostPort ?? "any"}/${protocol}`;
  if (code === "EADDRINUSE") {
    return new K3dError("PORT_IN_USE", `Port ${address} is taken by another process or container`, {
      hint: "Choose another host port, or end what uses it",
      cause: error,
    });
  }
  if (code === "EADDRNOTAVAIL" || code === "EINVAL" || code === "ENOTFOUND") {
    return new K3dError(
      "INVALID_INPUT",
      `${hostIp ?? "0.0.0.0"} is not an address of this machine`,
      {
        cause: error,
      },
    );
  }
  if (code === "EACCES")
    return new K3dError("PORT_IN_USE", `Port ${address} may not be used by this user`, {
      cause: error,
    });
  return error;
}
