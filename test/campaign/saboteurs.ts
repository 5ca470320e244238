import { join } from "node:path";
import { execa } from "execa";
import { engineCommand } from "./command.ts";
import { dockerSocket } from "./docker-socket.ts";
import type { Saboteur } from "./fault.ts";
import { atProgress, both } from "./steps.ts";

/** What can come between k3d and an engine of this kind. */
export async function saboteurFor(runtime: string, directory: string): Promise<Saboteur> {
  switch (runtime) {
    case "docker":
      return dockerSocket(join(directory, "docker.sock"));
    case "podman":
      return engineCommand(join(directory, "podman"), {
        variable: "K3D_PODMAN_COMMAND",
        real: await pathOf("podman"),
        calledByK3d: true,
      });
    case "oci":
      return both(
        atProgress(),
        await engineCommand(join(directory, "oci"), {
          variable: "K3D_OCI_RUNTIME",
          real: process.env["K3D_OCI_RUNTIME"] ?? (await pathOf("runc")),
          calledByK3d: false,
        }),
      );
    default:
      throw new Error(
        `the campaign cannot stand before '${runtime}': choose docker, podman or oci`,
      );
  }
}

async function pathOf(program: string): Promise<string> {
  return (await execa("which", [program])).stdout.trim();
}
