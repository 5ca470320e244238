import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { chooseAccelerator } from "./accelerator.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "k3d-accelerator-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A QEMU that is a shell script, and a device that can be opened. */
async function chosen(script: string): Promise<string> {
  const device = join(folder, "kvm");
  await writeFile(device, "");
  const qemu = join(folder, "qemu");
  await writeFile(qemu, `#!/bin/sh\n${script}\n`);
  await chmod(qemu, 0o755);
  return (await chooseAccelerator({ kernel: "k", initrd: "i" }, device, qemu)).name;
}

it("takes KVM when the guest's kernel boots on it", async () => {
  const script = `case "$*" in *"-accel kvm"*"-kernel k -initrd i"*) printf 'Linux\\n(init'; sleep 0.1; printf 'ramfs) '; exec sleep 60;; esac`;
  expect(await chosen(script)).toBe("kvm");
});

it("emulates when KVM lets the machine stand still", async () => {
  expect(await chosen("echo 'KVM internal error. Suberror: 1' >&2; exec sleep 60")).toBe("tcg");
});

it("emulates when KVM refuses", async () => {
  expect(await chosen("echo 'failed to initialize kvm' >&2; exit 1")).toBe("tcg");
});

it("emulates without a device and starts nothing", async () => {
  const image = { kernel: "k", initrd: "i" };
  const none = join(folder, "none");
  expect((await chooseAccelerator(image, none, join(folder, "no-qemu"))).name).toBe("tcg");
});
