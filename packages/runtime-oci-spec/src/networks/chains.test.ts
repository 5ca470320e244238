import { K3dError } from "@k3d/core/runtime";
import { expect, it } from "vitest";
import { besideOthers } from "./chains.ts";

const failed = (reason: string): K3dError =>
  new K3dError("RUNTIME_ERROR", `CNI plugin firewall failed on network one: ${reason}`);

/** Runs `outcomes` one after the other. @returns how each call held the lock. */
async function tried(...outcomes: (string | undefined)[]): Promise<unknown[]> {
  const held: string[] = [];
  const locks = {
    with: async <T>(name: string, work: () => Promise<T>, options: { shared?: boolean } = {}) => {
      held.push(`${name} ${options.shared === true ? "shared" : "alone"}`);
      return work();
    },
  };
  const add = async (): Promise<string> => {
    const reason = outcomes[held.length - 1];
    if (reason !== undefined) throw failed(reason);
    return "added";
  };
  const result = await besideOthers(locks as never, add, undefined).catch(
    (error: Error) => error.message,
  );
  return [...held, result];
}

it.each([
  "iptables v1.8.11 (nf_tables):  CHAIN_USER_ADD failed (File exists): chain K3D-OCI-0e62daf627",
  "iptables: Chain already exists.",
])("adds again alone when another one made a chain meanwhile: %s", async (reason) => {
  expect(await tried(reason, undefined)).toEqual(["firewall shared", "firewall alone", "added"]);
});

it("adds once when nothing is in the way, and tells every other failure at once", async () => {
  expect(await tried(undefined)).toEqual(["firewall shared", "added"]);
  expect(await tried("no such device", undefined)).toEqual([
    "firewall shared",
    expect.stringContaining("no such device"),
  ]);
  expect(await tried("File exists", "File exists")).toEqual([
    "firewall shared",
    "firewall alone",
    expect.stringContaining("File exists"),
  ]);
});
