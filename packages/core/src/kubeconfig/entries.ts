import { K3dError } from "../errors/index.js";
import { kubeContextName, kubeUserName } from "../model/names.js";
import type { KubeconfigEntries } from "./document.js";

interface RawKubeconfig {
  clusters?: { cluster?: Record<string, string> }[];
  users?: { user?: Record<string, string> }[];
}

/**
 * What k3s wrote for its admin, under k3d's names and with the address that
 * clients use.
 *
 * @throws `CONTAINER_FAILED` when `text` is not the kubeconfig of a k3s server.
 */
export async function kubeconfigEntries(
  text: string,
  cluster: string,
  server: string,
): Promise<KubeconfigEntries> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text);
  // Without errors: it may be half-written.
  const raw = document.errors.length > 0 ? null : (document.toJS() as RawKubeconfig | null);
  const ca = raw?.clusters?.[0]?.cluster?.["certificate-authority-data"];
  const user = raw?.users?.[0]?.user;
  const certificate = user?.["client-certificate-data"];
  const key = user?.["client-key-data"];
  if (ca === undefined || certificate === undefined || key === undefined) {
    throw new K3dError(
      "CONTAINER_FAILED",
      `The kubeconfig that cluster '${cluster}' wrote lacks its certificates`,
      {
        hint: "The server may still be starting; try again.",
      },
    );
  }
  return {
    contextName: kubeContextName(cluster),
    userName: kubeUserName(cluster),
    cluster: { "certificate-authority-data": ca, server },
    user: { "client-certificate-data": certificate, "client-key-data": key },
  };
}

/** The URL in kubeconfigs: scripts look for what the user named, be it every interface's address. */
export function kubeconfigUrl({ host, port = 0, clientHost }: ApiAddress): string {
  return clientHost === undefined ? apiUrl(host, port) : `https://${clientHost}:${port}`;
}

interface ApiAddress {
  host: string;
  port?: number;
  clientHost?: string;
}

/** URL for clients: an address that listens on everything is reached over loopback. */
export function apiUrl(host: string, port: number): string {
  const reachable = host === "0.0.0.0" || host === "::" || host === "" ? "127.0.0.1" : host;
  return `https://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
