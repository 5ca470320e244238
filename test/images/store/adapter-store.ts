import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ContainerRuntime, RuntimeFactory } from "../../../packages/core/src/runtime/index.ts";
import { run } from "../../engine/host/command.ts";
import { withLock } from "../../engine/host/lock.ts";
import { say } from "../../engine/host/script.ts";
import { SetupError } from "../../engine/host/setup-error.ts";
import { packImage } from "../build/archive.ts";
import { CHECKOUT } from "../build/checkout.ts";
import type { ImageStore } from "./image-store.ts";

/** The images of a runtime that has no client of its own but k3d's adapter, which is built where it is not yet. */
export class AdapterStore implements ImageStore {
  readonly #name: string;
  #runtime: Promise<ContainerRuntime> | undefined;

  /** @param name folder of the adapter below packages */
  constructor(name: string) {
    this.#name = name;
  }

  async labels(reference: string): Promise<Readonly<Record<string, string>> | undefined> {
    const { images } = await this.#open();
    try {
      return (await images.inspect(reference)).config.labels;
    } catch (error) {
      if ((error as { code?: string }).code === "IMAGE_NOT_FOUND") return undefined;
      throw error;
    }
  }

  async pull(reference: string): Promise<string | undefined> {
    const { images } = await this.#open();
    try {
      await images.pull(reference);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async load(folder: string): Promise<void> {
    const { images } = await this.#open();
    await images.load(packImage(folder));
  }

  async close(): Promise<void> {
    await (await this.#runtime)?.close();
  }

  #open(): Promise<ContainerRuntime> {
    this.#runtime ??= this.#create();
    return this.#runtime;
  }

  async #create(): Promise<ContainerRuntime> {
    const file = join(CHECKOUT, "packages", this.#name, "dist", "index.js");
    if (!existsSync(file)) await buildPackages();
    const adapter = (await import(pathToFileURL(file).href)) as { default: RuntimeFactory };
    const options = {
      env: process.env,
      homeDir: homedir(),
      platform: process.platform,
      ...(process.getuid && { uid: process.getuid() }),
    };
    const { available, reason, hint } = await adapter.default.detect(options);
    if (!available) throw new SetupError(`the runtime cannot be used here: ${reason}`, hint);
    return adapter.default.create(options);
  }
}

/** What `scripts/setup.sh` does not: the CLI's bundle has no need of it. */
async function buildPackages(): Promise<void> {
  const compiler = join(CHECKOUT, "node_modules", ".bin", "tsc");
  if (!existsSync(compiler))
    throw new SetupError(`${compiler} is missing`, "run scripts/setup.sh first");
  say("Building the packages, one of which is this runtime");
  await withLock(join(CHECKOUT, ".tools", "build-packages.lock"), () =>
    run(compiler, ["-b", "tsconfig.build.json"], { cwd: CHECKOUT }),
  );
}
