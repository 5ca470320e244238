import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import type { User } from "../api/authorize.ts";
import { writePrivate } from "../pki/cluster-pki.ts";
import { FatalError } from "../errors.ts";
import { log } from "../log.ts";
import { urlHost } from "../net/addresses.ts";
import type { ServerConfig } from "./config.ts";
import { formatToken, parseToken } from "./token.ts";

/** The credentials of servers and agents, kept in `server/cred/passwd`. */
export class Passwd {
  readonly serverPassword: string;
  readonly nodePassword: string;
  readonly #file: string;

  constructor(config: ServerConfig) {
    this.#file = config.paths.server("cred", "passwd");
    const kept = existsSync(this.#file)
      ? readFileSync(this.#file, "utf8")
          .split("\n")
          .map((line) => line.split(","))
      : [];
    const of = (user: string): string | undefined => kept.find((line) => line[1] === user)?.[0];
    const keptPassword = of("server");
    const given = config.token ? parseToken(config.token).password : undefined;
    if (keptPassword && given && given !== keptPassword)
      throw new FatalError(
        "starting kubernetes: preparing server: bootstrap data already found and encrypted with different token",
      );
    this.serverPassword = given || keptPassword || randomBytes(16).toString("hex");
    this.nodePassword = config.agentToken || this.serverPassword;
  }

  write(): void {
    writePrivate(
      this.#file,
      `${this.nodePassword},node,node,k3s:agent\n${this.serverPassword},server,server,k3s:server\n`,
    );
  }

  /** The user that these basic credentials stand for. Throws when they are wrong. */
  authenticate(username: string, password: string): User {
    if (username === "server" && password === this.serverPassword)
      return { name: "server", groups: ["k3s:server", "k3s:agent"] };
    if (username === "node" && password === this.nodePassword)
      return { name: "node", groups: ["k3s:agent"] };
    throw new Error("invalid username/password combination");
  }

  /** Writes the join tokens to files and says so, as k3s does. */
  publish(config: ServerConfig, caPem: string): void {
    const { paths } = config;
    const write = (name: string, token: string): string => {
      const file = paths.server(name);
      rmSync(file, { force: true });
      writePrivate(file, `${token}\n`);
      return file;
    };
    const link = (name: string, target: string): void => {
      const file = paths.server(name);
      rmSync(file, { force: true });
      symlinkSync(target, file);
    };
    const address = `https://${urlHost(config.nodeIps[0] as string)}:${config.port}`;
    const token = write("token", formatToken("server", this.serverPassword, caPem));
    link("node-token", token);
    log.info(`Server node token is available at ${token}`);
    log.info(`To join server node to cluster: k3s server -s ${address} -t \${SERVER_NODE_TOKEN}`);
    if (config.agentToken) {
      const agentToken = write("agent-token", formatToken("node", this.nodePassword, caPem));
      log.info(`Agent node token is available at ${agentToken}`);
    } else {
      link("agent-token", token);
      log.info(`Agent node token is available at ${paths.server("agent-token")}`);
    }
    log.info(`To join agent node to cluster: k3s agent -s ${address} -t \${AGENT_NODE_TOKEN}`);
  }
}
