import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SshLink } from "../../../packages/runtime-docker/src/endpoint/ssh/link.js";
import {
  missingTools,
  sshHome,
  sshKey,
  startSshd,
  type SshHome,
  type Sshd,
} from "../../engine/ssh/sshd.ts";

/** A real OpenSSH server and client's tools: where they cannot be had these tests say what they need. */
const missing = missingTools();
const needs = missing.length === 0 ? "" : `, which needs ${missing.join(", ")}`;

describe.skipIf(missing.length > 0)(`ssh with a real sshd${needs}`, () => {
  let home: SshHome;
  let sshd: Sshd;
  let greeter: Server;
  const open: SshLink[] = [];

  beforeAll(async () => {
    home = await sshHome();
    const keys = await Promise.all([
      sshKey(join(home.ssh, "right")),
      sshKey(join(home.ssh, "locked"), "a passphrase"),
    ]);
    await sshKey(join(home.ssh, "wrong"));
    sshd = await startSshd({ authorized: keys, config: ["MaxAuthTries 3"] });
    greeter = createServer((socket) => socket.end("hello\n")).listen(0, "127.0.0.1");
    await once(greeter, "listening");
  });

  beforeEach(async () => {
    await sshd.start();
    await writeFile(join(home.ssh, "known_hosts"), `${await sshd.knownHost()}\n`);
    return async () => {
      for (const link of open.splice(0)) link.close();
    };
  });

  afterAll(async () => {
    await sshd.close();
    greeter.close();
    await rm(home.dir, { recursive: true });
  });

  const greet = async (link: SshLink): Promise<string> =>
    text(await link.dial("127.0.0.1", (greeter.address() as AddressInfo).port));

  async function linkWith(
    config: readonly string[],
    { host = "engine", env = {} }: { host?: string; env?: Record<string, string> } = {},
  ): Promise<SshLink> {
    await writeFile(
      join(home.ssh, "config"),
      [
        "Host engine",
        "HostName 127.0.0.1",
        `Port ${sshd.port}`,
        `User ${sshd.user}`,
        ...config,
        "",
      ].join("\n"),
    );
    const link = new SshLink({ host }, { env, homeDir: home.dir, platform: "linux" });
    open.push(link);
    return link;
  }

  const key = (name: string): string => `IdentityFile ~/.ssh/${name}`;

  it("logs in with a key of a file, over one connection", async () => {
    const link = await linkWith([key("right")]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => greet(link)));
    expect(new Set(answers)).toEqual(new Set(["hello\n"]));
    expect(await sshd.connections()).toBe(1);
  });

  it("tells which keys were refused, and of a locked one how to load it", async () => {
    const wrong = await linkWith([key("wrong")]);
    await expect(greet(wrong)).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining(`tried: ${join(home.ssh, "wrong")}`),
      hint: expect.stringContaining("ssh-add"),
    });
    const locked = await linkWith([key("locked")]);
    await expect(greet(locked)).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      hint: expect.stringContaining(`\`ssh-add ${join(home.ssh, "locked")}\``),
    });
  });

  it("logs in with the agent, and offers it only the keys that are named where that is asked for", async () => {
    const agent = await startAgent(home);
    try {
      // More wrong keys than the server has patience for.
      const others = ["a", "b", "c"].map((name) => path(name));
      for (const other of others) await sshKey(other);
      agent.add(...others, join(home.ssh, "right"));
      const env = { SSH_AUTH_SOCK: agent.socket };
      await rm(join(home.ssh, "hidden"), { force: true });
      expect(await greet(await linkWith(["IdentitiesOnly yes", key("right.pub")], { env }))).toBe(
        "hello\n",
      );
      await expect(greet(await linkWith([key("none-there")], { env }))).rejects.toMatchObject({
        code: "RUNTIME_UNAVAILABLE",
      });
    } finally {
      agent.stop();
    }
  });

  it("passes over an agent that is gone", async () => {
    const env = { SSH_AUTH_SOCK: join(home.dir, "gone") };
    expect(await greet(await linkWith([key("right")], { env }))).toBe("hello\n");
  });

  it("refuses a changed host key, and says how to forget the old one", async () => {
    await sshd.renewHostKey();
    const link = await linkWith([key("right"), "StrictHostKeyChecking accept-new"]);
    await expect(greet(link)).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringMatching(
        /host key differs from the known one \(it shows SHA256:\S{43}\)/,
      ),
      hint: expect.stringContaining(`ssh-keygen -R '[127.0.0.1]:${sshd.port}'`),
    });
    expect(await readFile(join(home.ssh, "known_hosts"), "utf8")).not.toContain(
      await sshd.knownHost(),
    );
  });

  it("refuses an unknown host, and with accept-new stores its key", async () => {
    const file = join(home.ssh, "known_hosts");
    await writeFile(file, "");
    await expect(greet(await linkWith([key("right")]))).rejects.toMatchObject({
      message: expect.stringContaining("host key is not known"),
      hint: expect.stringContaining("accept-new"),
    });
    expect(await readFile(file, "utf8")).toBe("");
    const lenient = await linkWith([key("right"), "StrictHostKeyChecking accept-new"]);
    expect(await greet(lenient)).toBe("hello\n");
    expect(await readFile(file, "utf8")).toBe(`${await sshd.knownHost()}\n`);
  });

  it("goes through a jump host, whose own entry counts", async () => {
    const jump = await startSshd({ address: "127.0.0.2", authorized: [await publicKey("jumper")] });
    try {
      await writeFile(
        join(home.ssh, "known_hosts"),
        `${await sshd.knownHost()}\n${await jump.knownHost()}\n`,
      );
      const hop = ["Host hop", "HostName 127.0.0.2", `Port ${jump.port}`, key("jumper")];
      const link = await linkWith([key("right"), "ProxyJump hop", ...hop]);
      expect(await greet(link)).toBe("hello\n");
      expect([await sshd.connections(), await jump.connections()]).toEqual([1, 1]);
      const stranger = await linkWith([key("right"), "ProxyJump hop", ...hop.slice(0, 3)]);
      await expect(greet(stranger)).rejects.toMatchObject({
        message: expect.stringContaining(`Cannot connect to 127.0.0.2:${jump.port} by ssh`),
      });
      await sshd.stop();
      await expect(
        greet(await linkWith([key("right"), "ProxyJump hop", ...hop])),
      ).rejects.toMatchObject({
        message: expect.stringContaining(`127.0.0.2 cannot reach it`),
      });
    } finally {
      await jump.close();
    }
  });

  it("says that the connection was cut, and makes it anew", async () => {
    const link = await linkWith([key("right")]);
    const quiet = createServer().listen(0, "127.0.0.1");
    await once(quiet, "listening");
    const channel = await link.dial("127.0.0.1", (quiet.address() as AddressInfo).port);
    const failed = once(channel, "error");
    const closed = once(channel, "close").catch(() => undefined);
    await sshd.cut();
    expect((await failed)[0]).toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: "The ssh connection to engine was cut",
    });
    await closed;
    quiet.close();
    expect(await greet(link)).toBe("hello\n");
    await sshd.stop();
    await expect(greet(link)).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
    await sshd.start();
    expect(await greet(link)).toBe("hello\n");
  });

  it("rejects what nothing listens for", async () => {
    const link = await linkWith([key("right")]);
    await expect(link.dial("127.0.0.1", 1)).rejects.toThrow("Connection refused");
    expect(await greet(link)).toBe("hello\n");
  });

  const path = (name: string): string => join(home.ssh, name);

  async function publicKey(name: string): Promise<string> {
    return sshKey(path(name));
  }
});

/** An agent of the test's own. */
async function startAgent(home: SshHome): Promise<{
  socket: string;
  add(...files: string[]): void;
  stop(): void;
}> {
  const socket = join(home.dir, "agent");
  const printed = spawnSync("ssh-agent", ["-s", "-a", socket], { encoding: "utf8" }).stdout;
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(printed)?.[1]);
  return {
    socket,
    add: (...files) => {
      const { status, stderr } = spawnSync("ssh-add", ["-q", ...files], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(stderr);
    },
    stop: () => process.kill(pid),
  };
}
