import { invalid } from "../invalid.js";

export const PORT_HINT = 'Give a port between 1 and 65535, or "random".';

/** @throws `INVALID_INPUT` unless it is a whole http or https URL. */
export function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "") return;
  throw invalid(
    "URL",
    text,
    "this is not an http or https URL",
    'Write it in full, for example "https://registry-1.docker.io".',
  );
}

/** What stands before the first `=`: what follows may be a secret. */
export const nameOf = (text: string): string => text.split("=", 1)[0] ?? text;
