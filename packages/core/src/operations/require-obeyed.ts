import { K3dError } from "../errors/index.js";
import type { NodeStatus } from "../node/views.js";

/** What a container may not be any more after it was asked to change. */
const STILL = {
  stop: { status: "running", words: "runs" },
  pause: { status: "running", words: "runs" },
  resume: { status: "paused", words: "is paused" },
} as const satisfies Record<string, { status: NodeStatus; words: string }>;

interface Container {
  id: string;
  name: string;
  status: NodeStatus;
}

/**
 * An engine may only claim to have done what it was asked for.
 *
 * @param asked those that were to change
 * @param now all, as they were seen afterwards
 * @throws `RUNTIME_ERROR` when one of these has not changed, whatever the engine had answered
 */
export function requireObeyed(
  verb: keyof typeof STILL,
  asked: readonly Pick<Container, "id">[],
  now: readonly Container[],
): void {
  const { status, words } = STILL[verb];
  const names = now
    .filter(
      (container) => container.status === status && asked.some(({ id }) => id === container.id),
    )
    .map(({ name }) => name);
  if (names.length === 0) return;
  const said = names.map((name) => `${name} still ${words}`).join(", ");
  throw new K3dError("RUNTIME_ERROR", `${said}, although the engine reported no failure`, {
    hint: "Try it again; if that does not help, look at the engine's own log.",
  });
}
