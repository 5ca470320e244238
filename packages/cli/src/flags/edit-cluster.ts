import { parseMemorySize, type ClusterEdit } from "@k3d/core";
import { count, repeated } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

const PORT = "[HOST:][HOSTPORT:]PORT[/PROTO][@FILTER]";

/** Ports to publish and to publish no longer. */
export const portEditFlags = {
  "port-add": repeated({
    summary: "Publish a port, like --port of cluster create",
    helpValue: PORT,
  }),
  "port-delete": repeated({ summary: "Stop publishing a port", helpValue: PORT }),
};

export const editFlags = {
  ...portEditFlags,
  servers: count({ summary: "Number of servers", char: "s", min: 1 }),
  agents: count({ summary: "Number of agents", char: "a" }),
  "servers-memory": Flags.string({
    summary: "Memory limit of each server, 0 for none",
    helpValue: "SIZE",
  }),
  "agents-memory": Flags.string({
    summary: "Memory limit of each agent, 0 for none",
    helpValue: "SIZE",
  }),
  env: repeated({
    char: "e",
    summary: "Variable of all servers and agents; NAME- removes it",
    helpValue: "NAME=VALUE",
  }),
  "host-alias": repeated({
    summary: "Host names of an address, for nodes and pods; IP- removes the address",
    helpValue: "IP:HOST[,HOST…]",
  }),
  "registry-use": repeated({
    summary: "Registry of k3d's to use; NAME- to stop using it",
    helpValue: "NAME",
  }),
  "runtime-label": repeated({
    summary: "Label of all their containers; NAME- removes it",
    helpValue: "NAME=VALUE",
  }),
};

/** The flags as core's edit. */
export function clusterEdit(flags: {
  "port-add"?: string[] | undefined;
  "port-delete"?: string[] | undefined;
  servers?: number | undefined;
  agents?: number | undefined;
  "servers-memory"?: string | undefined;
  "agents-memory"?: string | undefined;
  env?: string[] | undefined;
  "runtime-label"?: string[] | undefined;
  "host-alias"?: string[] | undefined;
  "registry-use"?: string[] | undefined;
}): ClusterEdit {
  const memory = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : text === "0" ? 0 : parseMemorySize(text);
  const edit = {
    portAdd: flags["port-add"],
    portDelete: flags["port-delete"],
    servers: flags.servers,
    agents: flags.agents,
    serversMemory: memory(flags["servers-memory"]),
    agentsMemory: memory(flags["agents-memory"]),
    env: flags.env,
    labels: flags["runtime-label"],
    hostAliases: flags["host-alias"],
    registries: flags["registry-use"],
  };
  return Object.fromEntries(
    Object.entries(edit).filter(([, value]) => value !== undefined),
  ) as ClusterEdit;
}
