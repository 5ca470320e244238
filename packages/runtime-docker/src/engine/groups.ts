import {
  isK3dError,
  K3dError,
  type CallOptions,
  type GroupInvitation,
  type GroupOperations,
  type GroupOptions,
} from "@k3d/core/runtime";
import type { SignalOption } from "./client.js";
import type { Engine } from "./engine.js";
import type { SystemInfo } from "./info.js";

const LISTEN = "0.0.0.0:2377";
/** How long an engine may take to be as it was, when it could not begin or join; milliseconds. */
const TAKE_BACK_LIMIT_MS = 20_000;

/** Docker's groups are swarms. Engines join as workers: the networks are made by the one that began it. */
export class DockerGroups implements GroupOperations {
  readonly #engine: Engine;
  readonly #remoteHost: string | undefined;

  /** @param remoteHost at which the engine is reached from here */
  constructor(engine: Engine, remoteHost: string | undefined) {
    this.#engine = engine;
    this.#remoteHost = remoteHost;
  }

  async begin({ address, signal }: GroupOptions = {}): Promise<void> {
    await this.#refuseSecond(signal);
    await this.#orAsBefore(async () => {
      try {
        await this.#init(address, signal);
      } catch (error) {
        const choice = address === undefined ? this.#knownAmong(error) : undefined;
        if (choice === undefined) throw error;
        await this.#init(choice, signal);
      }
    });
  }

  async invite({ signal }: CallOptions = {}): Promise<GroupInvitation> {
    const { Swarm: swarm } = await this.#info(signal);
    const { JoinTokens: tokens } = await this.#call("read the swarm of", signal, (options) =>
      this.#engine.docker.swarmInspect(options),
    );
    const addresses = (swarm?.RemoteManagers ?? []).flatMap(({ Addr: own }) => own ?? []);
    return { addresses, token: tokens.Worker };
  }

  async join(
    { addresses, token }: GroupInvitation,
    { address, signal }: GroupOptions = {},
  ): Promise<void> {
    await this.#refuseSecond(signal);
    await this.#orAsBefore(() =>
      this.#call("join a swarm with", signal, (options) =>
        this.#engine.docker.swarmJoin({
          ...options,
          ListenAddr: LISTEN,
          AdvertiseAddr: address ?? "",
          RemoteAddrs: addresses,
          JoinToken: token,
        }),
      ),
    );
  }

  async #init(address: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    await this.#call("begin a swarm with", signal, (options) =>
      this.#engine.docker.swarmInit({
        ...options,
        ListenAddr: LISTEN,
        AdvertiseAddr: address ?? "",
      }),
    );
  }

  /** Of several addresses that the engine asks to choose from, the one at which it is reached from here. */
  #knownAmong(error: unknown): string | undefined {
    if (!isK3dError(error, "INVALID_INPUT")) return undefined;
    const words = error.message.split(/[^\da-fA-F.:]+/);
    return words.find((word) => word === this.#remoteHost);
  }

  async #refuseSecond(signal: AbortSignal | undefined): Promise<void> {
    const { Swarm: swarm } = await this.#info(signal);
    const state = swarm?.LocalNodeState;
    if (state === undefined || state === "" || state === "inactive") return;
    throw new K3dError(
      "ALREADY_EXISTS",
      `The engine is part of a swarm already${state === "active" ? "" : `, which is ${state}`}`,
      { hint: "Leave that one first, on its machine: docker swarm leave" },
    );
  }

  /** An engine goes on by itself with what it could not do in time; here it is as it was then. */
  async #orAsBefore(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isK3dError(error, "ALREADY_EXISTS")) await this.#takeBack().catch(() => {});
      throw error;
    }
  }

  async #takeBack(): Promise<void> {
    const limit = AbortSignal.timeout(TAKE_BACK_LIMIT_MS);
    const { Swarm: swarm } = await this.#info(limit);
    if (swarm?.LocalNodeState === "inactive") return;
    await this.#call("leave the swarm of", limit, (options) =>
      this.#engine.docker.swarmLeave({ ...options, force: true }),
    );
  }

  #info(signal: AbortSignal | undefined): Promise<SystemInfo> {
    return this.#call("ask", signal, (options) => this.#engine.docker.info(options));
  }

  #call<T>(
    verb: string,
    signal: AbortSignal | undefined,
    run: (options: SignalOption) => Promise<T>,
  ): Promise<T> {
    return this.#engine.call(verb, "engine", "", signal, run);
  }
}
