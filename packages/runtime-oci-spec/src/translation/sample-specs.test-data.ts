import type { ContainerSpec, ImageInfo } from "@k3d/core/runtime";

/** One container of each role, as core plans them. */
export const SAMPLE_SPECS: Record<"server" | "agent" | "loadbalancer" | "registry", ContainerSpec> =
  {
    server: {
      name: "k3d-demo-server-0",
      image: "docker.io/rancher/k3s:v1.36.4-k3s1",
      hostname: "k3d-demo-server-0",
      process: {
        args: ["/bin/k3s", "server", "--tls-san", "0.0.0.0", "--tls-san", "k3d-demo-serverlb"],
        env: ["K3S_TOKEN=not-a-secret", "K3S_KUBECONFIG_OUTPUT=/output/kubeconfig.yaml"],
        rlimits: [
          { type: "RLIMIT_NOFILE", soft: 1024, hard: 65_536 },
          { type: "RLIMIT_MEMLOCK", soft: -1, hard: -1 },
        ],
      },
      mounts: [
        { type: "tmpfs", destination: "/run" },
        { type: "tmpfs", destination: "/var/run" },
        { type: "volume", source: "k3d-demo-images", destination: "/k3d/images" },
        {
          type: "bind",
          source: "/srv/storage",
          destination: "/var/lib/rancher/k3s/storage",
          options: ["rshared"],
        },
      ],
      labels: { app: "k3d", "k3d.role": "server", "k3d.cluster": "demo" },
      linux: { hostNamespaces: ["user"], resources: { memory: { limit: 2_147_483_648 } } },
      privileged: true,
      init: true,
      securityLabel: false,
      networks: [{ name: "k3d-demo", ipv4Address: "10.76.0.3" }],
      ports: [],
      extraHosts: [{ ip: "10.0.0.1", hostnames: ["storage.example"] }],
      restartPolicy: { name: "unless-stopped" },
    },
    agent: {
      name: "k3d-demo-agent-0",
      image: "docker.io/rancher/k3s:v1.36.4-k3s1",
      process: {
        args: ["/bin/k3s", "agent"],
        env: ["K3S_URL=https://k3d-demo-server-0:6443", "K3S_TOKEN=not-a-secret"],
      },
      mounts: [
        { type: "tmpfs", destination: "/run" },
        { type: "volume", destination: "/scratch" },
      ],
      labels: { app: "k3d", "k3d.role": "agent", "k3d.cluster": "demo" },
      linux: { hostNamespaces: ["user", "pid"] },
      privileged: true,
      init: true,
      securityLabel: false,
      networks: [{ name: "k3d-demo", ipv4Address: "10.76.0.4" }],
      ports: [],
      restartPolicy: { name: "unless-stopped" },
    },
    loadbalancer: {
      name: "k3d-demo-serverlb",
      image: "docker.io/library/nginx:1.28-alpine",
      process: { env: [] },
      mounts: [{ type: "volume", source: "k3d-demo-images", destination: "/k3d/images" }],
      labels: { app: "k3d", "k3d.role": "loadbalancer", "k3d.cluster": "demo" },
      linux: {},
      init: true,
      networks: [{ name: "k3d-demo", ipv4Address: "10.76.0.2" }],
      ports: [{ containerPort: 6443, protocol: "tcp", hostIp: "127.0.0.1", hostPort: 6550 }],
      restartPolicy: { name: "unless-stopped" },
    },
    registry: {
      name: "k3d-demo-registry",
      image: "docker.io/library/registry:2",
      process: { env: ["REGISTRY_STORAGE_DELETE_ENABLED=true"], user: "1000:1000" },
      mounts: [
        {
          type: "bind",
          source: "/srv/registry",
          destination: "/var/lib/registry",
          options: ["ro"],
        },
      ],
      labels: { app: "k3d", "k3d.role": "registry" },
      annotations: { "org.example.note": "kept" },
      linux: { sysctl: { "net.core.somaxconn": "1024" } },
      networks: [{ name: "k3d-demo" }],
      ports: [{ containerPort: 5000, protocol: "tcp" }],
      restartPolicy: { name: "unless-stopped" },
    },
  };

/** What the images of {@link SAMPLE_SPECS} bring along. */
export const SAMPLE_IMAGE: ImageInfo["config"] = {
  entrypoint: ["/entrypoint.sh"],
  cmd: ["serve", "--foreground"],
  env: ["PATH=/usr/bin:/bin", "VERSION=1"],
  workingDir: "/srv",
  volumes: [],
  exposedPorts: [],
  labels: {},
};
