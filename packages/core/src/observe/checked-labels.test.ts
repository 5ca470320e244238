import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LABELS } from "../model/labels.js";
import type { ContainerSummary } from "../runtime/containers.js";
import { checkedLabels } from "./checked-labels.js";
import { clusterViews, nodeView } from "./nodes.js";

const HOSTILE = [
  "$(touch${IFS}x)",
  "`id`",
  "x/../../../../victim",
  "..",
  "../x",
  ".hidden",
  "-rf",
  "a b",
  "a\nb",
  "a;b",
  "\u001B]0;title\u0007",
  "\u001B[2J",
  "x".repeat(256),
];

describe("checkedLabels", () => {
  it.each(HOSTILE)("leaves %j out where a name belongs", (value) => {
    for (const label of [LABELS.cluster, LABELS.network, LABELS.imageVolume, LABELS.registryGroup])
      expect(checkedLabels({ [label]: value })).toEqual({});
  });

  it.each([
    [LABELS.cluster, "k3s-default"],
    [LABELS.cluster, "dotted.name"],
    [LABELS.network, "my_net.1"],
    [LABELS.clusterToken, "K10abc::server:pass/word+=@"],
    [LABELS.apiHost, "fe80::1%eth0"],
    [LABELS.apiHost, "example.com"],
    [LABELS.apiPort, "6443"],
    [LABELS.networkIpRange, "172.18.0.0/16"],
    [LABELS.imageVolume, ""],
    ["com.example", "any $(text)"],
  ])("keeps %s=%s", (label, value) => {
    expect(checkedLabels({ [label]: value })).toEqual({ [label]: value });
  });

  it("lets no cluster's name through that is more than one harmless word", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.integer({ max: 0x20ff, min: 0 }).map((code) => String.fromCodePoint(code)),
        }),
        (value) => {
          const name = checkedLabels({ [LABELS.cluster]: value })[LABELS.cluster];
          expect(name === undefined || /^[\w.-]*$/.test(name)).toBe(true);
          expect(name?.startsWith(".") || name?.startsWith("-")).not.toBe(true);
        },
      ),
    );
  });
});

describe("a container whose labels lie", () => {
  const container = (labels: Record<string, string>): ContainerSummary => ({
    id: "id",
    name: "odd",
    image: "image",
    status: "running",
    created: new Date(0),
    labels: { [LABELS.role]: "server", ...labels },
    ports: [],
    networks: [],
  });

  it.each(HOSTILE)("makes no cluster of %j", (cluster) => {
    const view = nodeView(container({ [LABELS.cluster]: cluster }), "docker");
    expect(view.cluster).toBeUndefined();
    expect(clusterViews([view])).toEqual([]);
  });

  it("is a node without its false labels", () => {
    const view = nodeView(
      container({ [LABELS.cluster]: "demo", [LABELS.network]: "../../x" }),
      "docker",
    );
    expect(clusterViews([view])[0]).toMatchObject({ name: "demo", network: { name: "" } });
  });
});
