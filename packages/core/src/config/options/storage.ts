import { invalid } from "../invalid.js";
import { NODE_FILTERS_REF, filtered, flag, list, object, text } from "../schema/json-schema.js";
import { DESTINATION_SHORTCUTS, parseVolumeSpec, resolveDestination } from "../volumes.js";
import { option } from "./option.js";

const GROUP = "STORAGE AND IMAGES";

/** A file written into nodes. */
export interface FileWithFilters {
  description?: string;
  /** Content, or a path relative to the config file. */
  source: string;
  /** Absolute, or a destination shortcut. */
  destination: string;
  nodeFilters?: string[];
}

/** What the nodes find on their disks. */
export const STORAGE_OPTIONS = [
  option({
    field: "volumes",
    schema: list(
      "Volumes",
      "What is mounted into the nodes; into all of them without a node filter.",
      filtered(
        "volume",
        text(
          "Volume",
          `[SOURCE:]DEST[:MODE]. DEST is an absolute path or one of: ${Object.keys(DESTINATION_SHORTCUTS).join(", ")}.`,
          { examples: ["/data:/mnt/data:ro", "my-volume:k3s-storage"] },
        ),
        "Volume",
      ),
    ),
    default: [],
    example: [{ volume: "/tmp:/mnt/host:ro", nodeFilters: ["server:*"] }],
    check: parseVolumeSpec,
    filtered: { key: "volume", describe: (volume) => `Volume ${volume}`, unfiltered: "all" },
    flag: {
      name: "volume",
      kind: "repeated",
      char: "v",
      group: GROUP,
      metavar: "[SOURCE:]DEST[:MODE][@FILTER]",
      summary: "Mount a directory or a volume into nodes",
    },
  }),
  option({
    field: "options.k3d.enginePaths",
    since: "k3d.io/v1alpha5",
    schema: flag(
      "Engine's paths",
      "With an engine on another machine: paths in volumes are those of that machine, even if they exist here too.",
    ),
    default: false,
    variable: "K3D_ENGINE_PATHS",
    flag: {
      name: "engine-paths",
      kind: "toggle",
      group: GROUP,
      summary: "With an engine on another machine: paths of --volume are those of that machine",
    },
  }),
  option({
    field: "files",
    since: "k3d.io/v1alpha5",
    schema: list<FileWithFilters>(
      "Files",
      "Files written into the nodes before they first start; into all servers and agents without a node filter.",
      object(
        "File",
        "A file and the nodes it is for.",
        {
          description: text("Description", "What the file is for."),
          source: text(
            "Source",
            "The content, as a block of lines, or a path relative to the config file.",
          ),
          destination: text(
            "Destination",
            "Absolute path in the node, or one starting with a shortcut as in volumes.",
            { examples: ["k3s-manifests-custom/app.yaml"] },
          ),
          nodeFilters: NODE_FILTERS_REF,
        },
        { required: ["source", "destination"] },
      ),
    ),
    default: [],
    example: [
      {
        description: "A namespace",
        source: "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: example\n",
        destination: "k3s-manifests-custom/example.yaml",
        nodeFilters: ["server:0"],
      },
    ],
    check: resolveDestination,
    filtered: {
      key: "destination",
      describe: (destination) => `File ${destination}`,
      unfiltered: "k3s",
    },
  }),
  option({
    field: "options.k3d.disableImageVolume",
    schema: flag("No image volume", "Leave out the volume that image import uses."),
    default: false,
    variable: "K3D_NO_IMAGE_VOLUME",
    flag: {
      name: "no-image-volume",
      kind: "toggle",
      group: GROUP,
      summary: "No volume for imported images",
    },
  }),
  option({
    field: "options.k3d.imageVolume",
    since: "k3d.io/v1alpha5",
    schema: text("Image volume", "Existing volume to use as image volume; it is never deleted."),
    example: "my-volume",
    check: checkVolumeName,
    variable: "K3D_IMAGE_VOLUME",
    flag: {
      name: "image-volume",
      kind: "text",
      aliases: ["image-vol"],
      group: GROUP,
      metavar: "NAME",
      summary: "Use this existing volume for imported images",
    },
  }),
] as const;

function checkVolumeName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]+$/.test(name)) return;
  throw invalid(
    "image volume",
    name,
    "this is not a volume name",
    "Name a volume of the engine, not a path.",
  );
}
