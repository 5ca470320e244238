import { Readable } from "node:stream";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

type Call = (scope: Scope, missing: string) => Promise<unknown>;

const ON_CONTAINERS: Record<string, Call> = {
  start: ({ runtime }, id) => runtime.containers.start(id),
  stop: ({ runtime }, id) => runtime.containers.stop(id),
  remove: ({ runtime }, id) => runtime.containers.remove(id),
  "remove by force": ({ runtime }, id) => runtime.containers.remove(id, { force: true }),
  inspect: ({ runtime }, id) => runtime.containers.inspect(id),
  wait: ({ runtime }, id) => runtime.containers.wait(id),
  exec: ({ runtime }, id) => runtime.containers.exec(id, { args: ["true"] }),
  logs: (scope, id) => scope.log(id),
  "logs that follow": (scope, id) => scope.log(id, { follow: true }),
  putArchive: ({ runtime }, id) =>
    runtime.containers.putArchive(id, "/", Readable.from([Buffer.alloc(1024)])),
  getArchive: ({ runtime }, id) => runtime.containers.getArchive(id, "/"),
};

const ON_NETWORKS: Record<string, Call> = {
  inspect: ({ runtime }, id) => runtime.networks.inspect(id),
  remove: ({ runtime }, id) => runtime.networks.remove(id),
  connect: async (scope, id) => scope.runtime.networks.connect(id, await scope.create()),
};

const ON_VOLUMES: Record<string, Call> = {
  inspect: ({ runtime }, name) => runtime.volumes.inspect(name),
  remove: ({ runtime }, name) => runtime.volumes.remove(name),
};

/** What is not there is NOT_FOUND, whatever is asked of it. */
export function errors(suite: Suite): void {
  for (const [name, call] of Object.entries(ON_CONTAINERS)) {
    suite.test(`containers: ${name} of one that is not there is NOT_FOUND`, (scope) =>
      suite.rejects(call(scope, scope.unused()), "NOT_FOUND"),
    );
  }

  suite.test(
    "containers: pause and unpause of one that is not there is NOT_FOUND",
    async (scope) => {
      await suite.rejects(scope.runtime.containers.pause(scope.unused()), "NOT_FOUND");
      await suite.rejects(scope.runtime.containers.unpause(scope.unused()), "NOT_FOUND");
    },
    { needs: ["pause"] },
  );

  suite.test(
    "containers: rename of one that is not there is NOT_FOUND",
    (scope) =>
      suite.rejects(scope.runtime.containers.rename(scope.unused(), scope.unused()), "NOT_FOUND"),
    { needs: ["rename"] },
  );

  for (const [name, call] of Object.entries(ON_NETWORKS)) {
    suite.test(
      `networks: ${name} of one that is not there is NOT_FOUND`,
      (scope) => suite.rejects(call(scope, scope.unused()), "NOT_FOUND"),
      name === "connect" ? { needs: ["multipleNetworks"] } : {},
    );
  }

  suite.test(
    "networks: connect of a container that is not there is NOT_FOUND",
    async (scope) => {
      const network = await scope.network();
      await suite.rejects(
        scope.runtime.networks.connect(network.name, scope.unused()),
        "NOT_FOUND",
      );
    },
    { needs: ["multipleNetworks"] },
  );

  for (const [name, call] of Object.entries(ON_VOLUMES)) {
    suite.test(
      `volumes: ${name} of one that is not there is NOT_FOUND`,
      (scope) => suite.rejects(call(scope, scope.unused()), "NOT_FOUND"),
      { needs: ["volumes"] },
    );
  }

  suite.test("messages name the object", async (scope) => {
    const missing = scope.unused();
    const message = await scope.runtime.containers
      .start(missing)
      .catch((error: Error) => error.message);
    suite.expect(message).toContain(missing);
  });
}
