import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { portInUse, type MemoryHostPorts } from "@k3d/core/testing";

/** Binds the in-memory engine's published ports on this machine. */
export const machinePorts: MemoryHostPorts = {
  async bind({ hostIp, hostPort = 0, protocol }, answer) {
    try {
      if (protocol === "udp") {
        const socket = createSocket("udp4");
        socket.bind(hostPort, hostIp ?? "0.0.0.0");
        await once(socket, "listening");
        return { port: socket.address().port, release: async () => void socket.close() };
      }
      const server = createServer((connection) => {
        connection.on("error", () => undefined);
        connection.end(answer());
      });
      server.listen(hostPort, hostIp);
      await once(server, "listening");
      return {
        port: (server.address() as AddressInfo).port,
        release: async () => {
          server.close();
          await once(server, "close");
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw portInUse(hostPort, hostIp);
      throw error;
    }
  },
};
