import { type ErrorCode, K3dError, isK3dError } from "../errors/index.js";

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  code: ErrorCode;
  /** Path of the field, e.g. `ports[0].port`; empty for the whole. */
  path: string;
  message: string;
  hint?: string;
}

/**
 * Tells where the value of a field was set, for messages: `k3d.yaml:4:10`,
 * `--port`, `K3D_IMAGE`. `undefined` when nothing set it.
 */
export type Locate = (path: string) => string | undefined;

/** Gathers problems, so that a user sees them all at once. */
export class ProblemCollector {
  readonly problems: ConfigProblem[] = [];

  add(code: ErrorCode, path: string, message: string, hint?: string): void {
    this.problems.push({ code, path, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** What `parse` returns; a K3dError it throws becomes a problem of `path`. */
  collect<T>(path: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!isK3dError(error)) throw error;
      this.add(error.code, path, error.message, error.hint);
      return undefined;
    }
  }

  /** @throws one error for all problems; its code is theirs where they agree, else `INVALID_INPUT`. */
  throwIfAny(locate: Locate = () => undefined): void {
    const error = problemsError(this.problems, locate);
    if (error !== undefined) throw error;
  }
}

/** One error for all problems; `undefined` when there are none. */
export function problemsError(
  problems: readonly ConfigProblem[],
  locate: Locate = () => undefined,
): K3dError | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const lines = problems.map((problem) => describe(problem, locate));
  const message =
    problems.length === 1
      ? lines.join("")
      : [`${problems.length} problems in the configuration:`, ...lines.map(asItem)].join("\n");
  const hints = [...new Set(problems.flatMap(({ hint }) => hint ?? []))];
  const sameCode = problems.every(({ code }) => code === first.code);
  return new K3dError(sameCode ? first.code : "INVALID_INPUT", message, {
    ...(hints.length === 0 ? {} : { hint: hints.join("\n") }),
    details: {
      problems: problems.map((problem) => ({ ...problem, origin: locate(problem.path) })),
    },
  });
}

function describe({ path, message }: ConfigProblem, locate: Locate): string {
  const origin = locate(path);
  const isFile = origin !== undefined && /:\d+(?::\d+)?$/.test(origin);
  return [origin, isFile || origin === undefined ? path : "", message]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
}

const asItem = (text: string): string => `  - ${text.replaceAll("\n", "\n    ")}`;
