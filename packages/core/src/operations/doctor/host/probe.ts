import { randomBytes } from "node:crypto";
import { isK3dError, type K3dError, throwIfAborted, toK3dError } from "../../../errors/index.js";
import { APP, LABELS } from "../../../model/labels.js";
import { OBJECT_PREFIX } from "../../../model/names.js";
import type { ContainerSpec } from "../../../runtime/container-spec.js";
import type { DoctorEngine } from "../facts.js";
import type { HostView } from "./host-view.js";
import { parseProbe } from "./parse-probe.js";
import { probeScript } from "./probe-script.js";

/** A name that nodes must find for pods to pull images, unless all come from elsewhere. */
export const OUTSIDE_NAME = "registry-1.docker.io";

export interface ProbeResult {
  /** Absent as well where the container told something else. */
  view?: HostView | undefined;
  /** How the engine refused the container. */
  refused?: K3dError | undefined;
  networkRefused?: K3dError | undefined;
}

export interface ProbeOptions {
  image: string;
  privileged: boolean;
  signal: AbortSignal;
  /** Wall clock, milliseconds since 1970. */
  now: () => number;
}

/** Milliseconds for the removal of each object, whatever happened before. */
const REMOVAL_LIMIT_MS = 15_000;
/** The neighbour ends by itself, should nobody be there any more to remove it. */
const NEIGHBOUR_SECONDS = 60;
/** Output that a probe may print; what is more comes from another program. */
const MOST_LINES = 5000;

/**
 * Looks around in a container on a network of its own, as a node would be, with a neighbour on it. All carry
 * k3d's labels and are removed whatever happens; what a killed command leaves, `k3d prune` finds.
 */
export async function probe(engine: DoctorEngine, options: ProbeOptions): Promise<ProbeResult> {
  const { networks } = engine.collaborators.runtime;
  const name = `${OBJECT_PREFIX}-doctor-${randomBytes(4).toString("hex")}`;
  const { signal } = options;
  try {
    const networkRefused = await networks
      .create({ name, labels: labelsOf(engine) }, { signal })
      .then(
        () => undefined,
        (error: unknown) => refusal(error, signal),
      );
    const result = await runIn(engine, name, networkRefused === undefined, options);
    return { ...result, networkRefused };
  } finally {
    // Also one whose making was not answered.
    await gone(() => networks.remove(name, removal()));
  }
}

/** What the engine says, unless it says nothing because it was given up on, or is gone. */
function refusal(error: unknown, signal: AbortSignal): K3dError {
  throwIfAborted(signal);
  if (isK3dError(error, "RUNTIME_UNAVAILABLE", "IMAGE_NOT_FOUND")) throw error;
  return toK3dError(error);
}

async function runIn(
  engine: DoctorEngine,
  name: string,
  onNetwork: boolean,
  { image, privileged, signal, now }: ProbeOptions,
): Promise<ProbeResult> {
  const { containers } = engine.collaborators.runtime;
  const neighbour: ContainerSpec = {
    ...specOf(engine, `${name}-neighbour`, image, name),
    process: { args: ["/bin/sh", "-c", `sleep ${NEIGHBOUR_SECONDS}`], env: [], user: "0" },
  };
  const names = onNetwork ? [OUTSIDE_NAME, name] : [OUTSIDE_NAME];
  try {
    const address = onNetwork ? await addressOf(engine, neighbour, signal) : undefined;
    const spec: ContainerSpec = {
      ...specOf(engine, name, image, onNetwork ? name : undefined),
      process: { args: ["/bin/sh", "-c", probeScript(names, address)], env: [], user: "0" },
      linux: privileged ? { hostNamespaces: ["user"] } : {},
      privileged,
      securityLabel: !privileged,
    };
    await containers.create(spec, { signal });
    const before = now();
    await containers.start(name, { signal });
    await containers.wait(name, { signal });
    const after = now();
    const lines: string[] = [];
    for await (const { line } of containers.logs(name, { signal })) {
      if (lines.push(line) >= MOST_LINES) break;
    }
    const view = parseProbe(lines, before, after);
    return { view };
  } catch (error) {
    return { refused: refusal(error, signal) };
  } finally {
    await Promise.all(
      [name, ...(onNetwork ? [neighbour.name] : [])].map((container) =>
        gone(() => containers.remove(container, { force: true, ...removal() })),
      ),
    );
  }
}

/** Starts a container and returns its address; `undefined` where there is none to be had, which is not what is looked for. */
async function addressOf(
  { collaborators }: DoctorEngine,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { containers } = collaborators.runtime;
  try {
    await containers.create(spec, { signal });
    await containers.start(spec.name, { signal });
    const { networks } = await containers.inspect(spec.name, { signal });
    return networks[0]?.ipv4Address ?? networks[0]?.ipv6Address;
  } catch {
    throwIfAborted(signal);
    return undefined;
  }
}

const specOf = (
  engine: DoctorEngine,
  name: string,
  image: string,
  network: string | undefined,
): ContainerSpec => ({
  name,
  image,
  process: { env: [] },
  mounts: [],
  labels: labelsOf(engine),
  linux: {},
  networks: network === undefined ? [] : [{ name: network }],
  ports: [],
});

const removal = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(REMOVAL_LIMIT_MS) });

/** What could not be removed is found as a leftover. */
async function gone(remove: () => Promise<void>): Promise<void> {
  await remove().catch(() => undefined);
}

const labelsOf = ({ collaborators }: DoctorEngine): Record<string, string> => ({
  [LABELS.app]: APP,
  [LABELS.version]: collaborators.settings.version,
  [LABELS.role]: "noRole",
});
