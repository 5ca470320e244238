import type { Check } from "../check.js";
import { cgroupsCheck } from "./cgroups.js";
import { clockCheck } from "./clock.js";
import { createCheck, imageCheck, portsCheck } from "./creation.js";
import { diskCheck } from "./disk.js";
import { dnsCheck, podDnsCheck } from "./dns.js";
import { engineCheck, storageCheck } from "./engine.js";
import { kubeconfigCheck } from "./kubeconfig.js";
import { filesCheck, inotifyCheck } from "./limits.js";
import { modulesCheck } from "./modules.js";
import { privilegedCheck } from "./privileged.js";
import { proxyCheck } from "./proxy.js";
import { reachCheck } from "./reach.js";
import { leftoversCheck, pluginsCheck, subidsCheck } from "./surroundings.js";

/** All that `k3d doctor` looks at, in the order of its groups. */
export const CHECKS: readonly Check[] = [
  engineCheck,
  storageCheck,
  privilegedCheck,
  cgroupsCheck,
  inotifyCheck,
  filesCheck,
  modulesCheck,
  diskCheck,
  clockCheck,
  subidsCheck,
  dnsCheck,
  podDnsCheck,
  reachCheck,
  portsCheck,
  proxyCheck,
  imageCheck,
  createCheck,
  kubeconfigCheck,
  leftoversCheck,
  pluginsCheck,
];
