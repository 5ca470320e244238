import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostsFor } from "./hosts.ts";
import { type Registries, writeHosts } from "./registries.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "k3s-si-certs-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function registries(
  mirrors: Registries["mirrors"],
  configs: Registries["configs"] = {},
): Registries {
  return { mirrors, configs };
}

async function urls(registry: string): Promise<string[]> {
  return (await hostsFor(registry, directory)).map(({ url }) => url);
}

test("mirrors come before the registry itself", async () => {
  writeHosts(
    directory,
    registries({
      "docker.io": { endpoint: ["http://mirror:5000", "mirror2:5000", "https://other/path"] },
    }),
    false,
  );
  expect(await urls("docker.io")).toEqual([
    "http://mirror:5000/v2",
    "https://mirror2:5000/v2",
    "https://other/path",
    "https://registry-1.docker.io/v2",
  ]);
  expect(await urls("quay.io")).toEqual(["https://quay.io/v2"]);
});

test("the registry's own endpoint, given last, replaces the default", async () => {
  writeHosts(
    directory,
    registries({ "reg:5000": { endpoint: ["http://mirror", "https://reg:5000"] } }),
    false,
  );
  expect(await urls("reg:5000")).toEqual(["http://mirror/v2", "https://reg:5000/v2"]);
  expect(readFileSync(join(directory, "reg:5000", "hosts.toml"), "utf8")).toContain(
    'server = "https://reg:5000/v2"',
  );
});

test("a plain-http endpoint under the registry's own name is a mirror of it", async () => {
  writeHosts(
    directory,
    registries({ "k3d-reg:5000": { endpoint: ["http://k3d-reg:5000"] } }),
    false,
  );
  expect(await urls("k3d-reg:5000")).toEqual(["http://k3d-reg:5000/v2", "https://k3d-reg:5000/v2"]);
});

test("without default endpoint only the mirrors are left", async () => {
  writeHosts(directory, registries({ "docker.io": { endpoint: ["http://mirror"] } }), true);
  expect(await urls("docker.io")).toEqual(["http://mirror/v2"]);
});

test("* is the default for registries without their own entry", async () => {
  writeHosts(
    directory,
    registries({
      "*": { endpoint: ["http://any"] },
      "quay.io": { endpoint: ["http://quay-mirror"] },
    }),
    false,
  );
  expect(await urls("ghcr.io")).toEqual(["http://any/v2", "https://ghcr.io/v2"]);
  expect(await urls("quay.io")).toEqual(["http://quay-mirror/v2", "https://quay.io/v2"]);
});

test("TLS settings and rewrites belong to their endpoint", async () => {
  const ca = join(directory, "ca.crt");
  writeFileSync(ca, "CA");
  writeHosts(
    directory,
    registries(
      { "r.io": { endpoint: ["https://m:1"], rewrite: { "^(.*)$": "p/$1" } } },
      { "m:1": { tls: { ca_file: ca, insecure_skip_verify: true } } },
    ),
    false,
  );
  const [mirror, upstream] = await hostsFor("r.io", directory);
  expect(mirror).toMatchObject({ ca: "CA", skipVerify: true, rewrites: [[/^(.*)$/, "p/$1"]] });
  expect(upstream).toMatchObject({ ca: undefined, skipVerify: false, rewrites: [] });
});

test("a registry that is only configured keeps its settings, one without any needs no file", () => {
  writeHosts(
    directory,
    registries({ "plain.io": {} }, { "auth.io": { auth: { username: "u" } }, "empty.io": {} }),
    false,
  );
  expect(readdirSync(directory)).toEqual(["auth.io"]);
});

test("files of an earlier boot go, foreign ones stay", () => {
  writeHosts(directory, registries({ "old.io": { endpoint: ["http://a"] } }), false);
  mkdirSync(join(directory, "mine.io"));
  writeFileSync(join(directory, "mine.io", "hosts.toml"), 'server = "https://mine"\n');
  writeHosts(directory, registries({ "new.io": { endpoint: ["http://a"] } }), false);
  expect(readdirSync(directory).sort()).toEqual(["mine.io", "new.io"]);
  writeHosts(directory, undefined, false);
  expect(readdirSync(directory)).toEqual(["mine.io"]);
});
