import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import {
  K3dError,
  parseAnswer,
  throwIfAborted,
  type CallOptions,
  type ImageInfo,
  type ImageOperations,
  type ImageSummary,
  type PullOptions,
  type SaveOptions,
} from "@k3d/core/runtime";
import { failureError, type FailureRule } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { feed, firstByte, outputOf } from "../command/streams.js";
import { imageCandidates } from "./candidates.js";
import { imageInfo, imageSummaries, type ImageJson, type ImageListJson } from "./from-native.js";

const PULL_RULES: readonly FailureRule[] = [
  {
    pattern:
      /manifest unknown|name unknown|not found|unauthorized|authentication required|denied|no image found in manifest list|no such manifest/i,
    code: "IMAGE_NOT_FOUND",
    hint: "Check the image's name and tag, and log in with `podman login` if the registry needs it",
  },
  {
    pattern:
      /dial tcp|no such host|connection refused|timeout|tls: |x509: |EOF|pinging container registry/i,
    code: "REMOTE_UNAVAILABLE",
    hint: "Check the network, a proxy, and the registry's certificate (registries.conf)",
  },
];
const NO_ARCHIVE: FailureRule = {
  pattern: /payload does not match any of the supported image formats|unexpected EOF/i,
  code: "INVALID_INPUT",
  hint: "It must be a tar archive as written by `docker save` or `podman save`",
};
const IN_USE: FailureRule = {
  pattern: /image is in use by a container|image used by/i,
  code: "INVALID_INPUT",
  hint: "Remove the containers that use it first, or remove it by force",
};
/** `Loaded image: NAME`, and in older releases several names in one line. */
const LOADED = /^Loaded images?(?:\(s\))?: (.+)$/gm;

/** Images by the `podman` command. */
export class PodmanImages implements ImageOperations {
  readonly #cli: PodmanCli;

  constructor(cli: PodmanCli) {
    this.#cli = cli;
  }

  async inspect(reference: string, options: CallOptions = {}): Promise<ImageInfo> {
    const { json } = await this.#find(reference, options);
    return imageInfo(json);
  }

  async list(options: CallOptions = {}): Promise<ImageSummary[]> {
    const list = await this.#cli.json<ImageListJson[] | null>(
      ["images", "--format=json", "--no-trunc"],
      { action: "list images" },
      options,
    );
    return imageSummaries(list ?? []);
  }

  async pull(reference: string, { platform, onProgress, signal }: PullOptions = {}): Promise<void> {
    const [full = reference] = imageCandidates(reference);
    const args = ["pull", ...(platform === undefined ? [] : ["--platform", platform]), full];
    const running = await this.#cli.stream(args, { signal });
    running.stdin.end();
    running.stdout.resume();
    const lines = createInterface({ input: running.stderr });
    lines.on("line", (line) => {
      const message = line.trim();
      if (message !== "") onProgress?.({ message });
    });
    const result = await running.ended;
    if (result.exitCode === 0) return;
    throw failureError(result, {
      action: `pull image '${full}'`,
      rules: PULL_RULES,
      fallback: "REMOTE_UNAVAILABLE",
    });
  }

  async save(references: string[], { platform, signal }: SaveOptions = {}): Promise<Readable> {
    const options = { signal };
    const names: string[] = [];
    for (const reference of references) {
      const { name, json } = await this.#find(reference, options);
      if (platform !== undefined) requirePlatform(reference, json, platform);
      names.push(name);
    }
    const args = ["save", "--quiet", "--multi-image-archive", "--format=docker-archive", ...names];
    const running = await this.#cli.stream(args, options);
    const output = outputOf(running, { action: `save ${names.join(", ")}` });
    await firstByte(output);
    return output;
  }

  async load(archive: Readable, options: CallOptions = {}): Promise<string[]> {
    throwIfAborted(options.signal);
    const running = await this.#cli.stream(["load"], options);
    const output = await feed(running, archive, {
      action: "load images",
      rules: [NO_ARCHIVE],
    });
    return [...output.matchAll(LOADED)].flatMap(([, names = ""]) =>
      names.split(",").map((name) => name.trim()),
    );
  }

  async remove(
    reference: string,
    { force = false, ...options }: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    const { name } = await this.#find(reference, options);
    await this.#cli.text(
      ["rmi", ...(force ? ["--force"] : []), name],
      { action: `remove image '${reference}'`, rules: [IN_USE] },
      options,
    );
  }

  /** Finds an image under the name that podman has it by. */
  async #find(reference: string, options: CallOptions): Promise<{ name: string; json: ImageJson }> {
    const candidates = imageCandidates(reference);
    const action = `find image '${reference}'`;
    for (const name of candidates) {
      const result = await this.#cli.run(["image", "inspect", name], options);
      const error = result.exitCode === 0 ? undefined : failureError(result, { action });
      if (error !== undefined && error.code !== "IMAGE_NOT_FOUND") throw error;
      const [json] = error === undefined ? parseAnswer<ImageJson[]>(result.stdout, action) : [];
      if (json !== undefined) return { name, json };
    }
    throw new K3dError("IMAGE_NOT_FOUND", `Image '${candidates.join("' or '")}' does not exist`, {
      hint: "Pull or load it first; `podman images` shows what is there",
    });
  }
}

function requirePlatform(reference: string, json: ImageJson, platform: string): void {
  const [os, architecture, variant] = platform.split("/");
  const fits =
    json.Os === os &&
    json.Architecture === architecture &&
    (variant === undefined || json.Variant === undefined || json.Variant === variant);
  if (fits) return;
  throw new K3dError(
    "IMAGE_NOT_FOUND",
    `Image '${reference}' is present for ${json.Os}/${json.Architecture} only, not for ${platform}`,
    { hint: `Pull it with --platform ${platform}: podman keeps one platform under a name.` },
  );
}
