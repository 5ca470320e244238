import { K3dError, type CallOptions, type ContainerSpec } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { networksAfterCreate, toDocker, toEndpoint, type EngineFacts } from "./to-native.js";

/** Milliseconds that the removal of a container may take that was created only in part. */
const UNDO_LIMIT_MS = 30_000;

/** What the translation of a spec depends on in this engine. */
export function engineFacts(engine: Engine): EngineFacts {
  return {
    createMountpoint: engine.speaks("1.42"),
    annotations: engine.speaks("1.43"),
    severalNetworks: engine.speaks("1.44"),
  };
}

/** Engines before 28 accept unknown networks here and fail at the start instead. */
async function checkNetworks(
  engine: Engine,
  spec: ContainerSpec,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (spec.hostNetwork) return;
  // A worker of a swarm learns of an overlay when its first container on it starts.
  const known = spec.networks.filter(({ madeElsewhere }) => madeElsewhere !== true);
  await Promise.all(
    known.map(({ name }) =>
      engine.call(`attach container '${spec.name}' to`, "network", name, signal, (options) =>
        engine.docker.getNetwork(name).inspect(options),
      ),
    ),
  );
}

/** @see ContainerOperations.create */
export async function createContainer(
  engine: Engine,
  spec: ContainerSpec,
  { signal }: CallOptions,
): Promise<string> {
  const facts = engineFacts(engine);
  await checkNetworks(engine, spec, signal);
  const container = await engine.call("create", "container", spec.name, signal, (options) =>
    engine.docker.createContainer({
      ...options,
      _query: { name: spec.name },
      _body: toDocker(spec, facts),
    } as unknown as Parameters<typeof engine.docker.createContainer>[0]),
  );
  try {
    for (const network of networksAfterCreate(spec, facts)) {
      await engine.call(
        `attach container '${spec.name}' to`,
        "network",
        network.name,
        signal,
        (options) =>
          engine.docker
            .getNetwork(network.name)
            .connect({ ...options, Container: container.id, EndpointConfig: toEndpoint(network) }),
      );
    }
  } catch (error) {
    await undoCreate(engine, container.id, spec.name, error);
    throw error;
  }
  return container.id;
}

async function undoCreate(engine: Engine, id: string, name: string, cause: unknown): Promise<void> {
  try {
    await engine.call("remove", "container", name, AbortSignal.timeout(UNDO_LIMIT_MS), (options) =>
      engine.docker.getContainer(id).remove({ ...options, force: true, v: true }),
    );
  } catch (undoError) {
    throw new K3dError(
      "RUNTIME_ERROR",
      `Container '${name}' was created only in part and could not be removed again`,
      {
        hint: `Remove it with \`docker rm -f -v ${name}\`.`,
        cause: new AggregateError([cause, undoError]),
      },
    );
  }
}
