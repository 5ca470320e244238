/** What monitors of containers run, see `exit-hooks.ts`. */
export type ExitHook = "afterExit" | "restartLater";

/** Symbol of the global scope under which the hooks stand, whatever a bundler makes of their module. */
export const EXIT_HOOKS = "k3d:oci-exit-hooks";

/** Arguments for Node that call a hook for a container and one of its runs. */
export function hookArgs(hook: ExitHook, module: string, id: string, run: number): string[] {
  const script = `import(process.argv[1]).then(() => globalThis[Symbol.for("${EXIT_HOOKS}")].${hook}(process.argv[2], Number(process.argv[3]), process.env))`;
  return ["--no-warnings", "--eval", script, module, id, String(run)];
}
