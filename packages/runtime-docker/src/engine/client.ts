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

/** dockerode with what its published types leave out. */
export type DockerClient = Dockerode & {
  info(options: SignalOption): Promise<SystemInfo>;
  version(options: SignalOption): Promise<SystemVersion>;
  df(options: SignalOption): Promise<unknown>;
  getImages(options: SignalOption & { names: string[]; platform?: object }): Promise<Readable>;
};
