import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type Dockerode from "dockerode";

interface StreamRequest {
  /** Path below the API version; a query needs its trailing `?`. */
  path: string;
  query?: Record<string, unknown>;
  abortSignal?: AbortSignal;
}

/**
 * A GET whose answer is handed over as a stream. dockerode's own methods
 * collect some answers in memory (`logs` without `follow`), hence the modem.
 */
export function getStream(docker: Dockerode, request: StreamRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: request.path,
        method: "GET",
        isStream: true,
        ...(request.abortSignal === undefined ? {} : { abortSignal: request.abortSignal }),
        options: { ...request.query },
        statusCodes: { 200: true, 404: "not found", 500: "server error" } as unknown as Record<
          number,
          boolean
        >,
      },
      (error: unknown, stream: unknown) =>
        error ? reject(error) : resolve(stream as IncomingMessage),
    );
  });
}

/** Newline-separated JSON objects, as the engine reports progress. */
export async function* jsonLines(stream: Readable): AsyncGenerator<Record<string, unknown>> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim()) yield JSON.parse(line) as Record<string, unknown>;
    }
  }
  if (rest.trim()) yield JSON.parse(rest) as Record<string, unknown>;
}
