import type { K3dEvent } from "@k3d/core";
import type { MonotonicClock, ProgressRenderer } from "./renderer.js";

/** Several steps that people see as one. */
interface Stage {
  key: string;
  title: string;
  /** Whether it is counted how many nodes are done: with the step of this kind they are. */
  counts?: string;
  /** It has one step, and is over with that, whatever is still to come of the stages before. */
  isOneStep?: boolean;
}

const NETWORK: Stage = { key: "network", title: "Network and volumes" };
const NODES: Stage = { key: "nodes", title: "Nodes", counts: "start" };
const REMOVAL: Stage = { key: "removal", title: "Remove nodes, network and volumes" };

/** By the first word of a step's id, in the order in which the stages follow each other. */
const STAGES: Readonly<Record<string, Stage>> = {
  image: { key: "images", title: "Images" },
  directory: NETWORK,
  network: NETWORK,
  volume: NETWORK,
  connect: NETWORK,
  container: NODES,
  start: NODES,
  joinable: NODES,
  vote: NODES,
  stop: { key: "stop", title: "Stop nodes", counts: "stop" },
  "ready:api": { key: "api", title: "Kubernetes API", isOneStep: true },
  "ready:nodes": { key: "ready", title: "Nodes ready" },
  remove: REMOVAL,
  delete: REMOVAL,
  finished: { key: "end", title: "" },
};
const ORDER = [...new Set(Object.values(STAGES).map(({ key }) => key))];

interface StageState extends Stage {
  startedAt: number;
  running: Set<string>;
  nodes: Set<string>;
  done: Set<string>;
  /** A stage that ended is not told of again, unless it fails. */
  ended: boolean;
}

type StepEvent = Exclude<K3dEvent, { type: "warning" } | { type: "log" }>;

/**
 * Tells of a handful of stages instead of every step: images, network, nodes 3/5, API, nodes ready.
 * Steps that it does not know pass as they are, and so does what is undone.
 */
export function inStages(inner: ProgressRenderer, now: MonotonicClock): ProgressRenderer {
  const stages = new Map<string, StageState>();
  let failure: string | undefined;

  const tell = (stage: StageState, event: Omit<StepEvent, "id" | "title">): void => {
    const count = stage.counts === undefined ? "" : ` ${stage.done.size}/${stage.nodes.size}`;
    const title = `${stage.title}${event.type === "step.started" ? "" : count}`;
    if (title !== "") inner.emit({ ...event, id: `stage:${stage.key}`, title } as StepEvent);
  };
  const end = (stage: StageState): void => {
    if (stage.ended) return;
    stage.ended = true;
    tell(stage, { type: "step.finished", elapsedMs: now() - stage.startedAt } as StepEvent);
  };
  /** Ends the stages that a later one has overtaken. */
  const endOvertaken = (): void => {
    const latest = Math.max(...[...stages.keys()].map((key) => ORDER.indexOf(key)));
    for (const stage of stages.values()) {
      if (isIdle(stage) && ORDER.indexOf(stage.key) < latest) end(stage);
    }
  };
  /** Ends what is idle: something else is told next, and what was done before belongs above it. */
  const settle = (): void => {
    if (failure !== undefined) return;
    for (const stage of stages.values()) if (isIdle(stage)) end(stage);
  };
  const open = (stage: Stage): StageState => {
    const known = stages.get(stage.key);
    if (known !== undefined) return known;
    const made: StageState = {
      ...stage,
      startedAt: now(),
      running: new Set(),
      nodes: new Set(),
      done: new Set(),
      ended: false,
    };
    stages.set(stage.key, made);
    tell(made, { type: "step.started" } as StepEvent);
    return made;
  };
  const follow = (event: StepEvent, stage: StageState): void => {
    const [kind, ...rest] = event.id.split(":");
    const node = rest.join(":");
    if (event.type === "step.started") {
      stage.running.add(event.id);
      stage.nodes.add(node);
    } else if (event.type === "step.progress") {
      if (!stage.ended) tell(stage, event);
      return;
    } else {
      stage.running.delete(event.id);
      if (event.type === "step.failed") {
        // Steps that run meanwhile are aborted with the same error.
        if (failure === undefined) tell(stage, event);
        failure ??= event.error.message;
        stage.ended = true;
        return;
      }
      if (kind === stage.counts) stage.done.add(node);
      if (stage.isOneStep) end(stage);
    }
    if (stage.counts !== undefined && !stage.ended && stage.running.size > 0) {
      const message = `${stage.done.size}/${stage.nodes.size}`;
      tell(stage, { type: "step.progress", message } as StepEvent);
    }
    endOvertaken();
  };

  return {
    log(level, message) {
      if (level === "info") settle();
      inner.log(level, message);
    },
    emit(event) {
      if (event.type === "log" && event.level === "info") settle();
      if (event.type === "warning" || event.type === "log") return inner.emit(event);
      const stage = "undo" in event && event.undo === true ? undefined : stageOf(event.id);
      if (stage === undefined) {
        if (event.type === "step.started") settle();
        return inner.emit(event);
      }
      follow(event, open(stage));
    },
    close() {
      settle();
      if (failure === undefined)
        for (const stage of stages.values()) if (stage.running.size === 0) end(stage);
      inner.close();
    },
  };
}

/** A node that is made and not started yet is on its way, although no step of it runs right now. */
const isIdle = ({ running, counts, done, nodes }: StageState): boolean =>
  running.size === 0 && (counts === undefined || done.size >= nodes.size);

function stageOf(id: string): Stage | undefined {
  const [kind = ""] = id.split(":");
  const name = Object.hasOwn(STAGES, id) ? id : kind;
  return Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
}
