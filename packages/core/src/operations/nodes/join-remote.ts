import { randomUUID } from "node:crypto";
import { K3dError } from "../../errors/index.js";
import { LABELS } from "../../model/labels.js";
import { entrypointFile } from "../../node/entrypoint.js";
import type { ClusterContext, NodeDefinition } from "../../node/node-definition.js";
import { nodeToSpec } from "../../node/node-to-spec.js";
import { DEFAULT_IMAGES } from "../../model/defaults.js";
import type { DesiredCluster, DesiredNode } from "../../plan/desired.js";
import { containerStep } from "../../steps/container.js";
import { runSteps } from "../../steps/graph.js";
import { imageStep } from "../../steps/image.js";
import { startStep } from "../../steps/start.js";
import { type Collaborators, World } from "../../steps/world.js";
import { newOperationId } from "../clusters/operation-id.js";
import type { NodeCreateRequest } from "../contracts.js";
import type { WaitOptions } from "../options.js";

/** Nodes here for a cluster elsewhere: only its URL and token are known. */
export async function joinRemoteCluster(
  request: NodeCreateRequest,
  names: readonly string[],
  deps: Collaborators,
  { signal }: WaitOptions,
): Promise<void> {
  const { runtime, settings } = deps;
  const url = checkedUrl(request.cluster);
  if (request.token === undefined || request.token === "") {
    throw new K3dError("INVALID_INPUT", "A cluster elsewhere can only be joined with its token", {
      hint: "Give it with --token; on its server it is in /var/lib/rancher/k3s/server/token.",
    });
  }
  const info = await runtime.info({ signal });
  const [network = info.defaultNetwork, ...further] = request.networks ?? [];
  if (network === undefined) {
    throw new K3dError(
      "INVALID_INPUT",
      "The network on which the cluster can be reached is not named",
      {
        hint: "Give it with --network.",
      },
    );
  }
  const context: ClusterContext = {
    name: url,
    id: randomUUID(),
    token: request.token,
    version: settings.version,
    network: { name: network, external: true, host: network === "host", fixedAddresses: false },
    rootless: info.rootless,
    clusterInit: true,
    api: { host: "", hostIp: "" },
    url,
    hostAliases: [],
  };
  const image = request.image ?? DEFAULT_IMAGES.node;
  const nodes = names.map((name, index): DesiredNode => {
    const definition: NodeDefinition = {
      name,
      role: request.role,
      index,
      image,
      initServer: false,
      env: [],
      k3sArgs: [...(request.k3sArgs ?? [])],
      k3sNodeLabels: [...(request.k3sNodeLabels ?? [])],
      runtimeLabels: { ...request.runtimeLabels },
      mounts: [],
      ports: [],
      memoryLimit: request.memory,
      rlimits: [...(request.rlimits ?? [])],
      hostPid: false,
      files: [],
    };
    const spec = nodeToSpec(definition, context);
    return {
      name,
      role: request.role,
      index,
      initServer: false,
      spec: {
        ...spec,
        labels: { ...spec.labels, [LABELS.clusterExternal]: "true" },
        networks: [...spec.networks, ...further.map((other) => ({ name: other }))],
      },
      files: [entrypointFile(settings.fixes)],
    };
  });
  const desired: DesiredCluster = {
    version: 1,
    name: url,
    clusterId: context.id,
    runtime: runtime.name,
    token: request.token,
    network: {
      name: network,
      action: "use",
      labels: {},
      fixedAddresses: false,
      chooseSubnet: false,
    },
    volumes: [],
    directories: [],
    images: [{ reference: image, usedBy: [...names] }],
    nodes,
    registries: { use: [] },
    api: context.api,
  };
  const world = new World(deps, newOperationId(settings), desired);
  const steps = [
    imageStep(image, world),
    ...nodes.flatMap((node) => [
      containerStep(node.name, world, [`image:${image}`]),
      startStep(node, world, [`container:${node.name}`], { look: true }),
    ]),
  ];
  await runSteps(steps, { ...deps, signal });
}

/** @throws `INVALID_INPUT`. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" && url.hostname !== "" && url.username === "") return text;
  throw new K3dError("INVALID_INPUT", `'${text}' is not the URL of a cluster`, {
    hint: "Write https://HOST:PORT, for example https://10.0.0.5:6443.",
  });
}
