/**
 * Settings of the stand-in itself. Everything else follows k3s; these only
 * place it (root directory) or make waiting and failure testable.
 */
export interface Knobs {
  /** Directory that stands for `/`; `K3S_STANDIN_ROOT`, default `/`. */
  root: string;
  /** k3s version it claims to be; `K3S_STANDIN_VERSION`, default `v1.36.4+k3s1`. */
  version: string;
  /** Milliseconds before the API may answer; `K3S_STANDIN_BOOT_DELAY_MS`, default 0. */
  bootDelayMs: number;
  /** Milliseconds from the API's first answer until agents are let in; `K3S_STANDIN_CORE_DELAY_MS`, default 0. */
  coreDelayMs: number;
  /** Milliseconds from the kubelet's start to the node's registration; `K3S_STANDIN_REGISTER_DELAY_MS`, default 0. */
  registerDelayMs: number;
  /** Milliseconds from registration to the Ready condition; `K3S_STANDIN_NODE_READY_DELAY_MS`, default 1000. */
  nodeReadyDelayMs: number;
  /** Milliseconds from the first node's registration to the namespaces' service accounts; `K3S_STANDIN_SERVICE_ACCOUNT_DELAY_MS`, default 1000. */
  serviceAccountDelayMs: number;
  /** Milliseconds without heartbeat after which a node is NotReady; `K3S_STANDIN_GRACE_MS`, default 40000. */
  graceMs: number;
  /** Milliseconds between node lease renewals; `K3S_STANDIN_HEARTBEAT_MS`, default 10000. */
  heartbeatMs: number;
  /** Milliseconds without renewal after which a server's address is no longer one of the API's; `K3S_STANDIN_API_LEASE_MS`, default 6000. */
  apiLeaseMs: number;
  /** Milliseconds without a leader before an election; `K3S_STANDIN_ELECTION_MS`, by default from this machine's speed. */
  electionMs: number | undefined;
  /** Milliseconds from a server's becoming a learner to its promotion; `K3S_STANDIN_PROMOTE_MS`, default 500. */
  promoteMs: number;
  /** What a joining server does while another one is a learner; `K3S_STANDIN_LEARNER_CONFLICT`, default `exit`. */
  learnerConflict: "exit" | "wait";
  /** Milliseconds between attempts of an agent to reach its server; `K3S_STANDIN_RETRY_MS`, default 2000. */
  retryMs: number;
  /** Milliseconds after which an agent asks again for its configuration; `K3S_STANDIN_CONFIG_RETRY_MS`, default 5000. */
  configRetryMs: number;
  /** Exit code of a boot that fails on purpose; `K3S_STANDIN_FAIL_EXIT_CODE`, unset for none. */
  failExitCode: number | undefined;
  /** Fatal line of that failing boot; `K3S_STANDIN_FAIL_MESSAGE`. */
  failMessage: string;
  /** How many boots fail before one succeeds; `K3S_STANDIN_FAIL_BOOTS`, default all. */
  failBoots: number;
}

function milliseconds(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new Error(`${name} must be a number of milliseconds, not "${text}"`);
  return value;
}

/** The first of the values is the default. */
function oneOf<T extends string>(env: NodeJS.ProcessEnv, name: string, values: [T, ...T[]]): T {
  const text = env[name] || values[0];
  const found = values.find((value) => value === text);
  if (found === undefined)
    throw new Error(`${name} must be one of ${values.join(", ")}, not "${text}"`);
  return found;
}

export function readKnobs(env: NodeJS.ProcessEnv): Knobs {
  const exitCode = env["K3S_STANDIN_FAIL_EXIT_CODE"];
  return {
    root: env["K3S_STANDIN_ROOT"] || "/",
    version: env["K3S_STANDIN_VERSION"] || "v1.36.4+k3s1",
    bootDelayMs: milliseconds(env, "K3S_STANDIN_BOOT_DELAY_MS", 0),
    coreDelayMs: milliseconds(env, "K3S_STANDIN_CORE_DELAY_MS", 0),
    registerDelayMs: milliseconds(env, "K3S_STANDIN_REGISTER_DELAY_MS", 0),
    nodeReadyDelayMs: milliseconds(env, "K3S_STANDIN_NODE_READY_DELAY_MS", 1000),
    serviceAccountDelayMs: milliseconds(env, "K3S_STANDIN_SERVICE_ACCOUNT_DELAY_MS", 1000),
    graceMs: milliseconds(env, "K3S_STANDIN_GRACE_MS", 40_000),
    heartbeatMs: milliseconds(env, "K3S_STANDIN_HEARTBEAT_MS", 10_000),
    apiLeaseMs: milliseconds(env, "K3S_STANDIN_API_LEASE_MS", 6000),
    electionMs: env["K3S_STANDIN_ELECTION_MS"]
      ? milliseconds(env, "K3S_STANDIN_ELECTION_MS", 0)
      : undefined,
    promoteMs: milliseconds(env, "K3S_STANDIN_PROMOTE_MS", 500),
    learnerConflict: oneOf(env, "K3S_STANDIN_LEARNER_CONFLICT", ["exit", "wait"]),
    retryMs: milliseconds(env, "K3S_STANDIN_RETRY_MS", 2000),
    configRetryMs: milliseconds(env, "K3S_STANDIN_CONFIG_RETRY_MS", 5000),
    failExitCode: exitCode ? Number(exitCode) : undefined,
    failMessage: env["K3S_STANDIN_FAIL_MESSAGE"] || "failing at boot as configured",
    failBoots: milliseconds(env, "K3S_STANDIN_FAIL_BOOTS", Number.MAX_SAFE_INTEGER),
  };
}
