import "reflect-metadata";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ClusterService,
  ImageService,
  KubeconfigService,
  NodeService,
  randomPorts,
  RegistryService,
} from "@k3d/core";
import { testCollaborators, type MemoryRuntime } from "@k3d/core/testing";
import type { FakeServices } from "./run-command.js";

/** Core's own operations on an engine in memory; the kubeconfig is below `home`. */
export function memoryServices(runtime: MemoryRuntime, home: string): FakeServices {
  const collaborators = {
    ...testCollaborators(runtime, {
      home,
      settings: {
        snapshotDirectory: join(home, "snapshots"),
        readTextFile: (path: string) => readFile(path, "utf8"),
      },
    }),
    ports: randomPorts(runtime),
  };
  const { kubeconfigStore } = collaborators;
  const { capabilities, containers, images, networks, volumes } = runtime;
  return {
    clusters: new ClusterService(collaborators),
    nodes: new NodeService(collaborators),
    images: new ImageService(collaborators),
    kubeconfigs: new KubeconfigService(runtime, kubeconfigStore),
    registries: new RegistryService(collaborators),
    collaborators,
    runtime: {
      capabilities,
      containers,
      images,
      networks,
      volumes,
      info: (options) => runtime.info(options),
    },
  };
}
