import { K3dError } from "../errors/index.js";

/**
 * Checks one argument for k3s. It is passed on as it is.
 *
 * @throws `INVALID_INPUT` when it is empty.
 */
export function checkK3sArg(arg: string): string {
  if (arg.trim() !== "" && !arg.includes("\0")) return arg;
  throw new K3dError(
    "INVALID_INPUT",
    "Invalid k3s argument: it is empty or contains a NUL character",
    {
      hint: 'Write the argument as k3s takes it, for example --k3s-arg "--disable=traefik@server:*".',
      details: { input: arg },
    },
  );
}
