import type { CompletionNode, CompletionValues } from "./model.js";
import { powershellQuote } from "./quote.js";

/**
 * A script for `k3d completion powershell | Out-String | Invoke-Expression`. Words to offer stand in
 * lists: `@KIND` is what `k3d complete KIND` tells; files are PowerShell's own when nothing is offered.
 */
export function powershellCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  return `# PowerShell completion for ${bin}

Register-ArgumentCompleter -Native -CommandName ${powershellQuote(bin)} -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $nodes = @{
${nodes.map((node) => powershellNode(node)).join("\n")}
    }
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $path = ''
    $given = 0
    $previous = ''
    foreach ($word in $words) {
        $candidate = ($path + ' ' + $word).Trim()
        if ($previous -ne '') { $previous = '' }
        elseif ($word.StartsWith('-')) { if ($nodes[$path].Valued -ccontains $word) { $previous = $word } }
        elseif ($nodes.ContainsKey($candidate)) { $path = $candidate }
        else { $given++ }
    }
    $node = $nodes[$path]
    $prefix = ''
    $written = $wordToComplete
    if ($previous -ne '') {
        $found = @($node.Values[$previous])
    } elseif ($written -match '^(--[^=]+)=(.*)$') {
        $prefix = $Matches[1] + '='
        $written = $Matches[2]
        $found = @($node.Values[$Matches[1]])
    } elseif ($written.StartsWith('-')) {
        $found = $node.Flags
    } else {
        $position = if ($given -ge $node.Args.Count -and $node.Repeats) { $node.Args.Count - 1 } else { $given }
        $found = @($node.Words)
        if ($position -lt $node.Args.Count) { $found += $node.Args[$position] }
    }
    $kinds = @($found | Where-Object { $_ -like '@*' } | ForEach-Object { $_.Substring(1) })
    $found = @($found | Where-Object { $_ -and $_ -notlike '@*' })
    if ($kinds.Count -gt 0) {
        $found += @(${bin} complete @kinds 2>$null | Where-Object { $_ -match '^[A-Za-z0-9][A-Za-z0-9_.:/@+-]*$' })
    }
    $found | Where-Object { $_.StartsWith($written) } | ForEach-Object {
        $text = $prefix + $_
        [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $text)
    }
}`;
}

function powershellNode({ path, subcommands, flags, args }: CompletionNode): string {
  const spelled = (which: readonly { name: string; char?: string }[]): string[] =>
    which.flatMap(({ name, char }) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])]);
  const values = flags.flatMap((flag) => {
    const words = offered(flag);
    return words.length === 0
      ? []
      : spelled([flag]).map((spelling) => `${powershellQuote(spelling)} = ${list(words)}`);
  });
  const last = args.at(-1);
  return [
    `        ${powershellQuote(path)} = @{`,
    `            Words = ${list(subcommands.map(({ word }) => word))}`,
    `            Flags = ${list(spelled(flags))}`,
    `            Valued = ${list(spelled(flags.filter(({ takesValue }) => takesValue)))}`,
    // The comma keeps a list of one list a list of lists.
    `            Args = @(${args.map((arg) => `,${list(offered(arg))}`).join("; ")})`,
    `            Repeats = $${last?.repeats === true}`,
    `            Values = ${caseSensitive(values)}`,
    "        }",
  ].join("\n");
}

function offered({ values, sources }: CompletionValues): string[] {
  return [
    ...values,
    ...sources.filter((source) => source !== "files").map((source) => `@${source}`),
  ];
}

function list(words: readonly string[]): string {
  return `@(${words.map((word) => powershellQuote(word)).join(", ")})`;
}

/** Keys of a literal are compared without regard to case, and `-a` and `-A` are two flags. */
function caseSensitive(entries: readonly string[]): string {
  const seen = new Set<string>();
  const distinct = entries.filter((entry) => {
    const key = entry.slice(0, entry.indexOf(" = ")).toLowerCase();
    return !seen.has(key) && Boolean(seen.add(key));
  });
  return `@{ ${distinct.join("; ")} }`;
}
