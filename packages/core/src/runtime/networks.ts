import type { CallOptions, ListOptions } from "./common.js";
import type { NetworkAttachment } from "./container-spec.js";

export interface NetworkSpec {
  name: string;
  labels: Record<string, string>;
  /** IPv4 CIDR. Omitted: the engine chooses one that is free. */
  subnet?: string;
  /** Default: the first address of the subnet. */
  gateway?: string;
  /** CIDR inside `subnet` that automatic addresses come from; needs capability `dynamicRange`. */
  dynamicRange?: string;
  /** An IPv6 network beside the IPv4 one, in the same terms; needs capability `ipv6`. Omitted: none. */
  ipv6?: NetworkSubnet;
  /**
   * Only made to learn which subnet the engine chooses: nothing joins it, and it is removed at once. An adapter may make
   * it more cheaply, or pay no heed. Default `false`.
   */
  probe?: boolean;
  /** Engine-specific driver options, passed on as they are. */
  options?: Record<string, string>;
  /**
   * Containers of all engines of this one's `RuntimeInfo.machineGroup` can join it, by their own engine; one that
   * lists or inspects it may not know it before. Needs capability `networkOverMachines`. Default `false`.
   */
  overMachines?: boolean;
  /** With `overMachines`: largest packet, in bytes, that passes between the machines. The network takes its own overhead off. Default: the engine's. */
  mtu?: number;
}

export interface NetworkSubnet {
  /** CIDR. */
  subnet: string;
  gateway?: string;
  dynamicRange?: string;
}

export interface NetworkInfo {
  id: string;
  name: string;
  driver: string;
  labels: Record<string, string>;
  /** Of either family, in no particular order. */
  subnets: NetworkSubnet[];
  /** Whether fixed addresses can be asked for on this network. */
  allowsStaticIp: boolean;
  /** Bytes, where the network was made with one. */
  mtu?: number;
  /** Containers attached now; stopped ones only where the engine tells them. */
  containers: { id: string; name: string; ipv4Address?: string; ipv6Address?: string }[];
}

/** Networks, by name or id. A missing one is `NOT_FOUND`. */
export interface NetworkOperations {
  /** @throws `NAME_IN_USE`, also where the engine itself would allow a second one of the name; `NETWORK_IN_USE` when the subnet overlaps another network. */
  create(spec: NetworkSpec, options?: CallOptions): Promise<NetworkInfo>;
  inspect(id: string, options?: CallOptions): Promise<NetworkInfo>;
  list(options?: ListOptions): Promise<Omit<NetworkInfo, "containers">[]>;
  /**
   * An IPv4 subnet in CIDR notation that a new network could have now, where that can be told without making one; else
   * `undefined`. Another network may take it at any time. Absent: it can never be told.
   */
  freeSubnet?(options?: CallOptions): Promise<string | undefined>;
  /** @throws `NETWORK_IN_USE` while containers are attached. */
  remove(id: string, options?: CallOptions): Promise<void>;
  /** A container that is attached already is left alone. */
  connect(
    network: string,
    container: string,
    options?: CallOptions & Pick<NetworkAttachment, "ipv4Address" | "ipv6Address" | "aliases">,
  ): Promise<void>;
  /** A container that is not attached is left alone. */
  disconnect(
    network: string,
    container: string,
    options?: CallOptions & { force?: boolean },
  ): Promise<void>;
}
