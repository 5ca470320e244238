import { RUNTIME_CONTRACT_VERSION } from "@k3d/core/runtime";
import type { Suite } from "../suite.js";

/** Detection, connection, and what the runtime says of itself. */
export function runtime(suite: Suite): void {
  const { expect } = suite;

  suite.test("detect finds the engine and says where", async () => {
    const detection = await suite.options.factory.detect(suite.runtimeOptions);
    expect(detection.available, detection.reason).toBe(true);
    expect(detection.reason).toBeTruthy();
  });

  suite.test("info describes the engine", async ({ runtime: under }) => {
    const info = await under.info();
    expect(info.runtime).toBe(under.name);
    expect(info.engine).toBeTruthy();
    expect(info.version).toMatch(/^\d+(\.\d+)*/);
    expect(info.os).toBe("linux");
    expect(info.architecture).toMatch(/^(amd64|arm64|arm|386|ppc64le|s390x|riscv64)$/);
    expect([1, 2]).toContain(info.cgroupVersion);
    expect(info.endpoint).toBeTruthy();
    expect(info.endpoint).not.toMatch(/:\/\/[^/]*:[^/]*@/);
    expect(Array.isArray(info.securityOptions)).toBe(true);
  });

  suite.test("the factory tells the contract's version it was written for", async () => {
    expect(suite.options.factory.contractVersion).toBe(RUNTIME_CONTRACT_VERSION);
  });

  suite.test("the factory and the runtime bear the same name", async ({ runtime: under }) => {
    expect(under.name).toBe(suite.options.factory.name);
  });

  suite.test(
    "detect passes over an engine that cannot be reached, and says why",
    async () => {
      const started = Date.now();
      const detection = await suite.options.factory.detect(
        suite.options.unreachable ?? suite.runtimeOptions,
      );
      expect(detection.available).toBe(false);
      expect(detection.reason).toBeTruthy();
      expect(detection.hint).toBeTruthy();
      expect(Date.now() - started).toBeLessThan(suite.limit(3000));
    },
    { needs: ["unreachable"] },
  );

  suite.test(
    "create rejects with RUNTIME_UNAVAILABLE and a hint where no engine can be reached",
    async () => {
      const creation = suite.options.factory.create(
        suite.options.unreachable ?? suite.runtimeOptions,
      );
      await suite.rejects(creation, "RUNTIME_UNAVAILABLE");
      await expect(creation).rejects.toMatchObject({ hint: expect.stringMatching(/\w/) });
    },
    { needs: ["unreachable"] },
  );

  suite.test(
    "close ends a second connection without harm to the first",
    async ({ runtime: under }) => {
      const second = await suite.options.factory.create(suite.runtimeOptions);
      await second.info();
      await second.close();
      await under.info();
    },
  );
}
