import { K3dError } from "../errors/index.js";
import type { LoadBalancerValues } from "./values.js";

const SETTINGS = ["workerConnections", "defaultProxyTimeout"] as const;

/**
 * Applies `--lb-config-override` entries such as `settings.workerConnections=2048`.
 *
 * @throws `INVALID_INPUT` for an unknown setting or a value that is not a positive whole number.
 */
export function applyLoadBalancerOverrides(
  values: LoadBalancerValues,
  overrides: readonly string[],
): LoadBalancerValues {
  const settings = { ...values.settings };
  for (const override of overrides) {
    const [path = "", value = ""] = override.split("=", 2);
    const name = SETTINGS.find((setting) => path === `settings.${setting}`);
    if (name === undefined || !/^[1-9]\d*$/.test(value)) {
      throw new K3dError("INVALID_INPUT", `Load-balancer override '${override}' cannot be used`, {
        hint: `Use ${SETTINGS.map((setting) => `settings.${setting}=NUMBER`).join(" or ")}.`,
      });
    }
    settings[name] = Number(value);
  }
  return { ...values, settings };
}
