import { EXIT_CODES, K3dError, type ErrorCode } from "@k3d/core";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { parse } from "@oclif/core/parser";
import { describe, expect, it } from "vitest";
import { plainPaint } from "../output/styles.js";
import { formatError } from "./format-error.js";
import { fromOclif } from "./from-oclif.js";
import { reportError } from "./report-error.js";

describe("fromOclif", () => {
  const flags = {
    servers: Flags.integer({ char: "s" }),
    output: Flags.option({ options: ["json", "yaml"] as const })(),
    all: Flags.boolean({ exclusive: ["servers"] }),
    fails: Flags.custom({
      parse: async () => {
        throw new K3dError("INVALID_INPUT", "Invalid duration\n  5x\n   ^", { hint: "Write 5s" });
      },
    })(),
  };

  const refusal = async (argv: string[], args = {}): Promise<K3dError> => {
    const error: unknown = await parse(argv, { flags, args, strict: true }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return fromOclif(error, "k3d cluster create");
  };

  it.each([
    [
      ["--srevers", "1"],
      "Unknown flag --srevers",
      "Did you mean --servers? See: k3d cluster create --help",
    ],
    [
      ["--label", "a=b"],
      "Unknown flag --label",
      'Write --runtime-label "KEY=VALUE@FILTER" for labels of containers, or --k3s-node-label for those of Kubernetes nodes. See: k3d cluster create --help',
    ],
    [
      ["-x=--v=3", "--foo", "--workers", "2"],
      "Unknown flags -x=--v=3, --foo, --workers",
      '-x=--v=3: Write --k3s-arg "ARG@server:*". --workers: Write --agents NUMBER. See: k3d cluster create --help',
    ],
    [["--xyzzy", "--foo"], "Unknown flags --xyzzy, --foo", "See: k3d cluster create --help"],
    [
      ["--servers", "x"],
      "--servers: Expected an integer but received: x",
      "See: k3d cluster create --help",
    ],
    [["--servers"], "Flag --servers expects a value", "See: k3d cluster create --help"],
    [
      ["--output", "xml"],
      "Expected --output=xml to be one of: json, yaml",
      "See: k3d cluster create --help",
    ],
    [
      ["--output", "jsno"],
      "Expected --output=jsno to be one of: json, yaml",
      "Did you mean --output=json? See: k3d cluster create --help",
    ],
    [["extra"], "Unexpected argument: extra", "See: k3d cluster create --help"],
    [["--fails", "5x"], "Invalid duration\n  5x\n   ^", "Write 5s"],
  ])("makes INVALID_INPUT of %j", async (argv, message, hint) => {
    expect(await refusal(argv)).toMatchObject({ code: "INVALID_INPUT", message, hint });
  });

  it("names missing arguments", async () => {
    expect(await refusal([], { node: Args.string({ required: true }) })).toMatchObject({
      code: "INVALID_INPUT",
      message: "Missing argument NODE",
    });
  });

  it("names missing flags", async () => {
    const required = Flags.string({ required: true });
    const error: unknown = await parse([], { flags: { image: required, to: required } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(fromOclif(error, "k3d cluster upgrade")).toMatchObject({
      code: "INVALID_INPUT",
      message: "Missing flag --image; Missing flag --to",
      hint: "See: k3d cluster upgrade --help",
    });
  });

  it("tells of flags that exclude each other", async () => {
    const error = await refusal(["--all", "--servers", "1"]);
    expect(error.code).toBe("INVALID_INPUT");
    expect(error.message).toContain("--servers=1 cannot also be provided when using --all");
  });

  it("leaves k3d's errors and wraps defects", () => {
    const own = new K3dError("NOT_FOUND", "No cluster demo");
    expect(fromOclif(own, "k3d")).toBe(own);
    expect(fromOclif(new TypeError("x is undefined"), "k3d")).toMatchObject({ code: "INTERNAL" });
    const gone = Object.assign(new Error("ENOENT: uv_cwd"), { code: "ENOENT", syscall: "uv_cwd" });
    expect(fromOclif(gone, "k3d")).toMatchObject({
      code: "NOT_FOUND",
      message: "The working directory does not exist any more",
    });
  });
});

describe("formatError", () => {
  it("prints what failed and what to do", () => {
    const error = new K3dError("ALREADY_EXISTS", "Cluster demo exists already", {
      hint: "Choose another name",
    });
    expect(formatError(error, plainPaint)).toBe(
      "Error: Cluster demo exists already [ALREADY_EXISTS]\nHint:  Choose another name.",
    );
  });

  it("keeps a picture below the message", () => {
    const error = new K3dError("INVALID_INPUT", "Invalid port: no number\n  80x\n    ^");
    expect(formatError(error, plainPaint)).toBe(
      "Error: Invalid port: no number [INVALID_INPUT]\n  80x\n    ^",
    );
  });

  it("shortens a word that nobody reads, and leaves one of 300 characters", () => {
    const word = (length: number): string => `a${"b".repeat(length - 2)}c`;
    const error = new K3dError("INVALID_INPUT", `Unknown: ${word(301)} and ${word(300)}`);
    const [, cut = "", whole = ""] =
      /^Error: Unknown: (\S+) and (\S+) \[INVALID_INPUT\]$/.exec(formatError(error, plainPaint)) ??
      [];
    expect(cut).toBe(`a${"b".repeat(249)}…${"b".repeat(48)}c`);
    expect(whole).toBe(word(300));
  });

  it("prints a command as one line", () => {
    const command = ["docker", "build", "--tag", "a b", "", "."];
    const error = new K3dError("COMMAND_FAILED", "It failed", { details: { command } });
    expect(formatError(error, plainPaint)).toContain("  command: docker build --tag 'a b' '' .\n");
  });

  it("prints the evidence of a failed command, the last lines of long output", () => {
    const stderr = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
    const error = new K3dError("COMMAND_FAILED", "podman failed", {
      details: { command: "podman run", exitCode: 125, stderr },
    });
    const text = formatError(error, plainPaint);
    expect(text).toContain(
      "  command: podman run\n  exitCode: 125\n  stderr:\n    …\n    line 25\n",
    );
    expect(text).not.toContain("line 24\n");
    expect(text).not.toMatch(/^\s+at /m);
  });

  it("prints lists line by line, and objects short enough for 80 columns", () => {
    const stderr = "unpacking\nctr: rejected\n";
    const error = new K3dError("CONTAINER_FAILED", "Node 'a' ended with exit code 1", {
      details: {
        node: "a",
        restarts: undefined,
        log: ["time=1 level=info", "time=2 level=fatal"],
        one: ["only line"],
        failures: [
          { node: "k3d-demo-server-0", reason: "rejected", exitCode: 1, stderr },
          { node: "k3d-demo-agent-0", reason: "x".repeat(200), exitCode: 1, stderr },
        ],
        none: [],
      },
    });
    const text = formatError(error, plainPaint);
    expect(text).toMatchInlineSnapshot(`
      "  node: a
        log:
          time=1 level=info
          time=2 level=fatal
        one:
          only line
        failures:
          node: k3d-demo-server-0, reason: rejected, exitCode: 1
          node: k3d-demo-agent-0, reason: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      Error: Node 'a' ended with exit code 1 [CONTAINER_FAILED]"
    `);
    const narrow = formatError(error, plainPaint, { width: 40 }).split("\n");
    expect(Math.max(...narrow.slice(0, -1).map(({ length }) => length))).toBe(40);
    expect(narrow.at(-1)).toBe("Error: Node 'a' ended with exit code 1 [CONTAINER_FAILED]");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("prints stacks and causes with --trace only", () => {
    const error = new K3dError("RUNTIME_ERROR", "refused", { cause: new Error("socket closed") });
    expect(formatError(error, plainPaint)).not.toContain("socket closed");
    expect(formatError(error, plainPaint, { trace: true })).toMatch(
      /K3dError: refused\n\s+at [\s\S]*Caused by: Error: socket closed\n\s+at /,
    );
  });

  it("asks to report a defect", () => {
    expect(formatError(new K3dError("INTERNAL", "x is undefined"), plainPaint)).toContain(
      "--trace",
    );
  });
});

describe("reportError", () => {
  const report = (error: unknown, argv: string[] = []) => {
    const out = { stdout: "", stderr: "" };
    const code = reportError(error, {
      argv,
      command: "k3d cluster create",
      env: {},
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
    });
    return { code, ...out };
  };
  const error = new K3dError("PORT_IN_USE", "Port 6443 is taken", {
    hint: "Choose another.",
    details: { port: 6443 },
  });

  it.each(Object.entries(EXIT_CODES))("ends with the exit code of %s: %i", (code, exit) => {
    expect(report(new K3dError(code as ErrorCode, "failed")).code).toBe(exit);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])("ends with the code of %s: %i", (signal, exit) => {
    expect(report(new K3dError("ABORTED", "Interrupted", { details: { signal } })).code).toBe(exit);
  });

  it("prints for people on standard error", () => {
    expect(report(error)).toEqual({
      code: 5,
      stdout: "",
      stderr: "Error: Port 6443 is taken [PORT_IN_USE]\nHint:  Choose another.\n",
    });
  });

  it.each([["--json"], ["--json=true"], ["--json=1"]])("prints an object with %s", (...argv) => {
    const { stdout, stderr } = report(error, argv);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "PORT_IN_USE",
        message: "Port 6443 is taken",
        hint: "Choose another.",
        details: { port: 6443 },
      },
    });
    expect(stderr).toContain("Port 6443 is taken");
  });

  it.each([
    [["--", "--json"]],
    [["--json=false"]],
    [["-o", "json"]],
    [["--output=json"]],
    [["-o=json"]],
    [["-ojson"]],
    [["--output", "yaml"]],
  ])("leaves standard output empty with %j", (argv) => {
    const { stdout, stderr } = report(error, argv);
    expect(stdout).toBe("");
    expect(stderr).toContain("Port 6443 is taken");
  });

  it("prints one more line with --progress json", () => {
    const { stdout, stderr } = report(error, ["--progress", "json"]);
    expect(stdout).toBe("");
    expect(JSON.parse(stderr)).toMatchObject({
      type: "error",
      code: "PORT_IN_USE",
      message: "Port 6443 is taken",
    });
  });

  it("prints nothing for a wanted exit", () => {
    expect(
      report(Object.assign(new Error("EEXIT: 3"), { code: "EEXIT", oclif: { exit: 3 } })),
    ).toEqual({
      code: 3,
      stdout: "",
      stderr: "",
    });
  });
});
