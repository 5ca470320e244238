import { describe, expect, it } from "vitest";
import { MemoryRuntime } from "../testing/index.js";
import { NodeWatch, STRICT, tellingLines } from "./node-watch.js";

it("tells at the second look of a node that never ran, whatever the engine said of its start", async () => {
  const runtime = new MemoryRuntime({ images: ["k3s:1"] });
  await runtime.containers.create({
    name: "node",
    image: "k3s:1",
    process: { env: [] },
    mounts: [],
    labels: {},
    linux: {},
    networks: [],
    ports: [],
  });
  const watch = new NodeWatch(runtime);
  const { signal } = new AbortController();
  await watch.check("node", STRICT, signal);
  await expect(watch.check("node", STRICT, signal)).rejects.toMatchObject({
    code: "RUNTIME_ERROR",
    message: "node does not run, although the engine reported no failure",
  });
});

describe("the telling lines of a log", () => {
  it("are the fatal ones, each message once, however often the node was restarted", () => {
    const fatal = (time: number) => `time=${time} level=fatal msg="no such flag: -x"`;
    const log = [
      fatal(1),
      "   --flag  help",
      fatal(2),
      'level=fatal msg="other"',
      "   --more  help",
    ];
    expect(tellingLines(log)).toEqual([fatal(2), 'level=fatal msg="other"']);
  });

  it("are the last ones where none is fatal", () => {
    const log = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    expect(tellingLines(log)).toEqual(log.slice(-15));
    expect(tellingLines([])).toEqual([]);
  });
});
