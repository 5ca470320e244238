import type { K3dEvent } from "@k3d/core";
import { expect, it } from "vitest";
import { inStages } from "./stages.js";

function staged() {
  const told: string[] = [];
  let time = 0;
  const renderer = inStages(
    {
      emit(event) {
        if (event.type === "log" || event.type === "warning") told.push(event.message);
        else if (event.type === "step.finished")
          told.push(`${event.title} done ${event.elapsedMs}`);
        else if (event.type === "step.failed")
          told.push(`${event.title} failed: ${event.error.message}`);
      },
      log: (_level, message) => void told.push(message),
      close: () => void told.push("closed"),
    },
    () => time,
  );
  const step = (type: "started" | "finished", ids: string, at = time): void => {
    time = at;
    for (const id of ids.split(" ")) {
      renderer.emit({ type: `step.${type}`, id, title: id, elapsedMs: 0 } as K3dEvent);
    }
  };
  const fail = (id: string, message: string): void =>
    renderer.emit({
      type: "step.failed",
      id,
      title: id,
      elapsedMs: 0,
      error: { code: "INTERNAL", message },
    });
  return { told, renderer, step, fail };
}

it("tells a creation in a handful of lines", () => {
  const { told, renderer, step } = staged();
  step("started", "image:a image:b volume:v", 0);
  step("finished", "image:a image:b", 100);
  step("started", "network");
  step("finished", "volume:v network", 200);
  step("started", "container:server-0 container:agent-0");
  step("finished", "container:server-0 container:agent-0", 300);
  step("started", "start:server-0 start:agent-0");
  step("finished", "start:server-0", 400);
  step("started", "ready:api");
  step("finished", "start:agent-0", 500);
  step("finished", "ready:api", 600);
  step("started", "ready:nodes");
  step("finished", "ready:nodes", 700);
  step("started", "kubeconfig");
  step("finished", "kubeconfig");
  step("started", "finished");
  step("finished", "finished");
  renderer.close();
  expect(told).toEqual([
    "Images done 100",
    "Network and volumes done 200",
    "Nodes 2/2 done 300",
    "Kubernetes API done 200",
    "Nodes ready done 100",
    "kubeconfig done 0",
    "closed",
  ]);
});

it("counts nodes that wait until they can join among the nodes", () => {
  const { told, renderer, step } = staged();
  step("started", "container:server-0 container:server-1 container:agent-0", 0);
  step("finished", "container:server-0 container:server-1 container:agent-0");
  step("started", "start:server-0");
  step("finished", "start:server-0", 100);
  step("started", "ready:api");
  step("finished", "ready:api", 200);
  step("started", "joinable:server-0 start:server-1");
  step("finished", "start:server-1 joinable:server-0", 300);
  step("started", "vote:server-1 start:agent-0");
  step("finished", "start:agent-0", 350);
  step("finished", "vote:server-1", 400);
  step("started", "ready:nodes");
  step("finished", "ready:nodes", 500);
  renderer.close();
  expect(told).toEqual([
    "Kubernetes API done 100",
    "Nodes 3/3 done 400",
    "Nodes ready done 100",
    "closed",
  ]);
});

it("counts a node that is added to a cluster whose API answered before", () => {
  const { told, renderer, step } = staged();
  step("started", "ready:api", 0);
  step("finished", "ready:api", 100);
  step("started", "forget:agent-2");
  step("finished", "forget:agent-2");
  step("started", "container:agent-2");
  step("finished", "container:agent-2", 200);
  step("started", "start:agent-2");
  step("finished", "start:agent-2", 300);
  renderer.close();
  expect(told).toEqual([
    "Kubernetes API done 100",
    "forget:agent-2 done 0",
    "Nodes 1/1 done 200",
    "closed",
  ]);
});

it("tells one failure once, and what is undone step by step", () => {
  const { told, renderer, step, fail } = staged();
  step("started", "image:a image:b");
  fail("image:a", "no such image");
  fail("image:b", "no such image");
  renderer.emit({
    type: "step.finished",
    id: "volume:v",
    title: "volume",
    elapsedMs: 1,
    undo: true,
  });
  renderer.close();
  expect(told).toEqual(["Images failed: no such image", "volume done 1", "closed"]);
});

it("counts nodes, and ends what is open", () => {
  const { told, renderer, step } = staged();
  step("started", "stop:a stop:b");
  step("finished", "stop:a stop:b", 50);
  renderer.log("info", "Stopped");
  renderer.close();
  expect(told).toEqual(["Stop nodes 2/2 done 50", "Stopped", "closed"]);
});
