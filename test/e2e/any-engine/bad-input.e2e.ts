import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";
import { busyPort } from "../../engine/host/free-port.ts";
import { type CliResult } from "../support/world.js";

/** Exit codes as documented in docs/reference/errors.md. */
const EXIT = {
  invalid: 2,
  exists: 4,
  port: 5,
  image: 6,
  runtime: 7,
  timeout: 9,
  container: 10,
} as const;

/** One message with what failed, one hint, no stack trace. */
function tells({ stderr, stdout }: CliResult, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(stdout).toBe("");
}

onEveryEngine("bad input", (world) => {
  const refused = async (
    args: string[],
    exitCode: number,
    message: RegExp,
    cluster: string,
  ): Promise<void> => {
    const result = await world().run(["cluster", "create", cluster, ...args]);
    expect(result.exitCode, result.stderr).toBe(exitCode);
    tells(result, message);
    expect(await world().traces(cluster)).toEqual([]);
  };

  it.each([
    { why: "no server", args: ["--servers", "0"], message: /server/i },
    { why: "a number that is none", args: ["--agents", "many"], message: /agents/i },
    { why: "a port that is none", args: ["--api-port", "70000"], message: /70000/ },
    { why: "a timeout that is none", args: ["--timeout", "soon"], message: /soon/ },
    {
      why: "a port for two nodes at once",
      args: ["--agents", "2", "--port", "8080:80@agent:*:direct"],
      message: /8080/,
    },
    {
      why: "a load-balancer port without one",
      args: ["--no-lb", "--port", "8080:80@loadbalancer"],
      message: /load.?balancer/i,
    },
    {
      why: "the host's network with agents",
      args: ["--network", "host", "--agents", "1"],
      message: /host/i,
    },
    { why: "an unknown flag", args: ["--srevers", "1"], message: /srevers/ },
  ])("refuses $why", async ({ args, message }) => {
    await refused(args, EXIT.invalid, message, world().name("bad"));
  });

  it.each(["under_score", "-dash", "a".repeat(33), "dot..dot", "Ünïcode"])(
    "refuses the name %s",
    async (name) => {
      const result = await world().run(["cluster", "create", "--", name]);
      expect(result.exitCode, result.stderr).toBe(EXIT.invalid);
      tells(result, /name/i);
    },
  );

  it("refuses an image that cannot be had", async () => {
    await refused(
      ["--image", "k3d.local/no-such-image:never"],
      EXIT.image,
      /no-such-image/,
      world().name("bad"),
    );
  });

  it("refuses a busy API port and undoes what was done", async () => {
    const { port, close } = await busyPort();
    try {
      await refused(
        ["--api-port", `${port}`],
        EXIT.port,
        new RegExp(`${port}`),
        world().name("bad"),
      );
    } finally {
      await close();
    }
  });

  it("refuses a name that is taken and leaves its owner alone", async () => {
    const cluster = world().name("bad");
    await world().k3d("cluster", "create", cluster);
    const before = await world().traces(cluster);
    const result = await world().run(["cluster", "create", cluster]);
    expect(result.exitCode).toBe(EXIT.exists);
    tells(result, /exists/);
    expect(await world().traces(cluster)).toEqual(before);
    expect(await world().kubectl("get", "--raw", "/readyz")).toBe("ok");
    await world().k3d("cluster", "delete", cluster);
  });

  it("gives up when the boot takes longer than --timeout", async () => {
    await refused(
      ["--env", "K3S_STANDIN_BOOT_DELAY_MS=60000@server:0", "--timeout", "2s"],
      EXIT.timeout,
      /2 s/,
      world().name("bad"),
    );
  });

  it("reports a server that ends at boot, with its last words", async () => {
    await refused(
      ["--k3s-arg", "--no-such-flag@server:0"],
      EXIT.container,
      /no-such-flag/,
      world().name("bad"),
    );
  });

  it("reports an engine that cannot be reached", async () => {
    const result = await world().run(["cluster", "list"], {
      env: {
        DOCKER_HOST: "unix:///nonexistent/docker.sock",
        CONTAINER_HOST: "unix:///nonexistent/podman.sock",
        K3D_OCI_RUNTIME: "/nonexistent/runc",
      },
    });
    expect(result.exitCode, result.stderr).toBe(EXIT.runtime);
    tells(result, /nonexistent/);
  });
});
