import { expect, it } from "vitest";
import { memoryEngine } from "../../test-support/memory-cluster.js";
import type { NetworkSpec } from "../runtime/networks.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { createPinnedNetwork } from "./pinned-network.js";

const WANTED = {
  name: "k3d-demo",
  action: "create",
  labels: { app: "k3d" },
  chooseSubnet: true,
  fixedAddresses: true,
} as const;

/** An engine whose adapter tells that subnet as free, and what networks were asked of it. */
function engineThatTells(told: string | undefined): {
  runtime: ContainerRuntime;
  asked: NetworkSpec[];
} {
  const engine = memoryEngine();
  const asked: NetworkSpec[] = [];
  const networks = {
    create: (spec: NetworkSpec) => {
      asked.push(spec);
      return engine.networks.create(spec);
    },
    remove: (id: string) => engine.networks.remove(id),
    list: () => engine.networks.list(),
    freeSubnet: async () => told,
  };
  return { runtime: { ...engine, networks } as unknown as ContainerRuntime, asked };
}

it("makes one network where the adapter tells a free subnet", async () => {
  const { runtime, asked } = engineThatTells("172.30.0.0/16");
  const network = await createPinnedNetwork(runtime, WANTED, "operation", {});
  expect(asked).toHaveLength(1);
  expect(network.subnets).toEqual([
    { subnet: "172.30.0.0/16", gateway: "172.30.0.1", dynamicRange: "172.30.128.0/17" },
  ]);
});

it("lets the engine choose where another network took that subnet in between", async () => {
  const { runtime, asked } = engineThatTells("172.30.0.0/16");
  await runtime.networks.create({ name: "other", labels: {}, subnet: "172.30.4.0/24" });
  asked.length = 0;
  const network = await createPinnedNetwork(runtime, WANTED, "operation", {});
  expect(asked.map(({ subnet, probe }) => ({ subnet, probe }))).toEqual([
    { subnet: "172.30.0.0/16", probe: undefined },
    { subnet: undefined, probe: true },
    { subnet: network.subnets[0]?.subnet, probe: undefined },
  ]);
  expect(network.subnets[0]?.subnet).not.toBe("172.30.0.0/16");
  expect((await runtime.networks.list()).map(({ name }) => name).toSorted()).toEqual([
    "k3d-demo",
    "other",
  ]);
});

it("lets the engine choose where none is told", async () => {
  const { runtime, asked } = engineThatTells(undefined);
  await createPinnedNetwork(runtime, WANTED, "operation", {});
  expect(asked.map(({ probe }) => probe)).toEqual([true, undefined]);
});
