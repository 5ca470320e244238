import type { CompletionNode } from "./model.js";
import { shellQuote } from "./quote.js";

/** A script for `source <(k3d completion bash)`; it needs no bash-completion package. */
export function bashCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  const name = `_${bin}_completion`;
  return `# bash completion for ${bin}

${name}_names() {
  "\${COMP_WORDS[0]}" "$1" list --no-headers --progress none 2>/dev/null | while read -r name _; do
    # What is no plain word would be evaluated when the line is run.
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*$ ]] && echo "$name"
  done
}

# Not compgen -W, which evaluates the words.
${name}_reply() {
  local -a words
  local candidate
  COMPREPLY=()
  read -r -d '' -a words <<<"$2"
  for candidate in "\${words[@]}"; do
    [[ $candidate == "$1"* ]] && COMPREPLY+=("$candidate")
  done
  return 0
}

${name}_describe() {
  local -n words_ref=$2 flags_ref=$3 valued_ref=$4 args_ref=$5
  case "$1" in
${nodes.map((node) => describeNode(node)).join("\n")}
    *) return 1 ;;
  esac
}

${name}_value() {
  case "$1" in
${nodes.flatMap((node) => valueCases(node)).join("\n")}
    *) return 1 ;;
  esac
}

${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous= path= word index skip candidate kind
  local subcommands= flags= valued= args=
  ${name}_describe "" subcommands flags valued args
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "$word" in
      -*)
        if [[ " $valued " == *" $word "* ]]; then
          skip=1
          [[ \${COMP_WORDS[index + 1]} == "=" ]] && skip=2
          if ((index + skip >= COMP_CWORD)); then
            previous=$word
            break
          fi
          ((index += skip))
        fi
        ;;
      *)
        candidate=\${path:+$path }$word
        if [[ " $subcommands " == *" $word "* ]] && ${name}_describe "$candidate" subcommands flags valued args; then
          path=$candidate
        fi
        ;;
    esac
  done
  if [[ -n $previous ]]; then
    [[ $cur == "=" ]] && cur=
    word=$(${name}_value "$path $previous") || return 0
    case "$word" in
      @files) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
      @clusters) ${name}_reply "$cur" "$(${name}_names cluster)" ;;
      *) ${name}_reply "$cur" "$word" ;;
    esac
    return 0
  fi
  if [[ $cur == -* ]]; then
    ${name}_reply "$cur" "$flags"
    return 0
  fi
  case "$args" in
    @clusters) kind=$(${name}_names cluster) ;;
    @nodes) kind=$(${name}_names node) ;;
    *) kind=$args ;;
  esac
  ${name}_reply "$cur" "$subcommands $kind"
}

complete -F ${name} ${bin}`;
}

function describeNode(node: CompletionNode): string {
  const flags = node.flags.flatMap(({ name, char }) => [
    `--${name}`,
    ...(char === undefined ? [] : [`-${char}`]),
  ]);
  const valued = node.flags
    .filter(({ takesValue }) => takesValue)
    .flatMap(({ name, char }) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]);
  const args = node.args === "none" ? node.values.join(" ") : `@${node.args}`;
  return [
    `    ${shellQuote(node.path)})`,
    `      words_ref=${shellQuote(node.subcommands.map(({ word }) => word).join(" "))}`,
    `      flags_ref=${shellQuote(flags.join(" "))}`,
    `      valued_ref=${shellQuote(valued.join(" "))}`,
    `      args_ref=${shellQuote(args)}`,
    "      ;;",
  ].join("\n");
}

function valueCases({ path, flags }: CompletionNode): string[] {
  return flags.flatMap(({ name, char, values, dynamic }) => {
    const reply =
      values.length > 0 ? values.join(" ") : dynamic === "none" ? undefined : `@${dynamic}`;
    if (reply === undefined) return [];
    const patterns = [`--${name}`, ...(char === undefined ? [] : [`-${char}`])].map((flag) =>
      shellQuote(`${path} ${flag}`),
    );
    return [`    ${patterns.join(" | ")}) echo ${shellQuote(reply)} ;;`];
  });
}
