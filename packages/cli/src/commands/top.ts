import {
  byName,
  findCluster,
  findNode,
  missing,
  nodeLogs,
  runsK3s,
  systemClock,
  type K3dServices,
  type UsedCluster,
} from "@k3d/core";
import { createPaint, K3dCommand, wantsColors, writeResult, type Paint } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { identityHere } from "../config/assemble.js";
import { configFileOr } from "../config/project-file.js";
import type { Screen } from "../top/screen.js";
import type { TopWorld } from "../top/session.js";
import type { Target } from "../top/state.js";
import type { TopCluster } from "../top/usage.js";

/** Between the two readings that CPU use is the difference of, in milliseconds. */
const READING_MS = 1000;

/** Longest that a report waits for the sizes of volumes, which it then lacks; milliseconds. */
const SIZES_MS = 10_000;

/** Columns of a report that no terminal limits. */
const PIPE_COLUMNS = 160;

export default class Top extends K3dCommand<TopCluster[]> {
  static override summary = "Watch clusters and nodes, and what they use";
  static override description = `A live view of clusters and nodes in the terminal: state, CPU (100% is one processor), memory, restarts, sizes of image and volumes, ports, and what has happened since it started. Without a name all clusters of the runtime are shown, in a directory with a .k3d.yaml the one that it names.

Keys: up and down choose, / filters, l follows the logs of what is chosen, s stops or starts it after a question, q quits. With --once, -o json or -o yaml, and without a terminal, it is printed once.`;
  static override examples = [
    "<%= config.bin %> top",
    "<%= config.bin %> top demo --once",
    "<%= config.bin %> top -o json",
  ];
  static override args = {
    cluster: Args.string({ description: "Show this cluster only" }),
  };
  static override flags = {
    once: Flags.boolean({ summary: "Print it once" }),
    output: Flags.option({
      char: "o",
      summary: "Print it once in this format",
      options: ["json", "yaml"] as const,
    })(),
  };

  protected override async execute(): Promise<TopCluster[]> {
    const { args, flags } = await this.parse(Top);
    const name = args.cluster ?? (await this.#projectsCluster());
    const services = await this.services(
      name === undefined ? {} : { wanted: { clusters: [name] } },
    );
    const { signal } = this;
    const look = async (asked: AbortSignal): Promise<UsedCluster[]> => {
      const all = await services.listing.usage({ signal: asked });
      return name === undefined ? all : all.filter((cluster) => cluster === byName(name, all));
    };
    const paint = createPaint(wantsColors(process.stdout, process.env));
    const { stdin, stdout } = process;
    const live = stdin.isTTY && stdout.isTTY && !flags.once && this.format === "text";
    if (live && name === undefined) {
      await this.#watch(services, undefined, look, paint);
      return [];
    }
    const first = await look(signal);
    if (name !== undefined && first.length === 0) {
      throw missing("cluster", [name], await services.clusters.list({ signal }));
    }
    if (live) {
      await this.#watch(services, first, look, paint);
      return [];
    }
    if (!flags.once && this.format === "text") {
      await this.tell("info", "There is no terminal, so this is printed once");
    }
    return this.#once(services, first, look, paint);
  }

  async #projectsCluster(): Promise<string | undefined> {
    const file = await configFileOr(undefined, (level, message) => this.tell(level, message));
    return (await identityHere(file)).name;
  }

  async #once(
    { runtime, listing }: K3dServices,
    first: readonly UsedCluster[],
    look: (signal: AbortSignal) => Promise<UsedCluster[]>,
    paint: Paint,
  ): Promise<TopCluster[]> {
    const [{ reduce, initialState }, { report }] = await Promise.all([
      import("../top/state.js"),
      import("../top/frame.js"),
    ]);
    const { signal } = this;
    let { state } = reduce(initialState(runtime.name, "", new Date()), {
      type: "looked",
      clusters: first,
      now: new Date(),
    });
    const limited = AbortSignal.any([signal, AbortSignal.timeout(SIZES_MS)]);
    const [volumes] = await Promise.all([
      listing.volumeSizes({ signal: limited }).catch(() => undefined),
      systemClock.sleep(READING_MS, signal),
    ]);
    ({ state } = reduce(state, { type: "sized", volumes }));
    const clusters = await look(signal);
    ({ state } = reduce(state, { type: "looked", clusters, now: new Date() }));
    const width = process.stdout.isTTY ? process.stdout.columns : PIPE_COLUMNS;
    if (this.format === "text") {
      // With colours, which a rendered result may not have: a foreign text could bring its own.
      this.printsItself = true;
      writeResult(`${report({ ...state, selected: undefined }, width, paint)}\n`, process.stdout);
    }
    return state.clusters;
  }

  async #watch(
    services: K3dServices,
    first: readonly UsedCluster[] | undefined,
    look: (signal: AbortSignal) => Promise<UsedCluster[]>,
    paint: Paint,
  ): Promise<void> {
    const [{ openScreen }, { startSession }, { initialState, reduce }] = await Promise.all([
      import("../top/screen.js"),
      import("../top/session.js"),
      import("../top/state.js"),
    ]);
    this.endsByInterrupt = true;
    this.printsItself = true;
    const { runtime } = services;
    const now = new Date();
    const blank = initialState(runtime.name, "", now);
    const start =
      first === undefined ? blank : reduce(blank, { type: "looked", clusters: first, now }).state;
    let screen: Screen | undefined;
    const world: TopWorld = {
      look,
      sizes: (signal) => services.listing.volumeSizes({ signal }),
      act: (deed, target, signal) => act(services, deed, target, signal),
      logs: (target, signal) => logs(services, target, signal),
      interrupt: () => process.kill(process.pid, "SIGINT"),
      suspend: () => {
        screen?.close();
        process.once("SIGCONT", () => {
          screen?.open();
          session.paint();
        });
        process.kill(process.pid, "SIGTSTP");
      },
      clock: systemClock,
      now: () => new Date(),
    };
    const session = startSession(start, world, { screen: () => screen, paint }, this.signal);
    this.listener = (event) => {
      const text = event.type === "warning" ? event.message : undefined;
      if (text !== undefined) session.dispatch({ type: "told", text, now: new Date() });
    };
    try {
      screen = openScreen({
        input: process.stdin,
        output: process.stdout,
        onKey: (key) => session.dispatch({ type: "key", key }),
        onResize: () => session.paint(),
      });
      session.paint();
      await session.ended;
    } finally {
      screen?.close();
    }
  }
}

async function act(
  { clusters, nodes }: K3dServices,
  deed: "stop" | "start",
  { kind, name }: Target,
  signal: AbortSignal,
): Promise<void> {
  const operations = kind === "cluster" ? clusters : nodes;
  await operations[deed](name, { signal });
}

async function* logs(
  { clusters, nodes, runtime }: K3dServices,
  { kind, name }: Target,
  signal: AbortSignal,
) {
  const chosen =
    kind === "cluster"
      ? findCluster(name, await clusters.list({ signal })).nodes.filter(
          (node) => runsK3s(node) || node.role === "loadbalancer",
        )
      : [findNode(name, await nodes.list({ signal }))];
  yield* nodeLogs({ runtime, clock: systemClock }, chosen, { follow: true, tail: 100, signal });
}
