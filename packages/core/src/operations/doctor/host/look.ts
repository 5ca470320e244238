import { K3dError, throwIfAborted } from "../../../errors/index.js";
import { listNodes } from "../../../observe/nodes.js";
import { runsK3s } from "../../../model/roles.js";
import { type DoctorEngine, isLocal } from "../facts.js";
import type { LocalMachine } from "../local-machine.js";
import type { HostSight, HostView } from "./host-view.js";
import { probe, type ProbeResult } from "./probe.js";
import { PROBED_DIRECTORIES, PROBED_FILES } from "./probe-script.js";

export interface LookOptions {
  /** Image of the nodes that are meant. */
  image: string;
  machine: LocalMachine;
  signal: AbortSignal | undefined;
  now: () => number;
}

/** Milliseconds for one container, with all that is looked up in it. */
const PROBE_LIMIT_MS = 25_000;

/**
 * Looks at the engine's host: in a container of a node image that is there already, else, where the
 * engine is on this machine, at its files.
 */
export async function lookAtHost(engine: DoctorEngine, options: LookOptions): Promise<HostSight> {
  const { machine } = options;
  const local = isLocal(engine);
  const bounding = local ? boundingSet(await machine.read("/proc/1/status")) : undefined;
  const sight: HostSight = { bounding };
  if (engine.capabilities.privileged) {
    Object.assign(sight, await lookInContainer(engine, options));
  } else sight.unseen = "the engine has no privileged containers";
  if (sight.view === undefined && local) {
    sight.view = await lookHere(machine, engine.info.storagePath);
  }
  return sight;
}

async function lookInContainer(engine: DoctorEngine, options: LookOptions): Promise<HostSight> {
  const image = await presentImage(engine, options);
  if (image === undefined) {
    return { unseen: `no node image is on the engine: ${options.image} was not pulled yet` };
  }
  const run = (privileged: boolean): Promise<ProbeResult> => {
    const limit = AbortSignal.timeout(PROBE_LIMIT_MS);
    const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
    return probe(engine, { image, privileged, signal, now: options.now }).catch(
      (error: unknown) => {
        throwIfAborted(options.signal);
        if (!limit.aborted) throw error;
        const seconds = PROBE_LIMIT_MS / 1000;
        throw new K3dError("TIMEOUT", `A container of ${image} did not end within ${seconds} s`);
      },
    );
  };
  const privileged = await run(true);
  if (privileged.view !== undefined) return privileged;
  if (privileged.refused === undefined) {
    return { ...privileged, unseen: `a container of ${image} did not report what it saw` };
  }
  // The rest may be seen without.
  const { view, networkRefused } = await run(false).catch((): ProbeResult => ({}));
  return {
    refused: privileged.refused,
    view,
    unseen: view === undefined ? "no container could be started" : undefined,
    networkRefused,
  };
}

/** The image of the nodes that are meant, else that of any node, else any of k3s: only what is there. */
async function presentImage(
  { collaborators: { runtime } }: DoctorEngine,
  { image, signal }: LookOptions,
): Promise<string | undefined> {
  const options = { signal };
  const isThere = (reference: string): Promise<boolean> =>
    runtime.images.inspect(reference, options).then(
      () => true,
      () => false,
    );
  if (await isThere(image)) return image;
  const nodes = (await listNodes(runtime, options)).filter(runsK3s);
  for (const reference of new Set(nodes.map((node) => node.image))) {
    if (await isThere(reference)) return reference;
  }
  const images = await runtime.images.list(options);
  return images.flatMap(({ references }) => references).find((name) => /\/k3s[:@]/.test(name));
}

async function lookHere(machine: LocalMachine, storage: string | undefined): Promise<HostView> {
  const texts = await Promise.all(
    [...PROBED_FILES, ...PROBED_DIRECTORIES]
      // These are of this process, not of a container.
      .filter((path) => !path.startsWith("/proc/self/") && path !== "/etc/resolv.conf")
      .map(async (path) => {
        const text = path.endsWith("/")
          ? (await machine.list(path))?.join("\n")
          : await machine.read(path);
        return text === undefined ? [] : [[path as string, text.trim()] as const];
      }),
  );
  const space = storage === undefined ? undefined : await machine.space(storage);
  return {
    from: "machine",
    files: new Map(texts.flat()),
    space,
  };
}

const boundingSet = (status: string | undefined): string | undefined =>
  /^CapBnd:\s*([0-9a-f]+)/m.exec(status ?? "")?.[1];
