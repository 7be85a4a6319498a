// What a relying party serves: documents that the provider fetches (keys, request objects, sector
// files, pictures), the receiver of form_post answers and the receiver of back-channel logouts.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Collects a request's body. */
export async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

export class Receiver {
  #server;
  #documents = new Map();
  #waiting = new Map();

  static async start() {
    const receiver = new Receiver();
    receiver.#server = createServer((request, response) => receiver.#serve(request, response));
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    receiver.origin = `http://127.0.0.1:${receiver.#server.address().port}`;
    return receiver;
  }

  /** Serves `body`, or what it answers when it is a function, at a path; hands out the address. */
  publish(path, body, type = 'application/json') {
    this.#documents.set(path, { body, type, asked: 0 });
    return `${this.origin}${path}`;
  }

  /** How often a document was asked for. */
  asked(path) {
    return this.#documents.get(path)?.asked ?? 0;
  }

  /** Hands out an address for one back-channel logout, and a promise of the form that comes there. */
  expectLogout(path) {
    let arrived;
    const arrival = new Promise((resolve) => {
      arrived = resolve;
    });
    this.#waiting.set(path, arrived);
    const limited = (milliseconds) =>
      Promise.race([
        arrival,
        new Promise((_, reject) => {
          setTimeout(() => reject(new Error('no back-channel logout arrived')), milliseconds).unref();
        }),
      ]);
    return { address: `${this.origin}${path}`, within: limited };
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request, response) {
    const path = new URL(request.url, this.origin).pathname;
    const body = await bodyOf(request);
    if (request.method === 'POST' && this.#waiting.has(path)) {
      this.#waiting.get(path)({
        type: request.headers['content-type'] ?? '',
        form: new URLSearchParams(body),
      });
      response.writeHead(200, { 'cache-control': 'no-store' }).end();
      return;
    }
    if (request.method === 'POST') {
      const type = request.headers['content-type'] ?? '';
      const params = [...new URLSearchParams(body)];
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ type, params }));
      return;
    }
    const document = this.#documents.get(path);
    if (!document) {
      response.writeHead(404).end();
      return;
    }
    document.asked += 1;
    const text = typeof document.body === 'function' ? document.body() : document.body;
    const shown = typeof text === 'string' || Buffer.isBuffer(text) ? text : JSON.stringify(text);
    response.writeHead(200, { 'content-type': document.type, 'cache-control': 'max-age=1' }).end(shown);
  }
}
