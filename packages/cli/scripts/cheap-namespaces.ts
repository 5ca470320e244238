import type { Plugin } from "rolldown";

const RUNTIME = "\0rolldown/runtime.js";
const HELPER = /\b__toESM = \((\w+), (\w+), (\w+)\) => \(/;

/**
 * Lets an import of a CommonJS module be an object that inherits from it.
 *
 * The bundler's own helper makes a getter for each name of the module, anew for each importer; for `node:process` and
 * `node:fs` that is some hundred. Together it was 400 kB of objects in a `cluster list`.
 */
export function cheapNamespaces(): Plugin {
  return {
    name: "cheap-namespaces",
    transform(code, id) {
      if (id !== RUNTIME) return null;
      const found = HELPER.exec(code);
      if (!found)
        throw new Error("The bundler's runtime has another __toESM: update cheap-namespaces.ts");
      const [helper, module, isNodeMode] = found;
      const cheap = `Object(${module}) === ${module} && (${isNodeMode} || !${module}.__esModule)
        ? Object.create(${module}, { default: { value: ${module}, enumerable: true } })
        : (`;
      return { code: code.replace(helper, helper.replace(/\($/, cheap)), map: null };
    },
  };
}
