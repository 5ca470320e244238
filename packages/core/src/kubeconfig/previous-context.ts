import type { YAMLMap } from "yaml";

/**
 * Name of the extension of a context that tells which one was current before it: kubeconfig's own
 * place for what tools note. Source: `extensions` in
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#Context
 */
const EXTENSION = "k3d.io/previous-context";

interface NamedExtension {
  name?: unknown;
  extension?: { context?: unknown } | null;
}

/** The context that was current before this one became so; `undefined` where that is not known. */
export function previousOf(item: YAMLMap): string | undefined {
  const before = extensionsOf(item).find(({ name }) => name === EXTENSION)?.extension?.context;
  return typeof before === "string" && before !== "" ? before : undefined;
}

/** Notes it, or takes the note away. Extensions of others stay. */
export function setPrevious(item: YAMLMap, before: string | undefined): void {
  const known = extensionsOf(item);
  const others = known.filter(({ name }) => name !== EXTENSION);
  if (before === undefined && others.length === known.length) return;
  const all =
    before === undefined
      ? others
      : [...others, { name: EXTENSION, extension: { context: before } }];
  if (all.length > 0) item.setIn(["context", "extensions"], all);
  else item.deleteIn(["context", "extensions"]);
}

function extensionsOf(item: YAMLMap): NamedExtension[] {
  const { context } = item.toJSON() as { context?: { extensions?: unknown } | null };
  return Array.isArray(context?.extensions) ? (context.extensions as NamedExtension[]) : [];
}
