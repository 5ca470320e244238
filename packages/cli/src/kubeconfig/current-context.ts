import { homedir } from "node:os";
import { fileKubeconfigStore } from "@k3d/core";

/** The current context of the default kubeconfig; `undefined` where there is none, or none that can be read. */
export async function currentContext(): Promise<string | undefined> {
  const store = fileKubeconfigStore(process.env, homedir());
  return store.read(store.defaultPath).then(
    (document) => document.currentContext,
    () => undefined,
  );
}
