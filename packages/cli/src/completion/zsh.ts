import type { CompletionFlag, CompletionNode } from "./model.js";
import { shellQuote } from "./quote.js";

/** A script for a file `_k3d` in `$fpath`, or for `source <(k3d completion zsh)`. */
export function zshCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  const name = `_${bin}`;
  return `#compdef ${bin}
# zsh completion for ${bin}

${name}_names() {
  emulate -L zsh
  setopt extended_glob
  local -a found
  found=(\${(f)"$(${bin} $1 list --no-headers --progress none 2>/dev/null)"})
  found=(\${found%% *})
  # What is no plain word is no name of k3d's.
  found=(\${(M)found:#[A-Za-z0-9][A-Za-z0-9_.-]#})
  compadd -a found
}

${name}() {
  local at= word candidate
  local -i index
  local -a subcommands valued flags
  local -A commands
  commands=(
${nodes.map((node) => `    ${shellQuote(node.path)} 1`).join("\n")}
  )

  for ((index = 2; index < CURRENT; index++)); do
    word=$words[index]
    [[ $word == -* ]] && continue
    candidate=\${at:+$at }$word
    (( \${+commands[$candidate]} )) && at=$candidate
  done

  case $at in
${nodes.map((node) => zshNode(name, node)).join("\n")}
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  ${name} "$@"
else
  compdef ${name} ${bin}
fi`;
}

function zshNode(name: string, node: CompletionNode): string {
  const depth = node.path === "" ? 0 : node.path.split(" ").length;
  const lines = [`    ${shellQuote(node.path)})`];
  if (node.subcommands.length > 0) {
    const entries = node.subcommands.map(({ word, summary }) =>
      shellQuote(`${word.replaceAll(":", String.raw`\:`)}:${summary}`),
    );
    lines.push(`      if [[ $words[CURRENT] != -* ]]; then`);
    lines.push(
      `        subcommands=(${entries.join(" ")})`,
      `        _describe command subcommands`,
      `      fi`,
    );
  }
  if (node.flags.length > 0) {
    const rest = zshArguments(name, node);
    const specs = [
      ...node.flags.flatMap((flag) => zshFlag(name, flag)),
      ...(rest === undefined ? [] : [rest]),
    ];
    lines.push(`      shift ${depth} words; (( CURRENT -= ${depth} ))`);
    lines.push(
      `      _arguments -S \\`,
      ...specs.map(
        (spec, index) => `        ${shellQuote(spec)}${index < specs.length - 1 ? " \\" : ""}`,
      ),
    );
  }
  lines.push("      ;;");
  return lines.join("\n");
}

function zshArguments(name: string, { args, values }: CompletionNode): string | undefined {
  if (values.length > 0) return `*:value:(${values.join(" ")})`;
  if (args === "clusters") return `*:cluster:${name}_names cluster`;
  return args === "nodes" ? `*:node:${name}_names node` : undefined;
}

function zshFlag(
  name: string,
  { name: flag, char, summary, takesValue, values, dynamic }: CompletionFlag,
): string[] {
  const text = summary.replaceAll(/[[\]:]/g, String.raw`\$&`);
  const action =
    values.length > 0
      ? `(${values.join(" ")})`
      : dynamic === "files"
        ? "_files"
        : dynamic === "clusters"
          ? `${name}_names cluster`
          : " ";
  const value = takesValue ? `:value:${action}` : "";
  const long = `*--${flag}${takesValue ? "=" : ""}[${text}]${value}`;
  return char === undefined ? [long] : [`*-${char}${takesValue ? "+" : ""}[${text}]${value}`, long];
}
