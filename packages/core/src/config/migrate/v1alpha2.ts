import { formatNodeFilter, parseNodeFilter } from "../../filters/index.js";
import { DEFAULT_CLUSTER_NAME, defaultRegistryName } from "../../model/index.js";
import { type Tree, isTree } from "../tree.js";
import type { Migration, Move } from "./step.js";

/**
 * v1alpha2 → v1alpha3: labels of containers move to `options.runtime`, k3s
 * arguments become one list with filters, a registry to create becomes an
 * object, and filters lose their brackets.
 */
export const fromV1alpha2: Migration = {
  from: "k3d.io/v1alpha2",
  to: "k3d.io/v1alpha3",
  migrate({ labels, options, registries, ...rest }) {
    const { k3d, k3s, runtime, ...otherOptions } = tree(options);
    const { extraServerArgs, extraAgentArgs } = tree(k3s);
    const { disableHostIPInjection: _, ...keptK3d } = tree(k3d);
    const serverArgs = array(extraServerArgs);
    const agentArgs = array(extraAgentArgs);
    const extraArgs = [
      ...serverArgs.map((arg) => ({ arg, nodeFilters: ["server:*"] })),
      ...agentArgs.map((arg) => ({ arg, nodeFilters: ["agent:*"] })),
    ];
    const newOptions = withoutEmpty({
      ...otherOptions,
      k3d: keptK3d,
      k3s: extraArgs.length === 0 ? {} : { extraArgs },
      runtime: { ...tree(runtime), ...(labels === undefined ? {} : { labels }) },
    });
    const config: Tree = {
      ...rest,
      apiVersion: "k3d.io/v1alpha3",
      ...withoutEmpty({
        registries: withRegistry(tree(registries), rest["name"]),
        options: newOptions,
      }),
    };
    return {
      config: withoutBrackets(config) as Tree,
      moves: argumentMoves(serverArgs.length, agentArgs.length),
    };
  },
};

function argumentMoves(servers: number, agents: number): Move[] {
  const move = (from: string, index: number, offset: number): Move => ({
    from: `options.k3s.${from}[${index}]`,
    to: `options.k3s.extraArgs[${offset + index}]`,
  });
  return [
    { from: "labels", to: "options.runtime.labels" },
    ...Array.from({ length: servers }, (_, index) => move("extraServerArgs", index, 0)),
    ...Array.from({ length: agents }, (_, index) => move("extraAgentArgs", index, servers)),
  ];
}

/** `create: true` in the words of v1alpha3. */
function withRegistry({ create, ...rest }: Tree, name: unknown): Tree {
  if (create !== true) return rest;
  const cluster = typeof name === "string" ? name : DEFAULT_CLUSTER_NAME;
  return {
    ...rest,
    create: { name: defaultRegistryName(cluster), host: "0.0.0.0", hostPort: "random" },
  };
}

function withoutBrackets(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    return value.map((item) =>
      key === "nodeFilters" && typeof item === "string" ? colonFilter(item) : withoutBrackets(item),
    );
  }
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, withoutBrackets(child, name)]),
  );
}

/** The filter in the newer grammar; one that cannot be parsed is kept for the later check to refuse. */
function colonFilter(filter: string): string {
  if (!filter.includes("[")) return filter;
  try {
    return formatNodeFilter(parseNodeFilter(filter));
  } catch {
    return filter;
  }
}

const withoutEmpty = (fields: Tree): Tree =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => !isTree(value) || Object.keys(value).length > 0),
  );
const tree = (value: unknown): Tree => (isTree(value) ? value : {});
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
