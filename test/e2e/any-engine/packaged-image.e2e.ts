import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const RECIPE = join(ROOT, "packaging", "image", "Containerfile");

/** Any image with glibc and libstdc++: the one for nodes is made of the packages of Debian. */
const BASE = process.env.K3D_E2E_K3S_IMAGE ?? "k3d.local/k3s-stand-in:dev";

onEveryEngine("k3d in an image of its own", (world, engine) => {
  it("is built without a network and works on the engine whose socket it gets", async () => {
    const w = world();
    const context = await mkdtemp(join(tmpdir(), "k3d-image-"));
    const image = `k3d.test/${w.name("packed")}:1`;
    try {
      const pack = [join(ROOT, "scripts", "packing", "standalone.ts"), "--output", context];
      const { stdout: archive } = await execa(process.execPath, pack);
      await cp(RECIPE, join(context, "Containerfile"));
      const build = [
        "build",
        "--network=none",
        "--pull=false",
        `--build-arg=BASE=${BASE}`,
        "-t",
        image,
      ];
      await execa(engine.name, [...build, "-f", join(context, "Containerfile"), context]);
      const socket = ["-v", "/var/run/docker.sock:/var/run/docker.sock"];
      const k3d = async (...args: string[]): Promise<unknown> => {
        const { stdout } = await execa(engine.name, [
          "run",
          "--rm",
          ...socket,
          image,
          ...args,
          "--json",
        ]);
        return JSON.parse(stdout);
      };
      const version = /k3d-(.+)-linux-/.exec(basename(archive))?.[1];
      expect(await k3d("version")).toMatchObject({ k3d: `v${version}` });
      const network = w.name("inside");
      await k3d("network", "create", network);
      try {
        expect(await engine.networks()).toContain(network);
      } finally {
        await k3d("network", "delete", network);
      }
      expect(await engine.networks()).not.toContain(network);
    } finally {
      await execa(engine.name, ["image", "rm", "--force", image], { reject: false });
      await rm(context, { recursive: true, force: true });
    }
  });
});
