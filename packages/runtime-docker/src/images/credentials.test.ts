import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findCredentials, helperRunner, type CredentialHelper } from "./credentials.js";

const HUB = "https://index.docker.io/v1/";
const auth = Buffer.from("me:pass:word").toString("base64");
const noHelper: CredentialHelper = async () => undefined;

describe("findCredentials", () => {
  it("decodes an entry of the file; the password may have colons", async () => {
    expect(
      await findCredentials(
        { auths: { "registry.example:5000": { auth } } },
        "registry.example:5000",
        noHelper,
      ),
    ).toEqual({
      username: "me",
      password: "pass:word",
      serveraddress: "registry.example:5000",
    });
  });

  it("knows Docker Hub by its old address", async () => {
    expect(
      await findCredentials({ auths: { [HUB]: { auth } } }, "docker.io", noHelper),
    ).toMatchObject({ username: "me", serveraddress: HUB });
  });

  it.each(["https://registry.example", "https://registry.example/v2/"])(
    "finds an entry filed under %s",
    async (key) => {
      expect(
        await findCredentials({ auths: { [key]: { auth } } }, "registry.example", noHelper),
      ).toMatchObject({ username: "me" });
    },
  );

  it("passes on an identity token", async () => {
    expect(
      await findCredentials({ auths: { r: { identitytoken: "token" } } }, "r", noHelper),
    ).toEqual({ identitytoken: "token", serveraddress: "r" });
  });

  it("asks the registry's own helper before the common one", async () => {
    const ask = vi.fn<CredentialHelper>(async (helper) => ({ Username: helper, Secret: "secret" }));
    const config = { credsStore: "common", credHelpers: { "registry.example": "own" } };
    expect(await findCredentials(config, "registry.example", ask)).toMatchObject({
      username: "own",
      password: "secret",
    });
    expect(await findCredentials(config, "other.example", ask)).toMatchObject({
      username: "common",
    });
    expect(ask.mock.calls).toEqual([
      ["own", "registry.example"],
      ["common", "other.example"],
    ]);
  });

  it("takes a helper's <token> for an identity token", async () => {
    expect(
      await findCredentials({ credsStore: "x" }, "docker.io", async () => ({
        Username: "<token>",
        Secret: "t",
      })),
    ).toEqual({
      identitytoken: "t",
      serveraddress: HUB,
    });
  });

  it("falls back to the file when the helper has none, and to nobody at last", async () => {
    expect(
      await findCredentials({ credsStore: "x", auths: { r: { auth } } }, "r", noHelper),
    ).toMatchObject({ username: "me" });
    expect(await findCredentials({}, "r", noHelper)).toBeUndefined();
    expect(await findCredentials({ auths: { r: {} } }, "r", noHelper)).toBeUndefined();
  });
});

describe("helperRunner", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "k3d-helper-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  async function helper(script: string): Promise<CredentialHelper> {
    const path = join(dir, "docker-credential-test");
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return helperRunner({ PATH: `${dir}:/usr/bin:/bin` });
  }

  it("sends the server and reads the answer", async () => {
    const ask = await helper(
      `read -r server; printf '{"Username":"%s","Secret":"%s"}' "$1" "$server"`,
    );
    expect(await ask("test", "registry.example")).toEqual({
      Username: "get",
      Secret: "registry.example",
    });
  });

  it("has nothing where the helper says so", async () => {
    const ask = await helper(`echo "credentials not found in native keychain"; exit 1`);
    expect(await ask("test", "registry.example")).toBeUndefined();
  });

  it("reports a helper that fails, and one that is not there", async () => {
    const ask = await helper("echo locked >&2; exit 3");
    await expect(ask("test", "r")).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      details: { exitCode: 3, stderr: "locked" },
    });
    await expect(ask("absent", "r")).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: expect.stringContaining("docker-credential-absent"),
    });
  });
});
