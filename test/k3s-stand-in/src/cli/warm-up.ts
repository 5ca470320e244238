/** Loads the modules that a boot needs, so that their compiled code can be kept with the image. */
export async function warmUp(): Promise<void> {
  await Promise.all([
    import("../run.ts"),
    import("../server/boot.ts"),
    import("yaml"),
    import("node:sqlite"),
    import("../images/cli.ts"),
  ]);
  const { createAuthority, issueCertificate, describeCertificate } =
    await import("../pki/certificates.ts");
  const authority = await createAuthority("warm-up");
  const leaf = await issueCertificate(authority, {
    commonName: "warm-up",
    organizations: ["k3s"],
    sans: ["localhost", "127.0.0.1"],
    usages: ["server", "client"],
  });
  describeCertificate(leaf.certPem);
}
