/**
 * A hint as people read it: whole sentences, each with its full stop; none behind what is to be copied
 * as it stands, a command, a name or an example after a colon or after "e.g.".
 *
 * Hints come from many hands, adapters and plug-ins among them: this is the one place for the rule.
 */
export function hintText(hint: string): string {
  const text = hint.trimEnd();
  if (/[.!?…:)\]>]$/.test(text)) return text;
  const [last = ""] = text
    .replaceAll("e.g. ", EXAMPLE)
    .split(/[.!?]\s+/)
    .slice(-1);
  return /:\s/.test(last) ? text : `${text}.`;
}

/** So that the stops of "e.g." end no sentence. */
const EXAMPLE = "for example: ";

/** Two hints as one. */
export function joinHints(first: string | undefined, more: string): string {
  if (first === undefined || first.trim() === "") return more;
  const text = hintText(first);
  return `${text}${/[.!?…]$/.test(text) ? "" : "."} ${more}`;
}
