/** A line of `ssh_config`. */
export interface ConfigLine {
  /** In lower case. */
  keyword: string;
  words: string[];
}

/** These take the rest of the line, quotes and all. */
const COMMANDS = new Set(["proxycommand", "localcommand", "remotecommand", "knownhostscommand"]);

/** The keyword and its words; `undefined` for an empty line and a comment. */
export function parseLine(line: string): ConfigLine | undefined {
  const [, quoted, plain, rest = ""] =
    /^\s*(?:"([^"]*)"|([^\s="#]+))(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
  const keyword = (quoted ?? plain)?.toLowerCase();
  if (!keyword) return undefined;
  return { keyword, words: COMMANDS.has(keyword) ? [rest] : wordsOf(rest) };
}

/** As OpenSSH splits them: quotes of both kinds, backslashes before those and blanks, a comment at the end. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const word = /\s*((?:\\["'\\ ]|"(?:\\["\\]|[^"])*"?|'(?:\\['\\]|[^'])*'?|[^\s"'])+)/gy;
  for (const [, written = ""] of text.matchAll(word)) {
    if (written.startsWith("#")) break;
    words.push(
      written.replace(
        /\\(["'\\ ])|"((?:\\["\\]|[^"])*)"?|'((?:\\['\\]|[^'])*)'?/g,
        (_, escaped?: string, double?: string, single?: string) =>
          escaped ?? (double ?? single ?? "").replace(/\\(["'\\])/g, "$1"),
      ),
    );
  }
  return words;
}
