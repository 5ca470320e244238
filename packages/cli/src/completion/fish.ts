import type { CompletionFlag, CompletionNode, CompletionValues } from "./model.js";
import { fishQuote } from "./quote.js";

/** A script for `~/.config/fish/completions/k3d.fish`, or for `k3d completion fish | source`. */
export function fishCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  const at = `__${bin}_at`;
  const paths = nodes.map(({ path }) => path).filter((path) => path !== "");
  const valued = new Set(
    nodes
      .flatMap(({ flags }) => flags)
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ name, char }) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]),
  );
  return `# fish completion for ${bin}

# The command that is being written, and how many arguments it has already.
function __${bin}_path
    set -l paths ${paths.map((path) => fishQuote(path)).join(" ")}
    set -l valued ${[...valued]
      .toSorted()
      .map((flag) => fishQuote(flag))
      .join(" ")}
    set -l path
    set -l given 0
    set -l value no
    for word in (commandline -opc)[2..]
        if test $value = yes
            set value no
        else if string match -q -- '-*' $word
            contains -- $word $valued; and set value yes
        else
            set -l candidate (string join ' ' $path $word)
            if contains -- $candidate $paths
                set path $candidate
            else
                set given (math $given + 1)
            end
        end
    end
    echo $path
    echo $given
end

# Whether COMMAND is being written, and there its argument FIRST (counted from 0), or any from it to LAST.
function ${at}
    set -l found (__${bin}_path)
    test "$found[1]" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; and return 0
    test $found[2] -ge $argv[2] -a $found[2] -le $argv[3]
end

function __${bin}_names
    ${bin} complete $argv 2>/dev/null </dev/null | string match -r '^[A-Za-z0-9][A-Za-z0-9_.:/@+-]*$'
end

complete -c ${bin} -f
${nodes.flatMap((node) => fishNode(bin, at, node)).join("\n")}`;
}

/** More arguments than any command line has. */
const ANY = 9999;

function fishNode(
  bin: string,
  at: string,
  { path, subcommands, args, flags }: CompletionNode,
): string[] {
  const condition = (more = ""): string =>
    `complete -c ${bin} -n ${fishQuote(`${at} ${fishQuote(path)}${more}`)}`;
  return [
    ...subcommands.map(({ word, summary }) => `${condition()} -a ${word} -d ${fishQuote(summary)}`),
    ...args.flatMap((arg, index) => {
      const words = fishWords(bin, arg);
      const here = condition(` ${index} ${arg.repeats ? ANY : index}`);
      return [
        ...(words === "" ? [] : [`${here} -a ${words}`]),
        ...(arg.sources.includes("files") ? [`${here} -F`] : []),
      ];
    }),
    ...flags.map((flag) => `${condition()} ${fishFlag(bin, flag)}`),
  ];
}

/** Words and names as the value of `-a`; empty when there are none. */
function fishWords(bin: string, { values, sources }: CompletionValues): string {
  const names = sources.filter((source) => source !== "files");
  const parts = [...values, ...(names.length === 0 ? [] : [`(__${bin}_names ${names.join(" ")})`])];
  return parts.length === 0 ? "" : fishQuote(parts.join(" "));
}

function fishFlag(bin: string, flag: CompletionFlag): string {
  const { name, char, summary, takesValue, sources } = flag;
  const short = char === undefined ? "" : `-s ${char} `;
  const words = fishWords(bin, flag);
  const offered = words === "" ? "" : ` -a ${words}`;
  const value = takesValue ? `${sources.includes("files") ? " -r -F" : " -x"}${offered}` : "";
  return `${short}-l ${name} -d ${fishQuote(summary)}${value}`;
}
