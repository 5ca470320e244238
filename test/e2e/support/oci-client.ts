import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import type {
  ContainerRuntime,
  ContainerSpec,
  RuntimeFactory,
} from "../../../packages/core/src/index.js";

/**
 * The daemonless runtime has no command line of its own: this one knows, of
 * Docker's, what the end-to-end tests say to make things beside k3d.
 */
export function ociClient(...args: string[]): Promise<string> {
  return ociClientWith({}, ...args);
}

/** As {@link ociClient}, of an engine that these variables name. */
export async function ociClientWith(
  env: Record<string, string>,
  ...args: string[]
): Promise<string> {
  const [verb = "", ...rest] = args;
  const action = VERBS[verb] ?? VERBS[`${verb} ${rest[0] ?? ""}`];
  if (action === undefined)
    throw new Error(`the tests' client of the oci runtime does not know: ${args.join(" ")}`);
  const runtime = await ociRuntime(env);
  return (await action(runtime, VERBS[verb] === undefined ? rest.slice(1) : rest)).trim();
}

export async function ociRuntime(env: Record<string, string>): Promise<ContainerRuntime> {
  const module = (await import(
    new URL("../../../packages/runtime-oci-spec/dist/index.js", import.meta.url).href
  )) as { default: RuntimeFactory };
  return module.default.create({
    env: { ...process.env, ...env },
    homeDir: homedir(),
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
  });
}

type Action = (runtime: ContainerRuntime, args: string[]) => Promise<string>;

const VERBS: Record<string, Action> = {
  async exec(runtime, [name = "", ...command]) {
    const process = await runtime.containers.exec(name, { args: command });
    const [out, err, code] = await Promise.all([
      text(process.stdout),
      text(process.stderr),
      process.exitCode,
    ]);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${err}`);
    return out;
  },
  async logs(runtime, [name = ""]) {
    const lines: string[] = [];
    for await (const { line } of runtime.containers.logs(name)) lines.push(line);
    return lines.join("\n");
  },
  async ps(runtime, args) {
    const { values } = parseArgs({
      args,
      options: {
        all: { type: "boolean", short: "a" },
        filter: { type: "string", multiple: true },
        format: { type: "string" },
        quiet: { type: "boolean", short: "q" },
      },
    });
    const names = (values.filter ?? []).map((filter) => filter.replace(/^name=/, ""));
    const found = (await runtime.containers.list()).filter(({ name }) =>
      names.every((part) => name.includes(part)),
    );
    return found.map(({ id, name }) => (values.quiet ? id : name)).join("\n");
  },
  async run(runtime, args) {
    const spec = specOf(args);
    const id = await runtime.containers.create(spec);
    await runtime.containers.start(spec.name);
    return id;
  },
  create: (runtime, args) => runtime.containers.create(specOf(args)),
  stop: (runtime, names) => each(names, (name) => runtime.containers.stop(name)),
  async restart(runtime, names) {
    await each(names, (name) => runtime.containers.stop(name));
    return each(names, (name) => runtime.containers.start(name));
  },
  rm(runtime, args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { force: { type: "boolean", short: "f" }, volumes: { type: "boolean", short: "v" } },
    });
    return each(positionals, (name) =>
      runtime.containers.remove(name, {
        force: values.force ?? false,
        volumes: values.volumes ?? false,
      }),
    );
  },
  async "network create"(runtime, args) {
    const { labels, names } = labelled(args);
    return each(names, (name) => runtime.networks.create({ name, labels }));
  },
  async tag(runtime, [from = "", to = ""]) {
    const directory = await mkdtemp(join(tmpdir(), "k3d-tag-"));
    try {
      const [before, after] = [join(directory, "before.tar"), join(directory, "after.tar")];
      await pipeline(await runtime.images.save([from]), createWriteStream(before));
      await execa("skopeo", ["copy", `docker-archive:${before}`, `docker-archive:${after}:${to}`]);
      await runtime.images.load(createReadStream(after));
    } finally {
      await rm(directory, { recursive: true });
    }
    return "";
  },
  rmi: (runtime, names) => each(names, (name) => runtime.images.remove(name)),
  "network rm": (runtime, names) => each(names, (name) => runtime.networks.remove(name)),
  async "volume create"(runtime, args) {
    const { labels, names } = labelled(args);
    return each(names, (name) => runtime.volumes.create({ name, labels }));
  },
  "volume rm": (runtime, names) => each(names, (name) => runtime.volumes.remove(name)),
  "volume ls": async (runtime) => (await runtime.volumes.list()).map(({ name }) => name).join("\n"),
  async "volume inspect"(runtime, [name = "", , format = ""]) {
    const { labels } = await runtime.volumes.inspect(name);
    const key = /index \.Labels "([^"]+)"/.exec(format)?.[1];
    return key === undefined ? JSON.stringify(labels) : (labels[key] ?? "");
  },
};

function specOf(args: string[]): ContainerSpec {
  const { values, positionals } = parseArgs({
    args: args.slice(0, commandStart(args)),
    allowPositionals: true,
    options: {
      detach: { type: "boolean", short: "d" },
      init: { type: "boolean" },
      name: { type: "string" },
      label: { type: "string", multiple: true },
      network: { type: "string" },
      restart: { type: "string" },
      volume: { type: "string", short: "v", multiple: true },
    },
  });
  const [image = ""] = positionals;
  const command = args.slice(commandStart(args));
  return {
    name: values.name ?? "",
    image,
    process: { env: [], ...(command.length > 0 ? { args: command } : {}) },
    mounts: (values.volume ?? []).map((volume) => {
      const [source = "", destination = ""] = volume.split(":");
      return { type: source.startsWith("/") ? "bind" : "volume", source, destination };
    }),
    labels: toLabels(values.label),
    linux: {},
    init: values.init ?? false,
    networks: values.network === undefined ? [] : [{ name: values.network }],
    ports: [],
    restartPolicy: { name: (values.restart ?? "no") as "no" | "unless-stopped" },
  };
}

/** Where the command begins: behind the image, the first word that belongs to no option. */
function commandStart(args: readonly string[]): number {
  let index = 0;
  while (args[index]?.startsWith("-"))
    index +=
      args[index] === "-d" || args[index] === "--init" || args[index]?.includes("=") === true
        ? 1
        : 2;
  return index + 1;
}

function labelled(args: string[]): { labels: Record<string, string>; names: string[] } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { label: { type: "string", multiple: true } },
  });
  return { labels: toLabels(values.label), names: positionals };
}

function toLabels(entries: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => [entry.split("=", 1)[0] ?? entry, entry.slice(entry.indexOf("=") + 1)]),
  );
}

async function each(
  names: readonly string[],
  action: (name: string) => Promise<unknown>,
): Promise<string> {
  for (const name of names) await action(name);
  return names.join("\n");
}
