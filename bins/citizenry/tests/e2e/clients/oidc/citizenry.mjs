// The server under test.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class Citizenry {
  #settings;
  /** The API for parties' own tokens, made when it is first asked for. */
  #api;

  constructor(settings) {
    this.#settings = settings;
    this.issuer = settings.issuer ?? settings.bootstrap.issuer;
    this.user = settings.sign_in;
  }

  /**
   * Lets a party have tokens of its own for an API, as an administrator would; hands out the parameter that
   * names the API.
   */
  async grantAccess(id) {
    this.#api ??= this.#makeApi();
    const { send, identifier } = await this.#api;
    await send('client-grants', { client_id: id, audience: identifier, scope: ['read:books'] });
    return { audience: identifier };
  }

  async #makeApi() {
    const { base_url: base, bootstrap } = this.#settings;
    const { client_id, client_secret, audience } = bootstrap.doors.authok;
    const post = async (path, body, headers = {}) => {
      const response = await fetch(`${base}/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return response.json();
    };
    const asked = { grant_type: 'client_credentials', client_id, client_secret, audience };
    const { access_token: token } = await post('oauth/token', asked);
    const authorization = { authorization: `Bearer ${token}` };
    const send = (path, body) => post(`api/v2/${path}`, body, authorization);
    const identifier = `https://books-${randomBytes(5).toString('hex')}.example/`;
    const scopes = [{ value: 'read:books', description: 'Read books' }];
    await send('resource-servers', { name: identifier, identifier, scopes, signing_alg: 'RS256' });
    return { send, identifier };
  }

  /** Rotates by the command that an operator would use, beside the running server. */
  async rotateKeys() {
    const { binary, data_dir: folder, database_url: url } = this.#settings;
    const database = url ? ['--database-url', url] : [];
    // The command takes every such variable for a setting.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('CITIZENRY_')),
    );
    await run(binary, ['key', 'rotate', '--data-dir', folder, ...database], { env });
  }
}
