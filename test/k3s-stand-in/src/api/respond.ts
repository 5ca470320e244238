import type { ServerResponse } from "node:http";

/** Whether the client wants the request checked but not carried out. */
export function isDryRun(url: URL): boolean {
  return url.searchParams.getAll("dryRun").includes("All");
}

export function sendJson(response: ServerResponse, code: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response
    .writeHead(code, {
      "content-type": "application/json",
      "cache-control": "no-cache, private",
      "content-length": Buffer.byteLength(text),
    })
    .end(text);
}
