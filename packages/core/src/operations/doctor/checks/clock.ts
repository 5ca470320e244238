import { ok, problem, type Verdict, warning } from "../finding.js";
import type { HostView } from "../host/host-view.js";
import { CONTAINER_LIMIT_MS, type Check } from "../check.js";

/** No k3d of this kind was there before. */
const EARLIEST = Date.UTC(2025, 0, 1);
/** Milliseconds. A `date` of seconds is up to one second late. */
const TOLERANCE = 2000;
/** From here on a certificate that was just made is not valid yet for the other side. */
const BROKEN = 60_000;

/** Whether the clocks of this machine and of the engine agree. */
export const clockCheck: Check = {
  id: "clock",
  group: "machine",
  limitMs: CONTAINER_LIMIT_MS,
  async run({ now, host }) {
    const { view } = await host().catch(() => ({ view: undefined }));
    return judgeClock(now(), view?.clock);
  },
};

export function judgeClock(now: number, seen: HostView["clock"]): Verdict[] {
  const fix =
    "Set it, e.g. sudo timedatectl set-ntp true; restart the virtual machine of the engine, if it has one";
  if (now < EARLIEST)
    return [problem(`The clock of this machine says ${new Date(now).toISOString()}`, fix)];
  if (seen === undefined) return [ok("The clock of this machine is plausible")];
  const { host, before, after } = seen;
  const off = host > after ? host - after : Math.max(0, before - host);
  if (off <= TOLERANCE) return [ok("The clocks of this machine and of the engine agree")];
  const told = `The engine's clock is ${span(off)} ${host > after ? "ahead" : "behind"}`;
  return off < BROKEN
    ? [warning(told, fix)]
    : [problem(`${told}: certificates are not valid on one side`, fix)];
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
