import { describe, expect, it } from "vitest";
import { K3dError } from "../../errors/index.js";
import type { PortBinding } from "../../runtime/container-spec.js";
import { PortSettler } from "./settle-ports.js";

const OPEN: PortBinding = { containerPort: 80, protocol: "tcp" };
const FIXED: PortBinding = { ...OPEN, hostPort: 8080 };

function settler(): PortSettler {
  let next = 20_000;
  return new PortSettler({
    async pick(_hostIp, taken) {
      while (taken.has(next)) next += 1;
      return next;
    },
  });
}

/** A container whose engine finds the first `taken` ports in use. */
function container(
  ports: readonly PortBinding[],
  taken: number,
  code: "PORT_IN_USE" | "CONTAINER_FAILED" = "PORT_IN_USE",
) {
  const settle = settler();
  const tried: (number | undefined)[] = [];
  let current: PortBinding[] = [];
  const create = async (): Promise<void> => {
    current = await settle.settle(ports);
  };
  const start = async (): Promise<void> => {
    tried.push(current[0]?.hostPort);
    if (tried.length <= taken) throw new K3dError(code, "in use");
  };
  return {
    tried,
    run: async () => {
      await create();
      await settle.start(ports, start, create);
    },
  };
}

describe("PortSettler", () => {
  it("keeps ports that were named and never proposes one twice", async () => {
    const settle = settler();
    expect(await settle.settle([FIXED, OPEN, OPEN])).toEqual([
      FIXED,
      { ...OPEN, hostPort: 20_000 },
      { ...OPEN, hostPort: 20_001 },
    ]);
    expect(await settle.settle([OPEN])).toEqual([{ ...OPEN, hostPort: 20_002 }]);
  });

  it("proposes another one when the engine finds it taken", async () => {
    const { tried, run } = container([OPEN], 2);
    await run();
    expect(tried).toEqual([20_000, 20_001, 20_002]);
  });

  it.each<[string, PortBinding, "PORT_IN_USE" | "CONTAINER_FAILED", number]>([
    ["a port that was named", FIXED, "PORT_IN_USE", 1],
    ["another failure", OPEN, "CONTAINER_FAILED", 1],
    ["ten taken ports", OPEN, "PORT_IN_USE", 10],
  ])("gives up on %s", async (_why, port, code, tries) => {
    const { tried, run } = container([port], 99, code);
    await expect(run()).rejects.toMatchObject({ code });
    expect(tried).toHaveLength(tries);
  });
});
