import { abort } from "./groups/abort.js";
import { archives } from "./groups/archives.js";
import { capabilities } from "./groups/capabilities.js";
import { concurrency } from "./groups/concurrency.js";
import { creation } from "./groups/creation.js";
import { errors } from "./groups/errors.js";
import { exec } from "./groups/exec.js";
import { groups } from "./groups/groups.js";
import { images } from "./groups/images.js";
import { inspection } from "./groups/inspection.js";
import { ipv6 } from "./groups/ipv6.js";
import { labels } from "./groups/labels.js";
import { lifecycle } from "./groups/lifecycle.js";
import { limits } from "./groups/limits.js";
import { logs } from "./groups/logs.js";
import { networks } from "./groups/networks.js";
import { ports } from "./groups/ports.js";
import { restartPolicy } from "./groups/restart-policy.js";
import { runtime } from "./groups/runtime.js";
import { staticIps } from "./groups/static-ips.js";
import { stats } from "./groups/stats.js";
import { streaming } from "./groups/streaming.js";
import { volumes } from "./groups/volumes.js";
import type { ConformanceOptions } from "./options.js";
import { Suite } from "./suite.js";

const GROUPS: Record<string, (suite: Suite) => void> = {
  runtime,
  capabilities,
  lifecycle,
  creation,
  inspection,
  exec,
  logs,
  archives,
  images,
  networks,
  volumes,
  labels,
  ports,
  "static IPs": staticIps,
  IPv6: ipv6,
  "restart policy": restartPolicy,
  limits,
  stats,
  "machine groups": groups,
  errors,
  abort,
  streaming,
  concurrency,
};

const SET_UP_LIMIT_MS = 60_000;
const TEAR_DOWN_LIMIT_MS = 120_000;

/**
 * Registers one test for every promise in the doc comments of
 * `@k3d/core`'s runtime contract. Call it at the top of a vitest file.
 *
 * Tests are skipped by the runtime's `capabilities` alone. Everything they
 * make carries the label `k3d.conformance` and is removed again.
 */
export function runtimeConformance(options: ConformanceOptions): void {
  const suite = new Suite(options);
  options.describe(`runtime conformance: ${options.factory.name}`, () => {
    options.beforeAll(() => suite.setUp(), suite.limit(SET_UP_LIMIT_MS));
    options.afterAll(() => suite.tearDown(), suite.limit(TEAR_DOWN_LIMIT_MS));
    for (const [name, register] of Object.entries(GROUPS)) suite.group(name, () => register(suite));
  });
}
