import type { CompletionFlag, CompletionNode, CompletionValues } from "./model.js";
import { shellQuote } from "./quote.js";

/** A script for a file `_k3d` in `$fpath`, or for `source <(k3d completion zsh)`. */
export function zshCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  const name = `_${bin}`;
  return `#compdef ${bin}
# zsh completion for ${bin}

# Offers names of these kinds, and files.
${name}_offer() {
  local kind
  local -a kinds found
  for kind in $@; do
    if [[ $kind == files ]]; then _files; else kinds+=$kind; fi
  done
  (( $#kinds )) || return 0
  found=(\${(f)"$(${bin} complete $kinds 2>/dev/null </dev/null)"})
  () {
    setopt local_options extended_glob
    # What is not a plain word is not a name.
    found=(\${(M)found:#[A-Za-z0-9][A-Za-z0-9_.:/@+-]#})
  }
  compadd -a found
}

${name}() {
  local at= word candidate
  local -i index
  local -a subcommands arguments
  local -A commands
  commands=(
${nodes.map((node) => `    ${shellQuote(node.path)} 1`).join("\n")}
  )

  for ((index = 2; index < CURRENT; index++)); do
    word=$words[index]
    candidate=\${at:+$at }$word
    if [[ $word != -* ]] && (( \${+commands[$candidate]} )); then at=$candidate; else arguments+=$word; fi
  done
  # As if the command had no other words than these.
  arguments=($words[1] $arguments)
  words=("$arguments[@]" "\${(@)words[CURRENT,-1]}")
  CURRENT=$(( $#arguments + 1 ))

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
    const specs = [
      ...node.flags.flatMap((flag) => zshFlag(name, flag)),
      ...node.args.map(
        (arg, index) => `${arg.repeats ? "*" : index + 1}:${arg.name}:${zshAction(name, arg)}`,
      ),
    ];
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

function zshAction(name: string, { values, sources }: CompletionValues): string {
  if (values.length > 0) return `(${values.join(" ")})`;
  return sources.length > 0 ? `${name}_offer ${sources.join(" ")}` : " ";
}

function zshFlag(name: string, flag: CompletionFlag): string[] {
  const { char, summary, takesValue } = flag;
  const text = summary.replaceAll(/[[\]:]/g, String.raw`\$&`);
  const value = takesValue ? `:value:${zshAction(name, flag)}` : "";
  const long = `*--${flag.name}${takesValue ? "=" : ""}[${text}]${value}`;
  return char === undefined ? [long] : [`*-${char}${takesValue ? "+" : ""}[${text}]${value}`, long];
}
