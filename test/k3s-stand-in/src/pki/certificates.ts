import "reflect-metadata";
import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  X509Certificate,
  webcrypto,
} from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as PeculiarCertificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { IssueRequest, KeyedCertificate } from "./types.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const signing = { name: "ECDSA", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1000;

function toCryptoKey(pem: string, usages: webcrypto.KeyUsage[]): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(algorithm, true, usages);
}

function newKey(): { keyPem: string; publicKey: webcrypto.CryptoKey } {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    keyPem: pair.privateKey.export({ type: "sec1", format: "pem" }) as string,
    publicKey: pair.publicKey.toCryptoKey(algorithm, true, ["verify"]),
  };
}

function serial(): string {
  const bytes = randomBytes(8);
  bytes[0] = (bytes[0] as number) & 0x7f;
  return bytes.toString("hex");
}

function pemOf(certificate: PeculiarCertificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

/** A self-signed CA named like k3s' own, `<name>@<unix time>`, valid for ten years. */
export async function createAuthority(name: string): Promise<KeyedCertificate> {
  const { keyPem, publicKey } = newKey();
  const now = Math.floor(Date.now() / 1000) * 1000;
  const subject = `CN=${name}@${now / 1000}`;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: subject,
    notBefore: new Date(now),
    notAfter: new Date(now + 3650 * day),
    publicKey,
    signingKey: toCryptoKey(keyPem, ["sign"]),
    signingAlgorithm: signing,
    extensions: [
      new KeyUsagesExtension(
        KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign,
        true,
      ),
      new BasicConstraintsExtension(true, undefined, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certPem: pemOf(certificate), keyPem };
}

function subjectOf(request: IssueRequest): string {
  const escape = (text: string): string => text.replace(/([,+"\\<>;=])/g, "\\$1");
  return [
    ...(request.organizations ?? []).map((name) => `O=${escape(name)}`),
    `CN=${escape(request.commonName)}`,
  ].join(",");
}

/** A leaf certificate with a new key, or for `request.keyPem`, valid for one year. */
export async function issueCertificate(
  authority: KeyedCertificate,
  request: IssueRequest,
): Promise<KeyedCertificate> {
  const issuer = new PeculiarCertificate(authority.certPem);
  const own = request.keyPem ? undefined : newKey();
  const keyPem = request.keyPem ?? (own as { keyPem: string }).keyPem;
  const publicKey = own?.publicKey ?? (await publicKeyOf(keyPem));
  const names: JsonGeneralName[] = (request.sans ?? []).map((san) => ({
    type: isIP(san) ? "ip" : "dns",
    value: san,
  }));
  const extensions: Extension[] = [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
    new ExtendedKeyUsageExtension(
      request.usages.map((usage) =>
        usage === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
      ),
    ),
    await AuthorityKeyIdentifierExtension.create(issuer),
  ];
  if (names.length > 0) extensions.push(new SubjectAlternativeNameExtension(names));
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subjectOf(request),
    issuer: issuer.subject,
    notBefore: issuer.notBefore,
    notAfter: new Date(Math.floor(Date.now() / 1000) * 1000 + 365 * day),
    publicKey,
    signingKey: toCryptoKey(authority.keyPem, ["sign"]),
    signingAlgorithm: signing,
    extensions,
  });
  return { certPem: pemOf(certificate), keyPem };
}

async function publicKeyOf(keyPem: string): Promise<webcrypto.CryptoKey> {
  const jwk = createPrivateKey(keyPem).export({ format: "jwk" });
  delete jwk["d"];
  return webcrypto.subtle.importKey("jwk", jwk, algorithm, true, ["verify"]);
}

/** `CN=…,O=… signed by CN=…: notBefore=… notAfter=…`, as k3s logs every certificate that it makes. */
export function describeCertificate(pem: string): string {
  const certificate = new X509Certificate(pem);
  const name = (text: string): string => text.split("\n").toReversed().join(",");
  const time = (text: string): string =>
    new Date(text).toISOString().replace("T", " ").replace(".000Z", " +0000 UTC");
  return `certificate ${name(certificate.subject)} signed by ${name(certificate.issuer)}: notBefore=${time(certificate.validFrom)} notAfter=${time(certificate.validTo)}`;
}
