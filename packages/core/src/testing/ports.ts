import { K3dError } from "../errors/index.js";
import type { PortBinding } from "../runtime/container-spec.js";

/** Where the simulated engine binds published ports. */
export interface MemoryHostPorts {
  /**
   * @param answer what a connection to the port is answered with.
   * @returns the port, also where none was asked for, and how to free it.
   * @throws `PORT_IN_USE`.
   */
  bind(
    binding: PortBinding,
    answer: () => string,
  ): Promise<{ port: number; release(): Promise<void> }>;
}

const FIRST_EPHEMERAL_PORT = 32_768;

/** Ports that exist in this object only. */
export class SimulatedHostPorts implements MemoryHostPorts {
  readonly #bound = new Map<string, () => string>();
  #next = FIRST_EPHEMERAL_PORT;

  /** Marks a port as taken by something that is no container. */
  occupy(port: number, protocol = "tcp"): void {
    this.#bound.set(`${port}/${protocol}`, () => "");
  }

  /** Frees a port that {@link occupy} took. */
  vacate(port: number, protocol = "tcp"): void {
    this.#bound.delete(`${port}/${protocol}`);
  }

  /** What is answered at a published port; `undefined` when nothing is bound there. */
  answerAt(port: number, protocol = "tcp"): string | undefined {
    return this.#bound.get(`${port}/${protocol}`)?.();
  }

  async bind(
    binding: PortBinding,
    answer: () => string,
  ): Promise<{ port: number; release(): Promise<void> }> {
    const port = binding.hostPort ?? this.#free(binding.protocol);
    const key = `${port}/${binding.protocol}`;
    if (this.#bound.has(key)) throw portInUse(port, binding.hostIp);
    this.#bound.set(key, answer);
    return {
      port,
      release: async () => {
        this.#bound.delete(key);
      },
    };
  }

  #free(protocol: string): number {
    while (this.#bound.has(`${this.#next}/${protocol}`)) this.#next += 1;
    return this.#next++;
  }
}

export function portInUse(port: number, hostIp = "0.0.0.0"): K3dError {
  return new K3dError("PORT_IN_USE", `Host port ${hostIp}:${port} is in use`, {
    hint: "Choose another host port, or stop what listens on it.",
    details: { port, hostIp },
  });
}
