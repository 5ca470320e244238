import { K3dError } from "@k3d/core";

/**
 * Reads `NAME=ADDRESS`; `ADDRESS` alone is the first machine's.
 *
 * @throws `INVALID_INPUT`
 */
export function advertisedAddresses(
  texts: readonly string[],
  first: string | undefined,
): Record<string, string> {
  const addresses: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    const [name, address] =
      at === -1 ? [first ?? "", text] : [text.slice(0, at), text.slice(at + 1)];
    if (address === "" || /[\s/]/.test(address)) {
      throw new K3dError("INVALID_INPUT", `'${text}' is not an address of a machine`, {
        hint: "Write ADDRESS for the first machine, or NAME=ADDRESS, for example small=10.0.0.6; the name of an interface works too.",
      });
    }
    if (addresses[name] !== undefined) {
      throw new K3dError("INVALID_INPUT", `Machine ${name} is given two addresses`, {
        hint: "Leave one of them out.",
      });
    }
    addresses[name] = address;
  }
  return addresses;
}
