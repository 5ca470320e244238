/** Texts up to this length are shown whole. */
export const SHOWN_LENGTH = 160;

/** A text of any length, fit for a message. */
export function shorten(text: string, length = SHOWN_LENGTH): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
