// A proxy in front of the peer that breaks one rule of the protocol. The peer takes the proxy's address
// for its issuer, so that everything of a module passes through it.
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';

import { jose } from './packages.mjs';
import { Peer } from './peer.mjs';
import { bodyOf } from './receiver.mjs';

export class BreakingProxy {
  /**
   * @param {{request?: Function, response?: Function}} rule `request` may change an exchange, or hand out
   * an answer in the peer's place; `response` may change the peer's answer.
   */
  static async start(rule, receiver) {
    const proxy = new BreakingProxy();
    proxy.server = createServer((request, response) => {
      proxy.#pass(rule, request, response).catch((error) => {
        response
          .writeHead(502, { 'content-type': 'text/plain' })
          .end(`the proxy failed: ${error.stack}`);
      });
    });
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    proxy.issuer = `http://127.0.0.1:${proxy.server.address().port}`;
    proxy.peer = await Peer.start(receiver, proxy.issuer);
    proxy.user = proxy.peer.user;
    proxy.documents = proxy.peer.documents;
    proxy.tools = new Tools(proxy.peer);
    return proxy;
  }

  rotateKeys() {
    return this.peer.rotateKeys();
  }

  forgetClientKeys(id) {
    return this.peer.forgetClientKeys(id);
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
    this.peer.close();
  }

  async #pass(rule, request, response) {
    const exchange = await Exchange.from(request, this.issuer);
    let answer = await rule.request?.(exchange, this.tools);
    answer ??= await this.#forward(exchange);
    await rule.response?.(answer, exchange, this.tools);
    const { 'content-length': _, ...headers } = answer.headers;
    response.writeHead(answer.status, headers).end(answer.body);
  }

  async #forward(exchange) {
    const body = exchange.payload();
    const { 'content-length': _, ...headers } = exchange.headers;
    const { pathname, search } = exchange.url;
    const outgoing = send(`${this.peer.address}${pathname}${search}`, {
      method: exchange.method,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.end(body);
    const [incoming] = await once(outgoing, 'response');
    return { status: incoming.statusCode, headers: incoming.headers, body: await bodyOf(incoming) };
  }
}

/** A request on its way: its address, and its form or JSON, may be changed. */
class Exchange {
  static async from(request, issuer) {
    const exchange = new Exchange();
    exchange.method = request.method;
    exchange.headers = { ...request.headers };
    exchange.url = new URL(request.url, issuer);
    exchange.body = await bodyOf(request);
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('application/x-www-form-urlencoded'))
      exchange.form = new URLSearchParams(exchange.body);
    if (type.startsWith('application/json')) exchange.json = JSON.parse(exchange.body);
    return exchange;
  }

  get path() {
    return this.url.pathname;
  }

  /** The parameters, where a request of this method carries them. */
  get params() {
    return this.method === 'GET' ? this.url.searchParams : this.form;
  }

  payload() {
    if (this.form) return this.form.toString();
    return this.json ? JSON.stringify(this.json) : this.body;
  }

  is(method, path) {
    return this.method === method && this.path === path;
  }
}

/** What a broken provider has beside its messages: keys, and memory. */
class Tools {
  /** What a rule remembers of earlier exchanges of the module. */
  memory = {};

  constructor(peer) {
    this.peer = peer;
    this.issuer = peer.issuer;
  }

  /** Signs with the peer's published key of an algorithm. */
  async sign(claims, { alg = 'RS256', ...header } = {}) {
    const jwk = this.peer.keys.find((key) => key.alg === alg);
    return this.#signed(claims, { alg, kid: jwk.kid, ...header }, await jose.importJWK(jwk, alg));
  }

  /** Signs under the peer's `kid` with a key that it does not publish. */
  async signUnknown(claims, { alg = 'RS256', ...header } = {}) {
    const jwk = this.peer.keys.find((key) => key.alg === alg);
    const { privateKey } = await jose.generateKeyPair(alg);
    return this.#signed(claims, { alg, kid: jwk.kid, ...header }, privateKey);
  }

  async #signed(claims, header, key) {
    return new jose.SignJWT(claims).setProtectedHeader(header).sign(key);
  }
}
