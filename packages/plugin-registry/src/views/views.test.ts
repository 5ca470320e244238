import type { RegistryView } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { connectionText } from "./connection.js";
import { registryJson } from "./json.js";
import { registryTable } from "./table.js";
import { usage } from "./usage.js";

const dev: RegistryView = {
  name: "k3d-dev",
  role: "registry",
  status: "running",
  runtime: "docker",
  id: "0123",
  image: "registry:2",
  created: new Date("2026-01-01T00:00:00Z"),
  ports: [{ containerPort: 5000, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 5001 }],
  networks: ["bridge", "k3d-demo"],
  initServer: false,
  labels: { app: "k3d", "k3d.cluster.token": "secret-token" },
  hostIp: "0.0.0.0",
  hostPort: 5001,
  internalPort: 5000,
  tls: false,
  authenticated: false,
  usedBy: ["demo"],
};
const cache: RegistryView = {
  ...dev,
  name: "k3d-hub-docker-io",
  proxies: "docker.io",
  hostPort: 5002,
  cluster: "own",
  usedBy: [],
};
const LATER = new Date("2026-01-01T02:00:00Z");

describe("registryTable", () => {
  it("has the columns of the Go k3d", () => {
    expect(registryTable([cache, dev], { headers: true, wide: false }, LATER))
      .toMatchInlineSnapshot(`
      "NAME                ROLE       CLUSTER   STATUS
      k3d-dev             registry             running
      k3d-hub-docker-io   registry   own       running"
    `);
  });

  it("tells machines where there are several", () => {
    const table = registryTable(
      [{ ...cache, machine: "big" }, dev],
      { headers: true, wide: false },
      LATER,
    );
    expect(table.split("\n").map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      "MACHINE",
      "running",
      "big",
    ]);
    expect(registryJson({ ...cache, machine: "big" })).toMatchObject({ machine: "big" });
  });

  it("tells more where asked for", () => {
    const guarded = { ...cache, tls: true, authenticated: true };
    expect(registryTable([dev, guarded], { headers: true, wide: true }, LATER))
      .toMatchInlineSnapshot(`
      "NAME                ROLE       CLUSTER   STATUS    PORT           CACHES      SECURITY       USED BY   AGE   RUNTIME
      k3d-dev             registry             running   0.0.0.0:5001                              demo      2h    docker
      k3d-hub-docker-io   registry   own       running   0.0.0.0:5002   docker.io   tls,password             2h    docker"
    `);
  });
});

describe("registryJson", () => {
  it("keeps the names by which scripts find the port", () => {
    expect(JSON.parse(JSON.stringify(registryJson(dev)))).toMatchInlineSnapshot(`
      {
        "IP": {
          "IP": "",
          "Static": false,
        },
        "Networks": [
          "bridge",
          "k3d-demo",
        ],
        "State": {
          "Running": true,
          "Started": "",
          "Status": "running",
        },
        "agentOpts": {},
        "authenticated": false,
        "created": "2026-01-01T00:00:00.000Z",
        "hostIp": "0.0.0.0",
        "hostPort": 5001,
        "id": "0123",
        "image": "registry:2",
        "internalPort": 5000,
        "name": "k3d-dev",
        "networks": [
          "bridge",
          "k3d-demo",
        ],
        "portMappings": {
          "5000/tcp": [
            {
              "HostIp": "0.0.0.0",
              "HostPort": "5001",
            },
          ],
        },
        "role": "registry",
        "runtime": "docker",
        "runtimeLabels": {
          "app": "k3d",
        },
        "serverOpts": {
          "isInitializingServer": false,
          "kubeAPI": {
            "Binding": {
              "HostIp": "",
              "HostPort": "",
            },
            "Port": "",
          },
        },
        "status": "running",
        "tls": false,
        "usedBy": [
          "demo",
        ],
      }
    `);
  });
});

describe("usage", () => {
  it("shows how to push to a registry and how to use it", () => {
    const text = usage([dev], "k3d-dev");
    expect(text).toContain("docker push localhost:5001/my-app:dev");
    expect(text).toContain("k3d cluster create demo --registry-use k3d-dev:5001");
    expect(text).toContain("--image k3d-dev:5001/my-app:dev");
    expect(text).not.toContain("login");
  });

  it.each([
    ["127.0.0.1", "localhost:5001"],
    ["192.0.2.1", "192.0.2.1:5001"],
    ["2001:db8::1", "[2001:db8::1]:5001"],
  ])("names the address %s", (hostIp, address) => {
    expect(usage([{ ...dev, hostIp }], "k3d-dev")).toContain(`docker push ${address}/`);
  });

  it("tells of the certificate and the password", () => {
    const text = usage([{ ...dev, tls: true, authenticated: true }], "k3d-dev");
    expect(text).toContain("k3d registry ca k3d-dev");
    expect(text).toContain("docker login localhost:5001");
    expect(text).not.toContain("--tls-verify=false");
  });

  it("has nobody push to caches", () => {
    const text = usage(
      [cache, { ...cache, name: "k3d-hub-ghcr-io", proxies: "ghcr.io" }],
      "k3d-hub",
    );
    expect(text).toContain("k3d-hub-ghcr-io caches ghcr.io");
    expect(text).toContain("--registry-use k3d-hub\n");
    expect(text).not.toContain("push");
  });
});

describe("connectionText", () => {
  const connection = {
    cluster: "demo",
    registries: [dev],
    changed: ["a", "b"],
    restarted: [],
    pending: [],
  };

  it.each([
    [connection, "Registry k3d-dev connected to cluster demo: configured a, b"],
    [
      { ...connection, changed: [] },
      "Registry k3d-dev connected to cluster demo: the nodes were configured already",
    ],
    [
      { ...connection, restarted: ["a"], pending: ["b"] },
      /Restarted a\nAfter their next start it is known to b$/,
    ],
  ])("tells what became of the nodes", (given, text) => {
    expect(connectionText(given, "connected to")).toEqual(
      typeof text === "string" ? text : expect.stringMatching(text),
    );
  });
});
