import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import type { SystemInfo, SystemVersion } from "./info.js";

/** The option of every dockerode 5 call that ends its request. */
export interface SignalOption {
  abortSignal?: AbortSignal;
}

declare module "dockerode" {
  // What dockerode 5 takes and its published types leave out.
  interface Network {
    inspect(options: SignalOption): Promise<Dockerode.NetworkInspectInfo>;
  }
  interface Image {
    inspect(options: SignalOption): Promise<Dockerode.ImageInspectInfo>;
  }
}

/** What `GET /swarm` tells that k3d uses. */
export interface SwarmInspection {
  JoinTokens: { Worker: string };
}

/** dockerode with what its published types leave out. */
export type DockerClient = Dockerode & {
  info(options: SignalOption): Promise<SystemInfo>;
  version(options: SignalOption): Promise<SystemVersion>;
  df(options: SignalOption): Promise<unknown>;
  swarmInspect(options: SignalOption): Promise<SwarmInspection>;
  getImages(options: SignalOption & { names: string[]; platform?: object }): Promise<Readable>;
};
