import type { CompletionArgument, CompletionNode, CompletionValues } from "./model.js";
import { shellQuote } from "./quote.js";

/**
 * A script for `source <(k3d completion bash)`; it needs no bash-completion package.
 *
 * Words to offer stand in lists: `@KIND` is what `k3d complete KIND` tells, `@files` the shell's own
 * files, anything else itself. An argument is such a list with commas, the last with `...` where it repeats.
 */
export function bashCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  const name = `_${bin}_completion`;
  return `# bash completion for ${bin}

${name}_names() {
  ${bin} complete "$@" 2>/dev/null </dev/null | while read -r name; do
    # What is not a plain word would be evaluated when the line is run.
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9_.:/@+-]*$ ]] && printf '%s\\n' "$name"
  done
}

# Offers those of the words that begin with what is written: not with compgen -W, which evaluates them.
${name}_reply() {
  local prefix=$1 written=$2 breaks= candidate kinds= files=
  local -a words found=()
  IFS=$' \\n' read -r -d '' -a words <<<"$3"
  for candidate in "\${words[@]}"; do
    case "$candidate" in
      '') ;;
      @files) files=1 ;;
      @*) kinds+=" \${candidate#@}" ;;
      *) found+=("$candidate") ;;
    esac
  done
  if [[ -n $kinds ]]; then
    # shellcheck disable=SC2086 # a list of our own words
    while read -r candidate; do found+=("$candidate"); done < <(${name}_names $kinds)
  fi
  COMPREPLY=()
  for candidate in "\${found[@]}"; do
    [[ $candidate == "$written"* ]] && COMPREPLY+=("$prefix$candidate")
  done
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r candidate; do COMPREPLY+=("$prefix$candidate"); done < <(compgen -f -- "$written")
  fi
  # Readline replaces only what follows the last of its word breaks.
  written=$prefix$written
  if [[ $COMP_WORDBREAKS == *:* && $written == *:* ]]; then breaks=\${written%:*}:; fi
  if [[ $COMP_WORDBREAKS == *=* && \${written#"$breaks"} == *=* ]]; then breaks=\${written%=*}=; fi
  local index
  for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]=\${COMPREPLY[index]#"$breaks"}; done
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
  local line=\${COMP_LINE:0:COMP_POINT} path= word candidate previous= cur= list
  local subcommands= flags= valued= args=
  local -a words positions
  local -i index position=0
  # Not COMP_WORDS: those are broken at colons and equals signs.
  IFS=$' \\t\\n' read -r -d '' -a words <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    cur=\${words[-1]}
    unset 'words[-1]'
  fi
  ${name}_describe "" subcommands flags valued args
  for ((index = 1; index < \${#words[@]}; index++)); do
    word=\${words[index]}
    if [[ $word == -* ]]; then
      if [[ " $valued " == *" $word "* ]]; then
        index+=1
        ((index == \${#words[@]})) && previous=$word
      fi
      continue
    fi
    candidate=\${path:+$path }$word
    if [[ " $subcommands " == *" $word "* ]] && ${name}_describe "$candidate" subcommands flags valued args; then
      path=$candidate
    else
      position+=1
    fi
  done
  if [[ -n $previous ]]; then
    list=$(${name}_value "$path $previous") && ${name}_reply "" "$cur" "$list"
    return 0
  fi
  if [[ $cur == --*=* ]]; then
    list=$(${name}_value "$path \${cur%%=*}") && ${name}_reply "\${cur%%=*}=" "\${cur#*=}" "$list"
    return 0
  fi
  if [[ $cur == -* ]]; then
    ${name}_reply "" "$cur" "$flags"
    return 0
  fi
  IFS=$' \\n' read -r -d '' -a positions <<<"$args"
  list=\${positions[position]}
  if [[ -z $list && \${#positions[@]} -gt 0 && \${positions[-1]} == *...* ]]; then list=\${positions[-1]}; fi
  list=\${list//.../}
  ${name}_reply "" "$cur" "$subcommands \${list//,/ }"
}

complete -F ${name} ${bin}`;
}

function describeNode({ path, subcommands, flags, args }: CompletionNode): string {
  const spelled = (which: readonly { name: string; char?: string }[]): string =>
    which
      .flatMap(({ name, char }) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])])
      .join(" ");
  return [
    `    ${shellQuote(path)})`,
    `      words_ref=${shellQuote(subcommands.map(({ word }) => word).join(" "))}`,
    `      flags_ref=${shellQuote(spelled(flags))}`,
    `      valued_ref=${shellQuote(spelled(flags.filter(({ takesValue }) => takesValue)))}`,
    `      args_ref=${shellQuote(args.map((arg) => position(arg)).join(" "))}`,
    "      ;;",
  ].join("\n");
}

function position(arg: CompletionArgument): string {
  const list = offered(arg);
  return `${list.length === 0 ? "," : list.join(",")}${arg.repeats ? "..." : ""}`;
}

function offered({ values, sources }: CompletionValues): string[] {
  return [...values, ...sources.map((source) => `@${source}`)];
}

function valueCases({ path, flags }: CompletionNode): string[] {
  return flags.flatMap((flag) => {
    const words = offered(flag);
    if (words.length === 0) return [];
    const { name, char } = flag;
    const patterns = [`--${name}`, ...(char === undefined ? [] : [`-${char}`])].map((spelling) =>
      shellQuote(`${path} ${spelling}`),
    );
    return [`    ${patterns.join(" | ")}) echo ${shellQuote(words.join(" "))} ;;`];
  });
}
