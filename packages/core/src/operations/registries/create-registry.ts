import { ensureImage } from "../../steps/ensure-image.js";
import { listNodes } from "../../observe/nodes.js";
import { K3dError, isK3dError, unlessMissing } from "../../errors/index.js";
import { packFiles } from "../../runtime/archive.js";
import { PortSettler } from "../../steps/ports/settle-ports.js";
import { type Step, runSteps } from "../../steps/graph.js";
import { APP, LABELS } from "../../model/labels.js";
import { checkTls, selfSignedTls } from "../../registry/certificate.js";
import { registryFiles } from "../../registry/config-files.js";
import { type RegistryDefinition, registryToSpec } from "../../registry/definition.js";
import { registryDefinitions } from "./definitions-of.js";
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
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const [info, nodes] = await Promise.all([runtime.info(options), listNodes(runtime, options)]);
  const definitions = await registryDefinitions(request, {
    image: settings.images.registry,
    ...(info.remoteHost === undefined ? {} : { remoteHost: info.remoteHost }),
    selfSigned: selfSignedTls,
    checkTls,
  });
  for (const { name } of definitions) {
    if (nodes.some((node) => node.name === name)) throw alreadyExists(name);
  }
  const network = request.network ?? info.defaultNetwork ?? OWN_NETWORK;
  const isOwn = request.network === undefined && info.defaultNetwork === undefined;
  const ports = new PortSettler(deps.ports);
  const image = definitions[0]?.image ?? settings.images.registry;
  const steps: Step[] = [
    {
      id: "image",
      title: `Find image ${image}`,
      run: (context) => ensureImage(runtime, image, context),
    },
    networkStep(network, isOwn, deps),
    ...definitions.map((definition) => registryStep(definition, network, ports, request, deps)),
  ];
  await runSteps(steps, { ...deps, ...options });
  return definitions.map(({ name }) => name);
}

function networkStep(name: string, isOwn: boolean, { runtime, settings }: RegistryDeps): Step {
  let created: string | undefined;
  return {
    id: "network",
    title: `Use network ${name}`,
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
        created = (
          await runtime.networks.create({
            name,
            labels: { [LABELS.app]: APP, [LABELS.version]: settings.version },
          })
        ).id;
      }
    },
    async undo() {
      if (created !== undefined) await unlessMissing(runtime.networks.remove(created));
    },
  };
}

function registryStep(
  definition: RegistryDefinition,
  network: string,
  ports: PortSettler,
  { wait, timeoutMs }: RegistryCreateRequest,
  { runtime, clock, settings }: RegistryDeps,
): Step {
  const { name } = definition;
  const at = { version: settings.version, network };
  let id: string | undefined;
  const create = async (): Promise<void> => {
    const [port] = await ports.settle(registryToSpec(definition, at).ports);
    const bound =
      port?.hostPort === undefined ? definition : { ...definition, hostPort: port.hostPort };
    try {
      id = await runtime.containers.create(registryToSpec(bound, at));
    } catch (error) {
      throw isK3dError(error, "NAME_IN_USE") ? alreadyExists(name, error) : error;
    }
    await runtime.containers.putArchive(id, "/", await packFiles(await registryFiles(bound)));
  };
  const remove = async (): Promise<void> => {
    if (id !== undefined)
      await unlessMissing(runtime.containers.remove(id, { force: true, volumes: true }));
    id = undefined;
  };
  return {
    id: `registry:${name}`,
    title: `Create registry ${name}`,
    needs: ["image", "network"],
    async run({ signal }) {
      await create();
      await ports.start(
        registryToSpec(definition, at).ports,
        () => runtime.containers.start(name),
        async () => {
          await remove();
          await create();
        },
      );
      if (wait !== false)
        await waitForRegistry(name, {
          runtime,
          clock,
          signal,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        });
    },
    undo: remove,
  };
}

function alreadyExists(name: string, cause?: unknown): K3dError {
  return new K3dError("ALREADY_EXISTS", `A container named '${name}' exists already`, {
    hint: `Choose another name, or delete it: a registry with 'k3d registry delete ${name}'.`,
    ...(cause === undefined ? {} : { cause }),
  });
}
