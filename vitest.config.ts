import { defineConfig } from "vitest/config";
import { PATIENCE } from "./test/patience.ts";

/** Resolves workspace packages to their sources, so that tests need no build. */
const conditions = ["k3d-source", "module", "node", "development|production"];

const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["k3d-source", "node"] } },
  oxc: { decorator: { legacy: true } },
};

/** They replace modules that others have loaded. */
const MOCKING = ["scripts/docs/one-more-option.test.ts", "packages/cli/src/run-oclif.test.ts"];

/** Only ends what hangs: unit tests wait for nothing, but a busy machine may be slow. */
const patience = { testTimeout: 60_000, hookTimeout: 60_000 };

/**
 * Engines are shared with whatever else a machine does, and their tests have time limits: in CI a
 * failed one gets a second chance. The report shows which needed it.
 */
const retry = process.env.CI === undefined ? 0 : 2;

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          ...patience,
          // Loading the modules anew for each file took two thirds of the time.
          isolate: false,
          setupFiles: ["packages/core/test-support/property-seed.ts"],
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/*/scripts/**/*.test.ts",
            "examples/*/src/**/*.test.ts",
            "scripts/**/*.test.ts",
            "test/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "**/dist/**", "test/k3s-stand-in/**", ...MOCKING],
        },
      },
      {
        ...shared,
        test: { name: "unit-mocking", ...patience, include: MOCKING },
      },
      {
        ...shared,
        test: {
          name: "stand-in",
          retry,
          include: ["test/k3s-stand-in/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "packages",
          include: ["test/packages/**/*.pack.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "site",
          include: ["docs/visit/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        ...shared,
        test: {
          name: "conformance",
          retry,
          include: ["packages/*/conformance/**/*.test.ts", "examples/*/conformance/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000 * PATIENCE,
          hookTimeout: 120_000 * PATIENCE,
        },
      },
      {
        ...shared,
        test: {
          name: "machines",
          retry: 0,
          include: ["test/machines/**/*.e2e.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          retry,
          include: ["test/e2e/**/*.e2e.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
