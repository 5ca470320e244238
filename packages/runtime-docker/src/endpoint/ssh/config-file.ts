import { execFile } from "node:child_process";
import { glob, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import type { SshTarget } from "./target.js";
import { matchesPatterns } from "./patterns.js";
import { pathWith, withTokens, type Tokens } from "./tokens.js";
import { parseLine } from "./words.js";

/** What OpenSSH's configuration says of a host: words by keyword in lower case. */
export type SshConfigValues = Readonly<Record<string, readonly string[] | undefined>>;

const SYSTEM_DIRECTORY = "/etc/ssh";
/** As deep as OpenSSH follows `Include`. */
const DEEPEST = 16;
/** How long a command of `Match exec` may take, in milliseconds. */
const COMMAND_LIMIT_MS = 10_000;
/** Of these every line counts, of others the first. */
const REPEATED = new Set(["identityfile", "certificatefile"]);

/**
 * What `~/.ssh/config` and `/etc/ssh/ssh_config` say of a host, with what they include (ssh_config(5)). The first
 * value of a keyword counts, except that all identity files are tried.
 */
export async function readSshConfig(
  target: SshTarget,
  options: RuntimeOptions,
  localUser: string,
): Promise<SshConfigValues> {
  const reading = new Reading(target, options, localUser);
  await reading.pass(target.host, false);
  // `Match final` asks for another look, with the name that the host really has.
  if (reading.wantsFinal) await reading.pass(reading.hostname, true);
  return reading.values;
}

/** The tokens of a host, as far as its configuration has been read. */
export function tokensOf(
  target: SshTarget,
  values: SshConfigValues,
  { homeDir, uid }: RuntimeOptions,
  localUser: string,
): Tokens {
  const machine = hostname();
  const { host } = target;
  const named = values["hostname"]?.[0];
  return {
    n: host,
    h: named === undefined ? host : withTokens(named, { h: host }),
    p: values["port"]?.[0] ?? "22",
    r: values["user"]?.[0] ?? localUser,
    u: localUser,
    d: homeDir,
    k: values["hostkeyalias"]?.[0] ?? host,
    l: machine,
    L: machine.split(".")[0] ?? machine,
    i: String(uid ?? ""),
  };
}

class Reading {
  readonly values: Record<string, string[]> = {};
  wantsFinal = false;
  readonly #target: SshTarget;
  readonly #options: RuntimeOptions;
  readonly #localUser: string;
  /** What `Host` is compared with. */
  #host = "";
  #isFinal = false;

  constructor(target: SshTarget, options: RuntimeOptions, localUser: string) {
    this.#target = target;
    this.#options = options;
    this.#localUser = localUser;
    // What the address says goes before every file.
    if (target.username !== undefined) this.values["user"] = [target.username];
    if (target.port !== undefined) this.values["port"] = [String(target.port)];
  }

  get hostname(): string {
    return this.#tokens()["h"] ?? this.#target.host;
  }

  async pass(host: string, isFinal: boolean): Promise<void> {
    this.#host = host;
    this.#isFinal = isFinal;
    const own = join(this.#options.homeDir, ".ssh");
    await this.#file(join(own, "config"), own, true, 0);
    await this.#file(join(SYSTEM_DIRECTORY, "ssh_config"), SYSTEM_DIRECTORY, true, 0);
  }

  /** @param applies Whether the file is included where the host is spoken of: `Host` and `Match` hold within one file. */
  async #file(path: string, directory: string, applies: boolean, depth: number): Promise<void> {
    const text = await readFile(path, "utf8").catch(() => "");
    let active = applies;
    for (const each of text.split("\n")) {
      const line = parseLine(each);
      if (line === undefined) continue;
      const { keyword, words } = line;
      if (keyword === "host") active = applies && matchesPatterns(words, this.#host);
      else if (keyword === "match") active = applies && (await this.#matches(words));
      else if (keyword === "include" && depth < DEEPEST) {
        for (const file of await this.#filesOf(words, directory))
          await this.#file(file, directory, active, depth + 1);
      } else if (active) this.#set(keyword, words);
    }
  }

  #set(keyword: string, words: string[]): void {
    const before = this.values[keyword];
    if (before === undefined) this.values[keyword] = words;
    else if (REPEATED.has(keyword)) this.values[keyword] = [...new Set([...before, ...words])];
  }

  async #matches(words: readonly string[]): Promise<boolean> {
    const rest = words.flatMap((word) => {
      const [, name = "", value = ""] = /^(!?\w+)=(.*)$/.exec(word) ?? [];
      return name === "" ? [word] : [name, value];
    });
    let all = true;
    while (rest.length > 0) {
      const written = rest.shift()?.toLowerCase() ?? "";
      const negated = written.startsWith("!");
      const name = negated ? written.slice(1) : written;
      const argument = ["all", "final", "canonical"].includes(name) ? "" : (rest.shift() ?? "");
      // A command is run only where what stands before it holds.
      if (!all && name === "exec") continue;
      const met = await this.#meets(name, argument);
      all &&= met === undefined ? false : met !== negated;
    }
    return all;
  }

  /** `undefined` for what k3d cannot tell. */
  async #meets(name: string, argument: string): Promise<boolean | undefined> {
    const tokens = this.#tokens();
    const isOneOf = (value: string | undefined): boolean =>
      matchesPatterns(argument.split(","), value ?? "");
    switch (name) {
      case "all":
        return true;
      case "final":
        this.wantsFinal = true;
        return this.#isFinal;
      case "canonical":
        return this.#isFinal;
      case "host":
        return isOneOf(tokens["h"]);
      case "originalhost":
        return isOneOf(tokens["n"]);
      case "user":
        return isOneOf(tokens["r"]);
      case "localuser":
        return isOneOf(tokens["u"]);
      case "exec":
        return succeeds(withTokens(argument, tokens), this.#options);
      default:
        return undefined;
    }
  }

  #tokens(): Tokens {
    return tokensOf(this.#target, this.values, this.#options, this.#localUser);
  }

  async #filesOf(patterns: readonly string[], directory: string): Promise<string[]> {
    const expand = pathWith(this.#tokens(), this.#options);
    const found = await Promise.all(
      patterns.map(async (pattern) => {
        const path = expand(pattern);
        const absolute = isAbsolute(path) ? path : join(directory, path);
        if (!/[*?[]/.test(absolute)) return absolute;
        const files: string[] = [];
        for await (const file of glob(absolute)) files.push(file);
        return files.toSorted();
      }),
    );
    return found.flat();
  }
}

function succeeds(command: string, { env }: RuntimeOptions): Promise<boolean> {
  const shell = env["SHELL"] || "/bin/sh";
  return new Promise((resolve) => {
    execFile(shell, ["-c", command], { env, timeout: COMMAND_LIMIT_MS }, (error) =>
      resolve(error === null),
    );
  });
}
