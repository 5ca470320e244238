import { CAPABILITY_NEEDS, type CapabilityName, type RuntimeInfo } from "@k3d/core";
import { K3dCommand, namedEngine, outputFlag, renderTable } from "@k3d/plugin-kit";
import { installedRuntimes, surroundings } from "../composition/connect.js";
import { detectRuntime, type CandidateReport } from "../composition/select-runtime.js";

/** What `runtime-info --json` prints. */
export interface RuntimeInfoResult {
  /** The runtime that k3d uses. */
  runtime: RuntimeInfo;
  capabilities: Record<CapabilityName, boolean>;
  /** Every installed runtime in the order of detection, and what was found. */
  candidates: (CandidateReport & { used: boolean })[];
}

export default class RuntimeInfoCommand extends K3dCommand<RuntimeInfoResult> {
  static override summary = "Show the container runtime that is used, and the others";
  static override description = `Show the container runtime that is used, what it can do, and the other installed ones.

The runtime is the one named by --runtime, else by K3D_RUNTIME; else the first available one in the order shown here.`;
  static override examples = [
    "<%= config.bin %> runtime-info",
    "<%= config.bin %> runtime-info --runtime docker --json",
  ];
  static override flags = { output: outputFlag };

  protected override async execute(): Promise<RuntimeInfoResult> {
    const { flags } = await this.parse(RuntimeInfoCommand);
    const { signal } = this;
    const { runtime } = await this.services();
    const runtimeOptions = surroundings(namedEngine(flags));
    const [info, reports] = await Promise.all([
      runtime.info({ signal }),
      Promise.all(
        installedRuntimes(this.config).map((candidate) =>
          detectRuntime(candidate, { runtimeOptions, signal }),
        ),
      ),
    ]);
    const candidates = reports.map((report) => {
      const used = report.name === runtime.name;
      return { ...report, used, available: used || report.available };
    });
    return { runtime: info, capabilities: { ...(await runtime.capabilities) }, candidates };
  }

  protected override render({ runtime, capabilities, candidates }: RuntimeInfoResult): string {
    const able = Object.entries(capabilities);
    return [
      renderTable(undefined, describe(runtime)),
      "",
      `Can:     ${
        able
          .filter(([, yes]) => yes)
          .map(([name]) => name)
          .join(", ") || "-"
      }`,
      ...cannot(capabilities),
      "",
      renderTable(
        ["RUNTIME", "USED", "AVAILABLE", "REASON"],
        candidates.map(({ name, used, available, reason }) => [
          name,
          yesNo(used),
          yesNo(available),
          reason,
        ]),
      ),
    ].join("\n");
  }
}

/** What is missing, each with what that means. */
function cannot(capabilities: Record<CapabilityName, boolean>): string[] {
  const missing = (Object.keys(capabilities) as CapabilityName[]).filter(
    (name) => !capabilities[name],
  );
  if (missing.length === 0) return ["Cannot:  -"];
  const rows = missing.map((name) => [`  ${name}`, CAPABILITY_NEEDS[name]?.consequence ?? ""]);
  return ["Cannot:", renderTable(undefined, rows)];
}

const GIBIBYTE = 1024 ** 3;

function describe(info: RuntimeInfo): string[][] {
  const rows: [string, string | undefined][] = [
    ["Runtime", info.runtime],
    ["Engine", info.engine],
    ["Endpoint", info.endpoint],
    ["API version", info.apiVersion],
    ["Platform", `${info.os}/${info.architecture}`],
    ["System", info.operatingSystem],
    ["Kernel", info.kernelVersion],
    [
      "cgroups",
      `v${info.cgroupVersion}${info.cgroupDriver === undefined ? "" : ` (${info.cgroupDriver})`}`,
    ],
    ["Rootless", yesNo(info.rootless)],
    ["Security", info.securityOptions.join(", ") || undefined],
    ["Storage", info.storageDriver],
    ["CPUs", info.cpus === undefined ? undefined : String(info.cpus)],
    [
      "Memory",
      info.memory === undefined ? undefined : `${(info.memory / GIBIBYTE).toFixed(1)} GiB`,
    ],
    ["Remote host", info.remoteHost],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
