import { access, chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
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

  async function helper(script: string, signal?: AbortSignal): Promise<CredentialHelper> {
    const path = join(dir, "docker-credential-test");
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return helperRunner({ PATH: `${dir}:/usr/bin:/bin` }, signal);
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

  it("ends with the abort, whenever it comes", async () => {
    const controller = new AbortController();
    const ready = join(dir, "ready");
    const ask = await helper(`: >'${ready}'; exec sleep 60`, controller.signal);
    const answer = ask("test", "r");
    answer.catch(() => undefined);
    await vi.waitFor(() => access(ready));
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: "ABORTED" });
    await expect(ask("test", "r")).rejects.toMatchObject({ code: "ABORTED" });
  });

  it.each(["my-password", '{"Username":"me","Secret":"my-password"', '"my-password"', "null"])(
    "keeps what is not an answer to itself: %s",
    async (output) => {
      const ask = await helper(`printf '%s' '${output}'`);
      const error: unknown = await ask("test", "r").catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "COMMAND_FAILED" });
      expect(error).not.toHaveProperty("cause");
      expect(inspect(error, { depth: 10 })).not.toContain("my-password");
    },
  );

  it("keeps the standard output of a helper that fails to itself", async () => {
    const ask = await helper("echo my-password; exit 1");
    const error: unknown = await ask("test", "r").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "COMMAND_FAILED", details: { exitCode: 1 } });
    expect(inspect(error, { depth: 10 })).not.toContain("my-password");
  });
});
