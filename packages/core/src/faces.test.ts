import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import * as core from "./index.js";
import * as runtime from "./runtime-api.js";
import * as testing from "./testing/index.js";

const src = import.meta.dirname;
const FACES = {
  "@k3d/core": { file: "index.ts", values: core },
  "@k3d/core/runtime": { file: "runtime-api.ts", values: runtime },
  "@k3d/core/testing": { file: "testing/index.ts", values: testing },
};

/** `[name, whether it is a type]` of every export that the file names; anything else is refused. */
function namedExports(file: string): [name: string, isType: boolean][] {
  const text = readFileSync(join(src, file), "utf8").replaceAll(/\/\*.*?\*\//gs, "");
  const statements = text.split(";").map((statement) => statement.trim());
  return statements.filter(Boolean).flatMap((statement) => {
    const [, type, names] = /^export (type )?\{([^}]*)\} from "[^"]+"$/.exec(statement) ?? [];
    if (names === undefined) throw new Error(`${file}: not a list of names: ${statement}`);
    const members = names.split(",").map((name) => name.trim());
    return members
      .filter(Boolean)
      .map((name): [string, boolean] => [
        name.replace(/^type /, "").replace(/^.* as /, ""),
        type !== undefined || name.startsWith("type "),
      ]);
  });
}

function kindOf(value: unknown): string {
  if (typeof value !== "function") return Array.isArray(value) ? "array" : typeof value;
  return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
}

/** Modules that are loaded with the file: relative ones as paths below `src`, packages by name. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(src, file), "utf8");
  for (const [, clause = "", from = ""] of text.matchAll(
    /^(?:import|export) ([^"';]*?)(?:from )?"([^"]+)";/gms,
  )) {
    if (clause.startsWith("type ")) continue;
    if (from.startsWith(".")) loadedWith(join(dirname(file), from).replace(/\.js$/, ".ts"), seen);
    else seen.add(from);
  }
  return seen;
}

const INJECTION = ["tsyringe", "reflect-metadata"];

describe("the faces of core", () => {
  it.each(Object.entries(FACES))("%s has the names of its list", async (name, face) => {
    const names = namedExports(face.file);
    const values = face.values as Record<string, unknown>;
    // Both sides, so that no name is listed that is not there, nor a value that is called a type.
    expect(names.flatMap(([export_, isType]) => (isType ? [] : export_)).toSorted()).toEqual(
      Object.keys(values).toSorted(),
    );
    const lines = names.map(
      ([export_, isType]) => `${export_}: ${isType ? "type" : kindOf(values[export_])}`,
    );
    await expect(`${lines.toSorted().join("\n")}\n`).toMatchFileSnapshot(
      `__snapshots__/faces/${name.replace("@k3d/", "").replace("/", "-")}.txt`,
    );
  });

  it("lets an adapter load neither injection nor operations", () => {
    const loaded = [...loadedWith("runtime-api.ts")];
    expect(loaded).toContain("runtime/enforce-capabilities.ts");
    expect(loaded.filter((module) => INJECTION.includes(module))).toEqual([]);
    expect(
      loaded.filter((module) => /^(injection|plan|observe|steps|operations)\//.test(module)),
    ).toEqual([]);
    // What the search finds where it is.
    expect([...loadedWith("index.ts")]).toEqual(expect.arrayContaining(INJECTION));
  });

  it.each(["docker", "podman", "oci-spec", "conformance"])(
    "is all that runtime-%s imports of core",
    (name) => {
      const folder = join(src, "../../", `runtime-${name}`, "src");
      const files = globSync("**/*.ts", { cwd: folder });
      expect(files).not.toEqual([]);
      const imported = files.flatMap((file) =>
        [...readFileSync(join(folder, file), "utf8").matchAll(/["'](@k3d\/core[^"']*)["']/g)].map(
          ([, specifier]) => specifier,
        ),
      );
      expect(new Set(imported)).not.toContain("@k3d/core");
      expect(imported).toContain("@k3d/core/runtime");
    },
  );
});
