// The basic plan, which is also the form_post plan: what is handed out to a party.
import {
  answer,
  asked,
  grantsAnyway,
  idToken,
  inJson,
  registers,
  tokenEndpoint,
  tokenHeaders,
  tokens,
  userinfo,
} from './breaking.mjs';
import { assert, pause, refused } from './expect.mjs';
import { requests } from './modules_requests.mjs';
import { client, jose } from './packages.mjs';
import { Party, answerOf } from './party.mjs';
import { signedIn } from './sign_in.mjs';

/** A code or token of at least this many characters of base64url or hexadecimal can hold 128 bits. */
const LENGTH_OF_128_BITS = 22;

/** A module that asks one scope and looks for its claims at the userinfo endpoint. */
function scope(name, scopes, check, breaks) {
  return {
    name,
    async run(op) {
      const supported = op.metadata.scopes_supported ?? [];
      const wanted = ['openid', ...scopes];
      const { party, tokens: given, claims } = await signedIn(op, { scope: wanted.join(' ') });
      const told = await party.userinfo(given, claims.sub);
      for (const one of scopes.filter((part) => supported.includes(part))) check(told, one);
      assert.ok(
        scopes.every((one) => supported.includes(one)),
        `scopes_supported names ${scopes}`,
      );
    },
    breaks,
  };
}

const TYPES = {
  name: 'string',
  given_name: 'string',
  family_name: 'string',
  nickname: 'string',
  picture: 'string',
  preferred_username: 'string',
  locale: 'string',
  zoneinfo: 'string',
  gender: 'string',
  birthdate: 'string',
  updated_at: 'number',
  email: 'string',
  email_verified: 'boolean',
  phone_number: 'string',
  phone_number_verified: 'boolean',
  address: 'object',
};

/** OpenID Connect Core 5.1: a claim that is there has its type; what has no value is left out. */
function assertTypes(claims) {
  for (const [name, type] of Object.entries(TYPES)) {
    if (name in claims) assert.equal(typeof claims[name], type, `the type of ${name}`);
    assert.notEqual(claims[name], null, `${name} is left out rather than null`);
    assert.notEqual(claims[name], '', `${name} is left out rather than empty`);
  }
}

const OF_SCOPE = {
  profile: ['name', 'updated_at'],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number'],
};

function assertClaims(claims, one) {
  for (const name of OF_SCOPE[one]) assert.ok(name in claims, `scope ${one} hands out ${name}`);
  assertTypes(claims);
}

async function server(op, method) {
  const {
    party,
    end,
    tokens: given,
    claims,
    response,
  } = await signedIn(op, {}, { token_endpoint_auth_method: method });
  assert.equal(party.metadata.token_endpoint_auth_method ?? 'client_secret_basic', method);
  assert.ok(end.logins >= 1, 'a person who is not known signs in');
  assert.ok(end.params.get('code').length >= LENGTH_OF_128_BITS, 'the code can hold 128 bits');
  assert.equal(given.token_type.toLowerCase(), 'bearer');
  assert.ok(given.access_token.length >= LENGTH_OF_128_BITS, 'the token can hold 128 bits');
  assert.equal(typeof response.json.expires_in, 'number', 'expires_in is a number');
  assert.ok(response.json.expires_in > 0, 'expires_in is in the future');
  assert.match(response.headers.get('cache-control') ?? '', /no-store/, 'Cache-Control: no-store');
  assert.match(response.headers.get('content-type'), /^application\/json/, 'JSON');
  assert.ok(!('name' in claims) && !('email' in claims), 'no claims of scopes that were not asked for');
  const told = await party.userinfo(given, claims.sub);
  assert.equal(told.sub, claims.sub, 'userinfo has the same sub');
  assert.ok(!('name' in told) && !('email' in told), 'no claims of scopes at userinfo');
}

/** Userinfo in each of the three ways to hand over the token. */
function userinfoBy(name, send, breaks, mayRefuse = false) {
  return {
    name,
    async run(op) {
      const { tokens: given, claims } = await signedIn(op);
      const told = await answerOf(await send(op.metadata.userinfo_endpoint, given.access_token));
      if (mayRefuse && told.status >= 400 && told.status < 500) {
        assert.match(told.headers.get('www-authenticate') ?? '', /^Bearer/i, 'a challenge');
        return;
      }
      assert.equal(told.status, 200);
      assert.match(told.headers.get('content-type'), /^application\/json/);
      assert.equal(told.json.sub, claims.sub, 'userinfo has the same sub');
      const wrong = await answerOf(await send(op.metadata.userinfo_endpoint, `${given.access_token}x`));
      assert.equal(wrong.status, 401, 'another token is refused');
      assert.match(wrong.headers.get('www-authenticate') ?? '', /^Bearer/i, 'a challenge');
    },
    breaks,
  };
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const otherSubject = [
  {
    rule: 'userinfo is about another subject',
    by: userinfo((body) => {
      body.sub += '2';
    }),
    seen: /sub/,
  },
];

async function reused(op, wait) {
  const { party, end, tokens: given } = await signedIn(op);
  await pause(wait);
  const second = await party.token({
    grant_type: 'authorization_code',
    code: end.params.get('code'),
    redirect_uri: party.redirectUri,
  });
  assert.equal(second.status, 400, `a code that was redeemed is refused, not ${second.status}`);
  assert.equal(second.json?.error, 'invalid_grant');
  assert.ok(!('access_token' in second.json), 'no token');
  const told = await answerOf(
    await fetch(op.metadata.userinfo_endpoint, { headers: bearer(given.access_token) }),
  );
  assert.equal(told.status, 401, 'the access token of a code that was sent twice is refused');
}

const swallowed = tokenEndpoint(
  (form, { memory }) =>
    form.get('grant_type') === 'authorization_code' && memory.code === form.get('code'),
  () => inJson(400, { error: 'invalid_grant' }),
);
const replays = [
  { rule: 'a code is redeemed twice', by: grantsAnyway(), seen: /redeemed is refused/ },
  {
    rule: 'tokens of a replayed code stay good',
    by: {
      async request(exchange, tools) {
        const reply = await swallowed.request(exchange, tools);
        if (exchange.is('POST', '/token')) tools.memory.code = exchange.form.get('code');
        return reply;
      },
    },
    seen: /sent twice is refused/,
  },
];

async function refreshToken(op) {
  const grants = { grant_types: ['authorization_code', 'refresh_token'] };
  // OpenID Connect Core 11: offline access is asked for with the person's consent.
  const {
    party,
    tokens: given,
    claims,
  } = await signedIn(
    op,
    { scope: 'openid offline_access', prompt: 'consent', max_age: '15000' },
    grants,
  );
  assert.ok(given.refresh_token, 'a refresh token is handed out');
  const other = await Party.register(op, grants);
  const stolen = await other.token({ grant_type: 'refresh_token', refresh_token: given.refresh_token });
  assert.equal(stolen.json?.error, 'invalid_grant', 'another client must not use the refresh token');
  assert.equal(stolen.status, 400);
  await pause(1100);
  const fresh = await client.refreshTokenGrant(party.config, given.refresh_token);
  assert.notEqual(fresh.access_token, given.access_token, 'a new access token');
  assert.match(party.last.headers.get('cache-control') ?? '', /no-store/, 'Cache-Control: no-store');
  if (fresh.id_token) {
    const now = await party.verify(fresh.id_token, { accessToken: fresh.access_token });
    for (const name of ['iss', 'sub', 'aud', 'auth_time', 'azp']) {
      assert.deepEqual(now[name], claims[name], `the same ${name}`);
    }
    assert.ok(now.iat >= claims.iat, 'iat is not earlier');
  }
  assert.equal((await party.userinfo(fresh, claims.sub)).sub, claims.sub);
}

/** Codes of eight characters, which the proxy takes for the peer's. */
function shortCodes() {
  const shortened = answer((p, url, { memory }) => {
    memory.code = p.get('code');
    p.set('code', memory.code.slice(0, 8));
  });
  return {
    ...shortened,
    request(exchange, { memory }) {
      if (exchange.is('POST', '/token') && exchange.form.has('code'))
        exchange.form.set('code', memory.code);
    },
  };
}

export const basic = [
  {
    name: 'oidcc-server',
    run: (op) => server(op, 'client_secret_basic'),
    breaks: [
      { rule: 'the answer has no state', by: answer((p) => p.delete('state')), seen: /state/ },
      {
        rule: 'the answer has another state',
        by: answer((p) => p.set('state', 'other')),
        seen: /state/,
      },
      {
        rule: 'the answer names another issuer',
        by: answer((p) => p.set('iss', 'https://other.example')),
        seen: /iss/,
      },
      { rule: 'codes are short', by: shortCodes(), seen: /128 bits/ },
      {
        rule: 'tokens may be kept by caches',
        by: tokenHeaders((h) => {
          h['cache-control'] = 'private';
        }),
        seen: /no-store/,
      },
      {
        rule: 'expires_in is text',
        by: tokens((body) => {
          body.expires_in = 'soon';
        }),
        seen: /expires_in/,
      },
      {
        rule: 'the ID token is for another audience',
        by: idToken((c) => {
          c.aud = 'other';
        }),
        seen: /aud/,
      },
      {
        rule: 'the ID token is from another issuer',
        by: idToken((c) => {
          c.iss = 'https://other.example';
        }),
        seen: /iss/,
      },
      {
        rule: 'the ID token has expired',
        by: idToken((c) => {
          c.exp = c.iat - 3600;
        }),
        seen: /exp/,
      },
      {
        rule: 'the ID token has another nonce',
        by: idToken((c) => {
          c.nonce = 'other';
        }),
        seen: /nonce/,
      },
      {
        rule: 'at_hash is of another token',
        by: idToken((c) => {
          c.at_hash = 'A'.repeat(22);
        }),
        seen: /at_hash/,
      },
      {
        rule: 'the ID token holds claims of scopes',
        by: idToken((c) => {
          c.name = '李雷';
        }),
        seen: /not asked for/,
      },
      ...otherSubject,
    ],
    // Only where the mode is another one than the default.
    breaksForm: [
      {
        rule: 'the answer comes by redirect all the same',
        by: asked((p) => {
          p.delete('response_mode');
        }),
        seen: /response mode/,
      },
    ],
  },
  {
    name: 'oidcc-server-client-secret-post',
    run: (op) => server(op, 'client_secret_post'),
    breaks: [
      {
        rule: 'secrets in the body are refused',
        by: tokenEndpoint(
          (form) => form.has('client_secret'),
          () => inJson(401, { error: 'invalid_client' }),
        ),
        seen: /invalid_client/,
      },
    ],
  },
  {
    name: 'oidcc-idtoken-signature',
    async run(op) {
      const { party, tokens: given } = await signedIn(op);
      const header = jose.decodeProtectedHeader(given.id_token);
      assert.equal(header.alg, 'RS256', 'RS256 unless registered otherwise');
      assert.ok(header.kid, 'kid is present');
      const { keys } = await op.jwks();
      assert.equal(
        keys.filter((key) => key.kid === header.kid).length,
        1,
        'one published key has the kid',
      );
      await party.verify(given.id_token);
    },
    breaks: [
      {
        rule: 'signed by a key that is not published',
        by: idToken((c, _, tools) => tools.signUnknown(c)),
        seen: /signature/,
      },
      {
        rule: 'not signed',
        by: idToken((c) => new jose.UnsecuredJWT(c).encode()),
        seen: /alg|signature|JWS|none/i,
      },
      {
        rule: 'kid is left out',
        by: idToken((c, _, tools) => tools.sign(c, { kid: undefined })),
        seen: /kid is present/,
      },
    ],
  },
  {
    name: 'oidcc-idtoken-unsigned',
    async run(op) {
      let party;
      try {
        party = await Party.register(op, { id_token_signed_response_alg: 'none' });
      } catch (error) {
        await refused(
          () => {
            throw error;
          },
          { error: ['invalid_client_metadata'], status: [400] },
        );
        return;
      }
      assert.equal(
        party.metadata.id_token_signed_response_alg,
        'none',
        'registered as asked, or refused',
      );
      const end = await party.authorize(op.browser());
      party.assertCode(end);
      const { json } = await party.token({
        grant_type: 'authorization_code',
        code: end.params.get('code'),
        redirect_uri: party.redirectUri,
      });
      assert.equal(jose.decodeProtectedHeader(json.id_token).alg, 'none', 'none is registered');
    },
    breaks: [
      {
        rule: 'none is registered, and not kept to',
        by: registers(
          (json) => {
            delete json.id_token_signed_response_alg;
          },
          () => ({ id_token_signed_response_alg: 'none' }),
        ),
        seen: /none is registered/,
      },
    ],
  },
  userinfoBy('oidcc-userinfo-get', (url, token) => fetch(url, { headers: bearer(token) }), [
    ...otherSubject,
    {
      rule: 'any token is good',
      by: {
        response(given, exchange, { memory }) {
          if (!exchange.is('GET', '/me')) return;
          if (given.status === 200) memory.told = given.body;
          else Object.assign(given, inJson(200, {}), { body: memory.told });
        },
      },
      seen: /another token is refused/,
    },
  ]),
  userinfoBy(
    'oidcc-userinfo-post-header',
    (url, token) => fetch(url, { method: 'POST', headers: bearer(token) }),
    [
      {
        rule: 'userinfo knows no POST',
        by: { request: (exchange) => (exchange.is('POST', '/me') ? inJson(405, {}) : undefined) },
        seen: /405/,
      },
    ],
  ),
  userinfoBy(
    'oidcc-userinfo-post-body',
    (url, token) => fetch(url, { method: 'POST', body: new URLSearchParams({ access_token: token }) }),
    otherSubject,
    true,
  ),
  scope('oidcc-scope-profile', ['profile'], assertClaims, [
    {
      rule: 'no name',
      by: userinfo((body) => {
        delete body.name;
      }),
      seen: /name/,
    },
    {
      rule: 'updated_at is text',
      by: userinfo((body) => {
        body.updated_at = '2026-01-01';
      }),
      seen: /updated_at/,
    },
  ]),
  scope('oidcc-scope-email', ['email'], assertClaims, [
    {
      rule: 'no email',
      by: userinfo((body) => {
        delete body.email;
      }),
      seen: /email/,
    },
    {
      rule: 'email_verified is text',
      by: userinfo((body) => {
        body.email_verified = 'true';
      }),
      seen: /email_verified/,
    },
  ]),
  scope('oidcc-scope-address', ['address'], assertClaims, [
    {
      rule: 'the address is text',
      by: userinfo((body) => {
        body.address = '北京市';
      }),
      seen: /address/,
    },
  ]),
  scope('oidcc-scope-phone', ['phone'], assertClaims, [
    {
      rule: 'no phone_number',
      by: userinfo((body) => {
        delete body.phone_number;
      }),
      seen: /phone_number/,
    },
  ]),
  scope('oidcc-scope-all', ['profile', 'email', 'address', 'phone'], assertClaims, [
    {
      rule: 'only the first scope counts',
      by: userinfo(({ sub, name, updated_at }) => ({ sub, name, updated_at })),
      seen: /email/,
    },
  ]),
  { name: 'oidcc-codereuse', run: (op) => reused(op, 0), breaks: replays },
  // The module of this name waits for 30 s; what it asserts does not depend on how long.
  { name: 'oidcc-codereuse-30seconds', run: (op) => reused(op, 1000), breaks: replays },
  {
    name: 'oidcc-claims-essential',
    async run(op) {
      const asksName = JSON.stringify({ userinfo: { name: { essential: true } } });
      const { party, tokens: given, claims } = await signedIn(op, { claims: asksName });
      if (op.metadata.claims_parameter_supported !== true) return;
      const told = await party.userinfo(given, claims.sub);
      assert.equal(typeof told.name, 'string', 'the claim that is essential');
    },
    breaks: [
      {
        rule: 'the claim is left out',
        by: userinfo((body) => {
          delete body.name;
        }),
        seen: /essential/,
      },
    ],
  },
  {
    name: 'oidcc-refresh-token',
    run: refreshToken,
    breaks: [
      {
        rule: 'the same access token comes again',
        by: tokens((body, exchange, { memory }) => {
          if (exchange.form.get('grant_type') === 'refresh_token') body.access_token = memory.token;
          else memory.token = body.access_token;
        }),
        seen: /new access token/,
      },
      {
        rule: 'tokens may be kept by caches',
        by: tokenHeaders((h) => {
          h['cache-control'] = 'private';
        }),
        seen: /no-store/,
      },
      {
        rule: 'another client may use it',
        by: grantsAnyway((form) => form.get('grant_type') === 'refresh_token'),
        seen: /another client/,
      },
      {
        rule: 'the new ID token has another auth_time',
        by: idToken((c, exchange) => {
          if (exchange.form.get('grant_type') === 'refresh_token' && c.auth_time) c.auth_time += 100;
        }),
        seen: /auth_time/,
      },
      {
        rule: 'the new ID token has another subject',
        by: idToken((c, exchange) => {
          if (exchange.form.get('grant_type') === 'refresh_token') c.sub += '2';
        }),
        seen: /sub/,
      },
    ],
  },
  ...requests,
];
