import type { Agent, ClientRequest, IncomingMessage } from "node:http";

/** Every request passes here on its way to a connection; Node has it since 0.11 and leaves it out of its types. */
interface RequestTaker {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/**
 * Has requests fail whose answer ends half-way. Node tells that to the answer alone, where
 * docker-modem listens for its data and its end: the call would never settle.
 */
export function failCutAnswers<T extends Agent>(agent: T): T {
  const taker = agent as unknown as RequestTaker;
  const { addRequest } = taker;
  taker.addRequest = (request, ...rest) => {
    request.once("response", (answer: IncomingMessage) => {
      answer.once("error", (error) => request.emit("error", error));
    });
    addRequest.call(agent, request, ...rest);
  };
  return agent;
}
