import type { HostFiles } from "./host-files.js";

/** What the abilities of a local podman depend on. */
export interface HostFacts {
  rootless: boolean;
  cgroupVersion: 1 | 2;
  /** Only for rootless podman on cgroup v2: controllers it may use. */
  controllers: string[];
  /** netavark's DNS server is installed: names of containers resolve. */
  dnsServer: boolean;
  /** An init process for `init` containers is installed. */
  initProgram: boolean;
  mayRaiseLimits: boolean;
  gpus: boolean;
}

/** @param uid effective user id. */
export async function hostFacts(files: HostFiles, uid: number): Promise<HostFacts> {
  const rootless = uid !== 0;
  const [cgroupVersion, aardvark, dnsname, catatonit, mayRaiseLimits, gpus] = await Promise.all([
    files.cgroupVersion(),
    files.hasHelper("aardvark-dns"),
    files.exists("/usr/lib/cni/dnsname"),
    files.hasHelper("catatonit"),
    files.mayRaiseLimits(),
    files.hasGpuDescription(),
  ]);
  return {
    rootless,
    cgroupVersion,
    controllers: rootless && cgroupVersion === 2 ? await files.delegatedControllers(uid) : [],
    dnsServer: aardvark || dnsname,
    initProgram: catatonit,
    mayRaiseLimits,
    gpus,
  };
}
