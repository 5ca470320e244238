import { X509Certificate } from "node:crypto";
import type { Server } from "node:https";
import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Objects } from "../api/objects.ts";
import { findResource, keyOf, type Resource } from "../api/resources.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { KeyedCertificate } from "../pki/types.ts";
import type { KubeObject } from "../store/types.ts";

const secrets = findResource("", "v1", "secrets") as Resource;
const stem = ["k3s-serving"];
const prefix = "listener.cattle.io/cn-";

/** Names and addresses in a certificate. */
export function sansOf(certPem: string): string[] {
  return (new X509Certificate(certPem).subjectAltName ?? "")
    .split(", ")
    .map((san) => normalize(san.replace(/^(DNS|IP Address):/, "")))
    .sort();
}

function normalize(san: string): string {
  return san.includes(":") ? new URL(`http://[${san}]`).hostname.slice(1, -1) : san;
}

function equalSans(certPem: string, sans: string[]): boolean {
  return isDeepStrictEqual(sansOf(certPem), [...new Set(sans.map(normalize))].sort());
}

/**
 * The certificate of port 6443: it names this server's SANs and, once the
 * datastore is up, those of all servers, shared through the secret
 * `kube-system/k3s-serving` as dynamiclistener does it for k3s.
 */
export class ServingCertificate {
  readonly #pki: ClusterPki;
  readonly #sans: string[];
  #server: Server | undefined;
  #current: KeyedCertificate | undefined;

  constructor(pki: ClusterPki, sans: string[]) {
    this.#pki = pki;
    this.#sans = sans;
  }

  async load(): Promise<KeyedCertificate> {
    const kept = await this.#pki.ensure("server", stem, this.#request(this.#sans));
    const names = new Set(sansOf(kept.certPem));
    const complete = this.#sans.every((san) => names.has(normalize(san)));
    this.#current = complete
      ? kept
      : await this.#pki.renew("server", stem, this.#request([...names, ...this.#sans]));
    return this.#current;
  }

  #request(sans: string[]): Parameters<ClusterPki["issue"]>[1] {
    return {
      commonName: "k3s",
      organizations: ["k3s"],
      sans: [...new Set(sans.map(normalize))].sort(),
      usages: ["server"],
    };
  }

  /** Options of the TLS server for a certificate. */
  contextOf(certificate: KeyedCertificate): { cert: string; key: string; ca: string } {
    return {
      cert: certificate.certPem + this.#pki.serverCa,
      key: certificate.keyPem,
      ca: this.#pki.clientCa,
    };
  }

  /** Shares this server's names with the others and follows theirs. */
  async share(server: Server, objects: Objects): Promise<void> {
    this.#server = server;
    objects.datastore.state.watch(
      keyOf(secrets, "kube-system", "k3s-serving"),
      objects.revision,
      ({ type, value }) => {
        if (type !== "DELETED")
          this.#adopt(value).catch((error: unknown) =>
            log.error(`Failed to update the serving certificate: ${messageOf(error)}`),
          );
      },
    );
    const own = Object.fromEntries(
      this.#sans.map((san) => [prefix + san.replaceAll(":", "-"), san]),
    );
    await objects.ensure(secrets, "kube-system", {
      metadata: { name: "k3s-serving", annotations: { ...annotationsOf(objects), ...own } },
      type: "kubernetes.io/tls",
    });
    // Another server may have made it at the same time, without this one's names.
    await this.#adopt(
      await objects.update(secrets, "kube-system", "k3s-serving", (found) => ({
        ...found,
        metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, ...own } },
      })),
    );
    const current = this.#current as KeyedCertificate;
    await objects.update(secrets, "kube-system", "k3s-serving", (found) => ({
      ...found,
      data: { "tls.crt": base64(current.certPem), "tls.key": base64(current.keyPem) },
    }));
  }

  async #adopt(secret: KubeObject): Promise<void> {
    const told = Object.entries(secret.metadata.annotations ?? {})
      .filter(([key]) => key.startsWith(prefix))
      .map(([, san]) => san);
    const sans = [...told, ...this.#sans];
    if (told.length === 0 || equalSans((this.#current as KeyedCertificate).certPem, sans)) return;
    this.#current = await this.#pki.renew("server", stem, this.#request(sans));
    this.#server?.setSecureContext(this.contextOf(this.#current));
  }
}

function annotationsOf(objects: Objects): Record<string, string> {
  return objects.find(secrets, "kube-system", "k3s-serving")?.metadata.annotations ?? {};
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
