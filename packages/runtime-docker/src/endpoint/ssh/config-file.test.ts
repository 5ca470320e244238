import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SshTarget } from "./target.js";
import { readSshSettings } from "./settings.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-ssh-config-"));
  await mkdir(join(home, ".ssh"));
});
afterEach(() => rm(home, { recursive: true }));

const ME = userInfo().username;
const HAS_SSH = spawnSync("ssh", ["-V"]).status === 0;

/** What k3d makes of a file: `user@host:port`. `HERE` in it is the directory of the file. */
async function read(text: string, target: SshTarget): Promise<string> {
  await writeFile(join(home, ".ssh", "config"), text.replaceAll("HERE", join(home, ".ssh")));
  const options: RuntimeOptions = { env: { USER: ME }, homeDir: home, platform: "linux" };
  const { username, host, port } = await readSshSettings(target, options);
  return `${username}@${host}:${port}`;
}

/** What OpenSSH's client makes of the same. */
function opensshReads({ host, username, port }: SshTarget): string {
  const said = execFileSync(
    "ssh",
    [
      "-G",
      "-F",
      join(home, ".ssh", "config"),
      ...(username === undefined ? [] : ["-l", username]),
      ...(port === undefined ? [] : ["-p", String(port)]),
      host,
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  ).toString();
  const value = (keyword: string): string =>
    new RegExp(`^${keyword} (.*)$`, "m").exec(said)?.[1] ?? "";
  return `${value("user")}@${value("hostname")}:${value("port")}`;
}

describe("the configuration of OpenSSH's client", () => {
  it.each<[why: string, text: string, target: SshTarget, wanted: string]>([
    ["nothing is said", "", { host: "engine" }, `${ME}@engine:22`],
    [
      "the first value counts",
      "Port 1\nHost engine\n Port 2\n User a\nHost *\n User b",
      { host: "engine" },
      "a@engine:1",
    ],
    [
      "an exception ends a match",
      "Host * !engine\n User a\nHost eng?ne other\n User b",
      { host: "engine" },
      "b@engine:22",
    ],
    [
      "an exception alone matches nothing",
      "Host !other\n User a",
      { host: "engine" },
      `${ME}@engine:22`,
    ],
    [
      "equals signs, quotes and comments",
      '# a\nHost = "engine" # b\n\tuser="a b"\n  PORT=2 # c\r\n',
      { host: "engine" },
      "a b@engine:2",
    ],
    [
      "the address goes before the file, and Match sees it",
      "Match user a\n Port 2\nHost engine\n User b\n Port 3",
      { host: "engine", username: "a" },
      "a@engine:2",
    ],
    [
      "Match of the name that HostName gave, and of the one that was asked for",
      "Host engine\n hostname %h.example.org\nMatch host *.org originalhost engine\n User a",
      { host: "engine" },
      "a@engine.example.org:22",
    ],
    [
      "Match with an exception",
      "Match !host engine\n User a\nMatch host *,!other\n User b",
      { host: "engine" },
      "b@engine:22",
    ],
    [
      "Match exec, with tokens",
      'Match host engine exec "test %n-%p = engine-22"\n User a\nMatch exec false\n User b',
      { host: "engine" },
      "a@engine:22",
    ],
    [
      "Match !exec, and localuser",
      `Match !exec "true"\n User a\nMatch localuser ${ME}\n User b`,
      { host: "engine" },
      "b@engine:22",
    ],
    [
      "Match final sees the name that HostName gave",
      "Match final host 10.*\n User a\nHost 10.0.0.5\n Port 2\nHost engine\n HostName 10.0.0.5\nMatch all\n Port 3",
      { host: "engine" },
      "a@10.0.0.5:3",
    ],
    [
      "what is included ends no block of the file that includes it",
      "Include HERE/other\nUser a\nHost x\n Include HERE/other\n Port 4",
      { host: "engine" },
      "a@engine:22",
    ],
    [
      "what is included where another host is spoken of does not count",
      "Host x\n Include HERE/engine\nHost *\n User a",
      { host: "engine" },
      "a@engine:22",
    ],
    [
      "several files are included, and those that are not there",
      'Include HERE/none "HERE/en*" HERE/other\nHost *\n Port 5',
      { host: "engine" },
      "included@engine:5",
    ],
    ["a circle of includes ends", "User a\nInclude HERE/circle", { host: "engine" }, "a@engine:22"],
    [
      "an address of IPv6",
      "Host fd00::*\n User a\n Port 2",
      { host: "fd00::1", port: 2222 },
      "a@fd00::1:2222",
    ],
  ])("%s", async (why, text, target, wanted) => {
    await writeFile(join(home, ".ssh", "other"), "Host other\n User other\n Port 9\n");
    await writeFile(join(home, ".ssh", "engine"), "Host engine\n User included\n");
    await writeFile(join(home, ".ssh", "circle"), `Include ${join(home, ".ssh", "circle")}\n`);
    expect(await read(text, target)).toBe(wanted);
    if (HAS_SSH && !why.includes("circle")) expect(opensshReads(target)).toBe(wanted);
  });

  it.each(["Port many", "Port 0", "Port 70000"])("refuses %s", async (text) => {
    await expect(read(text, { host: "engine" })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("Port of engine"),
    });
  });

  it("makes paths of tokens, variables and ~", async () => {
    const text = [
      "Host engine",
      "  HostName engine.example.org",
      "  User a",
      "  IdentityFile ~/.ssh/%n-%h-%r-%p-%%h",
      '  IdentityFile "${KEYS}/one key"',
      "  UserKnownHostsFile ~/.ssh/known-%k",
      "  HostKeyAlias alias",
    ].join("\n");
    await writeFile(join(home, ".ssh", "config"), text);
    await writeFile(join(home, ".ssh", "engine-engine.example.org-a-22-%h"), "1");
    await writeFile(join(home, "one key"), "2");
    const env = { USER: ME, KEYS: home };
    const settings = await readSshSettings(
      { host: "engine" },
      { env, homeDir: home, platform: "linux" },
    );
    expect(settings.privateKeys.map(({ key }) => key.toString())).toEqual(["1", "2"]);
    expect(settings.knownHostsFile).toBe(join(home, ".ssh", "known-alias"));
  });
});
