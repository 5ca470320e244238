import { connect } from "node:net";
import { messageOf } from "../errors.ts";
import type { Knobs } from "../knobs.ts";
import { Paths } from "../paths.ts";
import { ImageStore } from "./image-store.ts";

export const socketPath = "/run/k3s/containerd/containerd.sock";

/** Refuses to work while the node's containerd does not run, as the real tools do. */
async function requireContainerd(paths: Paths): Promise<void> {
  const file = paths.at(socketPath);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(file);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "ENOENT" ? "no such file or directory" : "connection refused";
      reject(
        new Error(
          `failed to dial ${JSON.stringify(socketPath)}: context deadline exceeded: connection error: desc = "transport: error while dialing: dial unix ${socketPath}: connect: ${reason}"`,
        ),
      );
    });
  });
}

/** Runs `ctr` or `crictl` against this node's images. */
export async function runImageTool(
  tool: "ctr" | "crictl",
  args: string[],
  knobs: Knobs,
): Promise<void> {
  const paths = new Paths(knobs.root);
  const open = async (): Promise<ImageStore> => {
    await requireContainerd(paths);
    return ImageStore.open(paths);
  };
  try {
    if (tool === "ctr") {
      const { runCtr } = await import("./ctr.ts");
      await runCtr(args, paths, open);
    } else {
      const { runCrictl } = await import("./crictl.ts");
      await runCrictl(args, paths, open);
    }
  } catch (error) {
    process.stderr.write(
      tool === "ctr"
        ? `ctr: ${messageOf(error)}\n`
        : `time="${new Date().toISOString().slice(0, 19)}Z" level=fatal msg=${JSON.stringify(messageOf(error))}\n`,
    );
    process.exitCode = 1;
  }
}
