import { styleText } from "node:util";
import type { Environment } from "../settings/settings.js";

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "gray";

/** Paints text, or leaves it as it is where colours are off. */
export type Paint = (style: Style, text: string) => string;

export const plainPaint: Paint = (_style, text) => text;

export function createPaint(colors: boolean): Paint {
  return colors ? (style, text) => styleText(style, text, { validateStream: false }) : plainPaint;
}

/**
 * Whether to colour what goes to a stream: `LOG_COLORS` decides, as in the Go k3d; else `NO_COLOR`,
 * `FORCE_COLOR`, and last whether the stream is a terminal that can.
 */
export function wantsColors(stream: { isTTY?: boolean }, env: Environment): boolean {
  if (/^(1|t|true)$/i.test(env.LOG_COLORS ?? "")) return true;
  if (/^(0|f|false)$/i.test(env.LOG_COLORS ?? "")) return false;
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Whether the terminal shows more than ASCII. */
export function supportsUnicode(env: Environment, platform: NodeJS.Platform): boolean {
  if (platform === "win32") return Boolean(env.WT_SESSION ?? env.TERM_PROGRAM);
  if (env.TERM === "linux") return false;
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "UTF-8");
}
