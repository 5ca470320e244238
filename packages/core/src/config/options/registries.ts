import { parseImageReference } from "../../image/reference.js";
import { DEFAULT_IMAGES } from "../../model/index.js";
import { checkHostPort } from "../api-port.js";
import { invalid } from "../invalid.js";
import { checkRegistryName } from "../names.js";
import { checkBindHost, parseRegistryCreate, parseRegistryRef } from "../registry-refs.js";
import { flag, list, plainText, text, textOrNumber } from "../schema/json-schema.js";
import { parseVolumeSpec } from "../volumes.js";
import { option, section } from "./option.js";
import { PORT_HINT, checkUrl } from "./values.js";

const GROUP = "REGISTRIES";

/** Image registries of the cluster. */
export const REGISTRY_OPTIONS = [
  section({
    field: "registries",
    title: "Registries",
    description: "Image registries of the cluster.",
    open: true,
  }),
  section({
    field: "registries.create",
    since: "k3d.io/v1alpha3",
    title: "Create",
    description: "Registry that is created, and deleted, with the cluster.",
    variable: "K3D_REGISTRY_CREATE",
    read: parseRegistryCreate,
    flag: {
      name: "registry-create",
      kind: "text",
      group: GROUP,
      metavar: "NAME[:HOST][:HOSTPORT]",
      summary: "Create a registry and connect it to the cluster",
    },
  }),
  option({
    field: "registries.create.name",
    since: "k3d.io/v1alpha3",
    schema: text("Name", "Name of the registry container.", { examples: ["my-registry"] }),
    check: (name: string) => checkRegistryName(name),
  }),
  option({
    field: "registries.create.host",
    since: "k3d.io/v1alpha3",
    schema: text("Host", "Address of this host that the port is bound to.", {
      default: "0.0.0.0",
      examples: ["127.0.0.1"],
    }),
    check: (host: string) =>
      checkBindHost(host, (reason) =>
        invalid(
          "registry host",
          host,
          reason,
          'Give an address of this host, for example "0.0.0.0".',
        ),
      ),
  }),
  option({
    field: "registries.create.hostPort",
    since: "k3d.io/v1alpha3",
    schema: textOrNumber("Host port", "Port on this host, or random.", {
      default: "random",
      examples: ["5000"],
    }),
    check: (port: string) =>
      checkHostPort(port, (reason) => invalid("registry port", port, reason, PORT_HINT)),
  }),
  option({
    field: "registries.create.image",
    since: "k3d.io/v1alpha4",
    schema: text("Image", "Image of the registry.", { default: DEFAULT_IMAGES.registry }),
    check: (image: string) => parseImageReference(image),
  }),
  section({
    field: "registries.create.proxy",
    since: "k3d.io/v1alpha4",
    title: "Pull-through proxy",
    description: "Remote registry that this one caches.",
  }),
  option({
    field: "registries.create.proxy.remoteURL",
    since: "k3d.io/v1alpha4",
    schema: text(
      "Remote",
      'URL of the remote registry; "*" for images of registries that serve every remote.',
      { examples: ["https://registry-1.docker.io"] },
    ),
    check: (url: string) => (url === "*" ? undefined : checkUrl(url)),
  }),
  option({
    field: "registries.create.proxy.username",
    since: "k3d.io/v1alpha4",
    schema: text("User name", "User name at the remote registry."),
    example: "me",
  }),
  option({
    field: "registries.create.proxy.password",
    since: "k3d.io/v1alpha4",
    schema: text("Password", "Password at the remote registry."),
    example: "change-me",
  }),
  option({
    field: "registries.create.volumes",
    since: "k3d.io/v1alpha4",
    schema: list(
      "Volumes",
      "What is mounted into the registry, as [SOURCE:]DEST[:MODE].",
      plainText,
      {
        examples: [["/tmp/registry:/var/lib/registry"]],
      },
    ),
    check: parseVolumeSpec,
  }),
  option({
    field: "registries.create.enforcePortMatch",
    since: "k3d.io/v1alpha5",
    schema: flag(
      "Enforce port match",
      "Let the registry listen on the same port inside and outside, so that image names are the same everywhere. Off by default.",
    ),
    flag: {
      name: "enforce-registry-port-match",
      kind: "toggle",
      group: GROUP,
      summary: "Let the new registry listen on the same port inside and outside",
    },
  }),
  option({
    field: "registries.use",
    schema: list("Use", "Existing registries to connect, as NAME[:PORT].", plainText, {
      examples: [["k3d-my-registry:5000"]],
    }),
    default: [],
    check: parseRegistryRef,
    variable: "K3D_REGISTRY_USE",
    flag: {
      name: "registry-use",
      kind: "list",
      group: GROUP,
      metavar: "NAME[:PORT]",
      summary: "Connect existing registries to the cluster",
    },
  }),
  option({
    field: "registries.config",
    schema: text(
      "Registry configuration",
      "A registries.yaml of k3s, as a block of lines or a path relative to the config file, else to the working directory.",
    ),
    example: 'mirrors:\n  docker.io:\n    endpoint: ["https://mirror.gcr.io"]\n',
    variable: "K3D_REGISTRY_CONFIG",
    flag: {
      name: "registry-config",
      kind: "text",
      group: GROUP,
      metavar: "FILE",
      summary: "A registries.yaml of your own, merged over k3d's",
    },
  }),
] as const;
