import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { findKubectl } from "../../image/tools.ts";
import type { TestNode } from "./node.ts";
import { program } from "./program.ts";

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export async function runProgram(
  file: string,
  args: string[],
  { env, input }: { env?: Record<string, string>; input?: string | Readable } = {},
): Promise<Result> {
  const child = spawn(file, args, { env: env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  if (typeof input === "object") await pipeline(input, child.stdin).catch(() => undefined);
  else child.stdin.on("error", () => undefined).end(input);
  const code = await new Promise<number>((resolve) =>
    child.on("close", (value) => resolve(value ?? 1)),
  );
  return { code, stdout, stderr };
}

/** A real kubectl on a server of the stand-in. */
export class Kubectl {
  readonly #kubeconfig: string;
  readonly #program: string;

  constructor(node: TestNode, executable = findKubectl()) {
    this.#kubeconfig = node.kubeconfig;
    this.#program = executable;
  }

  /** Its own result, also when it fails. */
  try(args: string[], input?: string): Promise<Result> {
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: "/nonexistent",
      KUBECONFIG: this.#kubeconfig,
    };
    return runProgram(this.#program, ["--cache-dir", `${this.#kubeconfig}.cache`, ...args], {
      env,
      input,
    });
  }

  /** Standard output of a command that must succeed. */
  async run(args: string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.try(args, input);
    if (code !== 0)
      throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  async json<T>(args: string[]): Promise<T> {
    return JSON.parse(await this.run([...args, "-o", "json"])) as T;
  }

  /** Status words of all nodes by name, such as `Ready`. */
  async nodes(): Promise<Record<string, string>> {
    const text = await this.run(["get", "nodes", "--no-headers"]);
    return Object.fromEntries(
      text
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(/\s+/).slice(0, 2) as [string, string]),
    );
  }
}

/** Runs `k3s` with these arguments on a node, as `docker exec` would. */
export function execOn(node: TestNode, args: string[], input?: string | Readable): Promise<Result> {
  return runProgram(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    env: node.environment(),
    input,
  });
}
