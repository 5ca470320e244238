import { type MachineConfig, checkMachine, parseMachine, parsePlacementRule } from "../machines.js";
import { list, object, plainText, text } from "../schema/json-schema.js";
import { option } from "./option.js";

const GROUP = "NODES";

/** On which machines the nodes are. */
export const MACHINE_OPTIONS = [
  option({
    field: "machines",
    since: "k3d.io/v1alpha5",
    schema: list<MachineConfig>(
      "Machines",
      "Machines that the nodes are on, where they are on several; their engines form one swarm. The first one makes the network and publishes the API.",
      object(
        "Machine",
        "A machine with an engine of its own.",
        {
          name: text("Name", "What the placement calls it.", { examples: ["big"] }),
          context: text("Context", "Docker context of its engine; the machine's name by default.", {
            examples: ["big-host"],
          }),
          host: text("Host", "Address of its engine, instead of a context.", {
            examples: ["ssh://me@10.0.0.5"],
          }),
        },
        { required: ["name"] },
      ),
    ),
    default: [],
    example: [
      { name: "big", context: "big-host" },
      { name: "small", host: "ssh://me@10.0.0.6" },
    ],
    variable: "K3D_MACHINES",
    read: parseMachine,
    check: checkMachine,
    flag: {
      name: "machine",
      kind: "repeated",
      group: GROUP,
      metavar: "NAME[=CONTEXT|URL]",
      summary: "Machine for nodes, of several that form a swarm; the first one publishes the API",
    },
  }),
  option({
    field: "placement",
    since: "k3d.io/v1alpha5",
    schema: list<string>(
      "Placement",
      "Which nodes go to which machine, FILTER@MACHINE; a later entry wins. What no entry names is spread over all, the load balancer and the registry go to the first.",
      plainText,
      { examples: [["server:0@big", "agent:*@spread"]] },
    ),
    default: [],
    example: ["server:0@big", "agent:*@spread"],
    check: parsePlacementRule,
    flag: {
      name: "place",
      kind: "repeated",
      group: GROUP,
      metavar: "FILTER@MACHINE",
      summary: "Put these nodes on a machine, or @spread them over all",
    },
  }),
] as const;
