import { join } from "node:path";
import type { Shell } from "../machine/shell.ts";
import { GUEST } from "../machine/places.ts";
import type { EngineUnderTest } from "./engine.ts";

/** Gives an engine the offline images, from the checkout's cache. */
export async function provideImages(shell: Shell, engine: EngineUnderTest): Promise<void> {
  const script = join(GUEST, "checkout/test/images/ensure.ts");
  const node = join(GUEST, "node/24/node");
  await shell.run([node, script, "--offline", "--runtime", engine.runtime], {
    env: engine.env,
    minutes: 30,
  });
}
