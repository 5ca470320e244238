import { K3dError } from "@k3d/core";
import { runs } from "./run.js";

export const BUILDERS = ["docker", "podman", "buildah"] as const;
export type BuilderName = (typeof BUILDERS)[number];

/** What is to be built. */
export interface BuildRequest {
  /** Directory or URL, as the builder takes it. */
  context: string;
  /** Full reference. */
  tag: string;
  file?: string | undefined;
  target?: string | undefined;
  platform?: string | undefined;
  buildArgs: readonly string[];
  secrets: readonly string[];
  noCache: boolean;
  pull: boolean;
  /** For the builder, as they are. */
  options: readonly string[];
}

/** A program that builds images. */
export interface Builder {
  name: BuilderName;
  /** Whether it takes `--secret`. */
  takesSecrets: boolean;
  /** Arguments that build an image into the builder's own store. */
  build: readonly string[];
  /** Arguments that write the image as an archive: to standard output, or to a file. */
  save(tag: string, file: string): { args: string[]; toFile: boolean };
  push(tag: string): string[];
}

const DOCKER: Builder = {
  name: "docker",
  takesSecrets: false,
  build: ["build"],
  save: (tag) => ({ args: ["save", tag], toFile: false }),
  push: (tag) => ["push", tag],
};

/** BuildKit, which may build elsewhere than in the engine. */
const BUILDX: Builder = {
  ...DOCKER,
  takesSecrets: true,
  build: ["buildx", "build", "--load"],
};

const PODMAN: Builder = {
  name: "podman",
  takesSecrets: true,
  build: ["build"],
  save: (tag) => ({ args: ["save", "--quiet", "--format", "docker-archive", tag], toFile: false }),
  // Registries that k3d makes speak HTTP unless they are told otherwise.
  push: (tag) => ["push", "--tls-verify=false", tag],
};

const BUILDAH: Builder = {
  name: "buildah",
  takesSecrets: true,
  build: ["build"],
  save: (tag, file) => ({
    args: ["push", "--quiet", tag, `docker-archive:${file}:${tag}`],
    toFile: true,
  }),
  push: (tag) => ["push", "--tls-verify=false", tag],
};

/** What each builder is asked to see whether it can be used. */
const CHECKS: Readonly<Record<BuilderName, readonly string[]>> = {
  // Asks the engine: a client alone builds nothing.
  docker: ["version", "--format", "{{.Server.Version}}"],
  podman: ["--version"],
  buildah: ["--version"],
};

/**
 * The builder of that name, or the first that can be used for this.
 *
 * @throws K3dError `NOT_FOUND` (none can be used), `UNSUPPORTED` (none that can be used takes secrets)
 */
export async function findBuilder(
  wanted: BuilderName | undefined,
  { secrets }: Pick<BuildRequest, "secrets">,
  signal: AbortSignal,
): Promise<Builder> {
  let passedOver: BuilderName | undefined;
  for (const name of wanted === undefined ? BUILDERS : [wanted]) {
    if (!(await runs(name, CHECKS[name], signal))) continue;
    const builder = await builderNamed(name, signal);
    if (builder.takesSecrets || secrets.length === 0) return builder;
    passedOver ??= name;
  }
  if (passedOver !== undefined) {
    throw new K3dError("UNSUPPORTED", `${passedOver} takes no secrets without BuildKit`, {
      hint: "Install docker's buildx, podman or buildah.",
    });
  }
  throw new K3dError(
    "NOT_FOUND",
    wanted === undefined ? "No program to build images was found" : `${wanted} cannot be used`,
    { hint: "Install docker (with its engine running), podman or buildah." },
  );
}

async function builderNamed(name: BuilderName, signal: AbortSignal): Promise<Builder> {
  if (name === "podman") return PODMAN;
  if (name === "buildah") return BUILDAH;
  return (await runs(name, ["buildx", "version"], signal)) ? BUILDX : DOCKER;
}

/** The command line that builds. */
export function buildArguments(builder: Builder, request: BuildRequest): string[] {
  const { context, tag, file, target, platform, buildArgs, secrets, noCache, pull } = request;
  const option = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [name, value];
  return [
    ...builder.build,
    "--tag",
    tag,
    ...option("--file", file),
    ...option("--target", target),
    ...option("--platform", platform),
    ...buildArgs.flatMap((arg) => ["--build-arg", arg]),
    ...secrets.flatMap((secret) => ["--secret", secret]),
    ...(noCache ? ["--no-cache"] : []),
    ...(pull ? ["--pull"] : []),
    ...request.options,
    context,
  ];
}
