import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveEndpoint } from "../resolve.js";
import { endpointUrl, remoteHostOf } from "../endpoint.js";
import { readSshSettings, type SshSettings } from "./settings.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-ssh-settings-"));
});
afterEach(() => rm(home, { recursive: true }));

const options = (env: RuntimeOptions["env"] = {}): RuntimeOptions => ({
  env: { USER: "me", ...env },
  homeDir: home,
  platform: "linux",
});

async function files(contents: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(contents)) {
    const path = join(home, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** The hosts on the way and the host, each as `user@host:port`. */
function wayOf({ via, username, host, port }: SshSettings): string[] {
  return [...(via ? wayOf(via) : []), `${username}@${host}:${port}`];
}

const way = async (host: string): Promise<string[]> =>
  wayOf(await readSshSettings({ host }, options()));

describe("readSshSettings", () => {
  it("follows ProxyJump: lists, entries of the hosts on the way, and none", async () => {
    await files({
      ".ssh/config": [
        "Host engine",
        "  HostName 10.0.0.5",
        "  ProxyJump a@first:2200,second",
        "Host second",
        "  HostName second.example.org",
        "  User b",
        "Host direct",
        "  ProxyJump none",
        "Host nested",
        "  ProxyJump engine",
        "Host old",
        "  ProxyCommand ssh -W %h:%p second",
        "Host *",
        "  User everybody",
        "Host direct",
        "  ProxyJump first",
      ].join("\n"),
    });
    expect(await way("engine")).toEqual([
      "a@first:2200",
      "b@second.example.org:22",
      "everybody@10.0.0.5:22",
    ]);
    expect(await way("direct")).toEqual(["everybody@direct:22"]);
    expect(await way("nested")).toEqual([...(await way("engine")), "everybody@nested:22"]);
    expect(await way("old")).toEqual(["b@second.example.org:22", "everybody@old:22"]);
  });

  it("refuses a way in a circle, and a command that it would have to run", async () => {
    await files({
      ".ssh/config":
        "Host a\n ProxyJump b\nHost b\n ProxyJump a\nHost c\n ProxyCommand nc -X 5 %h %p\nHost d\n ProxyJump :22\n",
    });
    for (const [host, words] of [
      ["a", "in a circle"],
      ["c", "ProxyCommand"],
      ["d", "names no host"],
    ] as const) {
      await expect(way(host)).rejects.toMatchObject({
        code: "INVALID_CONFIG",
        message: expect.stringContaining(words),
        hint: expect.any(String),
      });
    }
  });

  it("reads included files in the place where they are included", async () => {
    await files({
      ".ssh/config": 'Include conf.d/*.conf "~/other dir/extra"\nHost *\n  User last\n',
      ".ssh/conf.d/1.conf": "Host colima\n  HostName 127.0.0.1\n  Port 2201\n  User lima\n",
      ".ssh/conf.d/2.conf": "Host orb\n  Port 32222\n",
      ".ssh/conf.d/ignored": "Host orb\n  Port 1\n",
      "other dir/extra": "Host orb\n  User extra\n",
    });
    expect(await way("colima")).toEqual(["lima@127.0.0.1:2201"]);
    expect(await way("orb")).toEqual(["extra@orb:32222"]);
  });

  it("takes agents and known hosts from where they are named", async () => {
    await files({
      ".ssh/config": [
        "Host engine",
        '  IdentityAgent "~/Group Containers/agent.sock"',
        "  UserKnownHostsFile ~/mine ~/theirs",
        "  GlobalKnownHostsFile none",
        "  HostKeyAlias the-engine",
        "  StrictHostKeyChecking accept-new",
        "Host variable",
        "  IdentityAgent $OTHER_AGENT",
        "Host without",
        "  IdentityAgent none",
      ].join("\n"),
      theirs: "the-engine ssh-ed25519 AAAA\n",
    });
    const env = { SSH_AUTH_SOCK: "/agent", OTHER_AGENT: "/other" };
    const read = (host: string) => readSshSettings({ host }, options(env));
    expect(await read("engine")).toMatchObject({
      agent: join(home, "Group Containers/agent.sock"),
      hostKeyAlias: "the-engine",
      knownHosts: [{ patterns: "the-engine" }],
      knownHostsFile: join(home, "mine"),
      strictHostKeyChecking: "accept-new",
    });
    expect((await read("variable")).agent).toBe("/other");
    expect((await read("without")).agent).toBeUndefined();
    expect((await read("any")).agent).toBe("/agent");
  });
});

describe("where an engine behind ssh is", () => {
  it("is the address behind an alias, which nobody else knows", async () => {
    await files({
      ".ssh/config":
        "Host build\n HostName build.example.org\nHost vm\n HostName 127.0.0.1\n Port 60022\nHost inner\n HostName 127.0.0.1\n ProxyJump build\n",
    });
    const located = async (host: string) => {
      const endpoint = await resolveEndpoint({ ...options(), engine: { host } });
      return [endpointUrl(endpoint), remoteHostOf(endpoint)];
    };
    expect(await located("ssh://build")).toEqual(["ssh://build", "build.example.org"]);
    // A virtual machine's forwarded port; what it publishes is forwarded as well.
    expect(await located("ssh://vm")).toEqual(["ssh://vm", undefined]);
    expect(await located("ssh://inner")).toEqual(["ssh://inner", "build.example.org"]);
  });
});
