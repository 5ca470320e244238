import { filtered, flag, list, plainText, text } from "../schema/json-schema.js";
import { clusterName } from "./cluster.js";
import { option } from "./option.js";

/** Fields that only files of older versions have; migration turns them into those of today. */
export const FORMER_OPTIONS = [
  option({
    field: "name",
    until: "k3d.io/v1alpha3",
    now: "Write metadata.name.",
    schema: clusterName,
  }),
  option({
    field: "registries.create",
    until: "k3d.io/v1alpha2",
    schema: flag("Create", "Whether a registry is created with the cluster."),
  }),
  option({
    field: "labels",
    until: "k3d.io/v1alpha2",
    now: "Write options.runtime.labels.",
    schema: list(
      "Container labels",
      "Labels of the node containers.",
      filtered("label", text("Label", "KEY=VALUE."), "Label"),
    ),
  }),
  option({
    field: "options.k3d.disableHostIPInjection",
    until: "k3d.io/v1alpha2",
    now: "Leave it out: host.k3d.internal is there in every cluster.",
    schema: flag("No host address", "Has no effect: kept so that old files can be read."),
  }),
  option({
    field: "options.k3s.extraServerArgs",
    until: "k3d.io/v1alpha2",
    now: 'Write options.k3s.extraArgs with nodeFilters: ["server:*"].',
    schema: list("Server arguments", "Arguments added to k3s server.", plainText),
  }),
  option({
    field: "options.k3s.extraAgentArgs",
    until: "k3d.io/v1alpha2",
    now: 'Write options.k3s.extraArgs with nodeFilters: ["agent:*"].',
    schema: list("Agent arguments", "Arguments added to k3s agent.", plainText),
  }),
] as const;
