import { K3dError } from "../../errors/index.js";

/** What `k3d wait --for` waits for. */
export type WaitCondition =
  /** The API answers, the nodes of all containers are Ready, and the default namespace takes pods. */
  | { kind: "ready" }
  /** This node is Ready. */
  | { kind: "node"; name: string }
  /** There are pods with these labels, and all of them are Ready or have succeeded. */
  | { kind: "pod-ready"; selector: string };

const HINT = "Write ready, node=NAME, or pod-ready=SELECTOR, e.g. pod-ready=app=web";

/** @throws `INVALID_INPUT` */
export function parseWaitCondition(text: string): WaitCondition {
  const [kind = "", ...rest] = text.split("=");
  const value = rest.join("=");
  if (kind === "ready" && rest.length === 0) return { kind };
  if ((kind === "node" || kind === "pod-ready") && value !== "") {
    return kind === "node" ? { kind, name: value } : { kind, selector: value };
  }
  throw new K3dError("INVALID_INPUT", `'${text}' is not a condition to wait for`, {
    hint: HINT,
  });
}

/** The condition as it is written. */
export function describeCondition(condition: WaitCondition): string {
  if (condition.kind === "ready") return "ready";
  return condition.kind === "node" ? `node=${condition.name}` : `pod-ready=${condition.selector}`;
}
