import { chmod, chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../support/world.js";
import { onEveryEngine } from "../support/suite.js";

/** A user who has no range of subordinate ids on any machine. */
const NOBODY = 65_534;

/** What makes or fetches something; the answers to all else are empty. */
const MAKES = /^(?:create|run|start|pull|load|import|network create|volume create|volume import)\b/;

/** A podman that notes what it is asked, for a user who may not run nodes with it. */
const PODMAN = `#!/bin/sh
echo "$*" >>"$(dirname "$0")/asked"
case "$1" in
  version|info) exec cat "${ROOT}/packages/runtime-podman/fixtures/$1.json" ;;
  *) echo '[]' ;;
esac
`;

onEveryEngine("a user whose rootless Podman cannot run nodes", () => {
  let home = "";
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "k3d-e2e-rootless-"));
    await writeFile(join(home, "podman"), PODMAN);
    await chmod(join(home, "podman"), 0o755);
    const config = {
      apiVersion: "k3d.io/v1alpha5",
      kind: "Simple",
      metadata: { name: "refused" },
      options: { runtime: { name: "podman" } },
    };
    await writeFile(join(home, "cluster.yaml"), JSON.stringify(config));
    await chown(home, NOBODY, NOBODY);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it.runIf(process.getuid?.() === 0).each([
    ["--runtime", ["cluster", "create", "refused", "--runtime", "podman"], {}],
    ["K3D_RUNTIME", ["cluster", "create", "refused"], { K3D_RUNTIME: "podman" }],
    ["the config file", ["cluster", "create", "--config", "cluster.yaml"], {}],
  ])("is told so before anything is made, by %s", async (_where, args, env) => {
    await rm(join(home, "asked"), { force: true });
    const { exitCode, stderr } = await execa(join(ROOT, "bin", "k3d"), args, {
      cwd: home,
      uid: NOBODY,
      gid: NOBODY,
      reject: false,
      stdin: "ignore",
      extendEnv: false,
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        K3D_PODMAN_COMMAND: join(home, "podman"),
        ...env,
      },
    });
    const asked = (await readFile(join(home, "asked"), "utf8")).trim().split("\n");
    expect({ exitCode, made: asked.filter((call) => MAKES.test(call)) }, stderr).toEqual({
      exitCode: 8,
      made: [],
    });
    expect(stderr).toContain("has no range in /etc/subuid");
    expect(stderr).toContain("usermod --add-subuids");
  });
});
