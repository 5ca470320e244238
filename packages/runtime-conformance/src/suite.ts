import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import type { ContainerRuntime, ErrorCode, RuntimeOptions } from "@k3d/core/runtime";
import { IdleContainer } from "./idle-container.js";
import type { ConformanceOptions, ConformanceReport, Need, SkippedTest } from "./options.js";
import { RUN_LABEL, Scope, sweep } from "./scope.js";

interface TestOptions {
  /** Capabilities and other conditions without which the test is skipped. */
  needs?: Need[];
  /** Milliseconds. */
  timeout?: number;
}

export type TestBody = (scope: Scope, suite: Suite) => Promise<void>;

const DEFAULT_TIMEOUT_MS = 120_000;
const CONDITION_LIMIT_MS = 15_000;

/** Tests of one concern. */
interface Group {
  name: string;
  idle: IdleContainer;
}

function surroundings(): RuntimeOptions {
  const uid = process.geteuid?.();
  return {
    env: process.env,
    homeDir: homedir(),
    platform: process.platform,
    uid,
  };
}

/** One run of the suite against one runtime: registers tests, gives each a scope, keeps the counts. */
export class Suite {
  readonly options: ConformanceOptions;
  readonly runtimeOptions: RuntimeOptions;
  readonly expect: ConformanceOptions["expect"];
  readonly runId = randomBytes(4).toString("hex");
  readonly #skipped: SkippedTest[] = [];
  #runtime: ContainerRuntime | undefined;
  #group: Group = this.#newGroup("");
  #scopes = 0;
  #ran = 0;
  #failed = 0;

  constructor(options: ConformanceOptions) {
    this.options = options;
    this.expect = options.expect;
    this.runtimeOptions = options.runtimeOptions ?? surroundings();
  }

  /** The runtime under test. */
  get runtime(): ContainerRuntime {
    if (!this.#runtime) throw new Error("the runtime under test could not be created");
    return this.#runtime;
  }

  /** A time limit as it is on this machine. */
  limit(ms: number): number {
    return ms * (this.options.patience ?? 1);
  }

  group(name: string, body: () => void): void {
    this.options.describe(name, () => {
      const group = this.#newGroup(name);
      this.#group = group;
      this.options.afterAll(() => group.idle.giveUp(), this.limit(DEFAULT_TIMEOUT_MS));
      body();
    });
  }

  test(
    name: string,
    body: TestBody,
    { needs = [], timeout = DEFAULT_TIMEOUT_MS }: TestOptions = {},
  ): void {
    const group = this.#group;
    const fullName = `${group.name} › ${name}`;
    this.options.it(name, { timeout: this.limit(timeout) }, async (context) => {
      const missing = await this.#firstMissing(needs);
      if (missing !== undefined) {
        const reason = this.#reason(missing);
        this.#skipped.push({ name: fullName, reason });
        context.skip(reason);
      }
      this.#ran += 1;
      const scope = this.#newScope(() => group.idle.name());
      try {
        await body(scope, this);
      } catch (error) {
        this.#failed += 1;
        await group.idle.giveUp().catch(() => undefined);
        throw error;
      } finally {
        await scope.dispose();
      }
    });
  }

  /** Expects a K3dError of one of these codes, whose message says something. */
  async rejects(promise: Promise<unknown>, ...codes: ErrorCode[]): Promise<void> {
    const error = (await promise.then(
      (value) =>
        new Error(`expected ${codes.join(" or ")}, but the call succeeded with ${String(value)}`),
      (reason: unknown) => reason,
    )) as { code?: string; message?: string; name?: string; stack?: string };
    this.expect(codes as string[], `${error.message ?? ""}\n${error.stack ?? ""}`).toContain(
      error.code,
    );
    this.expect(error.name).toBe("K3dError");
    this.expect(error.message).toBeTruthy();
  }

  async setUp(): Promise<void> {
    this.#runtime = await this.options.factory.create(this.runtimeOptions);
  }

  async tearDown(): Promise<void> {
    try {
      if (this.#runtime) {
        await sweep(this.#runtime, { [RUN_LABEL]: this.runId });
        await this.#runtime.close();
      }
    } finally {
      // Also of an adapter that cannot list yet what there is to remove.
      this.options.report?.(this.#report());
    }
  }

  #newGroup(name: string): Group {
    const idle = new IdleContainer(() => this.#newScope(() => idle.name()));
    return { name, idle };
  }

  #newScope(idle: () => Promise<string>): Scope {
    this.#scopes += 1;
    return new Scope({
      runtime: this.runtime,
      busybox: this.options.images.busybox,
      runId: this.runId,
      id: String(this.#scopes),
      limitMs: this.limit(CONDITION_LIMIT_MS),
      idle,
    });
  }

  async #firstMissing(needs: readonly Need[]): Promise<Need | undefined> {
    const { images, unreachable, spareEngines } = this.options;
    const has = {
      ...(await this.runtime.capabilities),
      pullable: images.pullable !== undefined,
      unreachable: unreachable !== undefined,
      spareEngines: spareEngines !== undefined,
      dial: this.runtime.dial !== undefined,
    };
    return needs.find((need) => !has[need]);
  }

  #reason(need: Need): string {
    if (need === "pullable") return "no image to pull was named";
    if (need === "unreachable") return "no options without an engine were named";
    if (need === "spareEngines") return "no engines to put into a group were named";
    if (need === "dial") return "the runtime has no method dial";
    return `no capability ${need}`;
  }

  #report(): ConformanceReport {
    const runtime = this.#runtime?.name ?? this.options.factory.name;
    const byReason = Map.groupBy(this.#skipped, ({ reason }) => reason);
    const lines = [
      `conformance of ${runtime}: ${this.#ran - this.#failed} passed, ${this.#failed} failed, ${this.#skipped.length} skipped`,
      ...[...byReason].map(
        ([reason, tests]) =>
          `  ${tests.length} skipped: ${reason} (${tests.map(({ name }) => name).join("; ")})`,
      ),
    ];
    return {
      runtime,
      ran: this.#ran,
      failed: this.#failed,
      skipped: this.#skipped,
      summary: lines.join("\n"),
    };
  }
}
