import { isK3dError } from "../../../errors/index.js";
import type { KubeconfigDocument } from "../../../kubeconfig/document.js";
import type { Check } from "../check.js";
import { ok, problem, type Verdict, warning } from "../finding.js";

/** Bits by which others than the owner may read or write a file. */
const OTHERS = 0o077;

/** Whether the kubeconfig can be read, written and locked, and whether what it says holds together. */
export const kubeconfigCheck: Check = {
  id: "kubeconfig",
  group: "k3d",
  async run({ kubeconfigStore: store, machine }, options) {
    const verdicts: Verdict[] = [];
    for (const path of store.paths) {
      try {
        if (path === store.defaultPath) await store.check(path, options);
        const document = await store.read(path);
        verdicts.push(...danglingEntries(document, path));
      } catch (error) {
        if (!isK3dError(error, "INVALID_CONFIG", "LOCKED")) throw error;
        verdicts.push(problem(error.message, error.hint ?? "Correct the file"));
        continue;
      }
      const mode = machine.platform === "win32" ? undefined : await machine.mode(path);
      if (mode !== undefined && (mode & OTHERS) !== 0) {
        verdicts.push(
          warning(
            `Others may read or write the keys in '${path}' (mode ${(mode & 0o777).toString(8)})`,
            `chmod 600 '${path}'`,
          ),
        );
      }
    }
    if (verdicts.length > 0) return verdicts;
    return [ok(`${store.defaultPath} can be read and written`)];
  },
};

function danglingEntries(document: KubeconfigDocument, path: string): Verdict[] {
  const contexts = document.contexts();
  const { currentContext: current } = document;
  const clusters = document.names("clusters");
  const users = document.names("users");
  const verdicts: Verdict[] = [];
  // Another file of KUBECONFIG may have it.
  if (
    current !== undefined &&
    contexts.length > 0 &&
    !contexts.some(({ name }) => name === current)
  ) {
    verdicts.push(
      warning(
        `The current context '${current}' is none of those in '${path}'`,
        "Choose one: k3d use CLUSTER, or kubectl config use-context NAME",
      ),
    );
  }
  const broken = contexts.filter(
    ({ cluster = "", user = "" }) => !clusters.includes(cluster) || !users.includes(user),
  );
  const [first] = broken;
  if (first !== undefined) {
    verdicts.push(
      warning(
        `Contexts in '${path}' name a cluster or user that is not in it: ${broken.map(({ name }) => name).join(", ")}`,
        `kubectl config delete-context ${first.name}`,
      ),
    );
  }
  return verdicts;
}
