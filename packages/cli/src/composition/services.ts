import { access } from "node:fs/promises";
import {
  ClusterService,
  DEFAULT_IMAGES,
  fileKubeconfigStore,
  KubeconfigService,
  NodeService,
  randomPorts,
  systemClock,
  TOKENS,
  type ContainerRuntime,
  type CoreSettings,
  type EventSink,
  type K3dServices,
} from "@k3d/core";
import { container } from "tsyringe";
import { cliVersion } from "../version.js";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Surroundings {
  runtime: ContainerRuntime;
  events: EventSink;
  env: Environment;
  homeDir: string;
}

/**
 * The composition root: the one place where core's operations get what they work with. Each service
 * is made when it is first used.
 */
export function composeServices({ runtime, events, env, homeDir }: Surroundings): K3dServices {
  const scope = container.createChildContainer();
  scope.register(TOKENS.runtime, { useValue: runtime });
  scope.register(TOKENS.events, { useValue: events });
  scope.register(TOKENS.clock, { useValue: systemClock });
  scope.register(TOKENS.ports, { useValue: randomPorts(runtime.capabilities.localBindMounts) });
  scope.register(TOKENS.kubeconfigStore, { useValue: fileKubeconfigStore(env, homeDir) });
  scope.register(TOKENS.settings, { useValue: coreSettings(env) });
  scope.registerSingleton(ClusterService);
  scope.registerSingleton(NodeService);
  scope.registerSingleton(KubeconfigService);
  return {
    runtime,
    get clusters() {
      return scope.resolve(ClusterService);
    },
    get nodes() {
      return scope.resolve(NodeService);
    },
    get kubeconfigs() {
      return scope.resolve(KubeconfigService);
    },
  };
}

/**
 * `K3D_IMAGE_LOADBALANCER` and `K3D_IMAGE_REGISTRY` name other helper images, `K3D_FIX_CGROUPV2=false`
 * switches that part of the nodes' boot script off.
 */
export function coreSettings(env: Environment): CoreSettings {
  return {
    version: cliVersion,
    images: {
      loadBalancer: env.K3D_IMAGE_LOADBALANCER || DEFAULT_IMAGES.loadBalancer,
      registry: env.K3D_IMAGE_REGISTRY || DEFAULT_IMAGES.registry,
    },
    fixes: { cgroupV2: !/^(0|f|false)$/i.test(env.K3D_FIX_CGROUPV2 ?? "") },
    pathExists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
  };
}
