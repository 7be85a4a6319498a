// The basic plan, which is also the form_post plan: run once with each response mode.
import { randomBytes } from 'node:crypto';

import {
  answer, asked, givesCode, grantsAnyway, idToken, inJson, refuses, registers, sentBack, tokenEndpoint,
  tokenHeaders, tokens, userinfo,
} from './breaking.mjs';
import { assert, assertError, assertIssuer, assertPage, pause, refused } from './expect.mjs';
import { client, jose } from './packages.mjs';
import { Party, answerOf } from './party.mjs';

/** A code or token of at least this many characters of base64url or hexadecimal can hold 128 bits. */
const LENGTH_OF_128_BITS = 22;
const NOT_LOGGED_IN = [
  'login_required', 'interaction_required', 'account_selection_required', 'consent_required',
];

/** A party that has signed in once, and what it got. */
async function signedIn(op, changes = {}, metadata = {}) {
  const party = await Party.register(op, metadata);
  const browser = op.browser();
  return { party, browser, ...(await party.signIn(browser, changes)) };
}

/** A module that is a sign-in with something more in the request, which must not disturb. */
function completes(name, changes, breaks, after = async () => {}) {
  return {
    name,
    async run(op) {
      const extra = typeof changes === 'function' ? changes(op) : changes;
      const done = await signedIn(op, extra);
      const claims = await done.party.userinfo(done.tokens, done.claims.sub);
      assert.equal(claims.sub, done.claims.sub);
      await after(op, done);
    },
    breaks,
  };
}

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
      assert.ok(scopes.every((one) => supported.includes(one)), `scopes_supported names ${scopes}`);
    },
    breaks,
  };
}

const TYPES = {
  name: 'string', given_name: 'string', family_name: 'string', nickname: 'string', picture: 'string',
  preferred_username: 'string', locale: 'string', zoneinfo: 'string', gender: 'string',
  birthdate: 'string', updated_at: 'number', email: 'string', email_verified: 'boolean',
  phone_number: 'string', phone_number_verified: 'boolean', address: 'object',
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

/** Sends the same request again, in the same browser. */
async function again(party, browser, changes, checks) {
  const end = await party.authorize(browser, changes);
  return { end, ...(await party.redeem(end, checks)) };
}

async function server(op, method) {
  const { party, end, tokens: given, claims, response } =
    await signedIn(op, {}, { token_endpoint_auth_method: method });
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
const otherSubject = [{
  rule: 'userinfo is about another subject', by: userinfo((body) => { body.sub += '2'; }), seen: /sub/,
}];

async function reused(op, wait) {
  const { party, end, tokens: given } = await signedIn(op);
  await pause(wait);
  const second = await party.token({
    grant_type: 'authorization_code', code: end.params.get('code'), redirect_uri: party.redirectUri,
  });
  assert.equal(second.status, 400, `a code that was redeemed is refused, not ${second.status}`);
  assert.equal(second.json?.error, 'invalid_grant');
  assert.ok(!('access_token' in second.json), 'no token');
  const told = await answerOf(await fetch(op.metadata.userinfo_endpoint, { headers: bearer(given.access_token) }));
  assert.equal(told.status, 401, 'the access token of a code that was sent twice is refused');
}

const swallowed = tokenEndpoint(
  (form, { memory }) => form.get('grant_type') === 'authorization_code' && memory.code === form.get('code'),
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

/** An unsigned request object with everything of the request, and what goes beside it. */
function unsignedRequest(op, party, inner) {
  const claims = { ...party.request(inner), iss: party.id, aud: op.issuer };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return { object: `${part({ alg: 'none' })}.${part(claims)}.`, inner: claims };
}

/** What stands beside a request object: only what OAuth wants there, so that ignoring it shows. */
const outside = { state: undefined, nonce: undefined };
const REFUSALS = ['request_not_supported', 'request_uri_not_supported', 'invalid_request_object', 'invalid_request_uri'];

/** Honoured with the values of the object, or refused as unsupported. */
async function honouredOrRefused(op, party, end, inner) {
  if (end.kind === 'answer' && end.params.has('error')) {
    assert.ok(REFUSALS.includes(end.params.get('error')), `refusal ${end.params.get('error')}`);
    assert.ok(!end.params.has('code'));
    assertIssuer(op, end);
    return;
  }
  await party.redeem({ ...end, inner: { state: inner.state, nonce: inner.nonce } });
}

async function requestObject(op, toParameters, metadata = {}) {
  const party = await Party.register(op, metadata(op));
  const { object, inner } = unsignedRequest(op, party, {});
  const end = await party.authorize(op.browser(), { ...outside, ...toParameters(op, object) });
  await honouredOrRefused(op, party, end, inner);
}

const REQUEST_PATH = '/request-objects/unsigned';
const ignoresObject = [{
  rule: 'the request object is silently ignored',
  by: asked((params) => { params.delete('request'); params.delete('request_uri'); }),
  seen: /state|nonce/,
}];

export const basic = [
  {
    name: 'oidcc-server',
    run: (op) => server(op, 'client_secret_basic'),
    breaks: [
      { rule: 'the answer has no state', by: answer((p) => p.delete('state')), seen: /state/ },
      { rule: 'the answer has another state', by: answer((p) => p.set('state', 'other')), seen: /state/ },
      { rule: 'the answer names another issuer', by: answer((p) => p.set('iss', 'https://other.example')), seen: /iss/ },
      { rule: 'codes are short', by: shortCodes(), seen: /128 bits/ },
      { rule: 'tokens may be kept by caches', by: tokenHeaders((h) => { h['cache-control'] = 'private'; }), seen: /no-store/ },
      { rule: 'expires_in is text', by: tokens((body) => { body.expires_in = 'soon'; }), seen: /expires_in/ },
      { rule: 'the ID token is for another audience', by: idToken((c) => { c.aud = 'other'; }), seen: /aud/ },
      { rule: 'the ID token is from another issuer', by: idToken((c) => { c.iss = 'https://other.example'; }), seen: /iss/ },
      { rule: 'the ID token has expired', by: idToken((c) => { c.exp = c.iat - 3600; }), seen: /exp/ },
      { rule: 'the ID token has another nonce', by: idToken((c) => { c.nonce = 'other'; }), seen: /nonce/ },
      { rule: 'at_hash is of another token', by: idToken((c) => { c.at_hash = 'A'.repeat(22); }), seen: /at_hash/ },
      { rule: 'the ID token holds claims of scopes', by: idToken((c) => { c.name = '李雷'; }), seen: /not asked for/ },
      ...otherSubject,
    ],
    // Only where the mode is another one than the default.
    breaksForm: [{
      rule: 'the answer comes by redirect all the same',
      by: asked((p) => { p.delete('response_mode'); }), seen: /response mode/,
    }],
  },
  {
    name: 'oidcc-server-client-secret-post',
    run: (op) => server(op, 'client_secret_post'),
    breaks: [{
      rule: 'secrets in the body are refused',
      by: tokenEndpoint((form) => form.has('client_secret'), () => inJson(401, { error: 'invalid_client' })),
      seen: /invalid_client/,
    }],
  },
  {
    name: 'oidcc-response-type-missing',
    async run(op) {
      const party = await Party.register(op);
      const end = await party.authorize(op.browser(), { response_type: undefined });
      if (end.kind === 'page') assertPage(end, 'a request without response_type');
      else assertError(op, end, ['unsupported_response_type', 'invalid_request']);
    },
    breaks: [{
      rule: 'response_type is taken for code', by: asked((p) => { p.set('response_type', 'code'); }), seen: /error is answered/,
    }],
  },
  {
    name: 'oidcc-idtoken-signature',
    async run(op) {
      const { party, tokens: given } = await signedIn(op);
      const header = jose.decodeProtectedHeader(given.id_token);
      assert.equal(header.alg, 'RS256', 'RS256 unless registered otherwise');
      assert.ok(header.kid, 'kid is present');
      const { keys } = await op.jwks();
      assert.equal(keys.filter((key) => key.kid === header.kid).length, 1, 'one published key has the kid');
      await party.verify(given.id_token);
    },
    breaks: [
      { rule: 'signed by a key that is not published', by: idToken((c, _, tools) => tools.signUnknown(c)), seen: /signature/ },
      { rule: 'not signed', by: idToken((c) => new jose.UnsecuredJWT(c).encode()), seen: /alg|signature|JWS|none/i },
      { rule: 'kid is left out', by: idToken((c, _, tools) => tools.sign(c, { kid: undefined })), seen: /kid is present/ },
    ],
  },
  {
    name: 'oidcc-idtoken-unsigned',
    async run(op) {
      let party;
      try {
        party = await Party.register(op, { id_token_signed_response_alg: 'none' });
      } catch (error) {
        await refused(() => { throw error; }, { error: ['invalid_client_metadata'], status: [400] });
        return;
      }
      assert.equal(party.metadata.id_token_signed_response_alg, 'none', 'registered as asked, or refused');
      const end = await party.authorize(op.browser());
      party.assertCode(end);
      const { json } = await party.token({
        grant_type: 'authorization_code', code: end.params.get('code'), redirect_uri: party.redirectUri,
      });
      assert.equal(jose.decodeProtectedHeader(json.id_token).alg, 'none', 'none is registered');
    },
    breaks: [{
      rule: 'none is registered, and not kept to',
      by: registers((json) => { delete json.id_token_signed_response_alg; },
        () => ({ id_token_signed_response_alg: 'none' })),
      seen: /none is registered/,
    }],
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
  userinfoBy('oidcc-userinfo-post-header', (url, token) =>
    fetch(url, { method: 'POST', headers: bearer(token) }), [{
    rule: 'userinfo knows no POST',
    by: { request: (exchange) => (exchange.is('POST', '/me') ? inJson(405, {}) : undefined) },
    seen: /405/,
  }]),
  userinfoBy('oidcc-userinfo-post-body', (url, token) =>
    fetch(url, { method: 'POST', body: new URLSearchParams({ access_token: token }) }), otherSubject, true),
  {
    name: 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
    async run(op) {
      const { claims } = await signedIn(op, { nonce: undefined });
      assert.ok(!('nonce' in claims), 'no nonce in the ID token');
    },
    breaks: [
      { rule: 'nonce is required', by: refuses((p) => !p.has('nonce')), seen: /invalid_request|no error/ },
      { rule: 'a nonce is made up', by: idToken((c) => { c.nonce = 'made up'; }), seen: /nonce/ },
    ],
  },
  scope('oidcc-scope-profile', ['profile'], assertClaims, [
    { rule: 'no name', by: userinfo((body) => { delete body.name; }), seen: /name/ },
    { rule: 'updated_at is text', by: userinfo((body) => { body.updated_at = '2026-01-01'; }), seen: /updated_at/ },
  ]),
  scope('oidcc-scope-email', ['email'], assertClaims, [
    { rule: 'no email', by: userinfo((body) => { delete body.email; }), seen: /email/ },
    { rule: 'email_verified is text', by: userinfo((body) => { body.email_verified = 'true'; }), seen: /email_verified/ },
  ]),
  scope('oidcc-scope-address', ['address'], assertClaims, [
    { rule: 'the address is text', by: userinfo((body) => { body.address = '北京市'; }), seen: /address/ },
  ]),
  scope('oidcc-scope-phone', ['phone'], assertClaims, [
    { rule: 'no phone_number', by: userinfo((body) => { delete body.phone_number; }), seen: /phone_number/ },
  ]),
  scope('oidcc-scope-all', ['profile', 'email', 'address', 'phone'], assertClaims, [
    { rule: 'only the first scope counts', by: userinfo(({ sub, name, updated_at }) => ({ sub, name, updated_at })), seen: /email/ },
  ]),
  completes('oidcc-ensure-other-scope-order-succeeds', { scope: 'email openid' }, [
    { rule: 'openid must come first', by: refuses((p) => !p.get('scope').startsWith('openid'), 'invalid_scope'), seen: /no error/ },
  ]),
  {
    name: 'oidcc-alternate-happy-flow',
    async run(op) {
      const party = await Party.register(op);
      const end = await party.authorize(op.browser(), { scope: 'email openid' }, { order: (all) => all.reverse() });
      const { tokens: given, claims } = await party.redeem(end);
      assert.ok((await party.userinfo(given, claims.sub)).email, 'the claims of the scope');
    },
    breaks: [{
      rule: 'parameters must come in one order',
      by: refuses((p) => [...p.keys()][0] !== 'client_id'), seen: /no error/,
    }],
  },
  completes('oidcc-display-page', { display: 'page' }, [
    { rule: 'display=page is refused', by: refuses((p) => p.get('display') === 'page'), seen: /no error/ }]),
  completes('oidcc-display-popup', { display: 'popup' }, [
    { rule: 'display=popup is refused', by: refuses((p) => p.get('display') === 'popup'), seen: /no error/ }]),
  {
    name: 'oidcc-prompt-login',
    async run(op) {
      const { party, browser, claims } = await signedIn(op);
      await pause(1100);
      const second = await again(party, browser, { prompt: 'login' });
      assert.equal(second.end.logins, 1, 'the person signs in again');
      assert.equal(second.claims.sub, claims.sub);
      if ('auth_time' in claims || 'auth_time' in second.claims) {
        assert.ok(second.claims.auth_time > (claims.auth_time ?? 0), 'auth_time is later');
      }
    },
    breaks: [{
      rule: 'prompt=login is ignored', by: asked((p) => { p.delete('prompt'); }), seen: /signs in again/,
    }],
  },
  {
    name: 'oidcc-prompt-none-not-logged-in',
    async run(op) {
      const party = await Party.register(op);
      const end = await party.authorize(op.browser(), { prompt: 'none' });
      assert.equal(end.logins, 0, 'no page is shown');
      assertError(op, end, NOT_LOGGED_IN);
    },
    breaks: [
      { rule: 'login_required becomes a code', by: answer((p) => { p.delete('error'); p.set('code', 'c'.repeat(43)); }), seen: /error is answered/ },
      { rule: 'a page is shown all the same', by: asked((p) => { p.delete('prompt'); }), seen: /no page/ },
      { rule: 'the error has no state', by: answer((p) => { p.delete('state'); }), seen: /state/ },
      { rule: 'the error has no iss', by: answer((p) => { p.delete('iss'); }), seen: /iss/ },
    ],
  },
  {
    name: 'oidcc-prompt-none-logged-in',
    async run(op) {
      const { party, browser, claims } = await signedIn(op, { max_age: '15000' });
      const second = await again(party, browser, { prompt: 'none', max_age: '15000' });
      assert.equal(second.end.logins, 0, 'no login page');
      assert.equal(second.end.pages.filter((page) => !page.html.includes(party.redirectUri)).length, 0, 'no page');
      assert.equal(second.claims.sub, claims.sub);
      assert.equal(second.claims.auth_time, claims.auth_time, 'the same auth_time');
    },
    breaks: [
      { rule: 'login_required although signed in', by: refuses((p) => p.get('prompt') === 'none', 'login_required'), seen: /no error/ },
      { rule: 'another subject', by: idToken((c, _, { memory }) => { c.sub += memory.sub ? '2' : ''; memory.sub = c.sub; }), seen: /sub|strictly equal/ },
    ],
  },
  {
    name: 'oidcc-max-age-1',
    async run(op) {
      const { party, browser, claims } = await signedIn(op, { max_age: '15000' });
      await pause(2100);
      const second = await again(party, browser, { max_age: '1' }, { maxAge: 1 });
      assert.equal(second.end.logins, 1, 'the person signs in again');
      assert.equal(second.claims.sub, claims.sub);
      assert.equal(typeof second.claims.auth_time, 'number', 'auth_time is present');
      assert.ok(second.claims.auth_time > claims.auth_time, 'auth_time is later');
    },
    breaks: [
      { rule: 'max_age is ignored', by: asked((p) => { p.set('max_age', '15000'); }), seen: /auth_time|signs in again|too much time/i },
      { rule: 'auth_time is left out', by: idToken((c) => { delete c.auth_time; }), seen: /auth_time/ },
    ],
  },
  {
    name: 'oidcc-max-age-10000',
    async run(op) {
      const { party, browser, claims } = await signedIn(op, { max_age: '10000' });
      const second = await again(party, browser, { max_age: '10000' }, { maxAge: 10000 });
      assert.equal(second.end.logins, 0, 'nobody signs in again');
      assert.equal(second.claims.sub, claims.sub);
      assert.equal(second.claims.auth_time, claims.auth_time, 'the same auth_time');
    },
    breaks: [
      { rule: 'any max_age asks for the password', by: asked((p) => { p.set('prompt', 'login'); }), seen: /nobody signs in/ },
      { rule: 'auth_time is the time of the token', by: idToken((c, _, { memory }) => { memory.n = (memory.n ?? 0) + 9; c.auth_time = c.iat - 60 + memory.n; }), seen: /auth_time/ },
    ],
  },
  completes('oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }, [
    { rule: 'unknown parameters are refused', by: refuses((p) => p.has('extra')), seen: /no error/ }]),
  {
    name: 'oidcc-id-token-hint',
    async run(op) {
      const { party, browser, tokens: given, claims } = await signedIn(op);
      const second = await again(party, browser, { prompt: 'none', id_token_hint: given.id_token });
      assert.equal(second.end.logins, 0, 'no login page');
      assert.equal(second.claims.sub, claims.sub);
    },
    breaks: [{
      rule: 'the hint is refused', by: refuses((p) => p.has('id_token_hint'), 'login_required'), seen: /no error/,
    }],
  },
  completes('oidcc-login-hint', (op) => ({ login_hint: op.user.username }), [
    { rule: 'login_hint is refused', by: refuses((p) => p.has('login_hint')), seen: /no error/ }]),
  completes('oidcc-ui-locales', { ui_locales: 'se zh-CN en' }, [
    { rule: 'ui_locales is refused', by: refuses((p) => p.has('ui_locales')), seen: /no error/ }]),
  completes('oidcc-claims-locales', { claims_locales: 'se zh-CN en' }, [
    { rule: 'claims_locales is refused', by: refuses((p) => p.has('claims_locales')), seen: /no error/ }]),
  completes('oidcc-ensure-request-with-acr-values-succeeds', (op) => ({
    acr_values: (op.metadata.acr_values_supported ?? ['1', '2']).join(' '),
  }), [{ rule: 'acr_values is refused', by: refuses((p) => p.has('acr_values')), seen: /no error/ }]),
  { name: 'oidcc-codereuse', run: (op) => reused(op, 0), breaks: replays },
  // The module of this name waits for 30 s; what it asserts does not depend on how long.
  { name: 'oidcc-codereuse-30seconds', run: (op) => reused(op, 1000), breaks: replays },
  {
    name: 'oidcc-ensure-registered-redirect-uri',
    async run(op) {
      const party = await Party.register(op);
      for (const tail of [`/${randomBytes(4).toString('hex')}`, '?added=1', '#fragment']) {
        const end = await party.authorize(op.browser(), { redirect_uri: `${party.redirectUri}${tail}` });
        assertPage(end, `an address that is not registered (${tail})`);
        assert.ok(end.status >= 400, 'an error page');
        assert.equal(end.logins, 0, 'no login page');
      }
    },
    breaks: [{
      rule: 'any address is good', by: givesCode(() => true), seen: /no redirect/,
    }],
  },
  {
    name: 'oidcc-ensure-post-request-succeeds',
    async run(op) {
      const party = await Party.register(op);
      const browser = op.browser();
      const { claims } = await party.redeem(await party.authorize(browser, {}, { method: 'POST' }));
      // Another site's form carries no cookie that is for this site alone; the session is kept all the same.
      const end = await party.authorize(browser, {}, { method: 'POST' });
      assert.equal(end.logins, 0, 'the session outlives a post from another site');
      assert.equal((await party.redeem(end)).claims.sub, claims.sub);
    },
    breaks: [
      { rule: 'no POST', by: { request: (exchange) => (exchange.is('POST', '/auth') ? inJson(405, {}) : undefined) }, seen: /405|answered, not a page/ },
      { rule: 'a post starts anew', by: asked((p, _, exchange) => { if (exchange.method === 'POST') delete exchange.headers.cookie; }), seen: /outlives/ },
    ],
  },
  {
    name: 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
    run: (op) => requestObject(op, (_, object) => ({
      request_uri: op.receiver.publish(`${REQUEST_PATH}/${op.id}`, object, 'application/oauth-authz-req+jwt'),
    }), () => ({ request_uris: [`${op.receiver.origin}${REQUEST_PATH}/${op.id}`] })),
    breaks: ignoresObject,
  },
  {
    name: 'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
    run: (op) => requestObject(op, (_, object) => ({ request: object }), () => ({})),
    breaks: ignoresObject,
  },
  {
    name: 'oidcc-ensure-request-object-with-redirect-uri',
    async run(op) {
      const party = await Party.register(op);
      const { object, inner } = unsignedRequest(op, party, {});
      const end = await party.authorize(op.browser(), {
        ...outside, redirect_uri: `${party.redirectUri}/not-registered`, request: object,
      });
      if (end.kind === 'page') {
        assertPage(end, 'an address that is not registered');
        return;
      }
      assert.ok(!end.url.pathname.endsWith('/not-registered'), 'the address outside of the object is not used');
      await honouredOrRefused(op, party, end, inner);
    },
    breaks: [{
      rule: 'the address outside is used', by: givesCode((p) => p.has('request')), seen: /outside of the object/,
    }],
  },
  {
    name: 'oidcc-claims-essential',
    async run(op) {
      const asksName = JSON.stringify({ userinfo: { name: { essential: true } } });
      const { party, tokens: given, claims } = await signedIn(op, { claims: asksName });
      if (op.metadata.claims_parameter_supported !== true) return;
      const told = await party.userinfo(given, claims.sub);
      assert.equal(typeof told.name, 'string', 'the claim that is essential');
    },
    breaks: [{ rule: 'the claim is left out', by: userinfo((body) => { delete body.name; }), seen: /essential/ }],
  },
  {
    name: 'oidcc-refresh-token',
    run: refreshToken,
    breaks: [
      { rule: 'the same access token comes again', by: tokens((body, exchange, { memory }) => {
        if (exchange.form.get('grant_type') === 'refresh_token') body.access_token = memory.token;
        else memory.token = body.access_token;
      }), seen: /new access token/ },
      { rule: 'tokens may be kept by caches', by: tokenHeaders((h) => { h['cache-control'] = 'private'; }), seen: /no-store/ },
      { rule: 'another client may use it', by: grantsAnyway((form) => form.get('grant_type') === 'refresh_token'), seen: /another client/ },
      { rule: 'the new ID token has another auth_time', by: idToken((c, exchange) => {
        if (exchange.form.get('grant_type') === 'refresh_token' && c.auth_time) c.auth_time += 100;
      }), seen: /auth_time/ },
      { rule: 'the new ID token has another subject', by: idToken((c, exchange) => {
        if (exchange.form.get('grant_type') === 'refresh_token') c.sub += '2';
      }), seen: /sub/ },
    ],
  },
  {
    name: 'oidcc-ensure-request-with-valid-pkce-succeeds',
    async run(op) {
      const party = await Party.register(op);
      const browser = op.browser();
      const verifier = client.randomPKCECodeVerifier();
      const pkce = {
        code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
      };
      await party.redeem(await party.authorize(browser, pkce), { verifier });
      const end = await party.authorize(browser, pkce);
      await refused(() => party.redeem(end, { verifier: client.randomPKCECodeVerifier() }),
        { error: ['invalid_grant'], status: [400] });
    },
    breaks: [
      { rule: 'PKCE is refused', by: refuses((p) => p.has('code_challenge')), seen: /no error/ },
      { rule: 'any verifier is good', by: {
        request(exchange) {
          if (exchange.path === '/auth') ['code_challenge', 'code_challenge_method'].forEach((name) => exchange.params.delete(name));
          if (exchange.is('POST', '/token')) exchange.form.delete('code_verifier');
        },
      }, seen: /was not refused/ },
    ],
  },
];

async function refreshToken(op) {
  const grants = { grant_types: ['authorization_code', 'refresh_token'] };
  // OpenID Connect Core 11: offline access is asked for with the person's consent.
  const { party, tokens: given, claims } =
    await signedIn(op, { scope: 'openid offline_access', prompt: 'consent', max_age: '15000' }, grants);
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
      if (exchange.is('POST', '/token') && exchange.form.has('code')) exchange.form.set('code', memory.code);
    },
  };
}
