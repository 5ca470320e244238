import { expect, it } from "vitest";
import { parsePortSpec } from "../config/ports.js";
import type { PortBinding } from "../runtime/container-spec.js";
import { publishPort } from "./ports.js";

it("takes linear time for a range of all ports, published twice", { timeout: 20_000 }, () => {
  const port = "1024-65535:1024-65535";
  const node = (name: string, role: "server" | "loadbalancer") => ({
    name,
    role,
    index: 0,
    ports: [] as PortBinding[],
  });
  const nodes = [node("server", "server"), node("lb", "loadbalancer")];
  const entry = { port, filters: [], bindings: parsePortSpec(port) };
  const settings = { workerConnections: 1024, defaultProxyTimeout: 600 };
  const once = publishPort(entry, nodes, { ports: {}, settings });
  const twice = publishPort(entry, nodes, once);
  expect(nodes[1]?.ports).toHaveLength(65_536 - 1024);
  expect(twice?.ports["65535.tcp"]).toEqual(["server"]);
});
