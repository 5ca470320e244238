import type { CapabilityName, RuntimeFactory, RuntimeOptions } from "@k3d/core/runtime";
import type * as vitest from "vitest";

/** What the suite needs of vitest; pass the whole module. */
export type TestApi = Pick<typeof vitest, "describe" | "it" | "expect" | "beforeAll" | "afterAll">;

export interface ConformanceImages {
  /** Full reference of an image with busybox as `sh`, present in the engine. */
  busybox: string;
  /** Full reference that `images.pull` can get, where there is one. */
  pullable?: string;
}

export interface ConformanceOptions extends TestApi {
  factory: RuntimeFactory;
  images: ConformanceImages;
  /** How to reach the engine. Default: this process's environment, home directory, platform and user. */
  runtimeOptions?: RuntimeOptions;
  /** Options with which no engine can be reached. Without them those tests are skipped. */
  unreachable?: RuntimeOptions;
  /**
   * Two engines in no group, which the suite may put into one and leaves in it: no engines of
   * yours. Without them those tests are skipped.
   */
  spareEngines?: readonly [RuntimeOptions, RuntimeOptions];
  /** Bytes sent through each stream in the group `streaming`. Default 256 MiB. */
  largeBytes?: number;
  /** Bytes by which this process may grow meanwhile. Default 128 MiB. */
  memoryBudget?: number;
  /** Factor by which all time limits are longer, for a slow machine. Default 1. */
  patience?: number;
  /** Gets the summary once all tests ran. */
  report?: (report: ConformanceReport) => void;
}

/** One test that did not run. */
export interface SkippedTest {
  /** `group › test`. */
  name: string;
  /** E.g. `no capability pause`. */
  reason: string;
}

export interface ConformanceReport {
  runtime: string;
  /** Tests that ran, whatever came out. */
  ran: number;
  failed: number;
  skipped: SkippedTest[];
  /** The same for people: one line of counts and one for each reason. */
  summary: string;
}

/** What a test needs beyond the contract's core. */
export type Need = CapabilityName | "pullable" | "unreachable" | "spareEngines" | "dial";
