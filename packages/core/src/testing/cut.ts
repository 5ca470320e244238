import { Readable } from "node:stream";
import type { ExecProcess } from "../runtime/containers.js";

/** `answer` whose streams break with `error` after their first piece. @throws `error` where it streams nothing. */
export function cut(answer: unknown, error: Error): unknown {
  if (answer instanceof Readable) return cutStream(answer, error);
  if (isProcess(answer)) {
    const exitCode = Promise.reject(error);
    exitCode.catch(() => undefined);
    Promise.resolve(answer.exitCode).catch(() => undefined);
    return {
      stdout: cutStream(answer.stdout, error),
      stderr: cutStream(answer.stderr, error),
      exitCode,
    } satisfies ExecProcess;
  }
  throw error;
}

function isProcess(answer: unknown): answer is ExecProcess {
  return typeof answer === "object" && answer !== null && "stdout" in answer;
}

function cutStream(stream: Readable, error: Error): Readable {
  async function* first(): AsyncGenerator {
    for await (const chunk of stream) {
      yield chunk;
      break;
    }
    throw error;
  }
  return Readable.from(first(), { objectMode: false });
}
