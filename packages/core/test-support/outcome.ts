import { type ErrorCode, isK3dError } from "../src/errors/index.js";

/** What became of a call, for properties such as "never fails but with INVALID_INPUT, naming the input". */
export interface Outcome<T> {
  value?: T;
  /** Code of the K3dError it threw; `not a K3dError` for anything else. */
  code?: ErrorCode | "not a K3dError";
  /** `details.input` of that error. */
  input?: unknown;
}

export function outcome<T>(call: () => T): Outcome<T> {
  try {
    return { value: call() };
  } catch (error) {
    return isK3dError(error)
      ? { code: error.code, input: error.details?.["input"] }
      : { code: "not a K3dError" };
  }
}

/** Whether a parser either succeeded or refused `input` as promised. */
export function isCleanOutcome({ code, input }: Outcome<unknown>, given: string): boolean {
  return code === undefined || (code === "INVALID_INPUT" && input === given);
}
