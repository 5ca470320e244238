import { isK3dError } from "@k3d/core";
import * as Flags from "@oclif/core/flags";
import { parse } from "@oclif/core/parser";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goFlags, unprotect, type FlagShapes } from "./go-flags.js";

const shapes: FlagShapes = {
  wait: { type: "boolean", allowNo: true },
  all: { type: "boolean", char: "a" },
  "no-lb": { type: "boolean" },
  default: { type: "boolean", char: "d", allowNo: true },
  servers: { type: "option", char: "s" },
  port: { type: "option", char: "p", multiple: true },
  "kubeconfig-switch-context": { type: "boolean", allowNo: true, aliases: ["switch-context"] },
};

const MARK = "\u0000";

describe("goFlags", () => {
  it.each([
    [["--wait"], ["--wait"]],
    [["--wait=true"], ["--wait"]],
    [["--wait=false"], ["--no-wait"]],
    [["--no-wait"], ["--no-wait"]],
    [["--no-lb"], ["--no-lb"]],
    [["--no-lb=T"], ["--no-lb"]],
    [["--no-lb=false"], []],
    [["--no-lb", "--no-lb=0"], []],
    [["--wait=0", "--wait"], ["--wait"]],
    [["-a"], ["--all"]],
    [["-a=false"], []],
    [["-d=false"], ["--no-default"]],
    [["-ad=false"], ["--all", "--no-default"]],
    [["--servers=3"], ["--servers", "3"]],
    [["-s3"], ["--servers", "3"]],
    [["-s=3"], ["--servers", "3"]],
    [
      ["-as", "3"],
      ["--all", "--servers", "3"],
    ],
    [
      ["--servers", "1", "--servers=2"],
      ["--servers", "2"],
    ],
    [
      ["-p", "80:80", "-p81:81", "--port=82"],
      ["--port", "80:80", "--port", "81:81", "--port", "82"],
    ],
    [
      ["--port", "--wait"],
      ["--port", `${MARK}--wait`],
    ],
    [
      ["--port", "-s"],
      ["--port", `${MARK}-s`],
    ],
    [["--servers=-1"], ["--servers", `${MARK}-1`]],
    [["--servers="], ["--servers", ""]],
    [["--switch-context=false"], ["--no-kubeconfig-switch-context"]],
    [["--no-switch-context"], ["--no-kubeconfig-switch-context"]],
    [
      ["demo", "--all", "other"],
      ["demo", "--all", "other"],
    ],
    [
      ["--all", "--", "--wait=false", "-s3"],
      ["--all", "--", "--wait=false", "-s3"],
    ],
    [["--servers"], ["--servers"]],
    [
      ["--srevers", "3"],
      ["--srevers", "3"],
    ],
    [["-x3"], ["-x3"]],
    [["-ax3"], ["--all", "-x3"]],
    [["-"], ["-"]],
  ])("rewrites %j to %j", (argv, expected) => {
    expect(goFlags(argv, shapes)).toEqual(expected);
  });

  it.each([
    [["--wait=maybe"], '--wait is true or false, not "maybe"'],
    [["--no-lb="], '--no-lb is true or false, not ""'],
    [["-a=2"], '-a is true or false, not "2"'],
    [["--__proto__"], "Unknown flag --__proto__"],
    [["--wait", "--toString=1"], "Unknown flag --toString"],
    [["--constructor", "x"], "Unknown flag --constructor"],
  ])("refuses %j", (argv, message) => {
    expect(() => goFlags(argv, shapes)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message }),
    );
  });

  it("never fails but by refusing a boolean's value", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "--wait",
        "--wait=",
        "-a",
        "-s",
        "-as",
        "--servers",
        "--port",
        "--",
        "-",
        "-p",
        "--no-wait",
      ),
      fc.string(),
      fc.string().map((text) => `--${text}`),
      fc.string().map((text) => `-${text}`),
    );
    const failure = (argv: string[]): unknown => {
      try {
        goFlags(argv, shapes);
        return undefined;
      } catch (error) {
        return error;
      }
    };
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        const error = failure(argv);
        expect(error === undefined || isK3dError(error, "INVALID_INPUT")).toBe(true);
      }),
    );
  });
});

describe("goFlags in front of oclif's parser", () => {
  const flags = {
    wait: Flags.boolean({ allowNo: true, default: true }),
    all: Flags.boolean({ char: "a" }),
    servers: Flags.string({ char: "s" }),
    port: Flags.string({ char: "p", multiple: true, multipleNonGreedy: true }),
  };

  const parsed = async (argv: string[]) => {
    const result = await parse(goFlags(argv, flags as unknown as FlagShapes), {
      flags,
      strict: false,
      args: {},
    });
    const { servers, port, ...rest } = result.flags as { servers?: string; port?: string[] };
    return {
      ...rest,
      servers: servers === undefined ? undefined : unprotect(servers),
      port: port?.map((value) => unprotect(value)),
      argv: result.argv,
    };
  };

  type Use =
    | { flag: "wait" | "all"; value: boolean; text: string[] }
    | { flag: "servers" | "port"; value: string; text: string[] };

  const boolean = (
    flag: "wait" | "all",
    forms: (value: boolean) => string[][],
  ): fc.Arbitrary<Use> =>
    fc
      .boolean()
      .chain((value) => fc.constantFrom(...forms(value)).map((text) => ({ flag, value, text })));
  const option = (flag: "servers" | "port", char: string): fc.Arbitrary<Use> =>
    fc
      .oneof(
        fc.string({ minLength: 1 }),
        fc.constantFrom("--wait", "-a", "-v=5", "--", "-", "a,b", "x=y", "-s"),
      )
      .filter((value) => !value.startsWith("\u0000"))
      .chain((value) =>
        fc
          .constantFrom<string[]>(
            [`--${flag}`, value],
            [`--${flag}=${value}`],
            [`-${char}`, value],
            [`-${char}=${value}`],
          )
          .map((text) => ({ flag, value, text })),
      );

  const use = fc.oneof(
    boolean("wait", (value) => [[`--wait=${value}`], value ? ["--wait"] : ["--no-wait"]]),
    boolean("all", (value) => [
      [`--all=${value}`],
      [`-a=${value}`],
      ...(value ? [["--all"], ["-a"]] : []),
    ]),
    option("servers", "s"),
    option("port", "p"),
  );

  it("gives every flag the value that pflag gives it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(use), async (uses) => {
        const last = (flag: string): unknown => uses.findLast((one) => one.flag === flag)?.value;
        const ports = uses.filter(({ flag }) => flag === "port").map(({ value }) => value);
        const result = await parsed(uses.flatMap(({ text }) => text));
        expect(result).toMatchObject({ wait: last("wait") ?? true, argv: [] });
        expect((result as { all?: boolean }).all ?? false).toBe(last("all") ?? false);
        expect(result.servers).toBe(last("servers"));
        expect(result.port ?? []).toEqual(ports);
      }),
    );
  });

  it("leaves positional arguments to the command", async () => {
    expect(await parsed(["-p", "80:80", "demo", "--all", "--", "-x"])).toMatchObject({
      port: ["80:80"],
      argv: ["demo", "-x"],
    });
  });
});
