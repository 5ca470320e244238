/**
 * Ends the dockerd that ensure-docker.ts started in the background. Any other is left alone.
 *
 *   node test/engine/stop-docker.ts
 */
import { stopDaemon } from "./docker/daemon.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";

await runScript(async () => {
  const stopped = await withLock("/run/k3d-test/docker.lock", stopDaemon);
  say(stopped ? "dockerd has ended" : "No dockerd of ensure-docker.ts is running");
});
