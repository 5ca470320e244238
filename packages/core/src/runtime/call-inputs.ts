import { Readable } from "node:stream";
import type { RuntimeCall } from "./intercept.js";

/** The streams that a call was given to read. */
export function inputsOf({ args, options }: RuntimeCall): Readable[] {
  const { stdin } = options as { stdin?: unknown };
  return [...args, stdin].filter((value) => value instanceof Readable);
}

/** What the contract says of them when the call fails. */
export function destroyInputs(call: RuntimeCall): void {
  for (const stream of inputsOf(call)) stream.destroy();
}
