import { chmodSync, existsSync, statSync } from "node:fs";
import { say } from "../host/script.ts";

const TUN = "/dev/net/tun";
/** What udev's rules give the device on Debian; without udev the kernel leaves it to root. */
const USUAL_MODE = 0o666;

/** Lets users other than root open the tun device, which their containers' networks need. */
export function openTunDevice(): void {
  if (existsSync("/run/udev") || !existsSync(TUN)) return;
  if ((statSync(TUN).mode & USUAL_MODE) === USUAL_MODE) return;
  say(`${TUN} gets its usual mode 0666, which rootless containers need`);
  chmodSync(TUN, USUAL_MODE);
}
