import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.ts";
import { findBusybox, findKubectl } from "./tools.ts";

const libraryDirectory = "/usr/lib/k3s";

/** Copies a program and the shared libraries that it needs, each to its own path. */
function copyProgram(root: string, program: string, to: string): void {
  copyInto(root, program, to, 0o755);
  for (const library of librariesOf(program))
    if (!existsSync(join(root, library))) copyInto(root, realpathSync(library), library, 0o755);
}

function copyInto(root: string, file: string, to: string, mode: number): void {
  const target = join(root, to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
  chmodSync(target, mode);
}

/** Absolute paths of the libraries that the dynamic loader finds, the loader among them. */
function librariesOf(program: string): string[] {
  let output: string;
  try {
    output = execFileSync("ldd", [program], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return [];
  }
  return output.split("\n").flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** glibc loads these by name when it looks up hosts and users. */
function copyNameServices(root: string, program: string): void {
  const libc = librariesOf(program).find((library) => basename(library).startsWith("libc.so"));
  if (!libc) return;
  for (const name of ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]) {
    const library = join(dirname(libc), name);
    if (existsSync(library)) copyInto(root, realpathSync(library), library, 0o755);
  }
}

function script(root: string, name: string, lines: string[]): void {
  const file = join(root, "bin", name);
  writeFileSync(file, `#!/bin/sh\n${lines.join("\n")}\n`);
  chmodSync(file, 0o755);
}

function writeBase(root: string): void {
  for (const directory of [
    "bin",
    "bin/aux",
    "dev",
    "etc/ssl/certs",
    "lib/modules",
    "lib/firmware",
    "proc",
    "root",
    "run",
    "sbin",
    "sys",
    "usr/bin",
    "usr/sbin",
    "var/lib",
    "var/log",
    "var/run",
  ]) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  mkdirSync(join(root, "tmp"));
  chmodSync(join(root, "tmp"), 0o1777);
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\n");
  writeFileSync(join(root, "etc/nsswitch.conf"), "hosts: files dns\n");
  writeFileSync(join(root, "etc/os-release"), 'PRETTY_NAME="K3s stand-in"\n');
  const authorities = "/etc/ssl/certs/ca-certificates.crt";
  if (existsSync(authorities)) copyInto(root, realpathSync(authorities), authorities, 0o644);
}

/** busybox under all its names, as the shell and the small tools of the image. */
function installBusybox(root: string): void {
  const program = findBusybox();
  copyInto(root, program, "/bin/busybox", 0o755);
  const names = execFileSync(program, ["--list"], { encoding: "utf8" }).split("\n").filter(Boolean);
  for (const name of names) if (name !== "busybox") symlinkSync("busybox", join(root, "bin", name));
}

function installK3s(root: string): void {
  const start = (command: string): string =>
    `exec ${libraryDirectory}/node --disable-warning=ExperimentalWarning ${libraryDirectory}/main.mjs ${command}"$@"`;
  const cache = `export NODE_COMPILE_CACHE=\${NODE_COMPILE_CACHE:-${libraryDirectory}/compile-cache} NODE_COMPILE_CACHE_PORTABLE=1`;
  script(root, "k3s", [cache, start("")]);
  for (const tool of ["ctr", "crictl"]) script(root, tool, [cache, start(`${tool} `)]);
  const kubectl = findKubectl();
  if (kubectl) copyProgram(root, kubectl, `${libraryDirectory}/kubectl`);
  script(root, "kubectl", [
    'if [ -z "$KUBECONFIG" ] && [ -r /etc/rancher/k3s/k3s.yaml ]; then export KUBECONFIG=/etc/rancher/k3s/k3s.yaml; fi',
    `exec ${libraryDirectory}/kubectl "$@"`,
  ]);
}

/** Runs what a boot runs once, so that the image carries the compiled code. */
function warmUp(root: string): void {
  const library = join(root, libraryDirectory);
  const scratch = mkdtempSync(join(tmpdir(), "k3s-stand-in-warm-"));
  const env = {
    PATH: process.env["PATH"] ?? "",
    NODE_COMPILE_CACHE: join(library, "compile-cache"),
    NODE_COMPILE_CACHE_PORTABLE: "1",
    K3S_STANDIN_ROOT: scratch,
  };
  execFileSync(
    join(library, "node"),
    ["--disable-warning=ExperimentalWarning", join(library, "main.mjs"), "warm-up"],
    { env, stdio: "inherit" },
  );
  rmSync(scratch, { recursive: true, force: true });
}

/** Builds the root file system of the stand-in image as a tar file. */
async function build(output: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "k3s-stand-in-"));
  try {
    chmodSync(root, 0o755);
    writeBase(root);
    installBusybox(root);
    const node = realpathSync(process.execPath);
    copyProgram(root, node, `${libraryDirectory}/node`);
    copyNameServices(root, node);
    await bundle(join(root, libraryDirectory));
    installK3s(root);
    warmUp(root);
    execFileSync("tar", [
      "--sort=name",
      "--mtime=@0",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "-C",
      root,
      "-cf",
      output,
      ".",
    ]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { output: { type: "string" } } });
if (!values.output) {
  process.stderr.write("usage: build.ts --output ROOTFS_TAR\n");
  process.exit(2);
}
await build(resolve(values.output));
