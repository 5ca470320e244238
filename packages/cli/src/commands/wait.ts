import {
  httpsKubeClients,
  parseWaitCondition,
  systemClock,
  waitForConditions,
  type WaitCondition,
} from "@k3d/core";
import { duration, K3dCommand, repeated } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

/** What `wait --json` prints. */
export interface WaitResult {
  cluster: string;
  /** What was waited for, as it was written. */
  conditions: string[];
  elapsedMs: number;
}

export default class Wait extends K3dCommand<WaitResult> {
  static override summary = "Wait until a cluster, a node or pods are ready";
  static override description = `Wait until a running cluster meets conditions:

ready: the Kubernetes API answers, all nodes are Ready, and pods can be made.
node=NAME: this node is Ready.
pod-ready=SELECTOR: there are pods with these labels, and all of them are Ready or have succeeded.

Ends with exit code 9 when the time is up.`;
  static override examples = [
    "<%= config.bin %> wait demo",
    "<%= config.bin %> wait demo --for pod-ready=app=web --namespace shop --timeout 2m",
  ];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
  };
  static override flags = {
    for: repeated({
      summary: "ready, node=NAME or pod-ready=SELECTOR (can be repeated; default: ready)",
      helpValue: "CONDITION",
    }),
    namespace: Flags.string({
      char: "n",
      summary: "Namespace of the pods (default: all)",
      helpValue: "NAME",
    }),
    timeout: duration({ summary: "Give up after this time, e.g. 90s (default: 5m)" }),
  };

  protected override async execute(): Promise<WaitResult> {
    const { args, flags } = await this.parse(Wait);
    const texts = flags.for ?? ["ready"];
    const conditions: WaitCondition[] = texts.map((text) => parseWaitCondition(text));
    const { clusters, runtime } = await this.services({ wanted: { clusters: [args.cluster] } });
    const { signal } = this;
    const cluster = await clusters.get(args.cluster, { signal });
    const progress = await this.progress();
    const step = { id: "wait", title: `Wait for ${texts.join(", ")}` };
    const started = systemClock.now();
    progress.emit({ type: "step.started", ...step });
    const elapsed = (): number => Math.round(systemClock.now() - started);
    try {
      await waitForConditions(
        cluster,
        conditions,
        { runtime, clock: systemClock, kube: httpsKubeClients(runtime) },
        {
          timeoutMs: flags.timeout,
          namespace: flags.namespace,
          signal,
          progress: (message) => progress.emit({ type: "step.progress", ...step, message }),
        },
      );
    } catch (error) {
      const { code = "INTERNAL", message } = error as { code?: string; message: string };
      progress.emit({
        type: "step.failed",
        ...step,
        elapsedMs: elapsed(),
        error: { code, message },
      });
      throw error;
    }
    progress.emit({ type: "step.finished", ...step, elapsedMs: elapsed() });
    return { cluster: cluster.name, conditions: texts, elapsedMs: elapsed() };
  }
}
