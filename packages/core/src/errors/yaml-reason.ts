/**
 * What the YAML library says of a text that it cannot read, for people: without the lines of the text,
 * which may hold passwords, and without words for programmers.
 */
export function yamlReason({ message }: { message: string }): string {
  const [line = ""] = message.split("\n", 1);
  const reason = line.replace(/:$/, "");
  return /multiple documents/.test(reason) ? "it holds several YAML documents" : reason;
}
