import { expect, it } from "vitest";
import { MemoryRuntime } from "../testing/index.js";
import { k3sPhase } from "./k3s-phase.js";

it("is the last thing that k3s said about itself", async () => {
  const runtime = new MemoryRuntime({ images: ["k3s"] });
  const spec = {
    name: "server",
    image: "k3s",
    process: { env: [] },
    mounts: [],
    labels: {},
    linux: {},
  };
  await runtime.containers.create({ ...spec, networks: [], ports: [] });
  await runtime.containers.start("server");
  expect(await k3sPhase(runtime, "server")).toBeUndefined();
  const log = 'time="2026-11-22T14:00:00Z" level=info msg=';
  for (const [message, phase] of [
    ["Starting k3s v1.33.6+k3s1 (b5847677)", "starting k3s"],
    ["Containerd is now running", "containerd runs"],
    ["Running kube-apiserver --advertise-port=6443", "starting the API server"],
    ["Something else", "starting the API server"],
    ["k3s is up and running", "k3s is up"],
  ] as const) {
    runtime.print("server", `${log}"${message}"`);
    expect(await k3sPhase(runtime, "server")).toBe(phase);
  }
  expect(await k3sPhase(runtime, "missing")).toBeUndefined();
});
