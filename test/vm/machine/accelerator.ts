import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import type { BaseImage } from "./base-image.ts";

/** What runs the guest's instructions, as arguments of QEMU. */
export interface Accelerator {
  readonly name: "kvm" | "tcg";
  readonly args: readonly string[];
}

const KVM: Accelerator = { name: "kvm", args: ["-accel", "kvm", "-cpu", "host"] };
const TCG: Accelerator = {
  name: "tcg",
  args: ["-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "Nehalem"],
};

/** What the shell of Debian's initramfs says. A machine with a good KVM is there after two seconds. */
const PROMPT = "(initramfs)";
const PATIENCE = 30_000;

/**
 * Hardware acceleration where it works, else emulation. That `/dev/kvm` is there says little: in
 * a sandbox it may be one that no usual kernel boots on, and then a machine stands still for ever.
 * So the guest's own kernel is tried first.
 */
export async function chooseAccelerator(
  image: Pick<BaseImage, "kernel" | "initrd">,
  device = "/dev/kvm",
  qemu = "qemu-system-x86_64",
): Promise<Accelerator> {
  return canOpen(device) && (await boots(qemu, image)) ? KVM : TCG;
}

function canOpen(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function boots(
  qemu: string,
  { kernel, initrd }: Pick<BaseImage, "kernel" | "initrd">,
): Promise<boolean> {
  const child = spawn(
    qemu,
    [
      KVM.args,
      ["-m", "1024", "-kernel", kernel, "-initrd", initrd, "-no-reboot"],
      ["-append", "console=ttyS0 panic=-1 break=top"],
      ["-nodefaults", "-display", "none", "-serial", "stdio"],
    ].flat(),
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "close").catch(() => undefined);
  const answer = new Promise<boolean>((resolve) => {
    let console = "";
    child.stdout.on("data", (chunk: Buffer) => {
      console += chunk.toString("latin1");
      if (console.includes(PROMPT)) resolve(true);
    });
    // QEMU lets a machine that KVM cannot run stand still and tells so here.
    child.stderr.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("KVM internal error")) resolve(false);
    });
    void ended.then(() => resolve(false));
    setTimeout(() => resolve(false), PATIENCE).unref();
  });
  const result = await answer;
  child.kill("SIGKILL");
  await ended;
  return result;
}
