import type { ErrorCode } from "../../packages/core/src/errors/codes.js";

/** What an error code means and what its reader can do, for every code there is. */
export const ERROR_ADVICE: Readonly<Record<ErrorCode, { meaning: string; advice: string }>> = {
  INTERNAL: {
    meaning: "A defect in k3d or in a plug-in: nothing else fits.",
    advice: "Run the command again with `--trace` and report what it prints.",
  },
  INVALID_INPUT: {
    meaning: "A flag, an argument or a variable cannot be used as it was given.",
    advice: "The message quotes the value and, where it can, points at the character. Correct it.",
  },
  INVALID_CONFIG: {
    meaning: "The config file cannot be read, or does not fit its schema.",
    advice:
      "The message names file, line and field. `k3d config view --config FILE` checks a file without making anything.",
  },
  CONFLICTING_OPTIONS: {
    meaning: "Two options exclude each other.",
    advice:
      "Leave one of them out. Remember that options come from flags, variables and the config file.",
  },
  NOT_FOUND: {
    meaning: "The cluster, node, registry, network, volume or file does not exist.",
    advice:
      "Look with `k3d cluster list`, `k3d node list` or `k3d registry list`; with several engines, name one with `--runtime`.",
  },
  ALREADY_EXISTS: {
    meaning: "A cluster, node, registry or file of that name exists already.",
    advice: "Choose another name, or delete what is there.",
  },
  NAME_IN_USE: {
    meaning: "The engine has another object of that name, which is not the cluster's.",
    advice: "Choose another name, or remove that object with the engine's own client.",
  },
  PORT_IN_USE: {
    meaning: "A process or another container has taken the host port.",
    advice: "Choose another port, or stop what listens there. `ss -ltnp` tells what it is.",
  },
  ADDRESS_IN_USE: {
    meaning: "Another container has taken a fixed address on the network.",
    advice: "Disconnect that container from the cluster's network, then start the cluster again.",
  },
  NETWORK_IN_USE: {
    meaning: "The network still has members, or its subnet overlaps another one.",
    advice: "Disconnect the members, or name another subnet with `--subnet`.",
  },
  VOLUME_IN_USE: {
    meaning: "A container still mounts the volume.",
    advice: "Remove that container first.",
  },
  REGISTRY_IN_USE: {
    meaning: "Nodes of a cluster still pull from the registry.",
    advice: "Disconnect it with `k3d registry disconnect`, or delete it anyway with `--force`.",
  },
  IMAGE_NOT_FOUND: {
    meaning: "The image is not on this machine, and no registry gives it.",
    advice:
      "Check the spelling and the tag. Without a network, load the image into the engine first, e.g. with `docker load`.",
  },
  REMOTE_UNAVAILABLE: {
    meaning: "A registry or another remote service cannot be reached.",
    advice: "Check network, proxy settings and the name of the service.",
  },
  RUNTIME_UNAVAILABLE: {
    meaning: "No container runtime answers, or it vanished half-way.",
    advice:
      "`k3d runtime-info` tells what was found of each runtime. Start one, or name one with `--runtime`.",
  },
  UNSUPPORTED: {
    meaning: "The chosen runtime cannot do what was asked for.",
    advice:
      "Leave the option out, or use another runtime. `k3d runtime-info` lists what each can do.",
  },
  TIMEOUT: {
    meaning: "Something did not become ready within its time limit.",
    advice:
      "Give it more time with `--timeout`. With `--no-rollback` a failed creation leaves the nodes for you to look at. Where nodes never join, `k3d doctor` looks whether containers reach each other.",
  },
  CONTAINER_FAILED: {
    meaning: "A container ended or failed where it had to run.",
    advice: "The last lines of its log are part of the error; they name the cause.",
  },
  COMMAND_FAILED: {
    meaning: "A command on this machine or inside a container ended with a failure.",
    advice: "The error carries the command line, its exit code and what it wrote.",
  },
  RUNTIME_ERROR: {
    meaning: "The engine refused or failed an operation for a reason of its own.",
    advice: "The message is the engine's. Its own log tells more.",
  },
  LOCKED: {
    meaning: "Another process holds a lock for too long, e.g. on the kubeconfig.",
    advice: "Wait for the other process, or end it; then run the command again.",
  },
  NO_SPACE: {
    meaning: "No space is left on a device that k3d or the engine needs.",
    advice: "Free space where the engine keeps its data, for example by removing unused images.",
  },
  CHECKS_FAILED: {
    meaning:
      "`k3d doctor` found a problem. No error is printed: the findings are the result, also with `--json`. Warnings alone end with 0.",
    advice: "Each finding says what to do about it.",
  },
  HOOK_REFUSED: {
    meaning:
      "A hook before the operation failed, or a plug-in said no. Nothing was made, started, stopped, deleted or imported.",
    advice:
      "The message has the reason, or the last lines that the hook printed. `--no-hooks` runs none of the config file's.",
  },
  HOOK_FAILED: {
    meaning:
      "A hook after the operation failed, or a plug-in said no. A creation was undone; what was done otherwise stays.",
    advice: "The message has the last lines that the hook printed. Correct it, and run it by hand.",
  },
  ABORTED: {
    meaning:
      "You or a supervisor interrupted the command. After SIGTERM the exit code is 143, after SIGHUP 129.",
    advice:
      "What was made has been undone, unless rollback is off or the command was ended a second time.",
  },
};
