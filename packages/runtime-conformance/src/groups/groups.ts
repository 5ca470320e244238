import type { ContainerRuntime, GroupOperations } from "@k3d/core/runtime";
import type { Suite } from "../suite.js";

/** Longer than an engine tries to reach one that is not there. */
const TIMEOUT_MS = 240_000;

/** Engines that are made to know each other. */
export function groups(suite: Suite): void {
  const { expect } = suite;

  suite.test("what the capability says is there, and nothing else is done", async ({ runtime }) => {
    if ((await runtime.capabilities).machineGroups) expect(runtime.groups).toBeDefined();
    else if (runtime.groups !== undefined)
      await suite.rejects(runtime.groups.begin(), "UNSUPPORTED");
  });

  suite.test(
    "an engine begins a group, and another one joins it",
    async (scope) => {
      const { spareEngines, factory } = suite.options;
      const [one, two] = await Promise.all((spareEngines ?? []).map((own) => factory.create(own)));
      if (one === undefined || two === undefined) throw new Error("two engines are needed");
      scope.defer(() => Promise.all([one.close(), two.close()]));
      const [first, second] = [groupsOf(one), groupsOf(two)];
      await suite.rejects(second.invite(), "INVALID_INPUT");

      await first.begin();
      await suite.rejects(first.begin(), "ALREADY_EXISTS");
      const began = await groupOf(one);
      expect(began.member).toBeTruthy();
      expect(began.managers).toContain(began.member);

      const invitation = await first.invite();
      expect(invitation.addresses).not.toEqual([]);
      expect(invitation.token).toMatch(/.{8}/);
      expect(JSON.stringify(await one.info())).not.toContain(invitation.token);

      await suite.rejects(second.join({ ...invitation, token: "none" }), "INVALID_INPUT");
      expect((await groupOf(two)).member).toBeUndefined();
      const nowhere = second.join({ ...invitation, addresses: ["127.0.0.1:1"] });
      await suite.rejects(nowhere, "REMOTE_UNAVAILABLE");
      expect((await groupOf(two)).member).toBeUndefined();

      await second.join(invitation);
      await suite.rejects(second.join(invitation), "ALREADY_EXISTS");
      const joined = await groupOf(two);
      expect(joined.member).toBeTruthy();
      expect(joined.member).not.toBe(began.member);
      expect(joined.managers).toContain(began.member);
    },
    { needs: ["machineGroups", "spareEngines"], timeout: TIMEOUT_MS },
  );
}

async function groupOf(runtime: ContainerRuntime) {
  const { machineGroup } = await runtime.info();
  if (machineGroup === undefined) throw new Error("the engine tells of no groups");
  return machineGroup;
}

function groupsOf({ groups: own }: ContainerRuntime): GroupOperations {
  if (own === undefined) throw new Error("declared, and not there");
  return own;
}
