import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { allCompletionNodes } from "../testing/completion-nodes.js";
import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { zshCompletion } from "./zsh.js";

// Where they can be had; elsewhere the tests of what is there run, and the others say what they need.
spawnSync(
  process.execPath,
  [join(import.meta.dirname, "../../../../test/engine/ensure-shells.ts")],
  {
    stdio: "ignore",
  },
);

const isThere = (shell: string): boolean => {
  try {
    execFileSync(shell, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-shells-"));
  // Tells names, some of which a shell would run; of any other command line it writes down the words.
  await writeFile(
    join(directory, "k3d"),
    `#!/bin/sh
[ "$1" = complete ] || { printf '%s\\n' "$@" >"$0.new"; mv "$0.new" "$0.words"; exit; }
shift
for kind; do
  case $kind in
    clusters) printf '%s\\n' alpha '$(touch\${IFS}owned)' '\`touch\${IFS}owned\`' alps ;;
    contexts) echo k3d-alpha ;;
    nodes) echo k3d-alpha-server-0 ;;
    registries) echo k3d-reg ;;
    runtimes) printf '%s\\n' docker podman ;;
    images | node-images) printf '%s\\n' nginx:1.28 nginx:mainline ;;
  esac
done
`,
  );
  await chmod(join(directory, "k3d"), 0o755);
  await writeFile(join(directory, "images.tar"), "");
  const nodes = await allCompletionNodes();
  await writeFile(join(directory, "k3d.bash"), bashCompletion("k3d", nodes));
  await writeFile(join(directory, "_k3d"), zshCompletion("k3d", nodes));
  await writeFile(join(directory, "k3d.fish"), fishCompletion("k3d", nodes));
  await writeFile(join(directory, "bashrc"), "PS1='READY> '\nsource k3d.bash\n");
  await writeFile(
    join(directory, ".zshrc"),
    "PS1='READY> '\nfpath=($PWD $fpath)\nautoload -Uz compinit\ncompinit -u -D\n",
  );
  await writeFile(
    join(directory, "config.fish"),
    "function fish_prompt; echo -n 'READY> '; end\nfunction fish_greeting; end\nsource k3d.fish\n",
  );
}, 60_000);
afterAll(() => rm(directory, { recursive: true }));
afterEach(async () => {
  if ((await readdir(directory)).includes("owned")) throw new Error("A listed name was run");
});

/** Types lines at the prompt of a shell on a terminal of its own; gives the words that the command got of each. */
async function typed(shell: string, lines: readonly string[]): Promise<string[][]> {
  const child = spawn("script", ["-qfec", shell, "/dev/null"], {
    cwd: directory,
    env: {
      PATH: `${directory}:/usr/bin:/bin`,
      HOME: directory,
      ZDOTDIR: directory,
      TERM: "xterm",
      LC_ALL: "C.UTF-8",
    },
  });
  let screen = "";
  child.stdout.on("data", (chunk: Buffer) => (screen += String(chunk)));
  const ended = once(child, "close");
  const words = join(directory, "k3d.words");
  const got: string[][] = [];
  try {
    await vi.waitUntil(() => screen.includes("READY> "), 20_000);
    for (const line of lines) {
      screen = "";
      child.stdin.write(`${line}\r`);
      const text = await vi.waitUntil(() => readFile(words, "utf8").catch(() => ""), 20_000);
      await rm(words);
      got.push(text.trimEnd().split("\n"));
    }
  } catch (error) {
    throw new Error(`${shell} did not run the line: ${screen}`, { cause: error });
  } finally {
    child.stdin.end("\u0003exit\r");
    const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(killer);
  }
  return got;
}

const SHELLS = [
  ["bash", "bash --noprofile --rcfile bashrc -i"],
  ["zsh", "zsh -i"],
  ["fish", "fish --no-config -C 'source config.fish' -i"],
] as const;

/** What is typed, with tabulators, and the words that come of it. */
const LINES = [
  ["clust\tdele\talpha\t", ["cluster", "delete", "alpha"]],
  ["cluster delete alpha alp\ts", ["cluster", "delete", "alpha", "alps"]],
  ["--verbose node sto\tk3d-al\t", ["--verbose", "node", "stop", "k3d-alpha-server-0"]],
  ["registry connect k3d-\talph\t", ["registry", "connect", "k3d-reg", "alpha"]],
  ["use k3d-\t", ["use", "k3d-alpha"]],
  ["cluster create --image nginx:m\t", ["cluster", "create", "--image", "nginx:mainline"]],
  ["image import imag\t", ["image", "import", "images.tar"]],
  ["image import nginx:1\t", ["image", "import", "nginx:1.28"]],
  ["cluster list --runtime pod\t", ["cluster", "list", "--runtime", "podman"]],
  ["cluster list --output y\t", ["cluster", "list", "--output", "yaml"]],
  ["cluster list --output=w\t", ["cluster", "list", "--output=wide"]],
  ["node create more --role ser\t", ["node", "create", "more", "--role", "server"]],
  ["completion zs\t", ["completion", "zsh"]],
] as const;

describe.each(SHELLS)("at the prompt of %s", (shell, command) => {
  it.skipIf(!isThere(shell))(`completes (needs ${shell})`, { timeout: 120_000 }, async () => {
    const got = await typed(
      command,
      LINES.map(([line]) => `k3d ${line}`),
    );
    expect(got).toEqual(LINES.map(([, wanted]) => wanted));
  });
});
