import type { ClusterGraph, GraphNode } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { dot } from "./dot.js";
import { layOut } from "./layout.js";
import { mermaid } from "./mermaid.js";
import { svg } from "./svg.js";

/** Names that mean something in one of the languages, or to a terminal. */
const HOSTILE = `</text><script>"'&amp;]]>\\N#quot;|\`%%{\u001B[31m\u0000\uFFFE\uD800`;

function sample(name = "k3d-demo-server-0"): ClusterGraph {
  return {
    cluster: "demo",
    state: "difference",
    machine: "docker",
    networks: [{ id: "network:k3d-demo", name: "k3d-demo", details: ["172.20.0.0/16"] }],
    nodes: [
      { id: "port:8080", kind: "port", name: "8080", details: [], difference: "added" },
      { id: "port:53/udp", kind: "port", name: "53/udp", details: [], difference: "removed" },
      container("loadbalancer", "k3d-demo-serverlb"),
      container("registry", "reg"),
      { ...container("server", name), difference: "changed", causes: ["1", "2", "3", "4", "5"] },
      { ...container("agent", "k3d-demo-agent-0"), status: "stopped" },
      { id: "volume:images", kind: "volume", name: "images", details: [] },
      { id: "directory:/srv", kind: "directory", name: "/srv", details: [] },
    ],
    edges: [
      { from: "port:8080", to: "loadbalancer:k3d-demo-serverlb", kind: "publishes", label: "80" },
      {
        from: "port:53/udp",
        to: "agent:k3d-demo-agent-0",
        kind: "publishes",
        label: "53/udp",
        difference: "removed",
      },
      {
        from: "loadbalancer:k3d-demo-serverlb",
        to: `server:${name}`,
        kind: "forwards",
        label: "80",
      },
      {
        from: "loadbalancer:k3d-demo-serverlb",
        to: "volume:images",
        kind: "mounts",
        label: "/k3d/images",
      },
      {
        from: `server:${name}`,
        to: "directory:/srv",
        kind: "mounts",
        label: HOSTILE,
        difference: "changed",
        causes: ["it was /x"],
      },
    ],
  };
}

function container(kind: GraphNode["kind"], name: string): GraphNode {
  return {
    id: `${kind}:${name}`,
    kind,
    name,
    details: ["image:1"],
    status: "running",
    network: "network:k3d-demo",
  };
}

/** The elements of an XML document in order; throws where it is not well-formed. */
function elements(xml: string): { name: string; attributes: Record<string, string> }[] {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  let position = 0;
  for (const match of xml.matchAll(/<(\/?)([A-Za-z]+)((?: [A-Za-z-]+="[^"<>]*")*)(\/?)>/g)) {
    const [all, closing, name = "", attributes = "", alone] = match;
    checkText(xml.slice(position, match.index));
    checkText(attributes);
    position = match.index + all.length;
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    if (!alone) open.push(name);
    const pairs = [...attributes.matchAll(/ ([A-Za-z-]+)="([^"]*)"/g)];
    found.push({
      name,
      attributes: Object.fromEntries(pairs.map(([, key, value]) => [key, value])),
    });
  }
  if (open.length > 0 || position !== xml.length) throw new Error(`left open: ${open.join()}`);
  return found;
}

function checkText(text: string): void {
  // Control characters besides tab and line break, lone surrogates, and what is no character: XML has none of them.
  const bad =
    /[<>](?!\s)|&(?!(?:amp|lt|gt|quot|apos);)|(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]|\p{Surrogate}/u.exec(
      text,
    );
  if (bad) throw new Error(`not XML: ${JSON.stringify(text.slice(bad.index, bad.index + 20))}`);
}

describe("svg", () => {
  it.each(["k3d-demo-server-0", HOSTILE])("is well-formed and has every thing once: %j", (name) => {
    const graph = sample(name);
    const found = elements(svg(graph));
    expect(found.slice(0, 3).map((element) => element.name)).toEqual(["svg", "title", "desc"]);
    const groups = found.filter((element) => element.name === "g");
    const ids = groups.flatMap(({ attributes }) => attributes["data-id"] ?? []);
    expect(ids).toHaveLength(graph.nodes.length + graph.networks.length);
    expect(new Set(ids).size).toBe(ids.length);
    expect(groups.filter(({ attributes }) => attributes["data-from"])).toHaveLength(
      graph.edges.length,
    );
    expect(found.some((element) => element.name === "script")).toBe(false);
  });

  it("is as it was", () => {
    const document = svg(sample()).replace(/<style>.*<\/style>/s, "<style/>");
    expect(document).toMatchSnapshot();
    expect(svg(sample())).toBe(svg(sample()));
  });

  it("marks differences by class and by sign, and knows the dark", () => {
    const document = svg(sample());
    expect(document).toContain('class="box server changed"');
    expect(document).toContain(">~ k3d-demo-server-0<");
    expect(document).toContain(">and 2 more<");
    expect(document).toContain("prefers-color-scheme: dark");
    expect(document).toContain(
      "Differences: 8080 added, 53/udp removed, k3d-demo-server-0 changed.",
    );
  });
});

describe("layout", () => {
  it("lets no two boxes touch, and networks hold theirs", () => {
    const many = sample();
    for (let index = 1; index < 30; index++) many.nodes.push(container("agent", `agent-${index}`));
    const { nodes, networks, width, height } = layOut(many);
    for (const [index, a] of nodes.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width).toBeLessThanOrEqual(width);
      expect(a.y + a.height).toBeLessThanOrEqual(height);
      for (const b of nodes.slice(index + 1)) {
        const apart =
          a.x + a.width < b.x ||
          b.x + b.width < a.x ||
          a.y + a.height < b.y ||
          b.y + b.height < a.y;
        expect(apart, `${a.node.id} and ${b.node.id}`).toBe(true);
      }
      const home = networks.find(({ network }) => network.id === a.node.network);
      if (home === undefined) continue;
      expect(a.y).toBeGreaterThan(home.y);
      expect(a.y + a.height).toBeLessThan(home.y + home.height);
      expect(a.x + a.width).toBeLessThan(home.x + home.width);
    }
  });

  it("draws an empty cluster", () => {
    const empty = { ...sample(), nodes: [], edges: [], networks: [] };
    expect(elements(svg(empty))[0]?.attributes["width"]).toBe("480");
    expect(Number.isFinite(layOut(empty).height)).toBe(true);
  });
});

it("mermaid is as it was, and lets no name out of its label", () => {
  expect(mermaid(sample())).toMatchSnapshot();
  const lines = mermaid(sample(HOSTILE)).split("\n");
  const label = lines.find((text) => text.includes("changed") && text.includes("n4"));
  expect(label).toMatch(/^ {6}n4\["[^"<>`\\|]*(?:<br\/>[^"<>`\\|]*)*"\]:::changed$/);
  expect(lines).toHaveLength(mermaid(sample()).split("\n").length);
});

it("dot is as it was, and lets no name out of its label", () => {
  expect(dot(sample())).toMatchSnapshot();
  const line = dot(sample(HOSTILE))
    .split("\n")
    .find((text) => text.includes("n4 ["));
  // A quoted text ends at the first quote that no backslash precedes.
  expect(line?.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')).toBe(
    '      n4 [shape=box, label="", tooltip="", color="", penwidth=2, fillcolor="", fontcolor="", style=""];',
  );
  expect(line).toContain(String.raw`\\N`);
});
