import {
  gatewayOf,
  K3dError,
  labelFilters,
  parseAnswer,
  parseSubnet,
  type CallOptions,
  type ListOptions,
  type NetworkInfo,
  type NetworkOperations,
  type NetworkSpec,
} from "@k3d/core/runtime";
import type { Cli } from "./cli.js";
import { failure, type FailureRule } from "./failure.js";

interface NetworkJson {
  Id?: string;
  Name: string;
  Driver?: string;
  Labels?: Record<string, string> | null;
  IPAM?: { Config?: { Subnet: string; Gateway?: string; IPRange?: string }[] | null };
  Containers?: Record<string, { Name: string; IPv4Address?: string }> | null;
}

const INVALID: FailureRule = {
  pattern: /invalid (cidr|subnet|gateway|ip)|no matching subnet|not contained/i,
  code: "INVALID_INPUT",
};

/** Marks networks whose subnet was asked for: Docker allows fixed addresses on those alone, and does not tell them. */
const SUBNET_LABEL = "k3d-runtime-nerdctl.subnet";

/** Networks by the command line, which cannot attach a container that exists to another one. */
export class NerdctlNetworks implements NetworkOperations {
  constructor(private readonly cli: Cli) {}

  async create(spec: NetworkSpec, { signal }: CallOptions = {}): Promise<NetworkInfo> {
    const { name, labels, subnet, gateway, dynamicRange, options = {} } = spec;
    const all = { ...labels, ...(subnet === undefined ? {} : { [SUBNET_LABEL]: "given" }) };
    const args = [
      "network",
      "create",
      ...Object.entries(all).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      ...(subnet === undefined ? [] : ["--subnet", subnet]),
      ...(gateway === undefined ? [] : ["--gateway", gateway]),
      ...(dynamicRange === undefined ? [] : ["--ip-range", dynamicRange]),
      ...Object.entries(options).flatMap(([key, value]) => ["--opt", `${key}=${value}`]),
      name,
    ];
    await this.cli.text(args, { action: `create network '${name}'`, rules: [INVALID] }, { signal });
    return this.inspect(name, { signal });
  }

  async inspect(id: string, { signal }: CallOptions = {}): Promise<NetworkInfo> {
    const context = { action: `inspect network '${id}'` };
    const [json] = await this.cli.json<NetworkJson[]>(["network", "inspect", id], context, {
      signal,
    });
    if (json === undefined) throw new K3dError("NOT_FOUND", `Network '${id}' does not exist`);
    return networkInfo(json);
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<
    Omit<NetworkInfo, "containers">[]
  > {
    const context = { action: "list networks" };
    const filters = labelFilters(labels).flatMap((filter) => ["--filter", `label=${filter}`]);
    const names = await this.cli.text(
      ["network", "ls", "--format", "{{.Name}}", ...filters],
      context,
      { signal },
    );
    const all = names.split("\n").filter(Boolean);
    if (all.length === 0) return [];
    const result = await this.cli.run(["network", "inspect", ...all], { signal });
    const found =
      result.stdout.trim() === "" ? [] : parseAnswer<NetworkJson[]>(result.stdout, context.action);
    if (result.exitCode !== 0) {
      const error = failure(result, context, []);
      if (error.code !== "NOT_FOUND") throw error;
    }
    return found.map((json) => {
      const { containers: _containers, ...info } = networkInfo(json);
      return info;
    });
  }

  async remove(id: string, { signal }: CallOptions = {}): Promise<void> {
    // Docker counts only containers that run.
    const context = { action: `look for containers on network '${id}'` };
    const ids = ["ps", "--all", "--quiet", "--filter", `network=${id}`];
    if ((await this.cli.text(ids, context, { signal })).trim() !== "") {
      throw new K3dError("NETWORK_IN_USE", `Cannot remove network '${id}': containers are on it`, {
        hint: "Remove them first",
      });
    }
    await this.cli.text(["network", "rm", id], { action: `remove network '${id}'` }, { signal });
  }

  connect(): Promise<void> {
    return Promise.reject(lacking());
  }

  disconnect(): Promise<void> {
    return Promise.reject(lacking());
  }
}

function lacking(): K3dError {
  return new K3dError(
    "UNSUPPORTED",
    "nerdctl cannot change the networks of a container that exists",
    {
      hint: "Name its networks when it is created",
    },
  );
}

function networkInfo(json: NetworkJson): NetworkInfo {
  const subnets = (json.IPAM?.Config ?? []).map(({ Subnet, Gateway, IPRange }) => ({
    subnet: Subnet,
    // Docker tells one that it chose only while the network is in use.
    gateway: Gateway || gatewayOf(parseSubnet(Subnet)),
    ...(IPRange ? { dynamicRange: IPRange } : {}),
  }));
  const { [SUBNET_LABEL]: given, ...labels } = json.Labels ?? {};
  return {
    id: json.Id ?? json.Name,
    name: json.Name,
    driver: json.Driver ?? "bridge",
    labels,
    subnets,
    allowsStaticIp: given !== undefined,
    containers: Object.entries(json.Containers ?? {}).map(([id, { Name, IPv4Address }]) => ({
      id,
      name: Name,
      ...(IPv4Address ? { ipv4Address: IPv4Address.replace(/\/.*$/, "") } : {}),
    })),
  };
}
