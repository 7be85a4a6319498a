// A relying party: registered by dynamic registration, it sends the browser to the provider, redeems the
// code with openid-client, and verifies with jose what openid-client leaves to TLS.
import { createHash, randomBytes } from 'node:crypto';

import { assert, assertIssuer } from './expect.mjs';
import { client, jose } from './packages.mjs';

const NO_RESPONSE = { status: 0, headers: new Headers(), body: '' };
let counter = 0;

/** How openid-client proves who the party is. */
function authentication(method, key) {
  switch (method) {
    case 'client_secret_post':
      return client.ClientSecretPost();
    case 'private_key_jwt':
      return client.PrivateKeyJwt(key);
    case 'none':
      return client.None();
    default:
      return client.ClientSecretBasic();
  }
}

/** A key pair of a party, with its public part as a JWK. */
export async function keyPair(alg = 'RS256', kid = `key-${(counter += 1)}`) {
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await jose.exportJWK(pair.publicKey)), kid, alg, use: 'sig' };
  return { key: pair.privateKey, kid, jwk };
}

export class Party {
  /** The last answer of the token endpoint. */
  last = NO_RESPONSE;

  constructor(op, config, redirectUri) {
    this.op = op;
    this.config = config;
    this.redirectUri = redirectUri;
    this.metadata = config.clientMetadata();
    config[client.customFetch] = (url, options) => this.#fetch(url, options);
  }

  /** Registers a party; `changes` go over what every module asks for. */
  static async register(op, changes = {}, { key } = {}) {
    const wanted = { ...Party.request(op), ...changes };
    const config = await client.dynamicClientRegistration(
      new URL(op.issuer),
      wanted,
      authentication(wanted.token_endpoint_auth_method, key),
      { execute: [client.allowInsecureRequests] },
    );
    const given = config.clientMetadata();
    assert.equal(typeof given.client_id, 'string');
    return new Party(op, config, wanted.redirect_uris[0]);
  }

  /** What every module asks for when it registers. */
  static request(op) {
    return {
      client_name: `Module ${op.module} ${(counter += 1)}`,
      redirect_uris: [op.redirectUri(counter)],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    };
  }

  get id() {
    return this.metadata.client_id;
  }

  /** The authorization request: what every module sends, `changes` over it; undefined leaves out. */
  request(changes = {}) {
    const asked = {
      client_id: this.id,
      redirect_uri: this.redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: randomBytes(12).toString('base64url'),
      nonce: randomBytes(12).toString('base64url'),
      ...(this.op.mode === 'form_post' ? { response_mode: 'form_post' } : {}),
      ...changes,
    };
    return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  }

  /** Sends the browser to the authorization endpoint. */
  async authorize(browser, changes = {}, { method = 'GET', order } = {}) {
    const asked = this.request(changes);
    const fields = new URLSearchParams(order ? order(Object.entries(asked)) : Object.entries(asked));
    const url = new URL(this.op.metadata.authorization_endpoint);
    if (method === 'GET') for (const [name, value] of fields) url.searchParams.append(name, value);
    const end = await browser.visit(url, { method, form: fields });
    return { ...end, asked };
  }

  /** Asserts that the answer is a success of this request. */
  assertCode(end) {
    assert.equal(end.kind, 'answer', `the party is answered, not a page: ${end.status} ${textOf(end)}`);
    assert.equal(
      end.params.get('error'),
      null,
      `no error: ${end.params.get('error_description') ?? ''}`,
    );
    const [plain] = end.url.href.split(/[?#]/);
    assert.equal(plain, this.redirectUri.split('?')[0], 'the answer comes to the registered address');
    assert.ok(end.params.get('code'), 'a code is answered');
    const state = end.inner?.state ?? end.asked.state;
    assert.equal(end.params.get('state'), state ?? null, 'state is answered');
    assert.equal(end.via, this.op.mode, 'the answer comes in the response mode asked for');
    assertIssuer(this.op, end);
  }

  /** Redeems the code of an answer and verifies the ID token. */
  async redeem(end, { verifier, alg, maxAge, options } = {}) {
    this.assertCode(end);
    const { state, nonce } = { ...end.asked, ...end.inner };
    const tokens = await client.authorizationCodeGrant(
      this.config,
      this.#response(end),
      {
        pkceCodeVerifier: verifier,
        expectedState: state ?? undefined,
        expectedNonce: nonce,
        idTokenExpected: true,
        maxAge,
      },
      undefined,
      options,
    );
    const claims = await this.verify(tokens.id_token, { alg, accessToken: tokens.access_token });
    assert.equal(claims.nonce, nonce, 'the nonce is that of the request');
    return { tokens, claims, response: this.last };
  }

  /** Signs in from the beginning. */
  async signIn(browser, changes = {}, checks = {}) {
    const end = await this.authorize(browser, changes);
    return { end, ...(await this.redeem(end, checks)) };
  }

  /** Verifies an ID token by the published keys; OpenID Connect Core 3.1.3.7. */
  async verify(idToken, { alg = 'RS256', accessToken } = {}) {
    const keys = jose.createLocalJWKSet(await this.op.jwks());
    const { payload, protectedHeader } = await jose.jwtVerify(idToken, keys, {
      issuer: this.op.issuer,
      audience: this.id,
      algorithms: [alg],
      clockTolerance: 5,
      requiredClaims: ['sub', 'iat', 'exp'],
    });
    assert.equal(protectedHeader.alg, alg);
    assert.ok(payload.sub.length > 0 && payload.sub.length <= 255, 'sub has 1 to 255 characters');
    assert.ok([payload.aud].flat().length === 1 || payload.azp === this.id, 'azp among audiences');
    if (accessToken !== undefined && payload.at_hash !== undefined) {
      const half = createHash('sha256').update(accessToken).digest().subarray(0, 16);
      assert.equal(payload.at_hash, half.toString('base64url'), 'at_hash fits the access token');
    }
    return payload;
  }

  /** The claims at the userinfo endpoint, by openid-client. */
  userinfo(tokens, subject, options) {
    return client.fetchUserInfo(this.config, tokens.access_token, subject, options);
  }

  /** A plain request of the token endpoint; authenticated unless `headers` are given. */
  async token(fields, headers) {
    return this.post(this.op.metadata.token_endpoint, fields, headers);
  }

  /** A plain form post to an endpoint that authenticates the client. */
  async post(endpoint, fields, headers) {
    const body = new URLSearchParams(fields);
    const sent = headers ?? this.#credentials(body);
    const response = await fetch(endpoint, { method: 'POST', body, headers: sent, redirect: 'manual' });
    return answerOf(response);
  }

  #credentials(body) {
    const { token_endpoint_auth_method: method, client_secret: secret } = this.metadata;
    if (method === 'client_secret_basic' || method === undefined) {
      const pair = [this.id, secret].map((part) => encodeURIComponent(part)).join(':');
      return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
    }
    body.set('client_id', this.id);
    if (secret) body.set('client_secret', secret);
    return {};
  }

  /** The answer as openid-client wants it. */
  #response(end) {
    if (end.via !== 'form_post') return end.url;
    return new Request(end.url, {
      method: 'POST',
      body: end.params,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  async #fetch(url, options) {
    // openid-client leaves the query of a registered address out; OpenID Connect Core 3.1.3.2 wants it whole.
    if (options.body instanceof URLSearchParams && options.body.has('redirect_uri')) {
      options.body.set('redirect_uri', this.redirectUri);
    }
    const response = await fetch(url, options);
    if (url === this.op.metadata.token_endpoint) this.last = await answerOf(response.clone());
    return response;
  }
}

/** Status, headers and body of an answer; the body also as JSON where it is that. */
export async function answerOf(response) {
  const body = await response.text();
  let json;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, body, json };
}

function textOf(end) {
  return (end.html ?? '')
    .replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>|\s+/g, ' ')
    .trim()
    .slice(0, 200);
}
