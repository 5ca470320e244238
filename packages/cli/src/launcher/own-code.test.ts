import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import Module, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OwnCode } from "./own-code.js";

let root: string;
let bundle: string;
let cache: string;
const before = new Set(process.listeners("exit"));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "k3d-own-code-"));
  bundle = join(root, "dist");
  cache = join(root, "compile");
  await mkdir(join(bundle, "commands/cluster"), { recursive: true });
  await mkdir(cache);
  await writeFile(join(bundle, "package.json"), '{"type":"commonjs"}');
  await put("main.js", 'exports.answer = () => require("./other.js").value + 1;');
  await put("other.js", "exports.value = 41;");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const listener of process.listeners("exit"))
    if (!before.has(listener)) process.removeListener("exit", listener);
  await rm(root, { recursive: true, force: true });
});

const put = (name: string, text: string): Promise<void> => writeFile(join(bundle, name), text);

interface Main {
  answer(): unknown;
}

/** Runs the program once, from its start to its end. */
function run(argv: string[] = ["cluster", "list"]): unknown {
  const { cache: modules } = createRequire(import.meta.url);
  for (const path of Object.keys(modules)) if (path.startsWith(root)) delete modules[path];
  const known = new Set(process.listeners("exit"));
  const code = new OwnCode(bundle, Module);
  code.keepCompiled(cache, argv);
  const answer = (code.load(join(bundle, "main.js")) as Main).answer();
  for (const listener of process.listeners("exit")) {
    if (known.has(listener)) continue;
    (listener as () => void)();
    process.removeListener("exit", listener);
  }
  return answer;
}

/** Names and identities of what is kept. */
async function kept(): Promise<Record<string, string>> {
  const [directory = ""] = await readdir(cache);
  const names = await readdir(join(cache, directory)).catch(() => []);
  const files = names.map(async (name) => {
    const { ino, size } = await stat(join(cache, directory, name));
    return [name, `${ino} ${size}`] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

describe("modules of the bundle", () => {
  it("are those that Node requires and imports, too", async () => {
    await put(
      "main.js",
      "exports.answer = () => 42; exports.again = async () => (await import(__filename)).default.answer;",
    );
    const code = new OwnCode(bundle, Module);
    const main = join(bundle, "main.js");
    const exports = code.load(main) as Main;
    expect(exports.answer()).toBe(42);
    expect(createRequire(import.meta.url)(main)).toBe(exports);
    expect(await (exports as Main & Record<"again", () => unknown>).again()).toBe(exports.answer);
    expect(code.load(main)).toBe(exports);
  });

  it("see each other half made where they require each other", async () => {
    await put("main.js", 'exports.early = 1; exports.answer = () => require("./other.js").seen;');
    await put("other.js", 'exports.seen = require("./main.js").early;');
    expect(run()).toBe(1);
  });

  it("can be loaded again after one has failed", async () => {
    const main = join(bundle, "main.js");
    await put("main.js", 'throw new Error("not now");');
    const code = new OwnCode(bundle, Module);
    expect(() => code.load(main)).toThrow("not now");
    await put("main.js", "exports.answer = () => 1;");
    expect((code.load(main) as Main).answer()).toBe(1);
  });

  it("require what is outside as Node does, import what is not known before, and name their places", async () => {
    const text =
      'exports.answer = () => [require("node:path").sep, require("left"), import(__dirname + "/late.mjs"), () => { throw new Error("here"); }];';
    await put("main.js", text);
    await put("late.mjs", "export default 7;");
    await mkdir(join(root, "node_modules/left"), { recursive: true });
    await writeFile(join(root, "node_modules/left/index.js"), "module.exports = 'left';");
    const [sep, left, late, fail] = run() as [string, string, Promise<unknown>, () => void];
    expect([sep, left]).toEqual(["/", "left"]);
    expect(await late).toMatchObject({ default: 7 });
    const place = `${join(bundle, "main.js")}:1:${text.indexOf("new Error") + 1}`;
    expect(fail).toThrow(
      expect.objectContaining({ message: "here", stack: expect.stringContaining(place) }),
    );
  });

  it("are none elsewhere", () => {
    expect(new OwnCode(bundle, Module).load(join(root, "package.json"))).toBeUndefined();
    expect(new OwnCode(bundle, Module).load(`${bundle}-other/main.js`)).toBeUndefined();
  });
});

describe("what was compiled", () => {
  it("is kept for the user alone, by command, and taken the next time", async () => {
    await put("commands/cluster/list.js", "");
    expect(run(["cluster", "list", "demo"])).toBe(42);
    const first = await kept();
    expect(Object.keys(first)).toEqual(["cluster-list"]);
    const [directory = ""] = await readdir(cache);
    expect((await stat(join(cache, directory))).mode & 0o777).toBe(0o700);
    expect((await stat(join(cache, directory, "cluster-list"))).mode & 0o777).toBe(0o600);

    const compile = vi.spyOn(Script.prototype, "createCachedData");
    expect(run(["cluster", "list", "demo"])).toBe(42);
    expect(compile).not.toHaveBeenCalled();
    expect(await kept()).toEqual(first);

    run(["cluster", "list", "--help"]);
    run(["clutser"]);
    expect(Object.keys(await kept()).toSorted()).toEqual(["cluster-list", "help", "others"]);
  });

  it("is not taken for another source, though it is as long", async () => {
    expect(run()).toBe(42);
    await put("other.js", "exports.value = 11;");
    expect(run()).toBe(12);
    expect(run()).toBe(12);
  });

  it("goes with the modules that it was compiled of", async () => {
    await put("main.js", 'exports.answer = () => require("./first.js").value;');
    await put("first.js", `exports.value = 1; exports.more = [${"1, ".repeat(5000)}];`);
    run();
    const [, first = ""] = Object.values(await kept())[0]?.split(" ") ?? [];
    await rm(join(bundle, "first.js"));
    await put("second.js", "exports.value = 2;");
    await put("main.js", 'exports.answer = () => require("./second.js").value; // now');
    expect(run()).toBe(2);
    const [, second = ""] = Object.values(await kept())[0]?.split(" ") ?? [];
    expect(Number(second)).toBeLessThan(Number(first) / 2);
  });

  it("is added to when a command loads more than before", async () => {
    await put("more.js", "exports.more = true;");
    await put("main.js", 'exports.answer = () => process.env.MORE && require("./more.js").more;');
    vi.stubEnv("MORE", "");
    run();
    const first = await kept();
    vi.stubEnv("MORE", "1");
    expect(run()).toBe(true);
    const second = await kept();
    expect(second).not.toEqual(first);
    vi.stubEnv("MORE", "");
    run();
    expect(await kept()).toEqual(second);
  });

  it.each([
    ["nothing", ""],
    ["too little", "\u0001"],
    ["nonsense", "nonsense, and long enough to have a length"],
    ["a table that lies", `\u0012\u0000\u0000\u0000[{"name":"main.js"}]`],
  ])("is made anew where the file holds %s", async (_, text) => {
    run();
    const good = await kept();
    const [directory = ""] = await readdir(cache);
    await writeFile(join(cache, directory, "others"), text);
    expect(run()).toBe(42);
    expect(Object.values(await kept())[0]?.split(" ")[1]).toBe(
      Object.values(good)[0]?.split(" ")[1],
    );
  });

  it("is not needed where it cannot be written", async () => {
    await rm(cache, { recursive: true });
    await writeFile(cache, "");
    expect(run()).toBe(42);
    await rm(cache);
    await mkdir(cache);
    await chmod(cache, 0o500);
    expect(run()).toBe(42);
  });

  it("goes when its installation has not been used for long", async () => {
    const old = new Date(Date.now() - 61 * 24 * 60 * 60 * 1000);
    await mkdir(join(cache, "old"));
    await mkdir(join(cache, "recent"));
    await utimes(join(cache, "old"), old, old);
    run();
    const left = await readdir(cache);
    expect(left).toContain("recent");
    expect(left).not.toContain("old");
    expect(left).toHaveLength(2);
  });

  it("takes what a killed process left while it wrote, not what another writes now", async () => {
    run();
    const [directory = ""] = await readdir(cache);
    const of = (name: string): string => join(cache, directory, name);
    await Promise.all(["others.1", "others.2"].map((name) => writeFile(of(name), "")));
    const past = Date.now() / 1000 - 2 * 60 * 60;
    await Promise.all(["others", "others.1"].map((name) => utimes(of(name), past, past)));
    await put("other.js", "exports.value = 42;");
    run();
    expect(Object.keys(await kept()).toSorted()).toEqual(["others", "others.2"]);
  });

  it("is neither read nor written where Node is told to keep none", async () => {
    vi.stubEnv("NODE_DISABLE_COMPILE_CACHE", "1");
    expect(run()).toBe(42);
    expect(await readdir(cache)).toEqual([]);
  });
});
