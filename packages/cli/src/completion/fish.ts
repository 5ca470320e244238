import type { CompletionFlag, CompletionNode } from "./model.js";
import { fishQuote } from "./quote.js";

/** A script for `~/.config/fish/completions/k3d.fish`, or for `k3d completion fish | source`. */
export function fishCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  const at = `__${bin}_at`;
  const paths = nodes.map(({ path }) => path).filter((path) => path !== "");
  return `# fish completion for ${bin}

function __${bin}_path
    set -l paths ${paths.map((path) => fishQuote(path)).join(" ")}
    set -l path
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        set -l candidate (string join ' ' $path $word)
        contains -- $candidate $paths; and set path $candidate
    end
    echo $path
end

function ${at}
    test (__${bin}_path) = "$argv[1]"
end

function __${bin}_names
    ${bin} $argv[1] list --no-headers --progress none 2>/dev/null | string replace -r ' .*' '' | string match -r '^[A-Za-z0-9][A-Za-z0-9_.-]*$'
end

complete -c ${bin} -f
${nodes.flatMap((node) => fishNode(bin, at, node)).join("\n")}`;
}

function fishNode(bin: string, at: string, node: CompletionNode): string[] {
  const condition = `complete -c ${bin} -n ${fishQuote(`${at} ${fishQuote(node.path)}`)}`;
  const lines = node.subcommands.map(
    ({ word, summary }) => `${condition} -a ${word} -d ${fishQuote(summary)}`,
  );
  if (node.values.length > 0) lines.push(`${condition} -a ${fishQuote(node.values.join(" "))}`);
  if (node.args === "clusters") lines.push(`${condition} -a '(__${bin}_names cluster)'`);
  if (node.args === "nodes") lines.push(`${condition} -a '(__${bin}_names node)'`);
  return [...lines, ...node.flags.map((flag) => `${condition} ${fishFlag(bin, flag)}`)];
}

function fishFlag(
  bin: string,
  { name, char, summary, takesValue, values, dynamic }: CompletionFlag,
): string {
  const short = char === undefined ? "" : `-s ${char} `;
  const words =
    values.length > 0
      ? ` -a ${fishQuote(values.join(" "))}`
      : dynamic === "clusters"
        ? ` -a '(__${bin}_names cluster)'`
        : "";
  const value = takesValue ? (dynamic === "files" ? " -r -F" : ` -x${words}`) : "";
  return `${short}-l ${name} -d ${fishQuote(summary)}${value}`;
}
