import type { Answer, Args, Call, Method, Reply, Request } from './protocol.ts';
import { Refused } from './refused.ts';

interface Waiting {
  request: Request;
  resolve: (answer: unknown) => void;
  reject: (reason: Refused) => void;
}

/** Numbers calls, sends them and gives each answer to the promise that waits for it. */
export class Calls {
  #next = 1;
  #waiting = new Map<number, Waiting>();

  constructor(private readonly send: (request: Request) => void) {}

  call<M extends Method>(method: M, ...args: Args<M>): Promise<Answer<M>> {
    // The pair of method and arguments is one member of the union, which TypeScript cannot follow.
    return this.forward({ method, args } as unknown as Call) as Promise<Answer<M>>;
  }

  forward(call: Call): Promise<unknown> {
    const request: Request = { type: 'request', id: this.#next++, call };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { request, resolve, reject });
      this.send(request);
    });
  }

  /** Takes an answer; one that nobody waits for (any longer) is dropped. */
  settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting.resolve(reply.answer);
    else waiting.reject(new Refused(reply.refusal));
  }

  /** The calls without an answer, oldest first. */
  unanswered(): Request[] {
    return [...this.#waiting.values()].map((waiting) => waiting.request);
  }
}
