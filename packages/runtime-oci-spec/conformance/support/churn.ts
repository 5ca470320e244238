/**
 * A command that is going to be killed: makes, starts, stops and removes containers without end.
 *
 *   node churn.ts NAME NETWORK
 */
import { homedir } from "node:os";
import factory from "../../src/index.ts";
import { idleSpec } from "./sandbox.ts";

const [name = "churn", network = ""] = process.argv.slice(2);
const runtime = await factory.create({
  env: process.env,
  homeDir: homedir(),
  platform: "linux",
  uid: 0,
});
for (let round = 0; ; round += 1) {
  const spec = idleSpec(`${name}-${round}`, {
    networks: [{ name: network }],
    ports: [{ containerPort: 80, protocol: "tcp" }],
    restartPolicy: { name: "always" },
    mounts: [{ type: "volume", destination: "/data" }],
  });
  await runtime.containers.create(spec);
  await runtime.containers.start(spec.name);
  await runtime.containers.stop(spec.name, { timeoutSeconds: 1 });
  await runtime.containers.start(spec.name);
  if (round % 2 === 1) await runtime.containers.remove(spec.name, { force: true });
}
