import { abortable } from "../errors/index.js";
import { destroyInputs } from "./call-inputs.js";
import type { CapabilityName, RuntimeCapabilities } from "./capabilities.js";
import { containerNeeds, lacksCapability, networkNeeds } from "./capability-needs.js";
import type { ContainerSpec, NetworkAttachment } from "./container-spec.js";
import {
  interceptRole,
  type RuntimeCall,
  type RuntimeCallName,
  type RuntimeRole,
} from "./intercept.js";
import type { NetworkSpec } from "./networks.js";

/** Methods that a capability stands for. */
const METHODS: Partial<Record<RuntimeCallName, CapabilityName>> = {
  "containers.pause": "pause",
  "containers.unpause": "pause",
  "containers.rename": "rename",
  "containers.stats": "stats",
  "images.pull": "imagePull",
  "images.save": "imageArchive",
  "images.load": "imageArchive",
  "volumes.create": "volumes",
  "volumes.inspect": "volumes",
  "volumes.list": "volumes",
  "volumes.remove": "volumes",
  "groups.begin": "machineGroups",
  "groups.invite": "machineGroups",
  "groups.join": "machineGroups",
};

/** What a spec may ask for in vain: the container runs all the same. */
const WITHOUT_EFFECT: ReadonlySet<CapabilityName> = new Set([
  "memoryLimit",
  "rlimits",
  "gpus",
  "restartPolicy",
]);

/**
 * One role of a runtime that keeps the contract's word on capabilities: what
 * is lacking is refused with `UNSUPPORTED` before the engine is asked.
 */
export function enforceCapabilities<Role extends object>(
  group: RuntimeRole,
  role: Role,
  runtime: {
    readonly name: string;
    readonly capabilities: RuntimeCapabilities | Promise<RuntimeCapabilities>;
  },
): Role {
  return interceptRole(group, role, (call) => {
    const needs = needsOf(call);
    if (needs.length === 0) return call.proceed();
    return check(call, needs);
  });

  async function check(call: RuntimeCall, needs: readonly CapabilityName[]): Promise<unknown> {
    const told = Promise.resolve(runtime.capabilities);
    const capabilities = await abortable(told, call.options.signal);
    const missing = needs.find((name) => !capabilities[name]);
    if (missing === undefined) return call.proceed();
    destroyInputs(call);
    throw lacksCapability(missing, runtime.name);
  }
}

function needsOf({ name, args: [first], options }: RuntimeCall): CapabilityName[] {
  if (name === "containers.create")
    return containerNeeds(first as ContainerSpec).filter((need) => !WITHOUT_EFFECT.has(need));
  if (name === "networks.create") return networkNeeds(first as NetworkSpec);
  if (name === "networks.connect")
    return (options as NetworkAttachment).ipv6Address === undefined ? [] : ["ipv6"];
  const method = METHODS[name];
  return method === undefined ? [] : [method];
}
