import { expect, it } from "vitest";
import { placesOf } from "./places.js";

const nodes = (role: string, ...names: string[]) => names.map((name) => ({ name, role }));

it("gives nodes of the cluster the numbers in their names, and others those after them", () => {
  const places = placesOf("demo", [
    ...nodes("agent", "k3d-extra-0", "k3d-demo-agent-0", "k3d-demo-agent-2", "k3d-extra-1"),
    ...nodes("server", "k3d-demo-server-0", "k3d-agent-1"),
    ...nodes("loadbalancer", "k3d-demo-serverlb"),
  ]);
  expect(Object.fromEntries(places)).toEqual({
    "k3d-demo-agent-0": 0,
    "k3d-demo-agent-2": 2,
    "k3d-extra-0": 3,
    "k3d-extra-1": 4,
    "k3d-demo-server-0": 0,
    "k3d-agent-1": 1,
    "k3d-demo-serverlb": 0,
  });
});
