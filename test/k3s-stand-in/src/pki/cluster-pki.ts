import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { log } from "../log.ts";
import type { Paths } from "../paths.ts";
import type { IssueRequest, KeyedCertificate } from "./types.ts";

/** The certificate authorities of a cluster, shared by all its servers. */
const authorities = {
  server: { name: "k3s-server-ca", file: ["server-ca"] },
  client: { name: "k3s-client-ca", file: ["client-ca"] },
  requestHeader: { name: "k3s-request-header-ca", file: ["request-header-ca"] },
  etcdServer: { name: "etcd-server-ca", file: ["etcd", "server-ca"] },
  etcdPeer: { name: "etcd-peer-ca", file: ["etcd", "peer-ca"] },
} as const;

export type AuthorityName = keyof typeof authorities;

/** Bootstrap data that a joining server receives: authorities by name. */
export type Bootstrap = Record<AuthorityName, KeyedCertificate>;

export function writePrivate(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, content, { mode: 0o600 });
}

/** Loads and creates certificates below `server/tls`, at the paths that k3s uses. */
export class ClusterPki {
  readonly #paths: Paths;

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  #files(...stem: string[]): { cert: string; key: string } {
    const path = this.#paths.tls(...stem);
    return { cert: `${path}.crt`, key: `${path}.key` };
  }

  #read(...stem: string[]): KeyedCertificate | undefined {
    const { cert, key } = this.#files(...stem);
    if (!existsSync(cert) || !existsSync(key)) return undefined;
    return { certPem: readFileSync(cert, "utf8"), keyPem: readFileSync(key, "utf8") };
  }

  #write(value: KeyedCertificate, ...stem: string[]): void {
    const { cert, key } = this.#files(...stem);
    writePrivate(cert, value.certPem);
    writePrivate(key, value.keyPem);
  }

  authority(name: AuthorityName): KeyedCertificate {
    const found = this.#read(...authorities[name].file);
    if (!found) throw new Error(`authority ${authorities[name].name} has not been created`);
    return found;
  }

  /** Path of the CA that agents and kubectl verify the server with. */
  get serverCaFile(): string {
    return this.#files("server-ca").cert;
  }

  get serverCa(): string {
    return this.authority("server").certPem;
  }

  get clientCa(): string {
    return this.authority("client").certPem;
  }

  /** Creates every authority that is missing. */
  async ensureAuthorities(): Promise<void> {
    for (const { name, file } of Object.values(authorities)) {
      if (this.#read(...file)) continue;
      const { createAuthority } = await import("./certificates.ts");
      this.#write(await createAuthority(name), ...file);
    }
  }

  exportBootstrap(): Bootstrap {
    return Object.fromEntries(
      Object.keys(authorities).map((name) => [name, this.authority(name as AuthorityName)]),
    ) as Bootstrap;
  }

  importBootstrap(bootstrap: Bootstrap): void {
    for (const name of Object.keys(authorities) as AuthorityName[])
      this.#write(bootstrap[name], ...authorities[name].file);
  }

  /** Issues without keeping it. */
  async issue(by: AuthorityName, request: IssueRequest): Promise<KeyedCertificate> {
    const { issueCertificate } = await import("./certificates.ts");
    return issueCertificate(this.authority(by), request);
  }

  /** The kept certificate at this path, or a new one that is then kept. */
  async ensure(
    by: AuthorityName,
    stem: string[],
    request: IssueRequest,
  ): Promise<KeyedCertificate> {
    const found = this.#read(...stem);
    if (found) return found;
    return this.renew(by, stem, request);
  }

  /** Issues anew, keeping the private key where there is one. */
  async renew(by: AuthorityName, stem: string[], request: IssueRequest): Promise<KeyedCertificate> {
    const before = this.#read(...stem);
    const { issueCertificate, describeCertificate } = await import("./certificates.ts");
    const made = await issueCertificate(
      this.authority(by),
      before ? { ...request, keyPem: before.keyPem } : request,
    );
    this.#write(made, ...stem);
    log.info(describeCertificate(made.certPem));
    return made;
  }
}

/** Hash in a `K10…` token: SHA-256 over the literal bytes of the CA file. */
export function hashOfCa(pem: string): string {
  return createHash("sha256").update(pem).digest("hex");
}
