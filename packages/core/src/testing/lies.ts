import { Readable } from "node:stream";
import { K3dError } from "../errors/index.js";
import type { RuntimeCall, RuntimeCallName } from "../runtime/intercept.js";

const NOTHING = (): undefined => undefined;
const EMPTY = (): never[] => [];
const MADE_UP_ID = "f".repeat(64);

const gone = ({ name, args: [subject] }: RuntimeCall): never => {
  throw new K3dError("NOT_FOUND", `No such object for ${name}: ${String(subject)}`);
};

/**
 * What an engine answers that does nothing and claims success, and that claims
 * to know nothing where it is asked.
 */
export const LIES: Record<RuntimeCallName, (call: RuntimeCall) => unknown> = {
  info: gone,
  dial: gone,
  "containers.create": () => MADE_UP_ID,
  "containers.start": NOTHING,
  "containers.stop": NOTHING,
  "containers.remove": NOTHING,
  "containers.pause": NOTHING,
  "containers.unpause": NOTHING,
  "containers.rename": NOTHING,
  "containers.inspect": gone,
  "containers.list": EMPTY,
  "containers.stats": () => ({ time: new Date(0), cpuNanoseconds: 0, memoryBytes: 0 }),
  "containers.wait": () => 0,
  "containers.exec": () => ({
    stdout: Readable.from([]),
    stderr: Readable.from([]),
    exitCode: Promise.resolve(0),
  }),
  "containers.logs": () => Readable.from([]),
  "containers.putArchive": NOTHING,
  "containers.getArchive": () => Readable.from([]),
  "images.inspect": ({ args: [reference] }) => {
    throw new K3dError("IMAGE_NOT_FOUND", `No such image: ${String(reference)}`);
  },
  "images.list": EMPTY,
  "images.pull": NOTHING,
  "images.save": () => Readable.from([]),
  "images.load": EMPTY,
  "images.remove": NOTHING,
  "networks.create": ({ args: [spec] }) => ({
    id: MADE_UP_ID,
    name: (spec as { name: string }).name,
    driver: "bridge",
    labels: {},
    subnets: [],
    allowsStaticIp: false,
    containers: [],
  }),
  "networks.inspect": gone,
  "networks.list": EMPTY,
  "networks.freeSubnet": NOTHING,
  "networks.remove": NOTHING,
  "networks.connect": NOTHING,
  "networks.disconnect": NOTHING,
  "volumes.create": ({ args: [volume] }) => ({ ...(volume as object) }),
  "volumes.inspect": gone,
  "volumes.list": EMPTY,
  "volumes.remove": NOTHING,
  "housekeeping.usage": () => ({ containers: new Map(), volumes: new Map() }),
  "housekeeping.leftovers": EMPTY,
  "housekeeping.removeLeftover": NOTHING,
  "groups.begin": NOTHING,
  "groups.invite": () => ({ addresses: [], token: "" }),
  "groups.join": NOTHING,
};
