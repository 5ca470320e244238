import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "shell-quote";
import { NOT_WRITTEN_HERE, ROOT } from "./sources.ts";

/** A call of k3d that a page shows. */
export interface CommandLine {
  /** Page and line, as editors take them. */
  place: string;
  /** Arguments behind `k3d`. */
  argv: string[];
  /** Part of a sentence: a command's name alone is a name there, no call. */
  isSpan: boolean;
}

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "docs/**/*.md",
  "packages/*/README.md",
  "examples/*/README.md",
  "packaging/*.md",
];
const FENCE = /^([ \t]*)```(\w*)[^\n]*\n([^]*?)^\1```$/gm;
/** Languages of blocks that people type; in `console` only what stands behind a prompt. */
const SHELLS = new Set(["sh", "bash", "console"]);
const SCRIPTS = new Set(["yaml"]);
const INLINE = /`((?:[A-Z_]+=\S+ )*(?:\.\/bin\/)?k3d [^`]*)`/g;
const K3D = new Set(["k3d", "./bin/k3d"]);
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** The text of every page with instructions, by its path. */
export async function pages(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const pattern of PAGES) {
    for await (const file of glob(pattern, { cwd: ROOT, exclude: NOT_WRITTEN_HERE }))
      found.set(file, await readFile(join(ROOT, file), "utf8"));
  }
  return found;
}

/** The calls of k3d in the shell blocks and the code spans of a page. */
export function commandLines(page: string, text: string): CommandLine[] {
  const found: CommandLine[] = [];
  const add = (offset: number, shell: string, isSpan = false): void => {
    const line = text.slice(0, offset).split("\n").length;
    for (const argv of k3dCalls(shell)) found.push({ place: `${page}:${line}`, argv, isSpan });
  };
  for (const { 0: block, 2: language = "", 3: body = "", index } of text.matchAll(FENCE)) {
    if (!SHELLS.has(language) && !SCRIPTS.has(language)) continue;
    let offset = index + block.indexOf("\n") + 1;
    for (const line of joined(body)) {
      if (SHELLS.has(language)) add(offset, language === "console" ? typed(line) : line);
      else add(offset, /^\s*(?:- )?(?:run: )?((?:\.\/bin\/)?k3d .*)$/.exec(line)?.[1] ?? "");
      offset += line.length + 1;
    }
  }
  for (const { 1: span = "", index } of text
    .replaceAll(FENCE, (block) => block.replaceAll(/[^\n]/g, " "))
    .matchAll(INLINE))
    add(index, span.replaceAll(/\s*\n\s*/g, " "), true);
  return found;
}

/** The lines of a shell block; those that end in a backslash with what follows them. */
function joined(body: string): string[] {
  return body.replaceAll(/\\\n/g, "  ").split("\n");
}

/** What a line of a recorded session has behind its prompt. */
function typed(line: string): string {
  return /^[$#] (.*)$/.exec(line)?.[1] ?? "";
}

/** A value for a variable: the working directory has to be a path, anything goes for the others. */
const valueOf = (name: string): string => `/${name.toLowerCase()}`;

/** The arguments of each call of k3d in a line of shell. */
export function k3dCalls(line: string): string[][] {
  const calls: string[][] = [];
  // Commands in double quotes or in brackets are commands all the same.
  const substituted = [...line.matchAll(/\$\(([^()]*)\)/g)].map(([, inner = ""]) => inner);
  for (const inner of substituted) calls.push(...k3dCalls(inner));
  let words: string[] | undefined = [];
  let skipsTarget = false;
  const end = (): void => {
    const start = words?.findIndex((word) => !ASSIGNMENT.test(word)) ?? -1;
    if (words !== undefined && start !== -1 && K3D.has(words[start] ?? ""))
      calls.push(words.slice(start + 1));
    words = [];
  };
  for (const token of parse(line.replaceAll(/\$\([^()]*\)/g, "SUBSTITUTED"), valueOf)) {
    if (typeof token === "string") {
      if (!skipsTarget) words.push(token);
      skipsTarget = false;
    } else if ("comment" in token) break;
    else if (token.op === "glob") words.push(token.pattern);
    else if (token.op === ">" || token.op === "<" || token.op === ">>") skipsTarget = true;
    else end();
  }
  end();
  return calls;
}
