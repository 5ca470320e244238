/** A command line for a POSIX shell that gives a program exactly these arguments. */
export function shellCommand(args: readonly string[]): string {
  return args.map(quote).join(" ");
}

function quote(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}
