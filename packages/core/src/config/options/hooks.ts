import { HOOK_MOMENTS, type HookMoment } from "../../model/moments.js";
import { invalid } from "../invalid.js";
import { list, NODE_FILTERS_REF, object, text } from "../schema/json-schema.js";
import { option } from "./option.js";

/** A command that runs at a moment in the cluster's life. */
export interface HookConfig {
  when: HookMoment;
  /** For `sh -c`, or `cmd.exe` on a Windows host. */
  command: string;
  /** The nodes to run it in; without them it runs on the host. */
  nodeFilters?: string[];
  /** A Go duration. Default: {@link DEFAULT_HOOK_TIMEOUT}. */
  timeout?: string;
}

export const DEFAULT_HOOK_TIMEOUT = "5m";

/** Longest command in bytes: a cluster keeps it in a label, which some engines take on a command line. */
const MAX_COMMAND = 8192;

/** What runs beside the cluster. */
export const HOOK_OPTIONS = [
  option({
    field: "hooks",
    since: "k3d.io/v1alpha5",
    schema: list<HookConfig>(
      "Hooks",
      "Commands that run at moments in the cluster's life: in the nodes of a node filter, or on this host without one. Those for nodes are kept in the cluster; those for the host run later only when the command names this file with --config.",
      object(
        "Hook",
        "A command and its moment.",
        {
          when: text<HookMoment>(
            "When",
            "A hook that fails before an operation stops it. One that fails after create undoes the creation; other operations stay done.",
            { enum: [...HOOK_MOMENTS] },
          ),
          command: text(
            "Command",
            "For sh -c. $NAME in it is the shell's: K3D_CLUSTER, K3D_HOOK, K3D_RUNTIME and KUBECONFIG are set.",
            { examples: ["kubectl apply -f app.yaml"] },
          ),
          nodeFilters: NODE_FILTERS_REF,
          timeout: text(
            "Timeout",
            "How long it may take, as a Go duration; after that it is ended, which counts as a failure.",
            { default: DEFAULT_HOOK_TIMEOUT, examples: ["30s"] },
          ),
        },
        { required: ["when", "command"] },
      ),
    ),
    default: [],
    example: [
      { when: "after-create", command: "kubectl apply -f app.yaml", timeout: "2m" },
      { when: "before-stop", command: "sync", nodeFilters: ["server:*"] },
    ],
    check: checkHookCommand,
    filtered: {
      key: "command",
      describe: (command) => `Hook "${command.split("\n", 1)[0]}"`,
      unfiltered: "host",
    },
  }),
] as const;

export function checkHookCommand(command: string): void {
  const reason =
    command.trim() === ""
      ? "it is empty"
      : command.includes("\0")
        ? "it contains a NUL character"
        : Buffer.byteLength(command) > MAX_COMMAND
          ? `it is longer than ${MAX_COMMAND} bytes`
          : undefined;
  if (reason === undefined) return;
  throw invalid(
    "hook command",
    undefined,
    reason,
    "Write a shell command, or the path of a script.",
  );
}
