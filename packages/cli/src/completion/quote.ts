/** Text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Text as one word of fish. */
export function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}

/** Text as one string of PowerShell. */
export function powershellQuote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
