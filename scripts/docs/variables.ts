/** Variables that k3d reads besides those that stand for a flag of `cluster create`. */
export const VARIABLES: Readonly<
  Record<string, readonly (readonly [name: string, meaning: string])[]>
> = {
  "Choosing the container runtime": [
    ["K3D_RUNTIME", "Runtime to use, e.g. `docker`, `podman` or `oci`. `--runtime` wins over it."],
  ],
  "Config file": [
    [
      "K3D_CONFIG",
      "Config file of `cluster create`, `cluster delete` and `config view`. `--config` wins over it.",
    ],
  ],
  "Hooks (set for their commands)": [
    ["K3D_CLUSTER", "Name of the cluster."],
    ["K3D_HOOK", "The moment, e.g. `after-create`. `K3D_RUNTIME` names the runtime."],
    ["K3D_NODE", "Name of the node, for a command in one."],
    ["K3D_IMAGES", "What is imported, separated by spaces; before and after an import."],
  ],
  Images: [
    [
      "K3D_IMAGE_LOADBALANCER",
      "Image of load balancers. Default: `docker.io/library/nginx:1.28-alpine`.",
    ],
    ["K3D_IMAGE_REGISTRY", "Image of registries. Default: `docker.io/library/registry:2`."],
    [
      "K3D_CHANNEL_SERVER",
      "Service that resolves `latest`, `stable` and `+v1.36`. Default: k3s' own.",
    ],
  ],
  Versions: [
    [
      "K3D_VERSIONS_REGISTRY",
      "Registry that `version list` asks for tags. Default: the image's own.",
    ],
  ],
  "Boot script of the nodes": [
    ["K3D_FIX_CGROUPV2", "Prepare cgroup v2 for the kubelet. On unless `false` or `0`."],
    ["K3D_FIX_DNS", "Give pods a resolver that they can reach. On unless `false` or `0`."],
    ["K3D_FIX_MOUNTS", "Make all mounts of a node shared. Off unless `true` or `1`."],
  ],
  "Plug-ins": [
    [
      "K3D_DATA_DIR",
      "Where plug-ins and snapshots are kept. Default: `k3d` in the user's data directory.",
    ],
    ["K3D_NPM_LOG_LEVEL", "How much npm tells while plug-ins are installed. Default: `error`."],
  ],
  Registries: [
    ["K3D_PROXY_PASSWORD", "Password at the upstream of a pull-through cache."],
    ["K3D_REGISTRY_PASSWORD", "Password that a registry asks for."],
  ],
  Output: [
    [
      "LOG_LEVEL",
      "`error`, `warn`, `info`, `debug` or `trace`. `--verbose` and `--trace` win over it.",
    ],
    ["LOG_COLORS", "`true` or `false`; decides about colours before the next two."],
    ["NO_COLOR", "No colours when set."],
    ["FORCE_COLOR", "Colours when set to anything but `0`."],
    ["LOG_TIMESTAMPS", "Log lines with their time when set."],
  ],
  Kubeconfig: [
    ["KUBECONFIG", "The default kubeconfig. Default: `~/.kube/config`."],
    [
      "XDG_CONFIG_HOME",
      "Base of `k3d/`, where `kubeconfig merge` writes files of its own. Default: `~/.config`.",
    ],
  ],
  "Proxy (used with `--proxy`)": [
    ["HTTP_PROXY", "Proxy for http, also in lower case."],
    ["HTTPS_PROXY", "Proxy for https, also in lower case."],
    ["NO_PROXY", "Exceptions; k3d adds the cluster's own names and networks."],
  ],
  "Docker engine": [
    ["DOCKER_HOST", "`unix://`, `tcp://` or `ssh://` address of the engine."],
    ["DOCKER_SOCK", "Path of the engine's socket; looked at after `DOCKER_HOST`."],
    [
      "DOCKER_CONTEXT",
      "Docker context to use. Default: the current one of Docker's `config.json`.",
    ],
    ["DOCKER_CONFIG", "Directory of Docker's configuration. Default: `~/.docker`."],
    ["DOCKER_TLS_VERIFY", "Speak TLS with a `tcp://` engine and check its certificate."],
    ["DOCKER_TLS", "Speak TLS without checking the certificate."],
    ["DOCKER_CERT_PATH", "Directory of `ca.pem`, `cert.pem` and `key.pem`."],
    ["SSH_AUTH_SOCK", "Agent that holds the keys for `ssh://`."],
  ],
  Podman: [
    ["K3D_PODMAN_COMMAND", "Podman's command. Default: `podman`."],
    ["K3D_PODMAN_URL", "Address of a remote Podman, for k3d alone."],
    ["K3D_PODMAN_CONNECTION", "Name of a Podman connection, for k3d alone."],
    ["CONTAINER_HOST", "Address of a remote Podman, as Podman reads it."],
    ["CONTAINER_CONNECTION", "Name of a Podman connection, as Podman reads it."],
  ],
  "Daemonless runtime": [
    [
      "K3D_OCI_ROOT",
      "Directory of images, containers, volumes and networks. Default: `/var/lib/k3d/oci`.",
    ],
    ["K3D_OCI_RUN", "Directory of what a reboot may forget. Default: `/run/k3d/oci`."],
    [
      "K3D_OCI_RUNTIME",
      "Name or path of runc, crun or a program like them. Default: runc, else crun.",
    ],
    ["K3D_OCI_CNI_PATH", "Directories of the CNI plugins, separated by colons."],
    ["K3D_OCI_SUBNETS", "Range that networks are taken from. Default: `10.76.0.0/14`."],
    ["K3D_OCI_DNS", "Name servers of containers, separated by commas. Default: the host's."],
    ["K3D_OCI_LOG_SIZE", "Bytes a log may grow to before it starts anew. Default: 16 MiB."],
  ],
};

/** Variables inside node containers; not for users to set. */
export const INTERNAL_VARIABLES: ReadonlySet<string> = new Set([
  "K3D_HOOK_RUN",
  "K3D_LB_DNS",
  "K3D_NODE_MEMORY",
  "K3D_RESOLVER",
]);
