import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { K3dError } from "../../errors/index.js";
import type { KubeClient } from "../../readiness/index.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { checkKubernetesId, kubernetesIdOf } from "./kubernetes-id.js";

const ID = "5aa0824f-d656-449f-886f-571c96ec63c3";
const KNOWN = { cluster: "copy", snapshot: "kept", expected: ID };
const { signal } = new AbortController();

function server(stdout: string, exitCode = 0): ContainerRuntime {
  const exec = async () => ({
    stdout: Readable.from([stdout]),
    stderr: Readable.from([]),
    exitCode: Promise.resolve(exitCode),
  });
  return { containers: { exec } } as unknown as ContainerRuntime;
}

function api(status: number, uid?: string): KubeClient {
  const body = JSON.stringify({ metadata: { name: "kube-system", uid } });
  return { send: async () => ({ status, body }) } as unknown as KubeClient;
}

describe("the id of a cluster's datastore", () => {
  it.each([
    ["is told by the server", server(ID), ID],
    ["is not known where the API does not answer", server("", 1), undefined],
    ["is not what else the server says", server("warning: deprecated"), undefined],
  ])("%s", async (_what, runtime, expected) => {
    expect(await kubernetesIdOf(runtime, "s0", signal)).toBe(expected);
  });

  it("is not asked any more once the command is interrupted", async () => {
    const exec = async () => {
      throw new K3dError("ABORTED", "interrupted");
    };
    const runtime = { containers: { exec } } as unknown as ContainerRuntime;
    await expect(kubernetesIdOf(runtime, "s0", AbortSignal.abort())).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it.each([
    ["the same", api(200, ID)],
    ["not told", api(403)],
  ])("lets a cluster be when it is %s", async (_what, client) => {
    await expect(checkKubernetesId(client, KNOWN, signal)).resolves.toBeUndefined();
  });

  it("tells a cluster that began with a datastore of its own", async () => {
    const other = api(200, ID.replace("5", "6"));
    await expect(checkKubernetesId(other, KNOWN, signal)).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
      message: "Cluster 'copy' began with an empty datastore, not with that of snapshot 'kept'",
    });
  });
});
