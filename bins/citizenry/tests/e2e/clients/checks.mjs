// What the Node scripts share: the settings, the seed's user, the printed checks and the walks over
// every page. The scripts themselves hold nothing but calls of the SDK and what must come back.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, randomInt, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export { assert };

const here = dirname(fileURLToPath(import.meta.url));

/** Settings of this run, as the runner wrote them. */
export const settings = JSON.parse(readFileSync(process.env.CITIZENRY_E2E, 'utf8'));
/** Credentials of the Authok door. */
export const door = settings.bootstrap.doors.authok;
/** `host:port` of the TLS listener, which SDKs that force https are pointed at. */
export const tlsDomain = new URL(settings.tls_base_url).host;

/** The folder that holds the libraries, in `node_modules`. */
export const installed =
  process.env.CITIZENRY_E2E_NODE ?? resolve(here, '..', '..', '..', '..', '..', '.e2e', 'node');
/** Loads a package from the folder that the runner installed the clients into. */
export const load = createRequire(join(installed, 'package.json'));

/** A name part that no other run has. */
export const run = randomBytes(5).toString('hex');
/** The body of the seed's request. */
export const seed = JSON.parse(readFileSync(join(here, 'seed-user.json'), 'utf8'));

/** The seed's user with the three unique fields made this run's own. */
export function seedUser(mark = run) {
  return {
    ...seed,
    email: `fioman-${mark}@qq.com`,
    username: `fioman_${mark}`,
    phone_number: `186${String(randomInt(0, 100_000_000)).padStart(8, '0')}`,
  };
}

export const SEED_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
export const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Asserts that `user` is what creating `sent` must answer. */
export function assertCreated(user, sent, time) {
  assert.match(user.user_id, /^authok\|[0-9A-Za-z_-]+$/);
  for (const field of ['connection', 'email', 'username', 'name', 'given_name', 'family_name',
    'nickname', 'picture', 'gender', 'blocked', 'phone_number_verified', 'user_metadata',
    'app_metadata', 'phone_number']) {
    assert.deepEqual(user[field], sent[field], `field ${field}`);
  }
  assert.equal(user.phone_country_code, '86');
  assert.equal(user.logins_count, 0);
  assert.ok('last_login' in user && 'last_ip' in user, 'last_login and last_ip are present');
  assert.ok(user.signup_ip, 'signup_ip is filled');
  for (const field of ['created_at', 'updated_at', 'signup_at']) {
    assert.match(user[field], time, `field ${field}`);
  }
  for (const field of ['password', 'password_hash', 'force_reset_password_secret']) {
    assert.ok(!(field in user), `${field} is not shown`);
  }
  assert.equal(user.identities.length, 1);
  const [identity] = user.identities;
  assert.equal(identity.connection, sent.connection);
  assert.equal(`authok|${identity.user_id}`, user.user_id);
  assert.equal(identity.provider, 'authok');
  assert.equal(identity.is_social, false);
  assert.equal(typeof identity.access_token, 'string');
  assert.equal(typeof identity.profile_data, 'object');
}

/** Awaits a refusal and hands the error over; a success is a failure. */
export async function refusal(call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    return error;
  }
  throw new Error(`was not refused, answered ${JSON.stringify(answer)}`);
}

/** Asserts that `body` is the union of Authok's and Auth0's error bodies. */
export function assertErrorBody(body, status) {
  assert.equal(typeof body, 'object', `error body is an object: ${JSON.stringify(body)}`);
  assert.equal(body.statusCode, status);
  for (const field of ['error', 'error_description', 'message', 'errorCode']) {
    assert.equal(typeof body[field], 'string', `field ${field} of ${JSON.stringify(body)}`);
    assert.ok(body[field].length > 0, `field ${field} is filled`);
  }
  assert.equal(body.message, body.error_description);
}

/** Asserts that `ids` holds no id twice and every one of `wanted`. */
export function assertEachOnce(ids, wanted) {
  assert.equal(new Set(ids).size, ids.length, 'an id came twice');
  const missing = wanted.filter((id) => !ids.includes(id));
  assert.deepEqual(missing, [], 'ids that no page held');
}

/** Walks an SDK's own pager to its end, refusing to follow one that does not stop. */
export async function walk(pager, limit = 200) {
  const items = [];
  let pages = 0;
  let page = await pager;
  for (;;) {
    pages += 1;
    assert.ok(pages <= limit, `the pager had not stopped after ${limit} pages`);
    items.push(...page.data);
    if (!page.hasNextPage()) return { items, pages };
    page = await page.getNextPage();
  }
}

/** What to send to set `fields` back to what they were; those that had no value stay changed. */
export function restorable(before, ...fields) {
  const held = fields.filter((field) => before[field] !== undefined && before[field] !== null);
  return Object.fromEntries(held.map((field) => [field, before[field]]));
}

/** Header and claims of a JWT, unverified. */
export function decode(token) {
  const part = (index) => JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString());
  return { header: part(0), claims: part(1) };
}

/** Checks a JWT's RS256 or ES256 signature against the server's published keys. */
export async function assertSigned(token) {
  const { header } = decode(token);
  const answer = await fetch(`${settings.base_url}/.well-known/jwks.json`);
  assert.equal(answer.status, 200);
  const { keys } = await answer.json();
  const jwk = keys.find((key) => key.kid === header.kid);
  assert.ok(jwk, `key ${header.kid} is published`);
  assert.ok(!('d' in jwk), 'no private part is published');
  const [head, body, signature] = token.split('.');
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  assert.ok(
    verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')),
    'the signature verifies',
  );
}

/** Identifier of this run's resource server. */
export const audience = `https://api-${createHash('sha256').update(run).digest('hex').slice(0, 12)}.example/v1`;

/** Runs and prints the checks of one client. */
export class Checks {
  #client;
  #failed = 0;
  #cleanups = [];

  constructor(client) {
    this.#client = client;
  }

  /** Runs one check; a later check may go on after a failed one and says so itself. */
  async check(name, body) {
    let timer;
    const deadline = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('no end after 60 s')), 60_000);
    });
    try {
      await Promise.race([body(), deadline]);
      console.log(`ok ${this.#client} ${name}`);
    } catch (error) {
      this.#failed += 1;
      console.log(`FAIL ${this.#client} ${name}: ${oneLine(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Registers what removes something made here; run last first, failures ignored. */
  later(remove) {
    this.#cleanups.push(remove);
  }

  /** Cleans up and ends the process: 0 when every check held, else 1. */
  async finish() {
    for (const remove of this.#cleanups.reverse()) {
      try {
        await remove();
      } catch {
        // Already removed by the check itself.
      }
    }
    process.exit(this.#failed === 0 ? 0 : 1);
  }
}

function oneLine(error) {
  const text = error?.message ?? String(error);
  const place = /\/([a-z0-9_]+\.mjs:\d+)/.exec((error?.stack ?? '').replaceAll('checks.mjs', ''));
  const body = error?.body === undefined ? '' : ` body=${JSON.stringify(error.body)}`;
  return `${text}${body}${place ? ` (${place[1]})` : ''}`.replace(/\s*\n\s*/g, ' | ').slice(0, 900);
}
