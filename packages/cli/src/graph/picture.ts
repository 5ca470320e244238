import { type ClusterGraph, K3dError } from "@k3d/core";

/** The languages that a cluster is drawn in. */
export const PICTURES = ["svg", "mermaid", "dot"] as const;

export type Picture = (typeof PICTURES)[number];

export function isPicture(format: string | undefined): format is Picture {
  return PICTURES.some((picture) => picture === format);
}

/** The graph in one of these languages; only that renderer is loaded. */
export async function draw(graph: ClusterGraph, picture: Picture): Promise<string> {
  switch (picture) {
    case "svg":
      return (await import("./svg.js")).svg(graph);
    case "mermaid":
      return (await import("./mermaid.js")).mermaid(graph);
    case "dot":
      return (await import("./dot.js")).dot(graph);
    default:
      throw new K3dError("INVALID_INPUT", `There is no picture in ${String(picture)}`);
  }
}
