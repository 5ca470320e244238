import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import {
  fullImageReference,
  K3dError,
  type CallOptions,
  type ImageInfo,
  type ImageOperations,
  type ImageSummary,
  type PullOptions,
  type SaveOptions,
} from "@k3d/core/runtime";
import { keepText, type Cli } from "./cli.js";
import { failure, type FailureRule } from "./failure.js";
import { feed, firstByte, outputOf } from "./streams.js";

interface ImageJson {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Size?: number;
  Created?: string;
  Os?: string;
  Architecture?: string;
  Variant?: string;
  Config?: {
    Env?: string[] | null;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    WorkingDir?: string;
    User?: string;
    Volumes?: Record<string, unknown> | null;
    ExposedPorts?: Record<string, unknown> | null;
    Labels?: Record<string, string> | null;
  } | null;
}

const PULL_RULES: readonly FailureRule[] = [
  {
    pattern:
      /manifest unknown|not found|unauthorized|denied|no match for platform|no matching manifest/i,
    code: "IMAGE_NOT_FOUND",
    hint: "Check the reference, and log in where the registry asks for it",
  },
];
const OCI_ARCHIVE: FailureRule = {
  pattern: /\/blobs\/\S*: no such file|unrecognized image format/i,
  code: "UNSUPPORTED",
  hint: "It reads archives as docker save writes them, and no others",
};
const NO_ARCHIVE: FailureRule = {
  pattern: /invalid tar|unexpected eof|not .*archive|invalid archive|no such file/i,
  code: "INVALID_INPUT",
  hint: "It must be a tar archive as written by save",
};
const IN_USE: FailureRule = {
  pattern: /is (being )?used|in use|conflict/i,
  code: "INVALID_INPUT",
  hint: "Remove the containers that use it first, or remove it by force",
};

/** Images by the command line. */
export class NerdctlImages implements ImageOperations {
  constructor(private readonly cli: Cli) {}

  async inspect(reference: string, { signal }: CallOptions = {}): Promise<ImageInfo> {
    const context = {
      action: `find image '${reference}'`,
      rules: [{ pattern: /no such|not found/i, code: "IMAGE_NOT_FOUND" as const }],
    };
    const [json] = await this.cli.json<ImageJson[]>(["image", "inspect", reference], context, {
      signal,
    });
    if (json === undefined)
      throw new K3dError("IMAGE_NOT_FOUND", `There is no image '${reference}'`);
    return imageInfo(json);
  }

  async list({ signal }: CallOptions = {}): Promise<ImageSummary[]> {
    const context = { action: "list images" };
    const text = await this.cli.text(["images", "--quiet", "--no-trunc"], context, { signal });
    const ids = [...new Set(text.split("\n").filter(Boolean))];
    if (ids.length === 0) return [];
    const found = await Promise.all(
      // One by one: an image that somebody removes meanwhile must not hide the others.
      ids.map(async (id) =>
        this.inspect(id, { signal }).catch((error: unknown) => {
          if ((error as K3dError).code === "IMAGE_NOT_FOUND") return [];
          throw error;
        }),
      ),
    );
    return found
      .flat()
      .map(
        ({ id, references, digests, size, created, config }) =>
          ({ id, references, digests, size, created, labels: config.labels }) as ImageSummary,
      );
  }

  async pull(reference: string, { platform, onProgress, signal }: PullOptions = {}): Promise<void> {
    const args = [
      "pull",
      ...(platform === undefined ? [] : ["--platform", platform]),
      fullImageReference(reference),
    ];
    const running = this.cli.stream(args, { signal });
    running.stdin.end();
    const stderr = keepText(running.stderr);
    createInterface({ input: running.stdout }).on("line", (line) => {
      if (line.trim() !== "") onProgress?.({ message: line.trim() });
    });
    const exitCode = await running.exitCode;
    if (exitCode === 0) return;
    throw failure(
      { exitCode, stdout: "", stderr: stderr() },
      { action: `pull image '${reference}'`, rules: PULL_RULES, fallback: "REMOTE_UNAVAILABLE" },
      [],
    );
  }

  async save(references: string[], { platform, signal }: SaveOptions = {}): Promise<Readable> {
    for (const reference of references) {
      const { os, architecture, variant } = await this.inspect(reference, { signal });
      if (platform === undefined) continue;
      const [wantedOs, wantedArchitecture, wantedVariant] = platform.split("/");
      if (
        os === wantedOs &&
        architecture === wantedArchitecture &&
        (wantedVariant === undefined || variant === undefined || variant === wantedVariant)
      )
        continue;
      throw new K3dError(
        "IMAGE_NOT_FOUND",
        `Image '${reference}' is here for ${os}/${architecture}, not for ${platform}`,
        { hint: `Pull it for ${platform}` },
      );
    }
    const output = outputOf(this.cli.stream(["save", ...references], { signal }), {
      action: `save ${references.join(", ")}`,
    });
    await firstByte(output);
    return output;
  }

  async load(archive: Readable, { signal }: CallOptions = {}): Promise<string[]> {
    archive.on("error", () => {});
    let printed: string;
    try {
      printed = await feed(this.cli.stream(["load"], { signal }), archive, {
        action: "load images",
        rules: [OCI_ARCHIVE, NO_ARCHIVE],
      });
    } finally {
      archive.destroy();
    }
    const loaded = [...printed.matchAll(/^Loaded image(?: ID)?: (.+)$/gm)].map(([, name = ""]) =>
      name.trim(),
    );
    if (loaded.length === 0)
      throw new K3dError("INVALID_INPUT", "Cannot load images: the archive holds none", {
        hint: NO_ARCHIVE.hint,
      });
    return loaded.filter((name) => !name.startsWith("sha256:")).map(fullImageReference);
  }

  async remove(
    reference: string,
    { force = false, signal }: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    await this.inspect(reference, { signal });
    await this.cli.text(
      ["rmi", ...(force ? ["--force"] : []), reference],
      { action: `remove image '${reference}'`, rules: [IN_USE] },
      { signal },
    );
  }
}

function imageInfo(json: ImageJson): ImageInfo {
  const config = json.Config ?? {};
  return {
    id: json.Id,
    references: (json.RepoTags ?? [])
      .filter((tag) => !tag.startsWith("<none>"))
      .map(fullImageReference),
    digests: (json.RepoDigests ?? []).map(fullImageReference),
    size: json.Size ?? 0,
    created: json.Created ? new Date(json.Created) : undefined,
    os: json.Os,
    architecture: json.Architecture,
    variant: json.Variant || undefined,
    config: {
      entrypoint: config.Entrypoint ?? [],
      cmd: config.Cmd ?? [],
      env: config.Env ?? [],
      workingDir: config.WorkingDir || undefined,
      user: config.User || undefined,
      volumes: Object.keys(config.Volumes ?? {}),
      exposedPorts: Object.keys(config.ExposedPorts ?? {}),
      labels: config.Labels ?? {},
    },
  } as ImageInfo;
}
