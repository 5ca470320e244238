import type { RuntimeOptions } from "@k3d/core/runtime";

/** What the tokens of ssh_config(5) stand for, by their letter. */
export type Tokens = Readonly<Record<string, string>>;

/** `%h` and the like; one that is not known stays as it is. */
export function withTokens(text: string, tokens: Tokens): string {
  return text.replace(/%(.)/g, (written, letter: string) =>
    letter === "%" ? "%" : (tokens[letter] ?? written),
  );
}

/** A path as OpenSSH's client has it: `~`, `${VARIABLE}` and tokens. */
export function pathWith(
  tokens: Tokens,
  { env, homeDir }: Pick<RuntimeOptions, "env" | "homeDir">,
): (path: string) => string {
  return (path) =>
    withTokens(path, tokens)
      .replace(/^~(?=\/|$)/, () => homeDir)
      .replace(/\$\{(\w+)\}/g, (written, name: string) => env[name] ?? written);
}
