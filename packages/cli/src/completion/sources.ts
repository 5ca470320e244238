/** What a word can be completed with besides fixed words: names that `k3d complete` tells, and files. */
export const NAME_SOURCES = [
  "clusters",
  "contexts",
  "images",
  "networks",
  "node-images",
  "nodes",
  "registries",
  "runtimes",
  "snapshots",
  "volumes",
] as const;

export type NameSource = (typeof NAME_SOURCES)[number];
export type Source = NameSource | "files";

/** Commands whose arguments name something new. */
const MAKES_NEW = /(?:^|:)(?:create|init)$/;

/** Sources by command and argument; of several that fit the first counts. */
const ARGUMENTS: readonly (readonly [command: RegExp, argument: RegExp, sources: Source[]])[] = [
  [/^cluster:snapshot:create$/, /^cluster$/, ["clusters"]],
  [MAKES_NEW, /./, []],
  [/^cluster:clone$/, /^new$/, []],
  [/./, /^snapshot$/, ["snapshots"]],
  [/^use$/, /./, ["clusters", "contexts"]],
  [/^logs$/, /./, ["clusters", "nodes"]],
  [/./, /^cluster$/, ["clusters"]],
  [/^(?:cluster|kubeconfig):/, /^name$/, ["clusters"]],
  [/^node:/, /^name$/, ["nodes"]],
  [/^registry:/, /^name$/, ["registries"]],
  [/^network:/, /^name$/, ["networks"]],
  [/^volume:/, /^name$/, ["volumes"]],
  [/^image:remove$/, /^image$/, ["node-images"]],
  [/./, /^image$/, ["images", "files"]],
  [/./, /^(?:file|input|output|directory|context)$/, ["files"]],
];

export function argumentSources(command: string, argument: string): readonly Source[] {
  const row = ARGUMENTS.find(([id, name]) => id.test(command) && name.test(argument));
  return row?.[2] ?? [];
}

/** Sources of flags by their names. */
const FLAGS: Readonly<Record<string, Source>> = {
  cluster: "clusters",
  network: "networks",
  "default-network": "networks",
  "registry-use": "registries",
  runtime: "runtimes",
  from: "snapshots",
  "image-volume": "volumes",
};

/** By its name, else by what its value is called in the help. */
export function flagSources(name: string, helpValue: string | undefined): readonly Source[] {
  const byName = FLAGS[name];
  if (byName !== undefined) return [byName];
  const kinds = new Set(helpValue?.split(/[|=,]/));
  if (kinds.has("IMAGE")) return ["images"];
  return ["FILE", "PATH", "DIR"].some((kind) => kinds.has(kind)) ? ["files"] : [];
}
