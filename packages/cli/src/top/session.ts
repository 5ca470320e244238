import { toK3dError, type Clock, type NodeLogEntry, type UsedCluster } from "@k3d/core";
import type { Paint } from "@k3d/plugin-kit";
import { frame } from "./frame.js";
import { shortLogLine } from "./log-line.js";
import type { Screen } from "./screen.js";
import { reduce, type Effect, type Target, type TopEvent, type TopState } from "./state.js";
import type { VolumeSizes } from "./usage.js";

/** Between the end of one look at the engine and the next, in milliseconds. */
export const LOOK_PAUSE_MS = 2000;

/** Between two times that the engine measures volumes, which is work for it; in milliseconds. */
const SIZES_PAUSE_MS = 60_000;

/** Between two paintings while nothing happens: the age of what is shown grows. */
const TICK_MS = 1000;

/** The world that `top` looks at and works on. */
export interface TopWorld {
  look(signal: AbortSignal): Promise<readonly UsedCluster[]>;
  /** Sizes of volumes, where the engine tells. */
  sizes(signal: AbortSignal): Promise<VolumeSizes>;
  act(deed: "stop" | "start", target: Target, signal: AbortSignal): Promise<void>;
  logs(target: Target, signal: AbortSignal): AsyncIterable<NodeLogEntry>;
  /** As Ctrl-C does where no program takes the keys. */
  interrupt(): void;
  /** Stops this process until the shell lets it go on. */
  suspend(): void;
  clock: Clock;
  now(): Date;
}

export interface TopSession {
  /** Ends with `q`, or when the signal is aborted. */
  readonly ended: Promise<void>;
  dispatch(event: TopEvent): void;
  paint(): void;
}

/**
 * Looks, paints and obeys keys. One look at a time: a slow engine is asked less often, not more. What
 * fails is shown and tried again.
 */
export function startSession(
  first: TopState,
  world: TopWorld,
  { screen, paint: style }: { screen: () => Screen | undefined; paint: Paint },
  signal: AbortSignal,
): TopSession {
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  let state = first;
  let logsOver: AbortController | undefined;
  let wake = new AbortController();
  let nextLook = Promise.withResolvers<void>();

  const paint = (): void => {
    const here = screen();
    here?.paint(frame(state, here.size, style));
  };
  const dispatch = (event: TopEvent): void => {
    const { state: next, effects } = reduce(state, event);
    state = next;
    for (const effect of effects) carryOut(effect);
    if (!ending.aborted) paint();
  };
  const carryOut = (effect: Effect): void => {
    switch (effect.type) {
      case "quit":
        over.abort();
        break;
      case "interrupt":
        world.interrupt();
        break;
      case "suspend":
        world.suspend();
        break;
      case "followLogs":
        void follow(effect.target);
        break;
      case "leaveLogs":
        logsOver?.abort();
        break;
      default:
        void act(effect.type, effect.target);
    }
  };
  const act = async (deed: "stop" | "start", target: Target): Promise<void> => {
    const what = `${target.kind} ${target.name}`;
    const text = await world.act(deed, target, ending).then(
      () => `${what} was ${deed === "stop" ? "stopped" : "started"}`,
      (error: unknown) => `${deed} of ${what} failed: ${toK3dError(error).message}`,
    );
    await lookAnew();
    dispatch({ type: "done", text, now: world.now() });
  };
  /** Until what is shown is from now on. */
  const lookAnew = async (): Promise<void> => {
    const looked = nextLook.promise;
    wake.abort();
    await looked;
  };
  const follow = async (target: Target): Promise<void> => {
    logsOver?.abort();
    const mine = (logsOver = new AbortController());
    const until = AbortSignal.any([ending, mine.signal]);
    try {
      for await (const { node, line } of world.logs(target, until)) {
        if (until.aborted) return;
        const text = shortLogLine(line);
        const from = node.replace(`k3d-${target.name}-`, "");
        dispatch({ type: "log", line: target.kind === "cluster" ? `${from} ${text}` : text });
      }
    } catch (error) {
      if (!until.aborted) dispatch({ type: "log", line: `! ${toK3dError(error).message}` });
    }
  };
  const look = async (): Promise<void> => {
    try {
      const clusters = await world.look(ending);
      dispatch({ type: "looked", clusters, now: world.now() });
    } catch (error) {
      if (ending.aborted) return;
      dispatch({ type: "failed", message: toK3dError(error).message, now: world.now() });
    }
  };
  const looking = async (): Promise<void> => {
    while (!ending.aborted) {
      wake = new AbortController();
      const begun = nextLook;
      nextLook = Promise.withResolvers();
      const looked = look();
      begun.resolve(looked);
      await looked;
      await pause(LOOK_PAUSE_MS, wake.signal);
    }
    nextLook.resolve();
  };
  /** Beside everything else: it may take long. What fails here fails in a look as well, which tells it. */
  const sizing = async (): Promise<void> => {
    while (!ending.aborted) {
      const volumes = await world.sizes(ending).catch(() => undefined);
      if (!ending.aborted) dispatch({ type: "sized", volumes });
      await pause(SIZES_PAUSE_MS);
    }
  };
  const ticking = async (): Promise<void> => {
    while (!ending.aborted) {
      await pause(TICK_MS);
      if (!ending.aborted) dispatch({ type: "tick", now: world.now() });
    }
  };
  const pause = (milliseconds: number, until = ending): Promise<void> => {
    const either = AbortSignal.any([ending, until]);
    return world.clock.sleep(milliseconds, either).catch((error: unknown) => {
      if (!either.aborted) throw error;
    });
  };

  paint();
  return {
    ended: Promise.all([looking(), ticking(), sizing()]).then(() => {}),
    dispatch,
    paint,
  };
}
