import { existsSync, readFileSync } from "node:fs";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { homedir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { runUnchecked } from "../host/command.ts";

export const DEFAULT_SOCKET = "/var/run/docker.sock";

export interface DockerAnswer {
  readonly endpoint: string;
  /** Undefined when the engine answers; otherwise why it does not. */
  readonly problem: string | undefined;
  /** An engine is there, but this user may not use it. */
  readonly denied: boolean;
}

/** The endpoint a Docker client uses: DOCKER_HOST, or the first of the usual sockets that exists. */
export function dockerEndpoint(env: NodeJS.ProcessEnv = process.env): string {
  if (env["DOCKER_HOST"]) return env["DOCKER_HOST"];
  const rootless = env["XDG_RUNTIME_DIR"] ? [join(env["XDG_RUNTIME_DIR"], "docker.sock")] : [];
  const socket = [DEFAULT_SOCKET, ...rootless].find((path) => existsSync(path)) ?? DEFAULT_SOCKET;
  return `unix://${socket}`;
}

/** Asks the engine at an endpoint whether it is there. Never throws and ends within the timeout. */
export async function askDocker(endpoint: string, timeout = 5000): Promise<DockerAnswer> {
  try {
    const problem = endpoint.startsWith("ssh://")
      ? await askThroughClient(endpoint, timeout)
      : await ping(endpoint, timeout);
    return { endpoint, problem, denied: false };
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === "EACCES";
    return { endpoint, problem: explain(error), denied };
  }
}

/** The name of the runtime that containers of an engine get, or undefined when it does not say. */
export async function defaultRuntime(endpoint: string): Promise<string | undefined> {
  if (endpoint.startsWith("ssh://")) return undefined;
  const { status, body } = await get(endpoint, "/info", 10_000);
  return status === 200
    ? (JSON.parse(body) as { DefaultRuntime?: string }).DefaultRuntime
    : undefined;
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "the socket does not exist";
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (code === "EACCES") return 'this user may not use the socket (join the group "docker")';
  return error instanceof Error ? error.message : String(error);
}

async function askThroughClient(endpoint: string, timeout: number): Promise<string | undefined> {
  const args = ["-H", endpoint, "version"];
  const { exitCode, stderr } = await runUnchecked("docker", args, { timeout });
  return exitCode === 0 ? undefined : stderr.trim() || "no answer";
}

async function ping(endpoint: string, timeout: number): Promise<string | undefined> {
  const { status } = await get(endpoint, "/_ping", timeout);
  return status === 200 ? undefined : `it answers with HTTP ${status}`;
}

function get(
  endpoint: string,
  path: string,
  timeout: number,
): Promise<{ status: number | undefined; body: string }> {
  const { secure, ...options } = requestOptions(endpoint);
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)({ ...options, path, timeout });
    request.once("response", (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within ${timeout} ms`)));
    request.once("error", reject);
    request.end();
  });
}

function requestOptions(endpoint: string): RequestOptions & { secure: boolean } {
  const url = new URL(endpoint);
  if (url.protocol === "unix:") return { socketPath: url.pathname, secure: false };
  const secure = Boolean(process.env["DOCKER_TLS_VERIFY"]);
  const address = { host: url.hostname, port: url.port || (secure ? 2376 : 2375) };
  return secure ? { ...address, ...clientCertificate(), secure } : { ...address, secure };
}

function clientCertificate(): Record<"ca" | "cert" | "key", Buffer> {
  const folder = process.env["DOCKER_CERT_PATH"] ?? join(homedir(), ".docker");
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}
