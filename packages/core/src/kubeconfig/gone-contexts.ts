import { OBJECT_PREFIX, kubeContextName, kubeUserName } from "../model/names.js";
import type { KubeconfigDocument } from "./document.js";

/** Decides whether a cluster of this name is anywhere, and whether a server's address is this machine's or the engine's. */
export interface KubeconfigFacts {
  exists(cluster: string): boolean;
  isHere(host: string): boolean;
}

/**
 * Clusters that are nowhere, of contexts that k3d made: by their three names and an address that a
 * cluster of this engine has.
 */
export function goneContexts(document: KubeconfigDocument, facts: KubeconfigFacts): string[] {
  return document.contexts().flatMap(({ name, cluster, user, server }) => {
    if (!name.startsWith(`${OBJECT_PREFIX}-`) || server === undefined || !URL.canParse(server))
      return [];
    const owner = name.slice(OBJECT_PREFIX.length + 1);
    const ours = cluster === kubeContextName(owner) && user === kubeUserName(owner);
    return ours && !facts.exists(owner) && facts.isHere(new URL(server).hostname) ? [owner] : [];
  });
}
