import * as Flags from "@oclif/core/flags";

const GROUP = "GLOBAL";

/** How progress is shown on standard error. */
export const PROGRESS_MODES = ["auto", "tty", "plain", "json", "none"] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

/** Flags of every k3d command. */
export const globalFlags = {
  context: Flags.string({
    summary: "Engine to use, by name: a docker context, or with --runtime podman a connection",
    helpGroup: GROUP,
    helpValue: "NAME",
  }),
  host: Flags.string({
    summary: "Engine to use, by address, e.g. ssh://me@build.example.org or tcp://10.0.0.5:2376",
    helpGroup: GROUP,
    helpValue: "URL",
  }),
  json: Flags.boolean({ summary: "Print the result as JSON", helpGroup: GROUP }),
  progress: Flags.option({
    summary: "How to show progress on standard error (json: one event per line)",
    helpGroup: GROUP,
    options: PROGRESS_MODES,
    default: "auto",
  })(),
  runtime: Flags.string({
    summary:
      "Container runtime to use; detected when neither this, K3D_RUNTIME nor the config file names one",
    helpGroup: GROUP,
    helpValue: "NAME",
  }),
  timestamps: Flags.boolean({ summary: "Print log lines with their time", helpGroup: GROUP }),
  timings: Flags.boolean({
    summary:
      "Print at the end where the time went, on standard error (one line of JSON with --json)",
    helpGroup: GROUP,
  }),
  "timings-file": Flags.string({
    summary: "Write when each step ran, as a trace for ui.perfetto.dev or chrome://tracing",
    helpGroup: GROUP,
    helpValue: "FILE",
  }),
  trace: Flags.boolean({ summary: "Print everything, also stack traces", helpGroup: GROUP }),
  verbose: Flags.boolean({ summary: "Print debug messages", helpGroup: GROUP }),
};
