// What the parties in a browser register before they sign anybody in, by the Management API.
import { assert, door, run, settings } from '../checks.mjs';

/** Compared byte for byte by every relying party. */
export const issuer = settings.issuer;
/** The person of this run who may sign in. */
export const person = settings.sign_in;

const DISCOVERY = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/** The provider's metadata (OpenID Connect Discovery section 4). */
export async function discover() {
  const answer = await fetch(DISCOVERY);
  assert.equal(answer.status, 200, 'discovery');
  return answer.json();
}

/** Makes clients and resource servers and removes them at the end of the script. */
export class Registrations {
  #checks;
  #token;

  constructor(checks) {
    this.#checks = checks;
  }

  async #send(method, path, body) {
    this.#token ??= await token();
    return fetch(`${settings.base_url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
  }

  async #make(kind, body, key) {
    const answer = await this.#send('POST', `/api/v2/${kind}`, body);
    assert.equal(answer.status, 201, `POST ${kind}: ${await answer.clone().text()}`);
    const made = await answer.json();
    const item = `/api/v2/${kind}/${encodeURIComponent(made[key])}`;
    this.#checks.later(() => this.#send('DELETE', item));
    return made;
  }

  /** A client named after this run. */
  client(name, fields) {
    return this.#make('clients', { name: `${name} ${run}`, ...fields }, 'client_id');
  }

  /** A single-page application of one origin. */
  application(name, origin, fields = {}) {
    return this.client(name, {
      app_type: 'spa',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      callbacks: [`${origin}/${name}/callback`],
      allowed_logout_urls: [`${origin}/${name}/goodbye`],
      web_origins: [origin],
      allowed_origins: [origin],
      ...fields,
    });
  }

  /** An API whose access tokens are JWTs signed by RS256. */
  resourceServer(identifier, ...scopes) {
    return this.#make('resource-servers', {
      name: `things ${run}`,
      identifier,
      signing_alg: 'RS256',
      skip_consent_for_verifiable_first_party_clients: true,
      scopes: scopes.map((value) => ({ value })),
    }, 'id');
  }
}

async function token() {
  const answer = await fetch(`${settings.base_url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: door.client_id,
      client_secret: door.client_secret,
      audience: door.audience,
    }),
  });
  assert.equal(answer.status, 200, 'a token for the Management API');
  return (await answer.json()).access_token;
}
