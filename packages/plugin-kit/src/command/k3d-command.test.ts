import { Readable } from "node:stream";
import * as Args from "@oclif/core/args";
import type { Config } from "@oclif/core/config";
import * as Flags from "@oclif/core/flags";
import { afterEach, describe, expect, it, vi } from "vitest";
import { list, repeated } from "../flags/values.js";
import { K3dCommand } from "./k3d-command.js";

interface Parsed {
  args: Record<string, unknown>;
  flags: Record<string, unknown>;
}

/** Shows what it parsed. */
class Show extends K3dCommand<Parsed> {
  static override args = { name: Args.string(), other: Args.string({ default: "none" }) };
  static override flags = {
    wait: Flags.boolean({ allowNo: true, default: true }),
    arg: repeated({ summary: "Argument" }),
    use: list({ summary: "Names", char: "u" }),
    output: Flags.string({ char: "o", summary: "File" }),
  };

  protected override async execute(): Promise<Parsed> {
    const { args, flags } = await this.parse(Show);
    return { args, flags };
  }

  protected override render({ args }: Parsed): string {
    return `name ${String(args.name)}`;
  }
}

const config = {
  bin: "k3d",
  scopedEnvVarKeys: () => [],
  runHook: async () => ({ successes: [], failures: [] }),
} as unknown as Config;

/** With set-up and clean-up around it. */
function runAsOclifDoes<Result>(command: K3dCommand<Result>): Promise<Result> {
  const run = "_run";
  return (command as unknown as Record<typeof run, () => Promise<Result>>)[run]();
}

async function show(...argv: string[]): Promise<Parsed & { printed: string }> {
  let printed = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    return { ...(await runAsOclifDoes<Parsed>(new Show(argv, config))), printed };
  } finally {
    write.mockRestore();
  }
}

describe("K3dCommand", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("parses flags as pflag does, also values that look like flags", async () => {
    const { args, flags } = await show(
      "demo",
      "--wait=false",
      "--arg",
      "--wait",
      "--arg=-u",
      "-u",
      "a,b",
      "-uc",
    );
    expect(args.name).toBe("demo");
    expect(flags).toMatchObject({ wait: false, arg: ["--wait", "-u"], use: ["a", "b", "c"] });
  });

  it("never takes an argument from standard input", async () => {
    const stdin = Object.assign(Readable.from(["from-a-pipe\n"]), { isTTY: undefined });
    vi.spyOn(process, "stdin", "get").mockReturnValue(stdin as never);
    expect((await show()).args).toEqual({ other: "none" });
    expect(stdin.readableDidRead).toBe(false);
  });

  it("prints text, or JSON with --json; --output means a format only where it is declared so", async () => {
    expect((await show("demo")).printed).toBe("name demo\n");
    expect(JSON.parse((await show("demo", "--json")).printed)).toMatchObject({
      args: { name: "demo" },
    });
    expect((await show("demo", "-o", "json")).printed).toBe("name demo\n");
  });

  it("refuses what the command does not know", async () => {
    await expect(show("--unknown")).rejects.toThrow("--unknown");
    await expect(show("a", "b", "c")).rejects.toThrow("Unexpected argument");
    await expect(show("--wait=perhaps")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it.each([
    [false, "Stopping"],
    [true, "Stopping, and undoing what was made"],
  ])("says at an interrupt whether it undoes (%s)", async (undoes, text) => {
    class Works extends K3dCommand {
      protected override async execute(): Promise<void> {
        await this.parse(Works);
        this.undoesWhenInterrupted = undoes;
        const { signal } = this;
        await this.progress();
        process.emit("SIGHUP", "SIGHUP");
        signal.throwIfAborted();
      }
    }
    let told = "";
    vi.spyOn(process.stderr, "write").mockImplementation((written) => {
      told += String(written);
      return true;
    });
    await expect(runAsOclifDoes(new Works([], config))).rejects.toMatchObject({ code: "ABORTED" });
    expect(told).toMatch(new RegExp(`${text}$`, "m"));
  });

  it.each([
    ["that tells progress", true],
    ["that has nothing to tell", false],
  ])("counts timings of a command %s from the start of the process", async (_, progress) => {
    class Works extends K3dCommand {
      protected override async execute(): Promise<void> {
        await this.parse(Works);
        if (progress) await this.progress();
      }
    }
    let told = "";
    vi.spyOn(process.stderr, "write").mockImplementation((written) => {
      told += String(written);
      return true;
    });
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const since = Math.floor(process.uptime() * 1000);
    await runAsOclifDoes(new Works(["--timings", "--json"], config));
    const { elapsedMs } = JSON.parse(told) as { elapsedMs: number };
    expect(elapsedMs).toBeGreaterThanOrEqual(since);
    expect(elapsedMs).toBeLessThanOrEqual(Math.ceil(process.uptime() * 1000));
  });

  it("tells when nothing answers the hook for services", async () => {
    class Connects extends K3dCommand {
      protected override async execute(): Promise<unknown> {
        await this.parse(Connects);
        return this.services();
      }
    }
    await expect(runAsOclifDoes(new Connects([], config))).rejects.toMatchObject({
      code: "INTERNAL",
    });
  });
});
