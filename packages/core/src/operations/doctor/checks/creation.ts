import { isK3dError, toK3dError } from "../../../errors/index.js";
import { listNodes } from "../../../observe/nodes.js";
import { planCluster } from "../../clusters/plan-cluster.js";
import { CREATION_CHECKS, takenHostPorts } from "../../clusters/preflight.js";
import { type Check, CONTAINER_LIMIT_MS } from "../check.js";
import { isLocal } from "../facts.js";
import { ok, problem, type Verdict, warning } from "../finding.js";

/** What `cluster create` looks at before it makes anything, for the cluster that is meant. */
export const createCheck: Check = {
  id: "create",
  group: "k3d",
  limitMs: CONTAINER_LIMIT_MS,
  async run({ engine, config }, options) {
    const { collaborators } = await engine();
    const { network, name, subnet } = CREATION_CHECKS;
    const planned = async (): Promise<void> =>
      void (await planCluster(config, collaborators, options));
    const looks = [
      ...[network, name, subnet].map((check) => () => check(config, collaborators, options)),
      planned,
    ];
    const failures = (await Promise.all(looks.map((look) => failure(look)))).flat();
    return failures.length > 0
      ? failures
      : [ok(`A cluster ${config.metadata.name} could be made, by the checks of cluster create`)];
  },
};

async function failure(look: () => Promise<void>): Promise<Verdict[]> {
  try {
    await look();
    return [];
  } catch (error) {
    // The check of the engine tells of both.
    if (isK3dError(error, "RUNTIME_UNAVAILABLE", "UNSUPPORTED")) return [];
    const { message, hint } = toK3dError(error);
    return [problem(message, hint ?? "Change what was asked for")];
  }
}

/** Whether the image of nodes is there. */
export const imageCheck: Check = {
  id: "image",
  group: "k3d",
  async run({ engine, config: { image } }, options) {
    const { runtime } = (await engine()).collaborators;
    try {
      await runtime.images.inspect(image, options);
      return [ok(`The node image ${image} is there`)];
    } catch (error) {
      if (!isK3dError(error, "IMAGE_NOT_FOUND")) throw error;
      return (await runtime.capabilities).imagePull
        ? [ok(`The node image ${image} is pulled when it is needed`)]
        : [
            problem(
              `The node image ${image} is not there, and the runtime pulls none`,
              "Load it, or name another one with --image",
            ),
          ];
    }
  },
};

/** Whether the host ports of the cluster that is meant are free. */
export const portsCheck: Check = {
  id: "ports",
  group: "network",
  async run({ engine, config, machine }, options) {
    const found = await engine();
    const { collaborators, capabilities, info } = found;
    if (!capabilities.localBindMounts) {
      return [{ status: "unknown", message: "Host ports are those of another machine" }];
    }
    const { desired } = await planCluster(config, collaborators, options);
    const there = new Set(
      (await listNodes(collaborators.runtime, options)).map(({ name }) => name),
    );
    const made = new Set(desired.nodes.map(({ name }) => name).filter((name) => !there.has(name)));
    const verdicts: Verdict[] = [];
    for await (const { message, hint } of takenHostPorts(desired, made, collaborators, options))
      verdicts.push(problem(message, hint ?? "Choose another host port"));
    const wanted = desired.nodes
      .flatMap(({ spec }) => spec.ports)
      .flatMap(({ hostPort }) => hostPort ?? []);
    const lowest = Number(
      isLocal(found) && info.rootless
        ? await machine.read("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        : 0,
    );
    const low = wanted.filter((port) => port < lowest);
    if (low.length > 0) {
      verdicts.push(
        warning(
          `A rootless engine does not publish ports below ${lowest}: ${low.join(", ")}`,
          `Choose higher host ports, or: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${Math.min(...low)}`,
        ),
      );
    }
    if (verdicts.length > 0) return verdicts;
    return [
      ok(
        wanted.length === 0
          ? "No host port is asked for; k3d picks free ones"
          : `Host port${wanted.length === 1 ? "" : "s"} ${wanted.join(", ")} ${wanted.length === 1 ? "is" : "are"} free`,
      ),
    ];
  },
};
