import { describe, expect, it } from "vitest";
import { K3dError } from "../errors/index.js";
import type { LogEntry } from "../runtime/containers.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import { MemoryRuntime } from "./memory-runtime.js";
import { SimulatedHostPorts } from "./ports.js";

function spec(name: string, more: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name,
    image: "k3s:1",
    process: { env: [] },
    mounts: [],
    labels: {},
    linux: {},
    networks: [],
    ports: [],
    ...more,
  };
}

async function collect(lines: AsyncIterable<LogEntry>): Promise<string[]> {
  const collected: string[] = [];
  for await (const { line } of lines) collected.push(line);
  return collected;
}

describe("scripted programs", () => {
  it("writes the log that followers read", async () => {
    const runtime = new MemoryRuntime({ images: ["k3s:1"] });
    runtime.onStart("server", async (process) => {
      await process.print("k3s is up and running");
      return 0;
    });
    await runtime.containers.create(spec("server"));
    await runtime.containers.start("server");
    expect(await collect(runtime.containers.logs("server", { follow: true }))).toEqual([
      "k3s is up and running",
    ]);
    expect(await runtime.containers.wait("server")).toBe(0);
  });

  it("answers exec by command", async () => {
    const runtime = new MemoryRuntime({ images: ["k3s:1"] });
    runtime.onExec(/./, "kubectl get nodes", async (process) => process.print("server Ready"));
    await runtime.containers.create(spec("server"));
    await runtime.containers.start("server");
    const process = await runtime.containers.exec("server", {
      args: ["kubectl", "get", "nodes", "-o", "name"],
    });
    const output = (await process.stdout.toArray()).join("");
    expect(output).toBe("server Ready\n");
    expect(await process.exitCode).toBe(0);
    const unknown = await runtime.containers.exec("server", { args: ["nope"] });
    unknown.stdout.resume();
    unknown.stderr.resume();
    expect(await unknown.exitCode).toBe(127);
  });

  it("restarts by policy until the program stays up", async () => {
    const runtime = new MemoryRuntime({ images: ["k3s:1"] });
    runtime.onStart("agent", async (process) => {
      if (process.run < 3) return 1;
      await process.print("joined");
      await process.signalled;
      return 0;
    });
    await runtime.containers.create(spec("agent", { restartPolicy: { name: "unless-stopped" } }));
    await runtime.containers.start("agent");
    for await (const { line } of runtime.containers.logs("agent", { follow: true })) {
      if (line === "joined") break;
    }
    expect((await runtime.containers.inspect("agent")).restartCount).toBe(2);
    await runtime.containers.stop("agent");
    expect((await runtime.containers.inspect("agent")).status).toBe("stopped");
  });
});

describe("failure injection", () => {
  it("fails chosen calls as often as asked for", async () => {
    const runtime = new MemoryRuntime({ images: ["k3s:1"] });
    runtime.fail("containers.start", "PORT_IN_USE", { subject: "lb" });
    await runtime.containers.create(spec("lb"));
    await runtime.containers.create(spec("server"));
    await runtime.containers.start("server");
    await expect(runtime.containers.start("lb")).rejects.toMatchObject({ code: "PORT_IN_USE" });
    await runtime.containers.start("lb");
    expect((await runtime.containers.inspect("lb")).status).toBe("running");
  });

  it("passes on the error it was given", async () => {
    const runtime = new MemoryRuntime();
    const error = new K3dError("NO_SPACE", "disk full");
    runtime.fail("volumes.create", error);
    await expect(runtime.volumes.create({ name: "v", labels: {} })).rejects.toBe(error);
    expect(runtime.inventory().volumes).toEqual([]);
  });

  it("holds calls until they are released, and lets them be aborted", async () => {
    const runtime = new MemoryRuntime({ images: ["k3s:1"] });
    const gate = runtime.hold("containers.create", "held");
    const creation = runtime.containers.create(spec("held"));
    await gate.reached;
    const abort = new AbortController();
    const aborted = runtime.containers.create(spec("held"), { signal: abort.signal });
    abort.abort();
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    expect(runtime.inventory().containers).toEqual([]);
    gate.release();
    await creation;
    expect(runtime.inventory().containers).toEqual(["held"]);
  });

  it("knows ports that others hold", async () => {
    const hostPorts = new SimulatedHostPorts();
    const runtime = new MemoryRuntime({ images: ["k3s:1"], hostPorts });
    hostPorts.occupy(6443);
    await runtime.containers.create(
      spec("lb", { ports: [{ containerPort: 6443, protocol: "tcp", hostPort: 6443 }] }),
    );
    await expect(runtime.containers.start("lb")).rejects.toMatchObject({ code: "PORT_IN_USE" });
    hostPorts.vacate(6443);
    await runtime.containers.start("lb");
    expect((await runtime.containers.inspect("lb")).ports).toMatchObject([{ hostPort: 6443 }]);
  });
});
