import {
  isMounted,
  lenient,
  wantedCertificates,
  wantedHosting,
  wantedRegistries,
} from "../observe/registry-drift.js";
import { readHooks } from "../observe/kept-hooks.js";
import { LABELS } from "../model/labels.js";
import { hooksFile, sameHooks } from "../plan/kept-hooks.js";
import type { ObservedNode } from "../plan/observed.js";
import { HOSTING_MANIFEST_PATH, isHostingManifest } from "../registry/hosting.js";
import { REGISTRIES_YAML_PATH } from "../registry/node-files.js";
import type { RegistriesYaml } from "../registry/registries-yaml.js";
import { packFiles } from "../runtime/archive.js";
import type { CallOptions } from "../runtime/common.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { Step } from "./graph.js";
import { Halt } from "./halt.js";
import { applyNodeChange, planNodeRegistries } from "./node-registries.js";
import { patient } from "./patience.js";
import { placeHosting, removeHosting } from "./registry-hosting.js";
import type { World } from "./world.js";

/**
 * Tells a node what its registries are, which one it announces and which hooks it keeps, while it runs;
 * only an old containerd makes a restart necessary.
 *
 * @param check resolves once a node that had to be restarted for it does again what it is for.
 */
export function tellNodeStep(
  name: string,
  world: World,
  check: (signal: AbortSignal) => Promise<void>,
): Step {
  const { runtime } = world;
  const halt = new Halt(runtime, { id: name, role: world.node(name).role });
  let former: RegistriesYaml | undefined;
  let formerHooks: { text: string | undefined } | undefined;
  const keepHooks = async (text: string | undefined, options: CallOptions): Promise<void> => {
    const node = await asItIs(name, world, options);
    const found = await readHooks(runtime, node, options);
    if (sameHooks(found, text)) return;
    formerHooks ??= { text: found };
    await runtime.containers.putArchive(node.id, "/", await packFiles([hooksFile(text)]), options);
  };
  const become = async (
    yaml: RegistriesYaml,
    files: ReturnType<typeof wantedCertificates>,
    options: CallOptions,
  ): Promise<"live" | "restart"> => {
    const node = await asItIs(name, world, options);
    if (isMounted(node)) return "live";
    const text = await readContainerFile(runtime, node.id, REGISTRIES_YAML_PATH, options);
    const before = await lenient(text);
    const change = await planNodeRegistries(runtime, node, { before, yaml, files }, options);
    if (change === undefined) return "live";
    former ??= before;
    return applyNodeChange(runtime, change, options);
  };
  const restart = async (signal: AbortSignal): Promise<void> => {
    await halt.stop({ signal });
    await runtime.containers.start(name, { signal: patient(signal) });
  };
  const hosting = hostingStep(name, world);
  return {
    id: `update:${name}`,
    title: `Update ${world.node(name).role} ${name}`,
    async run({ signal, progress }) {
      const { files, role, initServer, spec } = world.node(name);
      if (initServer) await hosting.run({ signal, progress });
      if (role === "server") await keepHooks(spec.labels[LABELS.hooks], { signal });
      const yaml = await wantedRegistries(files);
      if ((await become(yaml, wantedCertificates(files), { signal })) === "live") return;
      progress("restarting it");
      await restart(signal);
      await check(signal);
    },
    async undo({ signal }) {
      await hosting.undo?.({ signal });
      if (formerHooks !== undefined) await keepHooks(formerHooks.text, { signal });
      if (former === undefined) return;
      const effect = await become(former, [], { signal });
      if (effect === "restart") await restart(signal);
      // A failure may have come between stopping and starting.
      else if (wasRunning(name, world)) await halt.takeBack({ signal });
    },
  };
}

/** Announces the cluster's registry to tools, or takes that back; a server that is replaced keeps what it announced. */
export function hostingStep(name: string, world: World): Step {
  const { runtime, collaborators } = world;
  let former: { text: string | undefined } | undefined;
  const become = async (text: string | undefined, options: CallOptions): Promise<void> => {
    const node = await asItIs(name, world, options);
    const found = await readContainerFile(runtime, node.id, HOSTING_MANIFEST_PATH, options);
    const before = isHostingManifest(found) ? found : undefined;
    if (before === text) return;
    former ??= { text: before };
    if (text === undefined) await removeHosting(node, collaborators, options);
    else {
      const file = { path: HOSTING_MANIFEST_PATH, content: text, mode: 0o600 };
      await placeHosting(node, file, collaborators, options);
    }
  };
  return {
    id: `hosting:${name}`,
    title: `Update the announced registry on ${name}`,
    run: ({ signal }) => become(wantedHosting(world.node(name).files)?.content, { signal }),
    async undo({ signal }) {
      if (former !== undefined) await become(former.text, { signal });
    },
  };
}

const wasRunning = (name: string, { observed }: World): boolean =>
  observed?.nodes.some((node) => node.name === name && node.status === "running") === true;

/** The node that was observed, which may have been started or replaced since. */
async function asItIs(name: string, world: World, options: CallOptions): Promise<ObservedNode> {
  const info = await world.runtime.containers.inspect(name, options);
  const { role, initServer } = world.node(name);
  return {
    name,
    role,
    initServer,
    runtime: world.runtime.name,
    id: info.id,
    status: info.status,
    image: info.image,
    created: info.created,
    ports: info.ports,
    networks: info.networks.map((network) => network.name),
    labels: info.labels,
    info,
  };
}
