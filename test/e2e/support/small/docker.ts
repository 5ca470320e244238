import { PrivateDocker } from "../private-docker.js";
import { sortedLines, type SmallEngine } from "./engine.js";

/** A dockerd in a network namespace of its own. */
export async function smallDocker(size: number): Promise<SmallEngine> {
  const engine = await PrivateDocker.start({ size });
  const [command, args] = engine.inside("");
  return {
    data: engine.data,
    env: { DOCKER_HOST: engine.host, DOCKER_TLS_VERIFY: undefined },
    around: [command, ...args.slice(0, -1)],
    copyImages: (images) => engine.copyImages(images),
    exec: (container, ...line) => engine.client("exec", container, ...line),
    state: async () =>
      sortedLines(
        await Promise.all([
          engine.client("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}}"),
          engine.client("volume", "ls", "-q"),
          engine.client("network", "ls", "-q"),
        ]),
      ),
    dispose: () => engine.dispose(),
  };
}
