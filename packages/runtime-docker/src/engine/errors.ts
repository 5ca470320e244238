import { abortError, isK3dError, K3dError, type ErrorCode } from "@k3d/core/runtime";

export type ObjectKind = "container" | "image" | "network" | "volume" | "engine";

/** What was being done, and to which object: the first half of every error message. */
export interface Operation {
  verb: string;
  kind: ObjectKind;
  /** Name or id as the caller gave it; empty for the engine itself. */
  name: string;
}

interface NativeError {
  message: string;
  /** HTTP status of the engine's answer. */
  statusCode?: number;
  /** Node's code of a failed connection, e.g. `ECONNREFUSED`. */
  code?: string;
}

interface Rule {
  code: ErrorCode;
  hint?: string;
  kinds?: ObjectKind[];
  status?: number;
  pattern?: RegExp;
  /** Only for calls that name an object. */
  named?: true;
}

const CONNECTION_CODES = new Set([
  "ENOENT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EACCES",
  "EPERM",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** Node's words for a connection that broke, where it gives no code; the engine's own texts are never just these. */
const CONNECTION_WORDS =
  /^(?:socket hang up|aborted|premature close|other side closed|client network socket disconnected\b.*)$/i;

/** First match wins; the wordings are those of Docker Engine 20.10 to 29. */
const RULES: Rule[] = [
  {
    code: "NO_SPACE",
    pattern: /no space left on device|disk quota exceeded/i,
    hint: "Free space in the engine's data directory, for example with `docker system df` and by removing unused images.",
  },
  {
    code: "PORT_IN_USE",
    pattern:
      /port is already allocated|address already in use.*(?:listen|bind)|(?:listen|bind)\b.*address already in use|ports are not available/i,
    hint: "Choose another host port, or stop what listens on it.",
  },
  {
    code: "UNSUPPORTED",
    pattern: /cannot expose privileged port|bind: permission denied/i,
    hint: "A rootless engine may not use ports below 1024: choose a higher host port, or set the sysctl net.ipv4.ip_unprivileged_port_start.",
  },
  {
    code: "ADDRESS_IN_USE",
    kinds: ["container", "network"],
    pattern:
      /address already in use|no available IPv4 addresses|address .*is already (?:in use|allocated)/i,
    hint: "Another container holds this address on the network; choose another address or disconnect that container.",
  },
  {
    code: "NETWORK_IN_USE",
    kinds: ["network"],
    pattern:
      /pool overlaps|overlaps with|networks have same bridge|fully subnetted|could not find an available/i,
    hint: "Choose another subnet, or remove networks that are not needed any more.",
  },
  {
    code: "NETWORK_IN_USE",
    kinds: ["network"],
    pattern: /has active endpoints|is in use by task/i,
    hint: "Disconnect or remove its containers first.",
  },
  {
    code: "VOLUME_IN_USE",
    kinds: ["volume"],
    pattern: /volume is in use/i,
    hint: "Remove the containers that mount it first.",
  },
  {
    code: "CONTAINER_FAILED",
    kinds: ["container"],
    pattern: /\btask\b.*already exists/i,
    hint: "The engine was killed and containerd still holds an earlier run of this container: restart both (`systemctl restart containerd docker`), then start it again.",
  },
  {
    code: "CONTAINER_FAILED",
    kinds: ["container"],
    pattern: /\bttrpc: closed/i,
    hint: "containerd's helper process for this container ended meanwhile: start it again, and restart both if that fails (`systemctl restart containerd docker`).",
  },
  {
    code: "ALREADY_EXISTS",
    kinds: ["engine"],
    pattern: /already part of a swarm/i,
    hint: "Leave that one first, on its machine: docker swarm leave",
  },
  {
    code: "INVALID_INPUT",
    kinds: ["engine"],
    pattern: /could not (?:choose an IP|find the system's IP)/i,
    hint: "Name the address at which the others reach it: --advertise-addr.",
  },
  {
    code: "INVALID_INPUT",
    kinds: ["engine"],
    pattern: /not a swarm manager|join token|advertise address/i,
  },
  {
    code: "REMOTE_UNAVAILABLE",
    kinds: ["engine"],
    pattern:
      /before node joined|connection (?:refused|error)|transport:|no route to host|deadline exceeded|i\/o timeout/i,
    hint: "Check that the machines reach each other at 2377/tcp.",
  },
  {
    code: "NAME_IN_USE",
    pattern: /is already in use by container|already exists/i,
    status: 409,
    hint: "Choose another name, or remove the other object first.",
  },
  {
    code: "NAME_IN_USE",
    kinds: ["network"],
    pattern: /network with name .* already exists/i,
    hint: "Choose another name, or remove the other network first.",
  },
  {
    code: "INVALID_INPUT",
    kinds: ["container"],
    status: 409,
    pattern:
      /cannot remove a running container|container is running|cannot remove.*(?:running|paused)/i,
    hint: "Stop the container first, or force its removal.",
  },
  {
    code: "NAME_IN_USE",
    kinds: ["container", "network"],
    pattern: /network \S+ is ambiguous/i,
    hint: "Two networks have this name: remove the one that nobody uses, by its ID.",
  },
  {
    code: "CONTAINER_FAILED",
    kinds: ["container"],
    status: 409,
    pattern: /is not running|is paused|is restarting/i,
    hint: "Start the container first; its log shows why it ended.",
  },
  {
    code: "IMAGE_NOT_FOUND",
    pattern: /no such image/i,
    hint: "Check the image's name and tag, and that it was pulled or loaded.",
  },
  {
    code: "IMAGE_NOT_FOUND",
    kinds: ["image"],
    pattern:
      /pull access denied|manifest (?:for .* )?(?:unknown|not found)|repository .* not found|reference does not exist|no matching manifest|does not provide the specified platform|denied: |unauthorized|authentication required|name unknown|no basic auth credentials|^not found$/i,
    hint: "Check the image's name and tag, and that you are logged in to its registry.",
  },
  {
    code: "UNSUPPORTED",
    kinds: ["container"],
    pattern: /could not select device driver/i,
    hint: "Set the engine up for GPUs first: https://docs.docker.com/engine/containers/gpu",
  },
  {
    code: "REMOTE_UNAVAILABLE",
    kinds: ["image"],
    pattern:
      /dial tcp|lookup .*|i\/o timeout|tls handshake|x509:|connection (?:refused|reset)|no such host|client\.timeout|net\/http|server gave HTTP response|received unexpected HTTP status|toomanyrequests|EOF$/i,
    hint: "Check that the registry is reachable from the engine's machine and, behind a proxy, the engine's proxy settings.",
  },
  {
    code: "NOT_FOUND",
    kinds: ["container"],
    pattern:
      /could not find the file|no such file or directory in container|no such container:path/i,
  },
  {
    code: "NOT_FOUND",
    kinds: ["container", "network"],
    pattern: /network \S+ not found|no such network/i,
    hint: "Create the network first.",
  },
  {
    code: "CONTAINER_FAILED",
    kinds: ["container"],
    pattern:
      /oci runtime|runc create failed|failed to create (?:shim|task)|exec: ".*": |executable file not found|permission denied: unknown/i,
    hint: "Check the command, the image's architecture and what the engine's machine allows.",
  },
  { code: "IMAGE_NOT_FOUND", kinds: ["image"], status: 404, named: true },
  { code: "NOT_FOUND", status: 404, named: true },
  {
    code: "RUNTIME_ERROR",
    status: 404,
    hint: "Something other than a Docker engine answers there, or a proxy in between does not know all of its API: check DOCKER_HOST and the docker context.",
  },
  {
    code: "RUNTIME_ERROR",
    pattern: /^the answer is not JSON$/,
    hint: "Something other than a Docker engine answers there, or a proxy in between: check DOCKER_HOST and the docker context.",
  },
  { code: "INVALID_INPUT", status: 400 },
  { code: "INVALID_INPUT", status: 405 },
  {
    code: "INVALID_INPUT",
    kinds: ["container", "network"],
    pattern:
      /invalid (?:address|reference|container|hostname|mount|volume|port|ip|subnet|cidr)|does not belong to any of this network's subnets|user specified IP address is supported only|user[- ]configured subnets|conflicting options|bind source path does not exist|minimum memory limit|could not parse|is not a valid/i,
  },
];

/** The engine's own words, without dockerode's `(HTTP code …)` prefix. */
export function engineMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const words = message.replace(/^\(HTTP code \d+\) .*? - /s, "").trim();
  const { code, statusCode } = error as Partial<NativeError>;
  return (
    words ||
    (statusCode === undefined ? (code ?? "no answer") : `the answer was only status ${statusCode}`)
  );
}

/** HTTP status of the engine's answer, where `error` is one. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as Partial<NativeError> | undefined)?.statusCode;
  return typeof status === "number" ? status : undefined;
}

function isConnectionError(error: NativeError): boolean {
  if (error.statusCode !== undefined) return false;
  if (error.code !== undefined && CONNECTION_CODES.has(error.code)) return true;
  return CONNECTION_WORDS.test(error.message);
}

function connectionHint(error: NativeError): string {
  if (error.code === "EACCES" || error.code === "EPERM") {
    return "Your user may not use the engine's socket: join the `docker` group (and log in again) or use a rootless engine.";
  }
  return "Check that the container engine runs and that DOCKER_HOST or the docker context points to it.";
}

function title(operation: Operation): string {
  return operation.name
    ? `${operation.verb} ${operation.kind} '${operation.name}'`
    : `${operation.verb} the ${operation.kind}`;
}

/** The host address that the engine could not bind. */
function bindingIn(words: string): { hostIp: string; port: number } | undefined {
  const [, hostIp, port] =
    /(?:Bind for|listen \w+|host port(?: for)?|exposing port \w+) (\[[^\]]*\]|[\d.]*):(\d+)/i.exec(
      words,
    ) ?? [];
  return hostIp === undefined || port === undefined ? undefined : { hostIp, port: Number(port) };
}

/** `error` as one of k3d's coded errors; the only place that knows the engine's wordings. */
export function translateError(
  error: unknown,
  operation: Operation,
  signal?: AbortSignal,
): K3dError {
  if (isK3dError(error)) return error;
  if (signal?.aborted) return abortError(signal);
  const native = error as NativeError;
  const words = engineMessage(error);
  if (isConnectionError(native)) {
    return new K3dError(
      "RUNTIME_UNAVAILABLE",
      `Cannot ${title(operation)}: the Docker engine does not answer (${words})`,
      {
        hint: connectionHint(native),
        cause: error,
      },
    );
  }
  const status = statusOf(error);
  const rule = RULES.find(
    (candidate) =>
      (candidate.kinds === undefined || candidate.kinds.includes(operation.kind)) &&
      (candidate.status === undefined || candidate.status === status) &&
      (candidate.named === undefined || operation.name !== "") &&
      (candidate.pattern === undefined || candidate.pattern.test(words)),
  );
  const code = rule?.code ?? "RUNTIME_ERROR";
  const binding = code === "PORT_IN_USE" ? bindingIn(words) : undefined;
  const reason =
    binding === undefined ? words : `host port ${binding.hostIp}:${binding.port} is in use`;
  return new K3dError(code, `Cannot ${title(operation)}: ${reason}`, {
    hint: rule?.hint,
    details: { engineMessage: words, status, ...binding },
    cause: error,
  });
}
