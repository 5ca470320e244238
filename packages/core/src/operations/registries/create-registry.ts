import { ensureImage } from "../../steps/ensure-image.js";
import { listNodes } from "../../observe/nodes.js";
import { K3dError, isK3dError } from "../../errors/index.js";
import { packFiles } from "../../runtime/archive.js";
import { PortSettler } from "../../steps/ports/settle-ports.js";
import { type Step, runSteps } from "../../steps/graph.js";
import { removeMadeContainer, removeMadeNetwork } from "../../steps/owned.js";
import { patient } from "../../steps/patience.js";
import { requireStarted } from "../../steps/start.js";
import { APP, LABELS } from "../../model/labels.js";
import { checkTls, selfSignedTls } from "../../registry/certificate.js";
import { registryFiles } from "../../registry/config-files.js";
import { type RegistryDefinition, registryToSpec } from "../../registry/definition.js";
import { registryNameWarnings } from "../../registry/name-warning.js";
import { registryDefinitions } from "./definitions-of.js";
import { newOperationId } from "../clusters/operation-id.js";
import type { RegistryDeps } from "./deps.js";
import { OWN_NETWORK } from "./own-network.js";
import type { RegistryCreateRequest } from "./operations.js";
import { waitForRegistry } from "./ready.js";

/** @returns the names of the containers. */
export async function createRegistries(
  request: RegistryCreateRequest,
  deps: RegistryDeps,
): Promise<string[]> {
  const { runtime, settings } = deps;
  const options = { signal: request.signal };
  const [info, nodes] = await Promise.all([runtime.info(options), listNodes(runtime, options)]);
  const definitions = await registryDefinitions(request, {
    image: settings.images.registry,
    remoteHost: info.remoteHost,
    selfSigned: selfSignedTls,
    checkTls,
  });
  for (const { name } of definitions) {
    if (nodes.some((node) => node.name === name)) throw alreadyExists(name);
  }
  for (const message of definitions.flatMap((definition) => registryNameWarnings(definition)))
    deps.events.emit({ type: "warning", message });
  const network = request.network ?? info.defaultNetwork ?? OWN_NETWORK;
  const isOwn = request.network === undefined && info.defaultNetwork === undefined;
  const ports = new PortSettler(deps.ports);
  const operation = newOperationId(settings);
  const image = definitions[0]?.image ?? settings.images.registry;
  const steps: Step[] = [
    {
      id: "image",
      title: `Find image ${image}`,
      run: (context) => ensureImage(runtime, image, context),
    },
    networkStep(network, isOwn, operation, deps),
    ...definitions.map((definition) =>
      registryStep(definition, { network, operation, ports }, request, deps),
    ),
  ];
  await runSteps(steps, { ...deps, ...options });
  return definitions.map(({ name }) => name);
}

function networkStep(
  name: string,
  isOwn: boolean,
  operation: string,
  { runtime, settings }: RegistryDeps,
): Step {
  const labels = {
    [LABELS.app]: APP,
    [LABELS.version]: settings.version,
    [LABELS.operation]: operation,
  };
  return {
    id: "network",
    title: `Use network ${name}`,
    // Nothing is made for an image that cannot be had.
    needs: ["image"],
    async run({ signal }) {
      try {
        await runtime.networks.inspect(name, { signal });
      } catch (error) {
        if (!isK3dError(error, "NOT_FOUND")) throw error;
        if (!isOwn) {
          throw new K3dError("NOT_FOUND", `Network '${name}' does not exist`, {
            hint: "Name an existing one with --default-network, or leave the option out.",
            cause: error,
          });
        }
        await runtime.networks.create({ name, labels }, { signal: patient(signal) });
      }
    },
    async undo({ signal }) {
      if (isOwn) await removeMadeNetwork(runtime, name, operation, { signal });
    },
  };
}

function registryStep(
  definition: RegistryDefinition,
  { network, operation, ports }: { network: string; operation: string; ports: PortSettler },
  { wait, timeoutMs }: RegistryCreateRequest,
  { runtime, clock, settings }: RegistryDeps,
): Step {
  const { name } = definition;
  const at = { version: settings.version, network };
  const create = async (signal: AbortSignal): Promise<void> => {
    const [port] = await ports.settle(registryToSpec(definition, at).ports);
    const bound =
      port?.hostPort === undefined ? definition : { ...definition, hostPort: port.hostPort };
    const spec = registryToSpec(bound, at);
    const labels = { ...spec.labels, [LABELS.operation]: operation };
    try {
      await runtime.containers.create({ ...spec, labels }, { signal: patient(signal) });
    } catch (error) {
      throw isK3dError(error, "NAME_IN_USE") ? alreadyExists(name, error) : error;
    }
    const files = await packFiles(await registryFiles(bound));
    await runtime.containers.putArchive(name, "/", files, { signal });
  };
  const remove = (signal: AbortSignal): Promise<void> =>
    removeMadeContainer(runtime, name, operation, { signal });
  return {
    id: `registry:${name}`,
    title: `Create registry ${name}`,
    needs: ["image", "network"],
    async run({ signal }) {
      await create(signal);
      await ports.start(
        registryToSpec(definition, at).ports,
        () => runtime.containers.start(name, { signal }),
        async () => {
          await remove(signal);
          await create(signal);
        },
      );
      if (wait === false) await requireStarted(name, runtime, { signal });
      else await waitForRegistry(name, { runtime, clock, signal, timeoutMs });
    },
    undo: ({ signal }) => remove(signal),
  };
}

function alreadyExists(name: string, cause?: unknown): K3dError {
  return new K3dError("ALREADY_EXISTS", `A container named '${name}' exists already`, {
    hint: `Choose another name, or delete it: a registry with 'k3d registry delete ${name}'.`,
    cause,
  });
}
