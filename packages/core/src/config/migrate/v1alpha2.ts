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
  migrate(old) {
    const others = tree(old["options"]);
    const { extraServerArgs, extraAgentArgs, ...keptK3s } = tree(others["k3s"]);
    const serverArgs = array(extraServerArgs);
    const agentArgs = array(extraAgentArgs);
    const extraArgs = [
      ...serverArgs.map((arg) => ({ arg, nodeFilters: ["server:*"] })),
      ...agentArgs.map((arg) => ({ arg, nodeFilters: ["agent:*"] })),
    ];
    const { labels } = old;
    const options = withoutEmpty({
      ...others,
      ...("k3d" in others ? { k3d: withoutHostIpInjection(tree(others["k3d"])) } : {}),
      ...("k3s" in others
        ? { k3s: { ...keptK3s, ...(extraArgs.length === 0 ? {} : { extraArgs }) } }
        : {}),
      ...(labels === undefined ? {} : { runtime: { ...tree(others["runtime"]), labels } }),
    });
    const { labels: _, ...kept } = old;
    const config: Tree = withoutEmpty({
      ...kept,
      apiVersion: "k3d.io/v1alpha3",
      ...("registries" in old
        ? { registries: withRegistry(tree(old["registries"]), old["name"]) }
        : {}),
      ...(Object.keys(options).length === 0 && !("options" in old) ? {} : { options }),
    });
    return {
      config: withoutBrackets(config) as Tree,
      moves: argumentMoves(serverArgs.length, agentArgs.length),
    };
  },
};

const withoutHostIpInjection = ({ disableHostIPInjection: _, ...kept }: Tree): Tree => kept;

function argumentMoves(servers: number, agents: number): Move[] {
  const entry = (from: string, index: number, offset: number): Move => ({
    from: `options.k3s.${from}[${index}]`,
    to: `options.k3s.extraArgs[${offset + index}]`,
  });
  return [
    { from: "labels", to: "options.runtime.labels" },
    ...Array.from({ length: servers }, (_, index) => entry("extraServerArgs", index, 0)),
    ...Array.from({ length: agents }, (_, index) => entry("extraAgentArgs", index, servers)),
  ];
}

/** `create: true` in the words of v1alpha3. */
function withRegistry(registries: Tree, name: unknown): Tree {
  const { create, ...rest } = registries;
  if (create !== true) return rest;
  const cluster = typeof name === "string" ? name : DEFAULT_CLUSTER_NAME;
  return {
    ...registries,
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
