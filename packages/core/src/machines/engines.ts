import { isK3dError, K3dError, throwIfAborted, toK3dError } from "../errors/index.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime, MachineState } from "../runtime/runtime.js";
import { isOutOfReach, type Machine } from "./machine.js";

/** A machine whose engine answered so far. */
export interface Reached {
  name: string;
  engine: ContainerRuntime;
}

/** What one machine answered. */
export interface Answer<T> extends Reached {
  value: T;
}

/** The engines of a cluster's machines, and which of them answer. */
export class Engines {
  readonly #machines: readonly Machine[];
  readonly #lost = new Map<string, K3dError>();
  readonly #onLost: (name: string, error: K3dError) => void;

  /** @param onLost is told once of each machine that does not answer */
  constructor(machines: readonly Machine[], onLost: (name: string, error: K3dError) => void) {
    this.#machines = machines;
    this.#onLost = onLost;
    for (const { name, engine } of machines) if (engine instanceof Error) this.#lose(name, engine);
  }

  get states(): MachineState[] {
    return this.#machines.map(({ name }) => {
      const error = this.#lost.get(name);
      return { name, reachable: error === undefined, reason: error?.message };
    });
  }

  /** Those that answer, in the order in which they were named. */
  get reached(): Reached[] {
    return this.#machines.flatMap(({ name, engine }) =>
      engine instanceof Error || this.#lost.has(name) ? [] : [{ name, engine }],
    );
  }

  /** The machine that makes networks, publishes the API and is asked where one answer is enough. @throws why it does not answer. */
  get first(): Reached {
    const [machine] = this.#machines;
    if (machine === undefined) throw new K3dError("INTERNAL", "No machine was named");
    return this.named(machine.name);
  }

  /** @throws `INVALID_INPUT` for a name that no machine has, `RUNTIME_UNAVAILABLE` for one that does not answer. */
  named(name: string): Reached {
    const machine = this.#machines.find((candidate) => candidate.name === name);
    if (machine === undefined) {
      throw new K3dError("INVALID_INPUT", `Machine '${name}' does not exist`, {
        hint: `Name it with --machine or K3D_MACHINES. Known machines: ${this.#machines.map((known) => known.name).join(", ")}`,
      });
    }
    const lost = this.#lost.get(name);
    if (lost !== undefined) throw unreachable([name], lost);
    return { name, engine: machine.engine as ContainerRuntime };
  }

  /**
   * Asks all that answer, at once. One that no longer does is left out from then on; every other
   * failure is the call's.
   *
   * @throws `RUNTIME_UNAVAILABLE` when none answers
   */
  all<T>(ask: (machine: Reached) => Promise<T>, options?: CallOptions): Promise<Answer<T>[]> {
    return this.#ask(ask, (error) => isK3dError(error, "RUNTIME_UNAVAILABLE"), options);
  }

  /**
   * As {@link all}, for what only looks at an engine and names no object: one that fails then is
   * left out as well, see {@link isOutOfReach}.
   *
   * @throws `RUNTIME_UNAVAILABLE` when none answers
   */
  looking<T>(ask: (machine: Reached) => Promise<T>, options?: CallOptions): Promise<Answer<T>[]> {
    return this.#ask(ask, isOutOfReach, options);
  }

  async #ask<T>(
    ask: (machine: Reached) => Promise<T>,
    isLost: (error: unknown) => error is K3dError,
    { signal }: CallOptions = {},
  ): Promise<Answer<T>[]> {
    const answers = await Promise.all(
      this.reached.map(async (machine): Promise<Answer<T>[]> => {
        try {
          return [{ ...machine, value: await ask(machine) }];
        } catch (error) {
          throwIfAborted(signal);
          if (!isLost(error)) throw error;
          this.#lose(machine.name, error);
          return [];
        }
      }),
    );
    const found = answers.flat();
    if (found.length === 0) throw this.noneAnswers();
    return found;
  }

  /** As {@link all}, without those that lack the object; empty when all do. */
  async having<T>(
    ask: (machine: Reached) => Promise<T>,
    options?: CallOptions,
  ): Promise<Answer<T>[]> {
    const answers = await this.all(
      (machine) => ask(machine).then((value) => [value], ignoreMissing),
      options,
    );
    return answers.flatMap(({ value, ...machine }) =>
      value.map((found) => ({ ...machine, value: found })),
    );
  }

  /** Why nothing can be said of what may be on a machine that does not answer; `undefined` when all do. */
  get lost(): K3dError | undefined {
    const [first] = this.#lost.values();
    return first && unreachable([...this.#lost.keys()], first);
  }

  private noneAnswers(): K3dError {
    return this.lost ?? new K3dError("RUNTIME_UNAVAILABLE", "None of the machines answers");
  }

  async close(): Promise<void> {
    const engines = this.#machines.flatMap(({ engine }) =>
      engine instanceof Error ? [] : [engine],
    );
    await Promise.allSettled(engines.map((engine) => engine.close()));
  }

  #lose(name: string, error: K3dError): void {
    if (this.#lost.has(name)) return;
    this.#lost.set(name, error);
    this.#onLost(name, error);
  }
}

function unreachable(names: readonly string[], cause: K3dError): K3dError {
  const what = names.length === 1 ? `Machine ${names[0]}` : `Machines ${names.join(", ")}`;
  return new K3dError("RUNTIME_UNAVAILABLE", `${what} cannot be reached: ${cause.message}`, {
    hint: cause.hint ?? "Start its engine, or repair the connection, and try again.",
    details: { machines: names },
    cause,
  });
}

const ignoreMissing = (error: unknown): never[] => {
  if (isK3dError(error, "NOT_FOUND", "IMAGE_NOT_FOUND")) return [];
  throw toK3dError(error);
};
