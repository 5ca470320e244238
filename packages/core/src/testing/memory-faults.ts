import { abortable, K3dError, throwIfAborted, type ErrorCode } from "../errors/index.js";

/** A method of the contract, e.g. `containers.start`. */
export type MemoryOperation =
  | `${"containers" | "images" | "networks" | "volumes" | "groups"}.${string}`
  | "info";

/** One call that was made. */
export interface MemoryCall {
  operation: MemoryOperation;
  /** Name or id the call was about; empty where it is about none. */
  subject: string;
}

/** A call that waits until the test lets it go on. */
export interface MemoryGate {
  /** Resolves once a call waits. */
  readonly reached: Promise<void>;
  /** Lets the waiting call and all later ones pass. */
  release(): void;
}

interface Fault {
  operation: MemoryOperation;
  subject: string | undefined;
  error: Error;
  left: number;
}

interface Hold {
  operation: MemoryOperation;
  subject: string | undefined;
  arrive(): void;
  readonly released: Promise<void>;
}

export interface FaultOptions {
  /** Only calls about this object. Default: any. */
  subject?: string;
  /** How many calls fail. Default 1. */
  times?: number;
}

/** Records all calls; makes chosen ones fail or wait. */
export class MemoryFaults {
  readonly calls: MemoryCall[] = [];
  readonly #faults: Fault[] = [];
  readonly #holds: Hold[] = [];

  fail(
    operation: MemoryOperation,
    error: Error | ErrorCode,
    { subject, times = 1 }: FaultOptions = {},
  ): void {
    const fault =
      typeof error === "string"
        ? new K3dError(error, `${operation} fails as the test asked for`)
        : error;
    this.#faults.push({ operation, subject, error: fault, left: times });
  }

  hold(operation: MemoryOperation, subject?: string): MemoryGate {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const hold: Hold = { operation, subject, arrive: reached.resolve, released: released.promise };
    this.#holds.push(hold);
    return {
      reached: reached.promise,
      release: () => {
        this.#holds.splice(this.#holds.indexOf(hold), 1);
        released.resolve();
      },
    };
  }

  /** Every operation begins with this. */
  async enter(
    operation: MemoryOperation,
    subject: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    throwIfAborted(signal);
    this.calls.push({ operation, subject });
    const matches = (candidate: {
      operation: MemoryOperation;
      subject: string | undefined;
    }): boolean =>
      candidate.operation === operation &&
      (candidate.subject === undefined || candidate.subject === subject);
    for (const hold of this.#holds.filter(matches)) {
      hold.arrive();
      await abortable(hold.released, signal);
    }
    const fault = this.#faults.find((candidate) => candidate.left > 0 && matches(candidate));
    if (fault) {
      fault.left -= 1;
      throw fault.error;
    }
    await Promise.resolve();
    throwIfAborted(signal);
  }
}
