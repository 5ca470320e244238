import { ok, problem, unknown, type Verdict, warning } from "../finding.js";
import type { HostView } from "../host/host-view.js";
import { hostCheck } from "./host-check.js";

/** Kernel modules that nodes need and cannot load by themselves, built in or not. */
export const modulesCheck = hostCheck("modules", "machine", (view, _facts, { info }) =>
  judgeModules(view, info.kernelVersion),
);

interface Needed {
  name: string;
  why: string;
  /** Nothing runs without it. */
  vital?: boolean;
  isThere: (view: HostView) => boolean;
}

const NEEDED: readonly Needed[] = [
  {
    name: "overlay",
    why: "containers in nodes have no file system",
    vital: true,
    isThere: ({ files }) => /\boverlay$/m.test(files.get("/proc/filesystems") ?? ""),
  },
  {
    name: "br_netfilter",
    why: "pods of one node do not reach each other by services",
    isThere: ({ files }) => files.has("/proc/sys/net/bridge/bridge-nf-call-iptables"),
  },
  {
    name: "nf_conntrack",
    why: "kube-proxy cannot forward services",
    isThere: ({ files }) => files.has("/proc/sys/net/netfilter/nf_conntrack_max"),
  },
];

/** Loaded by the kernel itself when flannel asks for it, where it can load modules. */
const VXLAN = "vxlan";

export function judgeModules(view: HostView, kernel: string | undefined): Verdict[] {
  const { files } = view;
  if (!files.has("/proc/filesystems")) return [unknown("The kernel does not show its modules")];
  const loaded = (files.get("/sys/module/") ?? "").split("\n");
  const verdicts = NEEDED.filter(
    ({ name, isThere }) => !isThere(view) && !loaded.includes(name),
  ).map(({ name, why, vital }) => {
    const fix = `On the engine's machine: sudo modprobe ${name}; to keep it: echo ${name} | sudo tee /etc/modules-load.d/k3d-${name}.conf`;
    const message = `The kernel module ${name} is not there: ${why}`;
    return vital === true ? problem(message, fix) : warning(message, fix);
  });
  if (!loaded.includes(VXLAN) && !files.has("/proc/modules") && loaded.length > 1) {
    verdicts.push(
      warning(
        "The kernel has no vxlan and loads no modules: pods of different nodes do not reach each other",
        "Create clusters with --k3s-arg '--flannel-backend=host-gw@server:*'",
      ),
    );
  }
  if (verdicts.length > 0) return verdicts;
  const names = NEEDED.map(({ name }) => name).join(", ");
  return [ok(`${kernel === undefined ? "The kernel" : `Linux ${kernel}`} has ${names}`)];
}
