import type { IncomingMessage } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import { parseAnswer } from "@k3d/core/runtime";
import type Dockerode from "dockerode";
import { translateError, type Operation } from "./errors.js";

interface StreamRequest {
  /** Path below the API version; a query needs its trailing `?`. */
  path: string;
  /** Default `GET`. */
  method?: "GET" | "POST";
  query?: Record<string, unknown>;
  abortSignal?: AbortSignal;
}

/**
 * A request whose answer is handed over as a stream. dockerode's own methods
 * collect some answers in memory (`logs` without `follow`), and never settle
 * when the engine vanishes in the middle of one (`wait`), hence the modem.
 */
export function requestStream(docker: Dockerode, request: StreamRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: request.path,
        method: request.method ?? "GET",
        isStream: true,
        abortSignal: request.abortSignal,
        options: { _query: request.query ?? {}, _body: {} },
        statusCodes: {
          200: true,
          400: "bad parameter",
          404: "not found",
          500: "server error",
        } as unknown as Record<number, boolean>,
      },
      (error: unknown, stream: unknown) =>
        error ? reject(error) : resolve(stream as IncomingMessage),
    );
  });
}

/** The stream with its failures as k3d's coded errors: an engine may vanish in the middle of an answer. */
export function translated(
  stream: Readable,
  operation: Operation,
  signal: AbortSignal | undefined,
): Readable {
  const out = new PassThrough();
  stream.once("error", (error) => out.destroy(translateError(error, operation, signal)));
  out.once("close", () => stream.destroy());
  stream.pipe(out);
  return out;
}

/** Newline-separated JSON objects, as the engine reports progress. */
export async function* jsonLines(stream: Readable): AsyncGenerator<Record<string, unknown>> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim()) yield parseAnswer<Record<string, unknown>>(line, "follow the engine");
    }
  }
  if (rest.trim()) yield parseAnswer<Record<string, unknown>>(rest, "follow the engine");
}
