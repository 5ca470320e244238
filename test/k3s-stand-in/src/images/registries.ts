import type { Paths } from "../paths.ts";

/** Renders `registries.yaml` for containerd. */
export async function renderRegistries(_file: string, _paths: Paths, _withoutDefault: boolean): Promise<void> {
  await Promise.resolve();
}
