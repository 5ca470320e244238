import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entriesFor, judge, parseKnownHosts, rememberHost } from "./known-hosts.js";

const KEY = Buffer.from("the host's key");
const OTHER = Buffer.from("another key");
const line = (patterns: string, key = KEY): string =>
  `${patterns} ssh-ed25519 ${key.toString("base64")} comment`;

function hashed(name: string): string {
  const salt = Buffer.from("twenty bytes of salt");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

describe("known hosts", () => {
  it.each([
    ["a plain name", "engine", "engine", 22, "known"],
    ["one of several names", "other,engine", "engine", 22, "known"],
    ["a port of its own", "[engine]:2222", "engine", 2222, "known"],
    ["another port", "[engine]:2222", "engine", 22, "unknown"],
    ["a pattern", "*.example.org", "a.example.org", 22, "known"],
    ["a pattern with an exception", "*.example.org,!a.example.org", "a.example.org", 22, "unknown"],
    ["a hashed name", hashed("engine"), "engine", 22, "known"],
    ["a hashed name with a port", hashed("[engine]:2222"), "engine", 2222, "known"],
    ["a name in capitals, hashed", hashed("engine"), "Engine", 22, "known"],
    ["an address of IPv6", "fd00::1", "fd00::1", 22, "known"],
    ["an address of IPv6 with a port", "[fd00::1]:2222", "fd00::1", 2222, "known"],
    ["a line of an authority", "@cert-authority *", "engine", 22, "unknown"],
    ["a mark that nobody knows", "@later engine", "engine", 22, "unknown"],
    ["a dot that stands for itself", "a.example.org", "aXexample.org", 22, "unknown"],
  ])("%s", (_, patterns, host, port, verdict) => {
    expect(judge(entriesFor(parseKnownHosts(line(patterns)), host, port), KEY)).toBe(verdict);
  });

  it("tells a changed key from an unknown host", () => {
    const hosts = parseKnownHosts(line("engine"));
    expect(judge(entriesFor(hosts, "engine"), OTHER)).toBe("changed");
    expect(judge(entriesFor(hosts, "stranger"), OTHER)).toBe("unknown");
  });

  it("refuses a revoked key even if it is known, too", () => {
    const hosts = parseKnownHosts([line("engine"), `@revoked ${line("*")}`].join("\n"));
    expect(judge(entriesFor(hosts, "engine"), KEY)).toBe("revoked");
    expect(judge(entriesFor(hosts, "engine"), OTHER)).toBe("changed");
  });

  it("passes over comments and broken lines", () => {
    expect(
      parseKnownHosts(["# comment", "", "broken", "@revoked", "@revoked x"].join("\n")),
    ).toEqual([]);
  });

  it("does not take an authority's own key for a host's", () => {
    const hosts = parseKnownHosts(
      [`@cert-authority ${line("*")}`, line("engine", OTHER)].join("\n"),
    );
    expect(judge(entriesFor(hosts, "engine"), KEY)).toBe("changed");
    expect(judge(entriesFor(hosts, "engine"), OTHER)).toBe("known");
  });
});

describe("rememberHost", () => {
  const key = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from("ssh-ed25519"),
    Buffer.from("key"),
  ]);

  it("makes a key known, once, after what is there", async () => {
    const directory = await mkdtemp(join(tmpdir(), "k3d-ssh-"));
    try {
      const file = join(directory, ".ssh", "known_hosts");
      await rememberHost(file, "engine", 2222, key);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await writeFile(file, (await readFile(file, "utf8")).trimEnd());
      await rememberHost(file, "other", 22, key);
      await rememberHost(file, "other", 22, key);
      const hosts = parseKnownHosts(await readFile(file, "utf8"));
      expect(hosts.map(({ patterns, type }) => [patterns, type])).toEqual([
        ["[engine]:2222", "ssh-ed25519"],
        ["other", "ssh-ed25519"],
      ]);
      expect(judge(entriesFor(hosts, "engine", 2222), key)).toBe("known");
      expect(judge(entriesFor(hosts, "other"), Buffer.from("another"))).toBe("changed");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("does not mind a file that cannot be written", async () => {
    await rememberHost("/dev/null/known_hosts", "engine", 22, key);
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });
});
