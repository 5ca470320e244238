import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Knobs } from "../knobs.ts";
import { Paths } from "../paths.ts";

/** `k3s kubectl`: the real kubectl, with the server's kubeconfig where none is set. */
export async function runKubectl(args: string[], knobs: Knobs): Promise<void> {
  const program = [
    process.env["K3S_STANDIN_KUBECTL"],
    "/usr/lib/k3s/kubectl",
    "/usr/bin/kubectl",
  ].find((file) => file && existsSync(file));
  if (!program) {
    process.stderr.write("k3s stand-in: no kubectl binary in this image\n");
    process.exitCode = 127;
    return;
  }
  const kubeconfig = new Paths(knobs.root).globalKubeconfig;
  const env =
    process.env["KUBECONFIG"] || !existsSync(kubeconfig)
      ? process.env
      : { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn(program, args, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve) =>
    child.on("close", (code) => resolve(code ?? 1)),
  );
}
