import { describe, expect, it } from "vitest";
import { resolveConfig } from "../config/resolve.js";
import type { NodeDefinition } from "../node/node-definition.js";
import { nodeMounts } from "./mounts.js";

/** What a server and an agent have mounted with these volumes. */
function mounts(...volumes: (string | [volume: string, ...nodeFilters: string[]])[]) {
  const config = resolveConfig({
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    agents: 1,
    volumes: volumes.map((given) => {
      const [volume, ...nodeFilters] = [given].flat() as [string, ...string[]];
      return { volume, ...(nodeFilters.length === 0 ? {} : { nodeFilters }) };
    }),
  });
  const nodes = (["server", "agent"] as const).map(
    (role) =>
      ({ name: `k3d-demo-${role}-0`, role, index: 0, mounts: [] as unknown[] }) as NodeDefinition,
  );
  nodeMounts(config, nodes);
  return nodes.map((node) =>
    node.mounts.map(({ source, destination, options = [] }) =>
      [source, destination, ...options].join(":"),
    ),
  );
}

describe("volumes at one place of a node", () => {
  it.each([
    ["the same text", ["/a:/x:ro", "/a:/x:ro"]],
    ["another spelling of the place", ["/a:/x:ro", "/a:/x/:ro"]],
    ["the same modes", ["/a:/x:ro", "/a:/x/../x:ro"]],
  ])("are one when they are the same: %s", (_what, volumes) => {
    expect(mounts(...volumes)).toEqual([["/a:/x:ro"], ["/a:/x:ro"]]);
  });

  it.each(["/b:/x", "/a:/x:ro", "vol:/x/", "/a/:/x"])(
    "are refused otherwise: /a:/x and %s",
    (other) => {
      expect(() => mounts("/a:/x", other)).toThrow(
        expect.objectContaining({
          code: "CONFLICTING_OPTIONS",
          message: expect.stringMatching(/mounted at \/x\/? of node 'k3d-demo-server-0'/) as string,
        }),
      );
    },
  );

  it("are no matter on different nodes", () => {
    expect(mounts(["/a:/x", "server:0"], ["/b:/x", "agent:0"])).toEqual([["/a:/x"], ["/b:/x"]]);
  });
});

it("takes linear time for 20,000 volumes", { timeout: 20_000 }, () => {
  const volumes = Array.from({ length: 20_000 }, (_, index) => `/a${index}:/x${index}`);
  const [server = []] = mounts(...volumes);
  expect(server).toHaveLength(20_000);
  expect(server.at(-1)).toBe("/a19999:/x19999");
});
