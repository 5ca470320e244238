import { gatewayOf, isK3dError, parseSubnet } from "@k3d/core/runtime";

/**
 * The first usable address of a CIDR, by convention the gateway: `10.1.0.0/24` → `10.1.0.1`.
 * `undefined` for what has none, or is no network.
 */
export function firstAddress(cidr: string): string | undefined {
  try {
    const subnet = parseSubnet(cidr);
    return subnet.prefix > (subnet.family === 4 ? 30 : 126) ? undefined : gatewayOf(subnet);
  } catch (error) {
    if (isK3dError(error, "INVALID_INPUT")) return undefined;
    throw error;
  }
}
