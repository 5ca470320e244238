import { K3dError } from "../errors/index.js";
import { RESERVED_LABEL_PREFIXES } from "../model/labels.js";
import { runsK3s } from "../model/roles.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type { DesiredCluster } from "./desired.js";

/** Values that an edit gives to all servers and agents. */
export interface NodeValues {
  image?: string;
  /** Bytes; 0 takes the limit away. */
  serversMemory?: number;
  agentsMemory?: number;
  /** `NAME=VALUE`, or `NAME-` to take one away. */
  env?: readonly string[];
  labels?: readonly string[];
}

/** @throws `INVALID_INPUT` for what is neither `NAME=VALUE` nor `NAME-`, and for labels of k3d's own. */
export function withNodeValues(desired: DesiredCluster, values: NodeValues): DesiredCluster {
  const env = (values.env ?? []).map((text) => assignment(text, "variable"));
  const labels = (values.labels ?? []).map((text) => assignment(text, "label"));
  const reserved = labels.find(({ name }) =>
    RESERVED_LABEL_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
  if (reserved !== undefined) {
    throw new K3dError("INVALID_INPUT", `Label '${reserved.name}' is reserved for k3d`, {
      hint: "Choose a name that does not begin with k3d. or k3s.registry.",
    });
  }
  const nodes = desired.nodes.map((node) => {
    if (!runsK3s(node)) return node;
    const memory = node.role === "server" ? values.serversMemory : values.agentsMemory;
    let spec: ContainerSpec = node.spec;
    if (values.image !== undefined) spec = { ...spec, image: values.image };
    if (memory !== undefined) spec = withMemory(spec, memory);
    for (const { name, value } of env) spec = withVariable(spec, name, value);
    for (const { name, value } of labels) {
      const { [name]: _old, ...rest } = spec.labels;
      spec = { ...spec, labels: value === undefined ? rest : { ...rest, [name]: value } };
    }
    return { ...node, spec };
  });
  const images =
    values.image === undefined
      ? desired.images
      : [
          ...desired.images,
          { reference: values.image, usedBy: nodes.filter(runsK3s).map(({ name }) => name) },
        ];
  return { ...desired, nodes, images };
}

function assignment(text: string, what: string): { name: string; value?: string } {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return { name, value };
  if (/^[^=\s]+-$/.test(text)) return { name: text.slice(0, -1) };
  throw new K3dError("INVALID_INPUT", `'${text}' sets no ${what}`, {
    hint: "Write NAME=VALUE, or NAME- to remove it.",
  });
}

/** The kubelet is told as well, by the boot script. */
function withMemory(spec: ContainerSpec, memory: number): ContainerSpec {
  const { memory: _old, ...resources } = spec.linux.resources ?? {};
  const limited = {
    ...spec,
    linux: {
      ...spec.linux,
      resources: memory === 0 ? resources : { ...resources, memory: { limit: memory } },
    },
  };
  return withVariable(limited, "K3D_NODE_MEMORY", memory === 0 ? undefined : String(memory));
}

function withVariable(spec: ContainerSpec, name: string, value: string | undefined): ContainerSpec {
  const others = spec.process.env.filter((entry) => !entry.startsWith(`${name}=`));
  const env = value === undefined ? others : [...others, `${name}=${value}`];
  return { ...spec, process: { ...spec.process, env } };
}
