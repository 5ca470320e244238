import { throwIfAborted } from "../errors/index.js";
import { destroyInputs, inputsOf } from "../runtime/call-inputs.js";
import type { RuntimeCall } from "../runtime/intercept.js";

/** So many calls come between a request that was given up and its end. */
const CALLS_LATER = 3;

interface Request {
  call: RuntimeCall;
  /** Calls that still come before it. */
  left: number;
}

/**
 * Requests that their caller gave up and the engine carries out all the same: a few calls later, or
 * before the next that asks the same of the same object, as engines do one after the other.
 */
export class CarriedOn {
  #requests: Request[] = [];

  /** Carries out a call, and before it what was given up long enough ago. */
  before(call: RuntimeCall): unknown {
    const due = this.#requests.filter(
      (request) => --request.left <= 0 || isSame(request.call, call),
    );
    return due.length === 0 ? call.proceed() : this.#finish(due).then(() => call.proceed());
  }

  /** Gives the call up where its signal has aborted; one that waits longer has its answer. */
  strike(call: RuntimeCall): unknown {
    const { signal } = call.options;
    if (!signal?.aborted || call.name === "containers.logs") return call.proceed();
    // Of a stream that breaks off an engine makes nothing.
    if (inputsOf(call).length > 0) destroyInputs(call);
    else this.#requests.push({ call, left: CALLS_LATER });
    return Promise.resolve().then(() => throwIfAborted(signal));
  }

  settled(): Promise<void> {
    return this.#finish(this.#requests);
  }

  async #finish(requests: readonly Request[]): Promise<void> {
    this.#requests = this.#requests.filter((request) => !requests.includes(request));
    for (const { call } of requests) {
      // Nobody hears its answer, nor why it failed.
      await Promise.resolve(call.proceed({ signal: new AbortController().signal })).then(
        () => {},
        () => {},
      );
    }
  }
}

const isSame = (one: RuntimeCall, other: RuntimeCall): boolean =>
  one.name === other.name && one.args[0] === other.args[0];
