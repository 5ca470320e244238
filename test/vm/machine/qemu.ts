import { spawn, type ChildProcess } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../engine/host/command.ts";
import type { Accelerator } from "./accelerator.ts";
import type { BaseImage } from "./base-image.ts";

export interface QemuOptions {
  readonly image: BaseImage;
  readonly accelerator: Accelerator;
  /** The second disk. */
  readonly payload: string;
  /** Folder for what this run changes and logs. */
  readonly folder: string;
  /** Port of this machine's loopback at which the guest's ssh answers. */
  readonly port: number;
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** Starts a virtual machine at a low priority. */
export async function startQemu(options: QemuOptions): Promise<ChildProcess> {
  const { image, payload, folder } = options;
  const disk = join(folder, "disk.qcow2");
  await run("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", image.disk, disk]);
  const args = [
    options.accelerator.args,
    ["-smp", `${options.cpus}`, "-m", `${options.memoryMiB}`],
    ["-kernel", image.kernel, "-initrd", image.initrd],
    [
      "-append",
      "root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off systemd.journald.forward_to_console=1 systemd.journald.max_level_console=warning",
    ],
    ["-drive", `file=${disk},if=virtio,cache=unsafe`],
    ["-drive", `file=${payload},format=raw,if=virtio,cache=unsafe`],
    ["-nic", `user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${options.port}-:22`],
    ["-nodefaults", "-display", "none"],
    ["-serial", `file:${join(folder, "console.log")}`],
  ].flat();
  const log = openSync(join(folder, "qemu.log"), "w");
  // It ends with this process, however that ends.
  const command = ["--pdeathsig", "KILL", "nice", "-n", "1", "qemu-system-x86_64", ...args];
  return spawn("setpriv", command, { stdio: ["ignore", log, log] });
}
