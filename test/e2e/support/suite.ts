import { afterAll, beforeAll, describe } from "vitest";
import { type Engine, enginesUnderTest } from "./engine.js";
import { World } from "./world.js";

/** The same tests on every engine under test, each with a world of its own. */
export function onEveryEngine(
  title: string,
  tests: (world: () => World, engine: Engine) => void,
): void {
  onEngines(enginesUnderTest(), title, tests);
}

/** The same tests on each of these engines, each with a world of its own. */
export function onEngines(
  engines: readonly Engine[],
  title: string,
  tests: (world: () => World, engine: Engine) => void,
): void {
  describe.each(engines.map((engine) => ({ engine, name: engine.name })))(
    `${title} on $name`,
    ({ engine }) => {
      let world: World | undefined;
      beforeAll(async () => {
        world = await World.create(engine);
      });
      afterAll(() => world?.dispose());
      tests(() => {
        if (world === undefined) throw new Error("the world is made before the tests");
        return world;
      }, engine);
    },
  );
}
