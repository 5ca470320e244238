import type { Space } from "../local-machine.js";
import type { HostView, Lookup } from "./host-view.js";
import { MARK } from "./probe-script.js";

/**
 * What the lines of a probe tell.
 *
 * @param before when the container was about to start, by our clock
 * @param after when it had ended
 * @returns `undefined` when it did not come to its end.
 */
export function parseProbe(
  lines: readonly string[],
  before: number,
  after: number,
): HostView | undefined {
  const sections = sectionsOf(lines);
  if (!sections.has("end")) return undefined;
  const files = new Map([...sections].filter(([name]) => name.startsWith("/")));
  const seconds = Number(sections.get("date")?.trim());
  const space = spaceOf(sections.get("df"), sections.get("dfi"));
  const lookups = sections.get("lookups");
  const reach = sections.get("reach");
  return {
    from: "container",
    files,
    space,
    ...(seconds > 0 ? { clock: { host: seconds * 1000, before, after } } : {}),
    ...(lookups === undefined ? {} : { lookups: lookupsOf(lookups) }),
    ...(reach === undefined ? {} : { reachesNeighbour: reach === "yes" }),
  };
}

function sectionsOf(lines: readonly string[]): Map<string, string> {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    if (line.startsWith(MARK)) sections.set(line.slice(MARK.length).trim(), (current = []));
    else current.push(line);
  }
  return new Map([...sections].map(([name, texts]) => [name, texts.join("\n").trim()]));
}

/** Of `df -P`: name, total, used, free, percentage, mount point. */
function spaceOf(blocks: string | undefined, inodes: string | undefined): Space | undefined {
  const kibibytes = numbersOf(blocks);
  if (kibibytes === undefined) return undefined;
  const nodes = numbersOf(inodes);
  return {
    path: "the engine's storage",
    total: kibibytes.total * 1024,
    free: kibibytes.free * 1024,
    ...(nodes === undefined || nodes.total === 0 ? {} : { inodes: nodes }),
  };
}

function numbersOf(table: string | undefined): { total: number; free: number } | undefined {
  const [, total = "", , free = ""] = (table?.split("\n").at(-1) ?? "").trim().split(/\s+/);
  return /^\d+$/.test(total) && /^\d+$/.test(free)
    ? { total: Number(total), free: Number(free) }
    : undefined;
}

function lookupsOf(text: string): Lookup[] {
  return text.split("\n").flatMap((line): Lookup[] => {
    const [name, answer, server] = line.trim().split(/\s+/);
    if (!name || (answer !== "yes" && answer !== "no")) return [];
    return [{ name, resolved: answer === "yes", ...(server ? { server } : {}) }];
  });
}
