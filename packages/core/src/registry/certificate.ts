import { isIP } from "node:net";
import { K3dError } from "../errors/index.js";
import type { RegistryTls } from "./definition.js";

const DAY_MS = 86_400_000;
/** The longest that common clients accept for a server's certificate. */
const VALIDITY_DAYS = 825;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * A certificate for these host names and addresses, signed by an authority
 * made for it alone, whose key is thrown away.
 */
export async function selfSignedTls(
  names: readonly string[],
  now = new Date(),
): Promise<RegistryTls> {
  // The library composes itself with tsyringe, which refuses to load without this.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const { webcrypto: crypto } = await import("node:crypto");
  x509.cryptoProvider.set(crypto);
  const pair = () => crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const [authority, own] = await Promise.all([pair(), pair()]);
  const validity = {
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + (VALIDITY_DAYS - 1) * DAY_MS),
  };
  const issuer = `CN=k3d registry authority ${names[0] ?? ""}`.trim();
  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: issuer,
      keys: authority,
      signingAlgorithm: ALGORITHM,
      ...validity,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(authority.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${names[0] ?? "k3d registry"}`,
      issuer,
      publicKey: own.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: ALGORITHM,
      ...validity,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.privateKey)).toString(
    "base64",
  );
  return {
    certificate: pem(certificate.toString("pem")),
    key: `-----BEGIN PRIVATE KEY-----\n${key.replace(/(.{64})(?=.)/g, "$1\n")}\n-----END PRIVATE KEY-----\n`,
    ca: pem(ca.toString("pem")),
  };
}

/**
 * Checks a certificate that somebody brings: that the key is its own, and that
 * it names the registry.
 *
 * @throws `INVALID_INPUT`.
 */
export async function checkTls(tls: RegistryTls, name: string): Promise<RegistryTls> {
  const { X509Certificate, createPrivateKey } = await import("node:crypto");
  const read = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new K3dError("INVALID_INPUT", `The ${what} for the registry is not in PEM form`, {
        hint: "Give files that begin with -----BEGIN.",
        cause: error,
      });
    }
  };
  const certificate = read("certificate", () => new X509Certificate(tls.certificate));
  const key = read("private key", () => createPrivateKey(tls.key));
  const ca = tls.ca;
  if (ca !== undefined) read("certificate of the authority", () => new X509Certificate(ca));
  if (!certificate.checkPrivateKey(key)) {
    throw new K3dError(
      "INVALID_INPUT",
      "The private key does not belong to the registry's certificate",
    );
  }
  if (certificate.checkHost(name) === undefined) {
    throw new K3dError(
      "INVALID_INPUT",
      `The certificate is not for '${name}', by which nodes reach the registry`,
      {
        hint: `It names ${certificate.subjectAltName ?? "nothing"}; it must name DNS:${name}, and DNS:localhost for pushes from this machine.`,
      },
    );
  }
  if (new Date(certificate.validTo) < new Date()) {
    throw new K3dError(
      "INVALID_INPUT",
      `The registry's certificate is valid until ${certificate.validTo} only`,
    );
  }
  // Clients that trust no authority of it can trust the certificate itself.
  const selfSigned = certificate.checkIssued(certificate);
  return ca === undefined && selfSigned ? { ...tls, ca: tls.certificate } : tls;
}

const pem = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);
