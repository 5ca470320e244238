import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkTls, selfSignedTls } from "./certificate.js";

describe("selfSignedTls", () => {
  it("makes a certificate for all names that its own authority vouches for", async () => {
    const tls = await selfSignedTls(["k3d-dev", "localhost", "127.0.0.1", "::1"]);
    const certificate = new X509Certificate(tls.certificate);
    const authority = new X509Certificate(tls.ca ?? "");
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(authority.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkHost("k3d-dev")).toBe("k3d-dev");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkIP("::1")).toBeDefined();
    await expect(checkTls(tls, "k3d-dev")).resolves.toEqual(tls);
  });
});

describe("checkTls", () => {
  it("refuses a certificate for other names", async () => {
    const tls = await selfSignedTls(["elsewhere"]);
    await expect(checkTls(tls, "k3d-dev")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("DNS:elsewhere") as string,
    });
  });

  it("refuses another one's key", async () => {
    const [one, other] = await Promise.all([
      selfSignedTls(["k3d-dev"]),
      selfSignedTls(["k3d-dev"]),
    ]);
    await expect(checkTls({ ...one, key: other.key }, "k3d-dev")).rejects.toThrow(
      /does not belong/,
    );
  });

  it("refuses one that has ended", async () => {
    const tls = await selfSignedTls(["k3d-dev"], new Date("2020-01-01"));
    await expect(checkTls(tls, "k3d-dev")).rejects.toThrow(/valid until/);
  });

  it.each(["certificate", "key", "ca"] as const)(
    "refuses a %s that is none, without repeating it",
    async (part) => {
      const tls = await selfSignedTls(["k3d-dev"]);
      await expect(checkTls({ ...tls, [part]: "nonsense" }, "k3d-dev")).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.not.stringContaining("nonsense") as string,
      });
    },
  );
});
