import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { K3dEvent } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lifecycleOf, type HookPackage } from "./hooks.js";

let directory: string;
let told: K3dEvent[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-plugin-hooks-"));
  told = [];
});
afterEach(() => rm(directory, { recursive: true }));

/** A plug-in whose `hooks.js` has this text. */
async function plugin(
  name: string,
  text: string,
  pjson: HookPackage["pjson"] = { k3d: { hooks: "./hooks.js" } },
): Promise<HookPackage> {
  const root = join(directory, name);
  await mkdir(root);
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  await writeFile(join(root, "hooks.js"), text);
  return { name, root, pjson };
}

const lifecycle = (...plugins: HookPackage[]) =>
  lifecycleOf(plugins, { emit: (event) => void told.push(event) });

describe("plug-ins with hooks", () => {
  it("are imported when an operation asks, once, by name", async () => {
    const count = "globalThis.k3dImports = (globalThis.k3dImports ?? 0) + 1;";
    const { participants } = lifecycle(
      await plugin("b", `${count} export default { beforeCreate() {}, timeoutMs: 5000 };`),
      await plugin("a", `${count} export default { afterDelete() {} };`),
      await plugin("no-hooks", "throw new Error('never imported')", {}),
    );
    const imports = (): unknown => (globalThis as { k3dImports?: number }).k3dImports;
    expect(imports()).toBeUndefined();
    await participants();
    const found = await participants();
    expect(found.map(({ name, timeoutMs, hooks }) => [name, timeoutMs, typeof hooks])).toEqual([
      ["a", undefined, "object"],
      ["b", 5000, "object"],
    ]);
    expect(imports()).toBe(2);
    expect(told).toEqual([]);
  });

  it.each([
    ["that throw", "throw new Error('boom')", undefined, "boom"],
    ["without hooks", "export const hooks = {};", undefined, "no default export"],
    ["with an unknown one", "export default { beforeLunch() {} };", undefined, '"beforeLunch"'],
    ["that name no module", "", { k3d: { hooks: {} } }, "names no module"],
    ["whose module is missing", "", { k3d: { hooks: "./other.js" } }, "other.js"],
    [
      "for another k3d",
      "export default {};",
      { k3d: { hooks: "./hooks.js" }, peerDependencies: { "@k3d/core": "^99.0.0" } },
      "was written for @k3d/core ^99.0.0",
    ],
  ])("%s are named once, and the others work", async (_, text, pjson, reason) => {
    const { participants } = lifecycle(
      await plugin("broken", text, pjson),
      await plugin("fine", "export default { beforeStop() {} };"),
    );
    await participants();
    expect((await participants()).map(({ name }) => name)).toEqual(["fine"]);
    expect(told).toMatchObject([
      {
        type: "warning",
        message: expect.stringMatching(/^The hooks of the plug-in broken are skipped: /) as string,
      },
    ]);
    expect(JSON.stringify(told)).toContain(JSON.stringify(reason).slice(1, -1));
  });
});
