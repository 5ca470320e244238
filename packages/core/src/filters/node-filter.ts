import { nearest } from "../model/nearest.js";
import { syntaxError } from "./syntax-error.js";

/** Groups of nodes that a filter can name, in their canonical spelling. */
export type FilterGroup = "server" | "agent" | "loadbalancer" | "all";

/** How a port reaches the filtered nodes. */
export type FilterSuffix = "proxy" | "direct";

/** Node numbers, both ends included; an absent end is open. */
export interface IndexRange {
  from?: number;
  to?: number;
  /** Offset of the range in the filter's text. */
  at: number;
}

interface FilterBase {
  /** As the user wrote it. */
  text: string;
  suffix?: FilterSuffix;
  /** Offset of the suffix in `text`, when there is one. */
  suffixAt?: number;
}

export interface GroupFilter extends FilterBase {
  kind: "group";
  group: FilterGroup;
  /** Absent: every node of the group. */
  subset?: IndexRange[];
}

export interface NameFilter extends FilterBase {
  kind: "name";
  /** Name of one node, e.g. `k3d-demo-agent-0`. */
  name: string;
}

export type NodeFilter = GroupFilter | NameFilter;

const GROUPS: ReadonlyMap<string, FilterGroup> = new Map([
  ["server", "server"],
  ["servers", "server"],
  ["master", "server"],
  ["masters", "server"],
  ["agent", "agent"],
  ["agents", "agent"],
  ["worker", "agent"],
  ["workers", "agent"],
  ["loadbalancer", "loadbalancer"],
  ["all", "all"],
]);
const SUFFIXES: readonly string[] = ["proxy", "direct"] satisfies FilterSuffix[];
const WHAT = "node filter";
const HINT =
  'A filter is GROUP[:SUBSET][:SUFFIX], for example "server:0", "agent:0,2-3", "agent:*:direct" or "loadbalancer", or the name of a node.';

/**
 * Parses one filter in either grammar: `GROUP[:SUBSET][:SUFFIX]` of k3d v5, or
 * the older `GROUP[SUBSET]` with brackets (where a range may also be written
 * `0:2`), or the name of a node.
 *
 * Groups are `server(s)`, `agent(s)`, `loadbalancer` and `all`; `master(s)`
 * and `worker(s)` are the words of k3d v1. A subset is `*`, or numbers and
 * ranges (`1-3`, `2-`, `-1`) with commas between.
 *
 * @throws `INVALID_INPUT` pointing at the offending character.
 */
export function parseNodeFilter(text: string): NodeFilter {
  return new Parser(text).parse();
}

/** The filter in the grammar of k3d v5; a whole group of numbered nodes is written with `*`. */
export function formatNodeFilter(filter: NodeFilter): string {
  const parts = filter.kind === "name" ? [filter.name] : [filter.group, ...formatSubset(filter)];
  return [...parts, ...(filter.suffix === undefined ? [] : [filter.suffix])].join(":");
}

function formatSubset({ group, subset }: GroupFilter): string[] {
  if (subset !== undefined) return [subset.map(formatRange).join(",")];
  return group === "server" || group === "agent" ? ["*"] : [];
}

function formatRange({ from, to }: IndexRange): string {
  return from !== undefined && from === to ? String(from) : `${from ?? ""}-${to ?? ""}`;
}

class Parser {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): NodeFilter {
    const word = this.#take(/[A-Za-z0-9_.-]*/y);
    const group = GROUPS.get(word.toLowerCase());
    if (group === undefined && !/^k3d-[A-Za-z0-9]/.test(word)) throw this.#unknownWord(word);
    const base =
      group === undefined
        ? { text: this.text, kind: "name" as const, name: word }
        : { text: this.text, kind: "group" as const, group, ...this.#subsetOf(group) };
    const filter: NodeFilter = { ...base, ...this.#suffix() };
    if (this.#at < this.text.length) throw this.#error(`"${this.#rest()[0]}" is not expected here`);
    return filter;
  }

  #subsetOf(group: FilterGroup): { subset?: IndexRange[] } {
    const bracket = this.text[this.#at] === "[";
    if (!bracket && !/^:[^A-Za-z]/.test(this.#rest())) return {};
    this.#at++;
    const start = this.#at;
    const subset = this.#subset(bracket);
    if (bracket) this.#expect("]", 'the closing "]" is missing');
    if (subset === undefined) return {};
    if (
      (group === "all" || group === "loadbalancer") &&
      subset.some(({ from, to }) => from !== 0 || to !== 0)
    ) {
      throw this.#error(`"${group}" has no numbered nodes to choose from`, start);
    }
    return group === "all" || group === "loadbalancer" ? {} : { subset };
  }

  /** `undefined` for `*`. */
  #subset(bracket: boolean): IndexRange[] | undefined {
    if (this.text[this.#at] === "*") {
      this.#at++;
      return undefined;
    }
    const ranges = [this.#range(bracket)];
    while (this.text[this.#at] === ",") {
      this.#at++;
      // As k3d v5 takes it: `server:0,`.
      if (/^(?:$|[:\]])/.test(this.#rest())) break;
      ranges.push(this.#range(bracket));
    }
    return ranges;
  }

  #range(bracket: boolean): IndexRange {
    const at = this.#at;
    const from = this.#number();
    const separator = this.text[this.#at];
    if (separator !== "-" && !(bracket && separator === ":")) {
      if (from === undefined)
        throw this.#error('a node number, a range such as "1-3" or "*" is expected');
      return { from, to: from, at };
    }
    this.#at++;
    const to = this.#number();
    if (from !== undefined && to !== undefined && to < from)
      throw this.#error("the range ends before it starts", at);
    return { from, to, at };
  }

  #number(): number | undefined {
    const at = this.#at;
    const digits = this.#take(/[0-9]*/y);
    if (digits === "") return undefined;
    if (digits.length > 6) throw this.#error("the node number is too large", at);
    return Number(digits);
  }

  #suffix(): { suffix?: FilterSuffix; suffixAt?: number } {
    if (this.text[this.#at] !== ":") return {};
    this.#at++;
    const suffixAt = this.#at;
    const word = this.#take(/[A-Za-z]*/y);
    if (word === "")
      throw this.#error('a subset or the suffix "proxy" or "direct" is expected after ":"');
    if (!SUFFIXES.includes(word)) {
      throw this.#error(`"${word}" is not a suffix; known are "proxy" and "direct"`, suffixAt);
    }
    return { suffix: word as FilterSuffix, suffixAt };
  }

  #unknownWord(word: string): Error {
    if (word === "") return this.#error("a group of nodes or the name of a node is expected", 0);
    const near = nearest(word.toLowerCase(), GROUPS.keys());
    const suggestion = near === undefined ? "" : `; did you mean "${near}"?`;
    const reason = `"${word}" is neither a group of nodes nor the name of a node (k3d-…)${suggestion}`;
    const escape = near === undefined ? ' An "@" that belongs to the value is written "\\@".' : "";
    return this.#error(reason, 0, HINT + escape);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }

  #expect(character: string, reason: string): void {
    if (this.text[this.#at] !== character) throw this.#error(reason);
    this.#at++;
  }

  #rest(): string {
    return this.text.slice(this.#at);
  }

  #error(reason: string, at = this.#at, hint = HINT): Error {
    return syntaxError({ what: WHAT, text: this.text, at, reason, hint });
  }
}
