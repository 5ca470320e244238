import { K3dError } from "./k3d-error.js";

/**
 * What an engine, or a program in a node, answered.
 *
 * @param asked what was asked for, to follow "Cannot": `list containers`.
 * @throws `RUNTIME_ERROR` for an answer that is cut off, or no JSON at all.
 */
export function parseAnswer<T>(text: string, asked: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new K3dError("RUNTIME_ERROR", `Cannot ${asked}: the answer is not valid JSON`, {
      hint: "It may have been cut off: check that the container engine still runs, and try again.",
      cause,
      details: { answer: text.slice(0, 200) },
    });
  }
}
