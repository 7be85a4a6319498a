// RP-initiated logout and back-channel logout.
import { answer, backChannel, both, logsOutTo, metadata, remembers } from './breaking.mjs';
import { assert, assertError, assertPage } from './expect.mjs';
import { jose } from './packages.mjs';
import { Party } from './party.mjs';
import { discover } from './modules_config.mjs';
import { NOT_LOGGED_IN } from './sign_in.mjs';

/** A party with an address to come back to after the logout, that has signed in. */
async function signedIn(op, metadata = {}) {
  const back = `https://party.example/logged-out/${op.id}`;
  const party = await Party.register(op, { post_logout_redirect_uris: [back], ...metadata });
  const browser = op.browser();
  return { party, browser, back, ...(await party.signIn(browser)) };
}

/** Sends the browser to the end session endpoint, which may ask for a confirmation first. */
function logOut(op, browser, fields) {
  const url = new URL(op.metadata.end_session_endpoint);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return browser.visit(url);
}

async function assertLoggedOut(op, party, browser) {
  const end = await party.authorize(browser, { prompt: 'none' });
  assertError(op, end, NOT_LOGGED_IN);
}

async function comesBack(op, { state, metadata: said } = {}) {
  const session = await signedIn(op, said);
  const { party, browser, back, tokens } = session;
  const end = await logOut(op, browser, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: back,
    ...(state ? { state } : {}),
  });
  assert.equal(end.kind, 'answer', 'the browser comes back to the party');
  assert.equal(end.url.href.split('?')[0], back, 'to the registered address');
  assert.equal(end.params.get('state'), state ?? null, 'state is answered as it was sent');
  assert.deepEqual(
    [...end.params.keys()].filter((name) => name !== 'state'),
    [],
    'nothing else is answered',
  );
  await assertLoggedOut(op, party, browser);
  return session;
}

/** A logout that must not lead away from the provider. */
function staysHere(name, fields, { loggedOut = false, address } = {}) {
  return {
    name,
    async run(op) {
      const { party, browser, back, tokens } = await signedIn(op);
      const end = await logOut(op, browser, await fields({ op, back, idToken: tokens.id_token }));
      assertPage(end, 'a logout that may not come back');
      if (loggedOut) await assertLoggedOut(op, party, browser);
    },
    breaks: [
      {
        rule: 'the browser is sent to the address all the same',
        by: both(
          remembers('post_logout_redirect_uris'),
          logsOutTo(
            (params, { memory }) =>
              params.get('post_logout_redirect_uri') ?? memory.post_logout_redirect_uris?.[0],
          ),
        ),
        seen: /no redirect/,
      },
      ...(loggedOut
        ? [{ rule: 'the session goes on', by: keepsSession(), seen: /error is answered/ }]
        : []),
      ...(address ?? []),
    ],
  };
}

/** Changes how the browser comes back from a logout, not how it comes back from a sign-in. */
const ofLogout = (change) =>
  answer((params) => {
    if (!params.has('code') && !params.has('error')) change(params);
  });

/** Answers the confirmation with a page, and never tells the peer. */
function keepsSession() {
  return {
    request(exchange) {
      if (exchange.path !== '/session/end/confirm') return undefined;
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html><p>Signed out.</p></html>',
      };
    },
  };
}

/** Changes the signature, so that the token is not one of the provider's any more. */
function spoiled(token) {
  const [head, body, signature] = token.split('.');
  const other = signature.startsWith('A') ? 'B' : 'A';
  return [head, body, other + signature.slice(1)].join('.');
}

/** Changes a claim and keeps the signature. */
function modified(token) {
  const [head, , signature] = token.split('.');
  const claims = { ...jose.decodeJwt(token), sub: 'somebody else' };
  return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}

export const logout = [
  {
    name: 'oidcc-rp-initiated-logout-discovery-endpoint-verification',
    async run(op) {
      const told = await discover(op);
      assert.ok(URL.canParse(told.end_session_endpoint), 'end_session_endpoint');
    },
    breaks: [
      {
        rule: 'no end_session_endpoint',
        by: metadata((body) => {
          delete body.end_session_endpoint;
        }),
        seen: /end_session_endpoint/,
      },
    ],
  },
  {
    name: 'oidcc-rp-initiated-logout',
    run: (op) => comesBack(op, { state: `s-${op.id}` }),
    breaks: [
      { rule: 'state is lost', by: ofLogout((p) => p.delete('state')), seen: /state is answered as/ },
      {
        rule: 'the session goes on',
        by: logsOutTo((p, { memory }) => {
          memory.back ??=
            p.get('post_logout_redirect_uri') &&
            `${p.get('post_logout_redirect_uri')}?state=${p.get('state')}`;
          return memory.back;
        }),
        seen: /error is answered/,
      },
    ],
  },
  {
    name: 'oidcc-rp-initiated-logout-no-state',
    run: (op) => comesBack(op),
    breaks: [
      {
        rule: 'a state is made up',
        by: ofLogout((p) => p.set('state', 'made up')),
        seen: /state is answered as/,
      },
    ],
  },
  staysHere('oidcc-rp-initiated-logout-no-params', () => ({}), { loggedOut: true }),
  staysHere('oidcc-rp-initiated-logout-only-state', ({ op }) => ({ state: `s-${op.id}` }), {
    loggedOut: true,
  }),
  staysHere(
    'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
    ({ op, idToken }) => ({ id_token_hint: idToken, state: `s-${op.id}` }),
    { loggedOut: true },
  ),
  staysHere('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', ({ back, idToken }) => ({
    id_token_hint: idToken,
    post_logout_redirect_uri: `${back}/other`,
  })),
  staysHere(
    'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
    ({ back, idToken }) => ({ id_token_hint: idToken, post_logout_redirect_uri: `${back}?foo=bar` }),
  ),
  staysHere('oidcc-rp-initiated-logout-no-id-token-hint', ({ back }) => ({
    post_logout_redirect_uri: back,
  })),
  staysHere('oidcc-rp-initiated-logout-bad-id-token-hint', ({ back, idToken }) => ({
    id_token_hint: spoiled(idToken),
    post_logout_redirect_uri: back,
  })),
  staysHere('oidcc-rp-initiated-logout-modified-id-token-hint', ({ back, idToken }) => ({
    id_token_hint: modified(idToken),
    post_logout_redirect_uri: back,
  })),
];

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ARRIVAL = 5000;
/** What the rules wait for when no logout arrives; the peer tells at once. */
const broken = (rule, change, seen) => ({ rule, by: backChannel(change), seen });

export const backchannel = [
  {
    name: 'oidcc-backchannel-logout-discovery-endpoint-verification',
    async run(op) {
      const told = await discover(op);
      assert.ok(URL.canParse(told.end_session_endpoint), 'end_session_endpoint');
      assert.equal(told.backchannel_logout_supported, true, 'backchannel_logout_supported');
      assert.equal(typeof (told.backchannel_logout_session_supported ?? true), 'boolean');
    },
    breaks: [
      {
        rule: 'back-channel logout is not announced',
        by: metadata((body) => {
          delete body.backchannel_logout_supported;
        }),
        seen: /backchannel_logout_supported/,
      },
    ],
  },
  {
    name: 'oidcc-backchannel-rp-initiated-logout',
    async run(op) {
      const expected = op.receiver.expectLogout(`/back-channel/${op.id}`);
      const { party, claims } = await comesBack(op, {
        state: `s-${op.id}`,
        metadata: {
          backchannel_logout_uri: expected.address,
          backchannel_logout_session_required: true,
        },
      });
      const { type, form } = await expected.within(ARRIVAL);
      assert.match(type, /^application\/x-www-form-urlencoded/);
      assert.deepEqual([...form.keys()], ['logout_token'], 'one parameter');
      const { payload, protectedHeader } = await jose.jwtVerify(
        form.get('logout_token'),
        jose.createLocalJWKSet(await op.jwks()),
        {
          issuer: op.issuer,
          audience: party.id,
          typ: 'logout+jwt',
          requiredClaims: ['iat', 'jti'],
          algorithms: ['RS256'],
        },
      );
      assert.equal(protectedHeader.typ, 'logout+jwt');
      assert.deepEqual(payload.events?.[EVENT], {}, 'the event of a logout');
      assert.ok(!('nonce' in payload), 'no nonce');
      assert.ok('sub' in payload || 'sid' in payload, 'sub or sid');
      if ('sub' in payload) assert.equal(payload.sub, claims.sub, 'the sub of the ID token');
      assert.equal(payload.sid, claims.sid, 'the sid of the ID token');
      assert.ok(payload.sid, 'sid is required by the party');
    },
    breaks: [
      broken('the logout token has a nonce', (claims) => ({ ...claims, nonce: 'n' }), /no nonce/),
      broken('the logout token has no event', ({ events, ...claims }) => claims, /event/),
      broken(
        'the logout token is about another subject',
        (claims) => ({ ...claims, sub: 'other' }),
        /sub/,
      ),
      broken(
        'the logout token is about another session',
        (claims) => ({ ...claims, sid: 'other' }),
        /sid/,
      ),
      broken('the logout token has no jti', ({ jti, ...claims }) => claims, /jti/),
      broken(
        'the logout token is for another audience',
        (claims) => ({ ...claims, aud: 'other' }),
        /aud/,
      ),
      broken(
        'the logout token is signed by an unknown key',
        (claims, header, tools) => tools.signUnknown(claims, header),
        /signature/,
      ),
      broken(
        'the logout token has the type of an ID token',
        (claims, header, tools) => tools.sign(claims, { ...header, typ: 'JWT' }),
        /typ/,
      ),
      broken('no party is told', () => null, /no back-channel logout/),
    ],
  },
];
