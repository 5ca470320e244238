import { K3dError, maskText } from "../errors/index.js";
import { shorten } from "../errors/index.js";

/**
 * `INVALID_INPUT` for a value that is wrong as a whole.
 *
 * @param text `undefined` when it must not be shown.
 */
export function invalid(
  what: string,
  text: string | undefined,
  reason: string,
  hint: string,
): K3dError {
  const shown = text === undefined ? undefined : shorten(maskText(text));
  const quoted = shown === undefined ? "" : ` "${shown}"`;
  return new K3dError("INVALID_INPUT", `Invalid ${what}${quoted}: ${reason}`, {
    hint,
    ...(shown === undefined ? {} : { details: { input: shown } }),
  });
}
