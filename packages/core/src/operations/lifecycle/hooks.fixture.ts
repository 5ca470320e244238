import type { HookConfig, SimpleConfig } from "../../config/simple-config.js";
import type { K3dEvent } from "../../events/index.js";
import type { MemoryProcess, MemoryRuntime } from "../../testing/index.js";

export const hooks = (...list: HookConfig[]): Partial<SimpleConfig> => ({ hooks: list });

export const warningsIn = (told: readonly K3dEvent[]): string[] =>
  told.flatMap((event) => (event.type === "warning" ? event.message : []));

export const logsIn = (told: readonly K3dEvent[]): string[] =>
  told.flatMap((event) => (event.type === "log" && event.level === "info" ? event.message : []));

/** Runs `program` for every hook in a node. @returns the processes, as they began. */
export function inNodes(
  engine: MemoryRuntime,
  program: (process: MemoryProcess) => Promise<number> | number = () => 0,
): MemoryProcess[] {
  const processes: MemoryProcess[] = [];
  engine.programs((process) => {
    if (process.kind !== "exec" || process.env.K3D_HOOK === undefined) return undefined;
    processes.push(process);
    return program;
  });
  return processes;
}
