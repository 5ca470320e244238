import { type ErrorCode, K3dError, hintText, isK3dError } from "../errors/index.js";

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  code: ErrorCode;
  /** Path of the field, e.g. `ports[0].port`; empty for the whole. */
  path: string;
  message: string;
  hint?: string;
  /** Where the value was set, as {@link Locate} tells it; asked for when absent. */
  origin?: string;
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
    this.problems.push({ code, path, message, hint });
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
  const several = problems.length > 1;
  const code = problems.every((problem) => problem.code === first.code)
    ? first.code
    : "INVALID_INPUT";
  const message = several ? listProblems(problems, locate) : describe(first, locate);
  const hint = several ? "Correct them all, then try again." : first.hint;
  return new K3dError(code, message, {
    hint,
    details: {
      problems: problems
        .slice(0, MOST_SHOWN)
        .map((problem) => ({ origin: locate(problem.path), ...problem })),
    },
  });
}

/** All problems, each with its hint unless that stands there already. */
function listProblems(problems: readonly ConfigProblem[], locate: Locate): string {
  const hints = new Set<string>();
  const more = problems.length - MOST_SHOWN;
  const items = problems.slice(0, MOST_SHOWN).map((problem) => {
    const hint = problem.hint === undefined ? undefined : hintText(problem.hint);
    const known = hint === undefined || hints.has(hint);
    hints.add(hint ?? "");
    return [describe(problem, locate), ...(known ? [] : [`→ ${hint}`])].join("\n");
  });
  if (more > 0) items.push(`… and ${more} more`);
  return [`${problems.length} problems in the configuration:`, ...items.map(asItem)].join("\n");
}

/** More than that nobody corrects in one go. */
const MOST_SHOWN = 50;

function describe(problem: ConfigProblem, locate: Locate): string {
  const { path, message, origin = locate(path) } = problem;
  const isFile = origin !== undefined && /:\d+(?::\d+)?$/.test(origin);
  return [origin, isFile || origin === undefined ? path : "", message]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
}

const asItem = (text: string): string => `  - ${text.replaceAll("\n", "\n    ")}`;
