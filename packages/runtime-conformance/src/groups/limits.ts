import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const MEMORY = 64 * 1024 * 1024;

/** Memory and other resource limits. */
export function limits(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "the memory limit is the control group's, and stats tell it",
    async (scope) => {
      const name = await scope.start({ linux: { resources: { memory: { limit: MEMORY } } } });
      expect(await scope.output(name, programs.memoryLimit())).toBe(String(MEMORY));
      if ((await scope.runtime.capabilities).stats)
        expect((await scope.runtime.containers.stats(name)).memoryLimitBytes).toBe(MEMORY);
      const { spec } = await scope.runtime.containers.inspect(name);
      expect(spec.linux.resources?.memory?.limit).toBe(MEMORY);
    },
    { needs: ["memoryLimit"] },
  );

  suite.test(
    "rlimits hold for the process, and the spec gives them back",
    async (scope) => {
      const rlimits = [{ type: "RLIMIT_NOFILE", soft: 512, hard: 1024 }];
      const name = await scope.start({ args: programs.openFilesLimit(), process: { rlimits } });
      expect(await scope.linesAfterEnd(name)).toEqual(["512"]);
      expect((await scope.runtime.containers.inspect(name)).spec.process.rlimits).toEqual(rlimits);
    },
    { needs: ["rlimits"] },
  );
}
