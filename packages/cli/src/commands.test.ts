import type { Command } from "@oclif/core/command";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { globalFlags } from "@k3d/plugin-kit";
import { allCommands } from "./testing/commands.js";

const commands = await allCommands();

/** What a user of scripts relies on. */
function contract({ aliases, hiddenAliases, args, flags }: typeof Command): object {
  return {
    aliases,
    ...(hiddenAliases.length === 0 ? {} : { hiddenAliases }),
    args: Object.fromEntries(
      Object.entries(args).map(([name, { required, multiple, options }]) => [
        name,
        { required, multiple, options },
      ]),
    ),
    flags: Object.fromEntries(
      Object.entries(flags ?? {})
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([name, flag]) => [name, flagContract(flag as never)]),
    ),
  };
}

function flagContract(flag: Record<string, unknown>): string {
  const { type, char, multiple, delimiter, options, allowNo, aliases, exclusive } = flag;
  const parts = [
    type === "boolean"
      ? allowNo
        ? "boolean, may be negated"
        : "boolean"
      : multiple
        ? delimiter
          ? "list"
          : "repeated"
        : "value",
    ...(char === undefined ? [] : [`-${char as string}`]),
    ...(flag.default === undefined ? [] : [`default ${JSON.stringify(flag.default)}`]),
    ...(options === undefined ? [] : [`one of ${(options as string[]).join(" ")}`]),
    ...((aliases as string[] | undefined)?.length
      ? [`also --${(aliases as string[]).join(" --")}`]
      : []),
    ...(exclusive === undefined ? [] : [`not with --${(exclusive as string[]).join(" --")}`]),
  ];
  return parts.join("; ");
}

describe("commands", () => {
  it("keep their names, aliases, arguments and flags", async () => {
    const all = Object.fromEntries([...commands].map(([id, command]) => [id, contract(command)]));
    const global = Object.fromEntries(
      Object.entries(globalFlags).map(([name, flag]) => [name, flagContract(flag as never)]),
    );
    await expect(JSON.stringify({ global, commands: all }, undefined, 2)).toMatchFileSnapshot(
      "commands.snap",
    );
  });

  it.each([...commands])("%s has a summary, and examples that name it", (id, command) => {
    expect(command.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(command.summary?.length).toBeLessThan(70);
    const examples = (command.examples ?? []).map((example) =>
      typeof example === "string" ? example : example.command,
    );
    expect(examples.length).toBeGreaterThan(0);
    const names = [id, ...command.aliases].map(
      (name) => `<%= config.bin %> ${name.replaceAll(":", " ")}`,
    );
    for (const example of examples)
      expect(names.some((name) => example?.includes(name))).toBe(true);
  });

  it.each([...commands])(
    "%s takes several values of a flag one by one, so that arguments may follow",
    (_id, command) => {
      const flags = Object.values(command.flags ?? {}) as {
        multiple?: boolean;
        multipleNonGreedy?: boolean;
      }[];
      const greedy = flags.filter(
        ({ multiple, multipleNonGreedy }) => multiple && !multipleNonGreedy,
      );
      expect(greedy).toEqual([]);
    },
  );

  it.each([...commands])(
    "%s uses no flag character twice, nor one that means help",
    (_id, command) => {
      const chars = Object.values({ ...globalFlags, ...command.flags }).flatMap(
        ({ char }) => char ?? [],
      );
      expect(chars.filter((char, index) => chars.indexOf(char) !== index)).toEqual([]);
      expect(chars).not.toContain("h");
    },
  );

  it("belong to topics that are described", () => {
    const topics = new Set(
      [...commands.keys()].filter((id) => id.includes(":")).map((id) => id.split(":")[0]),
    );
    expect(Object.keys(manifest.oclif.topics)).toEqual(expect.arrayContaining([...topics]));
  });
});
