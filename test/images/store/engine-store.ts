import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { lastLines, run, runUnchecked } from "../../engine/host/command.ts";
import { SetupError } from "../../engine/host/setup-error.ts";
import { packImage } from "../build/archive.ts";
import type { ImageStore } from "./image-store.ts";

interface InspectedImage {
  readonly Id: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null };
}

/** The images of an engine whose client speaks Docker's command line: docker or podman. */
export class EngineStore implements ImageStore {
  readonly #client: string;

  /** @param client `docker` or `podman` */
  constructor(client: string) {
    this.#client = client;
  }

  async labels(reference: string): Promise<Readonly<Record<string, string>> | undefined> {
    const image = await this.#inspect(reference);
    return image && (image.Config?.Labels ?? image.Labels ?? {});
  }

  async #inspect(reference: string): Promise<InspectedImage | undefined> {
    const { exitCode, stdout } = await runUnchecked(this.#client, ["image", "inspect", reference]);
    return exitCode === 0 ? (JSON.parse(stdout) as InspectedImage[])[0] : undefined;
  }

  async pull(reference: string): Promise<string | undefined> {
    const { exitCode, stderr } = await runUnchecked(this.#client, ["pull", "-q", reference]);
    return exitCode === 0 ? undefined : lastLines(stderr, 2);
  }

  async load(folder: string, reference: string): Promise<void> {
    const replaced = await this.#inspect(reference);
    const client = spawn(this.#client, ["load"], { stdio: ["pipe", "ignore", "pipe"] });
    const complaint = text(client.stderr);
    const ended = once(client, "close");
    // A client that gives up closes its input; what it says then is the better message.
    const sent = await pipeline(packImage(folder), client.stdin).then(
      () => true,
      () => false,
    );
    const [code] = await ended;
    if (!sent || code !== 0) {
      throw new SetupError(
        `${this.#client} cannot load ${reference}: ${lastLines(await complaint)}`,
      );
    }
    // An engine refuses this while a container uses the image, which is fine.
    if (replaced !== undefined) await runUnchecked(this.#client, ["image", "rm", replaced.Id]);
  }

  async tag(reference: string, alias: string): Promise<void> {
    await run(this.#client, ["tag", reference, alias]);
  }

  async close(): Promise<void> {}
}
