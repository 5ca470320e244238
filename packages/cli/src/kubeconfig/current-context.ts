import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { fileKubeconfigStore } from "@k3d/core";

/** The current context of the default kubeconfig; `undefined` where there is none, or none that can be read. */
export async function currentContext(): Promise<string | undefined> {
  const store = fileKubeconfigStore(process.env, homedir());
  try {
    const path = store.defaultPath;
    // Nothing is read from a device or a pipe: that may wait for ever.
    const text = statSync(path).isFile() ? readFileSync(path, "utf8") : "";
    const plain = plainContext(text);
    return plain === undefined ? (await store.read(path)).currentContext : plain || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The current context, empty where there is none, if the line that names it is as client-go and k3d write it: at the margin
 * nothing but a key can stand. It spares loading a YAML parser and parsing what may be the entries of a hundred clusters.
 *
 * @returns `undefined` when only a parser can tell
 */
export function plainContext(kubeconfig: string): string | undefined {
  if (kubeconfig === "") return "";
  const lines = kubeconfig.match(/^["']?current-context.*$/gm) ?? [];
  const [, value, quote, quoted = "", word = ""] = LINE.exec(lines[0] ?? "") ?? [];
  if (lines.length !== 1 || value === undefined) return undefined;
  if (quote !== undefined) return quoted;
  return NO_TEXT.test(word) ? undefined : word;
}

/** A word, or a word or nothing in quotes; other values are left to the parser. */
const LINE = /^current-context:( (["'])([\w./@-]*)\2| ([A-Za-z][\w./@-]*))\r?$/;
/** Words that some YAML takes for something else than text. */
const NO_TEXT = /^(?:null|true|false|yes|no|on|off|y|n)$/i;
