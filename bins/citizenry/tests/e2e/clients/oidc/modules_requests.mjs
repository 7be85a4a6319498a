// The basic plan: what an authorization request may say, and what it must not.
import { randomBytes } from 'node:crypto';

import { answer, asked, givesCode, idToken, inJson, refuses, userinfo } from './breaking.mjs';
import { assert, assertError, assertIssuer, assertPage, pause, refused } from './expect.mjs';
import { client } from './packages.mjs';
import { Party } from './party.mjs';
import { NOT_LOGGED_IN, again, signedIn, takesObjects } from './sign_in.mjs';

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

/** An unsigned request object with everything of the request, and what goes beside it. */
function unsignedRequest(op, party, inner) {
  const claims = { ...party.request(inner), iss: party.id, aud: op.issuer };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return { object: `${part({ alg: 'none' })}.${part(claims)}.`, inner: claims };
}

/** What stands beside a request object: only what OAuth wants there, so that ignoring it shows. */
const outside = { state: undefined, nonce: undefined };
const REFUSALS = [
  'request_not_supported',
  'request_uri_not_supported',
  'invalid_request_object',
  'invalid_request_uri',
];

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
const ignoresObject = [
  {
    rule: 'the request object is silently ignored',
    by: asked((params) => {
      params.delete('request');
      params.delete('request_uri');
    }),
    seen: /state|nonce/,
  },
];

export const requests = [
  {
    name: 'oidcc-response-type-missing',
    async run(op) {
      const party = await Party.register(op);
      const end = await party.authorize(op.browser(), { response_type: undefined });
      if (end.kind === 'page') assertPage(end, 'a request without response_type');
      else assertError(op, end, ['unsupported_response_type', 'invalid_request']);
    },
    breaks: [
      {
        rule: 'response_type is taken for code',
        by: asked((p) => {
          p.set('response_type', 'code');
        }),
        seen: /error is answered/,
      },
    ],
  },
  {
    name: 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
    async run(op) {
      const { claims } = await signedIn(op, { nonce: undefined });
      assert.ok(!('nonce' in claims), 'no nonce in the ID token');
    },
    breaks: [
      {
        rule: 'nonce is required',
        by: refuses((p) => !p.has('nonce')),
        seen: /invalid_request|no error/,
      },
      {
        rule: 'a nonce is made up',
        by: idToken((c) => {
          c.nonce = 'made up';
        }),
        seen: /nonce/,
      },
    ],
  },
  completes('oidcc-ensure-other-scope-order-succeeds', { scope: 'email openid' }, [
    {
      rule: 'openid must come first',
      by: refuses((p) => !p.get('scope').startsWith('openid'), 'invalid_scope'),
      seen: /no error/,
    },
  ]),
  {
    name: 'oidcc-alternate-happy-flow',
    async run(op) {
      const party = await Party.register(op);
      const end = await party.authorize(
        op.browser(),
        { scope: 'email openid' },
        { order: (all) => all.reverse() },
      );
      const { tokens: given, claims } = await party.redeem(end);
      assert.ok((await party.userinfo(given, claims.sub)).email, 'the claims of the scope');
    },
    breaks: [
      {
        rule: 'parameters must come in one order',
        by: refuses((p) => [...p.keys()][0] !== 'client_id'),
        seen: /no error/,
      },
    ],
  },
  completes('oidcc-display-page', { display: 'page' }, [
    {
      rule: 'display=page is refused',
      by: refuses((p) => p.get('display') === 'page'),
      seen: /no error/,
    },
  ]),
  completes('oidcc-display-popup', { display: 'popup' }, [
    {
      rule: 'display=popup is refused',
      by: refuses((p) => p.get('display') === 'popup'),
      seen: /no error/,
    },
  ]),
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
    breaks: [
      {
        rule: 'prompt=login is ignored',
        by: asked((p) => {
          p.delete('prompt');
        }),
        seen: /signs in again/,
      },
    ],
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
      {
        rule: 'login_required becomes a code',
        by: answer((p) => {
          p.delete('error');
          p.set('code', 'c'.repeat(43));
        }),
        seen: /error is answered/,
      },
      {
        rule: 'a page is shown all the same',
        by: asked((p) => {
          p.delete('prompt');
        }),
        seen: /no page/,
      },
      {
        rule: 'the error has no state',
        by: answer((p) => {
          p.delete('state');
        }),
        seen: /state/,
      },
      {
        rule: 'the error has no iss',
        by: answer((p) => {
          p.delete('iss');
        }),
        seen: /iss/,
      },
    ],
  },
  {
    name: 'oidcc-prompt-none-logged-in',
    async run(op) {
      const { party, browser, claims } = await signedIn(op, { max_age: '15000' });
      const second = await again(party, browser, { prompt: 'none', max_age: '15000' });
      assert.equal(second.end.logins, 0, 'no login page');
      assert.equal(
        second.end.pages.filter((page) => !page.html.includes(party.redirectUri)).length,
        0,
        'no page',
      );
      assert.equal(second.claims.sub, claims.sub);
      assert.equal(second.claims.auth_time, claims.auth_time, 'the same auth_time');
    },
    breaks: [
      {
        rule: 'login_required although signed in',
        by: refuses((p) => p.get('prompt') === 'none', 'login_required'),
        seen: /no error/,
      },
      {
        rule: 'another subject',
        by: idToken((c, _, { memory }) => {
          c.sub += memory.sub ? '2' : '';
          memory.sub = c.sub;
        }),
        seen: /sub|strictly equal/,
      },
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
      {
        rule: 'max_age is ignored',
        by: asked((p) => {
          p.set('max_age', '15000');
        }),
        seen: /auth_time|signs in again|too much time/i,
      },
      {
        rule: 'auth_time is left out',
        by: idToken((c) => {
          delete c.auth_time;
        }),
        seen: /auth_time/,
      },
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
      {
        rule: 'any max_age asks for the password',
        by: asked((p) => {
          p.set('prompt', 'login');
        }),
        seen: /nobody signs in/,
      },
      {
        rule: 'auth_time is the time of the token',
        by: idToken((c, _, { memory }) => {
          memory.n = (memory.n ?? 0) + 9;
          c.auth_time = c.iat - 60 + memory.n;
        }),
        seen: /auth_time/,
      },
    ],
  },
  completes('oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }, [
    { rule: 'unknown parameters are refused', by: refuses((p) => p.has('extra')), seen: /no error/ },
  ]),
  {
    name: 'oidcc-id-token-hint',
    async run(op) {
      const { party, browser, tokens: given, claims } = await signedIn(op);
      const second = await again(party, browser, { prompt: 'none', id_token_hint: given.id_token });
      assert.equal(second.end.logins, 0, 'no login page');
      assert.equal(second.claims.sub, claims.sub);
    },
    breaks: [
      {
        rule: 'the hint is refused',
        by: refuses((p) => p.has('id_token_hint'), 'login_required'),
        seen: /no error/,
      },
    ],
  },
  completes('oidcc-login-hint', (op) => ({ login_hint: op.user.username }), [
    { rule: 'login_hint is refused', by: refuses((p) => p.has('login_hint')), seen: /no error/ },
  ]),
  completes('oidcc-ui-locales', { ui_locales: 'se zh-CN en' }, [
    { rule: 'ui_locales is refused', by: refuses((p) => p.has('ui_locales')), seen: /no error/ },
  ]),
  completes('oidcc-claims-locales', { claims_locales: 'se zh-CN en' }, [
    { rule: 'claims_locales is refused', by: refuses((p) => p.has('claims_locales')), seen: /no error/ },
  ]),
  completes(
    'oidcc-ensure-request-with-acr-values-succeeds',
    (op) => ({
      acr_values: (op.metadata.acr_values_supported ?? ['1', '2']).join(' '),
    }),
    [{ rule: 'acr_values is refused', by: refuses((p) => p.has('acr_values')), seen: /no error/ }],
  ),
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
    breaks: [
      {
        rule: 'any address is good',
        by: givesCode(() => true),
        seen: /no redirect/,
      },
    ],
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
      {
        rule: 'no POST',
        by: { request: (exchange) => (exchange.is('POST', '/auth') ? inJson(405, {}) : undefined) },
        seen: /405|answered, not a page/,
      },
      {
        rule: 'a post starts anew',
        by: asked((p, _, exchange) => {
          if (exchange.method === 'POST') delete exchange.headers.cookie;
        }),
        seen: /outlives/,
      },
    ],
  },
  {
    name: 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
    run: (op) =>
      requestObject(
        op,
        (_, object) => ({
          request_uri: op.receiver.publish(
            `${REQUEST_PATH}/${op.id}`,
            object,
            'application/oauth-authz-req+jwt',
          ),
        }),
        () => ({ request_uris: [`${op.receiver.origin}${REQUEST_PATH}/${op.id}`] }),
      ),
    breaks: ignoresObject,
  },
  {
    name: 'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
    run: (op) =>
      requestObject(
        op,
        (_, object) => ({ request: object }),
        () => ({}),
      ),
    breaks: ignoresObject,
  },
  {
    name: 'oidcc-ensure-request-object-with-redirect-uri',
    async run(op) {
      const isTaken = takesObjects(op, 'none');
      const party = await Party.register(op, isTaken ? { request_object_signing_alg: 'none' } : {});
      const { object, inner } = unsignedRequest(op, party, {});
      const end = await party.authorize(op.browser(), {
        ...outside,
        redirect_uri: `${party.redirectUri}/not-registered`,
        request: object,
      });
      if (end.kind === 'page' && !isTaken) {
        assertPage(end, 'an address that is not registered');
        return;
      }
      assert.ok(
        end.kind === 'page' || !end.url.pathname.endsWith('/not-registered'),
        'the address outside of the object is not used',
      );
      if (isTaken) await party.redeem({ ...end, inner });
      else await honouredOrRefused(op, party, end, inner);
    },
    breaks: [
      {
        rule: 'the address outside is used',
        by: givesCode((p) => p.has('request')),
        seen: /outside of the object/,
      },
    ],
  },
  {
    name: 'oidcc-ensure-request-with-valid-pkce-succeeds',
    async run(op) {
      const party = await Party.register(op);
      const browser = op.browser();
      const verifier = client.randomPKCECodeVerifier();
      const pkce = {
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      };
      await party.redeem(await party.authorize(browser, pkce), { verifier });
      const end = await party.authorize(browser, pkce);
      await refused(() => party.redeem(end, { verifier: client.randomPKCECodeVerifier() }), {
        error: ['invalid_grant'],
        status: [400],
      });
    },
    breaks: [
      { rule: 'PKCE is refused', by: refuses((p) => p.has('code_challenge')), seen: /no error/ },
      {
        rule: 'any verifier is good',
        by: {
          request(exchange) {
            if (exchange.path === '/auth')
              ['code_challenge', 'code_challenge_method'].forEach((name) =>
                exchange.params.delete(name),
              );
            if (exchange.is('POST', '/token')) exchange.form.delete('code_verifier');
          },
        },
        seen: /was not refused/,
      },
    ],
  },
];
