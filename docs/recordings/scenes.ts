/** What is recorded of a terminal. */
export interface Scene {
  /** What the picture shows, for who cannot see it. */
  title: string;
  /** Commands that are seen. */
  seen: string[];
}

/** In the order of their telling: a scene begins with what the one before left. */
export const SCENES: Record<string, Scene> = {
  create: {
    title: "k3d cluster create shop with two agents and a port, and kubectl get nodes",
    seen: ["k3d cluster create shop --agents 2 -p 8080:80@loadbalancer", "kubectl get nodes"],
  },
  look: {
    title: "k3d cluster list, node list and top --once of the cluster shop",
    seen: ["k3d cluster list", "k3d node list", "k3d top --once"],
  },
  change: {
    title: "k3d cluster edit shop to three agents, seen beforehand with --dry-run",
    seen: ["k3d cluster edit shop --agents 3 --dry-run", "k3d cluster edit shop --agents 3"],
  },
  fail: {
    title: "a cluster whose port is taken: one message, and what to do",
    seen: ["k3d cluster create other -p 8080:80@loadbalancer"],
  },
};
