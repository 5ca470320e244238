import { K3dError } from "../errors/index.js";
import type { ContainerSpec, NetworkAttachment } from "../runtime/container-spec.js";
import { containsAddress, parseSubnet } from "../runtime/subnet.js";
import { type Endpoint, MemoryContainer } from "./container.js";
import { MemoryTree } from "./files.js";
import type { StoredImage } from "./image-store.js";
import type { MemoryWorld, StoredNetwork } from "./world.js";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Directories that every image has. */
const BASE_DIRECTORIES = ["/etc", "/tmp", "/var", "/run"];

/** @throws as `ContainerOperations.create` says; checks everything before it changes anything. */
export function createContainer(world: MemoryWorld, spec: ContainerSpec): MemoryContainer {
  if (!NAME.test(spec.name))
    throw new K3dError("INVALID_INPUT", `"${spec.name}" is not a container name`);
  if (world.findContainer(spec.name)) {
    throw new K3dError("NAME_IN_USE", `The name '${spec.name}' is in use by another container`, {
      hint: "Choose another name.",
    });
  }
  const image = world.image(spec.image);
  const networks = spec.hostNetwork
    ? []
    : spec.networks.map((attachment) => [world.network(attachment.name), attachment] as const);
  for (const [network, attachment] of networks) assertAddress(network, attachment);
  for (const mount of spec.mounts) {
    if (!mount.destination.startsWith("/"))
      throw new K3dError("INVALID_INPUT", `"${mount.destination}" is not an absolute path`);
  }

  const container = new MemoryContainer(
    world.newId(),
    structuredClone(spec),
    image.config.labels,
    world.now,
  );
  for (const [{ id }, attachment] of networks) container.endpoints.set(id, endpointOf(attachment));
  addFiles(world, container, image);
  world.containers.set(container.id, container);
  return container;
}

/** @throws `INVALID_INPUT` when the network cannot give the address asked for. */
export function assertAddress(
  network: StoredNetwork,
  { ipv4Address, ipv6Address }: Pick<NetworkAttachment, "ipv4Address" | "ipv6Address">,
): void {
  for (const [address, subnet] of [
    [ipv4Address, network.configured ? network.subnet : undefined],
    [ipv6Address, network.ipv6?.subnet],
  ]) {
    if (address === undefined) continue;
    if (subnet !== undefined && containsAddress(parseSubnet(subnet), address)) continue;
    throw new K3dError(
      "INVALID_INPUT",
      `Network '${network.name}' cannot give address ${address}`,
      {
        hint: "Fixed addresses need a network that was created with a subnet, and lie in it.",
      },
    );
  }
}

export function endpointOf({
  ipv4Address,
  ipv6Address,
  aliases = [],
}: Pick<NetworkAttachment, "ipv4Address" | "ipv6Address" | "aliases">): Endpoint {
  return { fixedAddress: ipv4Address, fixedIpv6Address: ipv6Address, aliases };
}

function addFiles(world: MemoryWorld, container: MemoryContainer, image: StoredImage): void {
  const { files, spec } = container;
  for (const path of BASE_DIRECTORIES) files.makeDirectory(path);
  const mounted = new Set<string>();
  for (const mount of spec.mounts) {
    mounted.add(mount.destination);
    if (mount.type !== "volume") {
      files.mount(mount.destination, new MemoryTree());
      continue;
    }
    const name = mount.source ?? anonymousName(container, mount.destination);
    const volume = world.volumes.get(name) ?? world.addVolume(name, {}, mount.source === undefined);
    container.volumes.add(name);
    files.mount(mount.destination, volume.tree, mount.options?.includes("ro"));
  }
  for (const path of image.config.volumes.filter((destination) => !mounted.has(destination))) {
    const name = anonymousName(container, path);
    container.volumes.add(name);
    files.mount(path, world.addVolume(name, {}, true).tree);
  }
  const hosts = (spec.extraHosts ?? [])
    .map(({ ip, hostnames }) => `${ip}\t${hostnames.join(" ")}\n`)
    .join("");
  files.writeText("/etc/hosts", `127.0.0.1\tlocalhost\n${hosts}`);
  files.writeText("/etc/hostname", `${spec.hostname ?? spec.name}\n`);
}

function anonymousName(container: MemoryContainer, destination: string): string {
  return `${container.id}:${destination}`;
}
