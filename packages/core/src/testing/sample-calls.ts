import { Readable } from "node:stream";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type { RuntimeCallName } from "../runtime/intercept.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** What sample calls are about; none of it has to be there. */
export interface SampleTargets {
  container: string;
  network: string;
  volume: string;
  image: string;
  /** For `containers.create`. */
  spec: ContainerSpec;
  /** Labels of what is made. */
  labels: Record<string, string>;
}

type SampleCall = (
  runtime: ContainerRuntime,
  targets: SampleTargets,
  options: CallOptions,
) => Promise<unknown>;

async function allOf<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

const archive = (): Readable => Readable.from([Buffer.alloc(1024)]);

/** One call of each method of the contract, for tests of what holds for all of them. */
export const SAMPLE_CALLS: Readonly<Record<RuntimeCallName, SampleCall>> = {
  info: (runtime, _, options) => runtime.info(options),
  dial: async (runtime, _, options) => runtime.dial?.({ host: "127.0.0.1", port: 1 }, options),
  "containers.create": ({ containers }, { spec }, options) => containers.create(spec, options),
  "containers.start": ({ containers }, { container }, options) =>
    containers.start(container, options),
  "containers.stop": ({ containers }, { container }, options) =>
    containers.stop(container, options),
  "containers.remove": ({ containers }, { container }, options) =>
    containers.remove(container, options),
  "containers.pause": ({ containers }, { container }, options) =>
    containers.pause(container, options),
  "containers.unpause": ({ containers }, { container }, options) =>
    containers.unpause(container, options),
  "containers.rename": ({ containers }, { container }, options) =>
    containers.rename(container, `${container}-renamed`, options),
  "containers.inspect": ({ containers }, { container }, options) =>
    containers.inspect(container, options),
  "containers.list": ({ containers }, _, options) => containers.list(options),
  "containers.stats": ({ containers }, { container }, options) =>
    containers.stats(container, options),
  "containers.wait": ({ containers }, { container }, options) =>
    containers.wait(container, options),
  "containers.exec": ({ containers }, { container }, options) =>
    containers.exec(container, { args: ["true"], ...options }),
  "containers.logs": ({ containers }, { container }, options) =>
    allOf(containers.logs(container, options)),
  "containers.putArchive": ({ containers }, { container }, options) =>
    containers.putArchive(container, "/tmp", archive(), options),
  "containers.getArchive": ({ containers }, { container }, options) =>
    containers.getArchive(container, "/tmp", options),
  "images.inspect": ({ images }, { image }, options) => images.inspect(image, options),
  "images.list": ({ images }, _, options) => images.list(options),
  "images.pull": ({ images }, { image }, options) => images.pull(image, options),
  "images.save": ({ images }, { image }, options) => images.save([image], options),
  "images.load": ({ images }, _, options) => images.load(archive(), options),
  "images.remove": ({ images }, { image }, options) => images.remove(image, options),
  "networks.create": ({ networks }, { network, labels }, options) =>
    networks.create({ name: `${network}-new`, labels }, options),
  "networks.inspect": ({ networks }, { network }, options) => networks.inspect(network, options),
  "networks.list": ({ networks }, _, options) => networks.list(options),
  "networks.freeSubnet": async ({ networks }, _, options) => networks.freeSubnet?.(options),
  "networks.remove": ({ networks }, { network }, options) => networks.remove(network, options),
  "networks.connect": ({ networks }, { network, container }, options) =>
    networks.connect(network, container, options),
  "networks.disconnect": ({ networks }, { network, container }, options) =>
    networks.disconnect(network, container, options),
  "volumes.create": ({ volumes }, { volume, labels }, options) =>
    volumes.create({ name: `${volume}-new`, labels }, options),
  "volumes.inspect": ({ volumes }, { volume }, options) => volumes.inspect(volume, options),
  "volumes.list": ({ volumes }, _, options) => volumes.list(options),
  "volumes.remove": ({ volumes }, { volume }, options) => volumes.remove(volume, options),
  "housekeeping.usage": async ({ housekeeping }, _, options) => housekeeping?.usage(options),
  "housekeeping.leftovers": async ({ housekeeping }, _, options) =>
    housekeeping?.leftovers(options),
  "housekeeping.removeLeftover": async ({ housekeeping }, _, options) =>
    housekeeping?.removeLeftover("none", options),
  "groups.begin": async ({ groups }, _, options) => groups?.begin(options),
  "groups.invite": async ({ groups }, _, options) => groups?.invite(options),
  "groups.join": async ({ groups }, _, options) =>
    groups?.join({ addresses: ["127.0.0.1:1"], token: "none" }, options),
};
