import type { CompletionNode } from "./model.js";
import { powershellQuote } from "./quote.js";

/** A script for `k3d completion powershell | Out-String | Invoke-Expression`. */
export function powershellCompletion(bin: string, nodes: readonly CompletionNode[]): string {
  return `# PowerShell completion for ${bin}

Register-ArgumentCompleter -Native -CommandName ${powershellQuote(bin)} -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $nodes = @{
${nodes.map((node) => powershellNode(node)).join("\n")}
    }
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    $path = ''
    foreach ($word in $words) {
        $candidate = ($path + ' ' + $word).Trim()
        if ($nodes.ContainsKey($candidate)) { $path = $candidate }
    }
    $node = $nodes[$path]
    $previous = if ($words.Count -gt 0) { $words[-1] } else { '' }
    if ($node.Values.ContainsKey($previous)) {
        $found = $node.Values[$previous]
    } elseif ($wordToComplete.StartsWith('-')) {
        $found = $node.Flags
    } else {
        $found = @($node.Words)
        if ($node.Names -ne '') {
            $found += @(${bin} $node.Names list --no-headers --progress none 2>$null | ForEach-Object { ($_ -split ' ')[0] })
        }
    }
    $found | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}`;
}

function powershellNode(node: CompletionNode): string {
  const words = [...node.subcommands.map(({ word }) => word), ...node.values];
  const flags = node.flags.flatMap(({ name, char }) => [
    `--${name}`,
    ...(char === undefined ? [] : [`-${char}`]),
  ]);
  const names = node.args === "clusters" ? "cluster" : node.args === "nodes" ? "node" : "";
  const values = node.flags
    .filter((flag) => flag.values.length > 0)
    .map((flag) => `${powershellQuote(`--${flag.name}`)} = ${list(flag.values)}`);
  return [
    `        ${powershellQuote(node.path)} = @{`,
    `            Words = ${list(words)}`,
    `            Flags = ${list(flags)}`,
    `            Names = ${powershellQuote(names)}`,
    `            Values = @{ ${values.join("; ")} }`,
    "        }",
  ].join("\n");
}

function list(words: readonly string[]): string {
  return `@(${words.map((word) => powershellQuote(word)).join(", ")})`;
}
