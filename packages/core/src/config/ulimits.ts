import { syntaxError } from "../filters/index.js";
import { nearest } from "../model/nearest.js";

/** A resource limit; -1 is unlimited. */
export interface Ulimit {
  name: string;
  soft: number;
  hard: number;
}

/** Names as Docker takes them; `RLIMIT_` and upper case make them the names of the OCI runtime-spec. */
export const ULIMIT_NAMES: readonly string[] = [
  "as",
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
];

const HINT = `Write NAME=SOFT[:HARD], for example "nofile=1024:2048"; -1 is unlimited. Names: ${ULIMIT_NAMES.join(", ")}.`;

/**
 * Parses `name=soft[:hard]` of `--runtime-ulimit`. Without a hard limit it is
 * the soft one; `-1` and `unlimited` are unlimited.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseUlimit(text: string): Ulimit {
  const fail = (at: number, reason: string) =>
    syntaxError({ what: "ulimit", text, at, reason, hint: HINT });
  const equals = text.indexOf("=");
  if (equals === -1) throw fail(text.length, 'a "=" and a limit are missing');
  const name = text.slice(0, equals);
  checkName(name, (reason) => fail(0, reason));
  const limits = text.slice(equals + 1).split(":");
  const [soft = "", hard = soft, more] = limits;
  if (more !== undefined)
    throw fail(equals + 1 + soft.length + 1 + hard.length, 'there are too many ":"');
  const hardAt = limits.length > 1 ? equals + 2 + soft.length : equals + 1;
  const ulimit = {
    name,
    soft: limit(soft, (reason) => fail(equals + 1, reason)),
    hard: limit(hard, (reason) => fail(hardAt, reason)),
  };
  checkOrder(ulimit, (reason) => fail(equals + 1, reason));
  return ulimit;
}

export const formatUlimit = ({ name, soft, hard }: Ulimit): string => `${name}=${soft}:${hard}`;

/**
 * Checks a ulimit of a config file.
 *
 * @throws `INVALID_INPUT`
 */
export function checkUlimit(ulimit: Ulimit): Ulimit {
  const fail = (reason: string) =>
    syntaxError({ what: "ulimit", text: formatUlimit(ulimit), at: 0, reason, hint: HINT });
  checkName(ulimit.name, fail);
  for (const value of [ulimit.soft, ulimit.hard]) limit(String(value), fail);
  checkOrder(ulimit, fail);
  return ulimit;
}

function checkName(name: string, fail: (reason: string) => Error): void {
  if (ULIMIT_NAMES.includes(name)) return;
  const near = nearest(name, ULIMIT_NAMES);
  throw fail(`"${name}" is not a ulimit${near === undefined ? "" : `; did you mean "${near}"?`}`);
}

function limit(text: string, fail: (reason: string) => Error): number {
  if (text === "unlimited" || text === "-1") return -1;
  if (!/^[0-9]{1,15}$/.test(text))
    throw fail(text === "" ? "a limit is missing" : `"${text}" is not a limit`);
  return Number(text);
}

function checkOrder({ soft, hard }: Ulimit, fail: (reason: string) => Error): void {
  if (hard !== -1 && (soft === -1 || soft > hard))
    throw fail("the soft limit is above the hard one");
}
