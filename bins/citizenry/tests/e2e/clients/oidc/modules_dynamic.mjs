// The dynamic plan: what a party may say of itself when it registers.
import {
  answer,
  asked,
  givesCode,
  idToken,
  inJson,
  keys,
  pages,
  registered,
  registers,
  sentBack,
  tokenEndpoint,
} from './breaking.mjs';
import { assert, assertError, assertPage, refused } from './expect.mjs';
import { links, pictures } from './html.mjs';
import { client, jose } from './packages.mjs';
import { Party, answerOf, keyPair } from './party.mjs';
import { takesObjects } from './sign_in.mjs';

const ASSERTION = {
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'RS256',
};
const REGISTRATION = ['invalid_redirect_uri', 'invalid_client_metadata'];
const refusesAssertions = (when = () => true) =>
  tokenEndpoint(
    (form) =>
      form.has('client_assertion') && when(jose.decodeProtectedHeader(form.get('client_assertion'))),
    () => inJson(401, { error: 'invalid_client' }),
  );

/** A party whose registration says more, signs in; then `check` looks at what came of it. */
function registeredWith(name, wanted, check, breaks) {
  return {
    name,
    async run(op) {
      const party = await Party.register(op, await wanted(op));
      const end = await party.authorize(op.browser());
      await check(op, party, end);
    },
    breaks,
  };
}

/** A party that proves itself by a key, published by value or by address. */
async function byKey(op, where, changes = {}) {
  const pair = await keyPair('RS256', `${op.id}-1`);
  const published = where(pair.jwk);
  const party = await Party.register(op, { ...ASSERTION, ...published, ...changes }, { key: pair });
  return { party, pair };
}

/** A page on the way to the code shows an address of the party, as a link or a picture. */
function shows(name, member, path, type, find) {
  return {
    name,
    async run(op) {
      const address = op.receiver.publish(
        `${path}/${op.id}`,
        type.startsWith('image/') ? PIXEL : '<p>Text</p>',
        type,
      );
      const party = await Party.register(op, { [member]: address });
      assert.equal(party.metadata[member], address, `${member} is registered`);
      const end = await party.authorize(op.browser());
      await party.redeem(end);
      assert.ok(
        end.pages.some(
          (page) =>
            find(page.html).some((one) => one === address) ||
            find(page.html).some((one) => one.includes(encodeURIComponent(address))),
        ),
        `a page shows ${member}`,
      );
    },
    breaks: [
      {
        rule: `no page shows ${member}`,
        by: pages((html) => html.replace(new RegExp(`http://[0-9.:]+${path}/[^"]*`, 'g'), '#')),
        seen: /a page shows/,
      },
    ],
  };
}

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** An address that differs from the registered one is an error page, never a redirect. */
function notRegistered(name, registeredAs, sent) {
  return {
    name,
    async run(op) {
      const base = op.redirectUri(op.id);
      const party = await Party.register(op, { redirect_uris: [registeredAs(base)] });
      const end = await party.authorize(op.browser(), { redirect_uri: sent(base) });
      assertPage(end, 'an address that is not registered');
      assert.ok(end.status >= 400, 'an error page');
      assert.equal(end.logins, 0, 'no login page');
    },
    breaks: [{ rule: 'the query is not compared', by: givesCode(() => true), seen: /no redirect/ }],
  };
}

async function sector(op, lists) {
  const mine = op.redirectUri(op.id);
  const address = op.publishSecurely(`/sectors/${op.id}`, lists(mine));
  return Party.register(op, {
    redirect_uris: [mine],
    sector_identifier_uri: address,
    subject_type: op.metadata.subject_types_supported.includes('pairwise') ? 'pairwise' : 'public',
  });
}

/** A request by reference: honoured with the values of the object if the metadata say so, else refused. */
async function byReference(op, alg, sign, metadata = () => ({})) {
  const address = `${op.receiver.origin}/request-objects/${op.id}`;
  const pair = await keyPair('RS256', `${op.id}-1`);
  const isTaken = takesObjects(op, alg, 'request_uri');
  const party = await Party.register(op, {
    request_uris: [address],
    ...(isTaken ? { request_object_signing_alg: alg } : {}),
    ...metadata(pair.jwk),
  });
  const inner = { ...party.request(), iss: party.id, aud: op.issuer };
  const object = await sign(inner, pair);
  op.receiver.publish(`/request-objects/${op.id}`, object, 'application/oauth-authz-req+jwt');
  const end = await party.authorize(op.browser(), {
    state: undefined,
    nonce: undefined,
    request_uri: address,
  });
  if (!isTaken) {
    assertError(op, end, ['request_uri_not_supported', 'invalid_request_object', 'invalid_request_uri']);
    return;
  }
  await party.redeem({ ...end, inner: { state: inner.state, nonce: inner.nonce } });
  assert.ok(op.receiver.asked(`/request-objects/${op.id}`) > 0, 'the object was fetched');
}

const ignoresReference = [
  {
    rule: 'request_uri is silently ignored',
    by: asked((p) => {
      p.delete('request_uri');
    }),
    seen: /state|nonce|error is answered/,
  },
];

export const dynamic = [
  registeredWith(
    'oidcc-idtoken-rs256',
    () => ({ id_token_signed_response_alg: 'RS256' }),
    async (op, party, end) => {
      assert.equal(party.metadata.id_token_signed_response_alg, 'RS256');
      const { tokens } = await party.redeem(end, { alg: 'RS256' });
      assert.equal(jose.decodeProtectedHeader(tokens.id_token).alg, 'RS256');
    },
    [{ rule: 'signed with ES256 instead', by: idToken((c) => c, { alg: 'ES256' }), seen: /alg/ }],
  ),
  registeredWith(
    'oidcc-userinfo-rs256',
    () => ({ userinfo_signed_response_alg: 'RS256' }),
    async (op, party, end) => {
      assert.equal(party.metadata.userinfo_signed_response_alg, 'RS256');
      const { tokens, claims } = await party.redeem(end);
      const told = await answerOf(
        await fetch(op.metadata.userinfo_endpoint, {
          headers: { authorization: `Bearer ${tokens.access_token}` },
        }),
      );
      assert.equal(told.status, 200);
      assert.match(told.headers.get('content-type'), /^application\/jwt/, 'userinfo is signed');
      const { payload } = await jose.jwtVerify(told.body, jose.createLocalJWKSet(await op.jwks()), {
        issuer: op.issuer,
        audience: party.id,
        algorithms: ['RS256'],
      });
      assert.equal(payload.sub, claims.sub, 'the same sub');
    },
    [
      {
        rule: 'userinfo is plain JSON',
        by: signedUserinfo((claims) => inJson(200, claims)),
        seen: /signed/,
      },
      {
        rule: 'signed by a key that is not published',
        by: signedUserinfo(async (claims, tools) => jwt(await tools.signUnknown(claims))),
        seen: /signature/,
      },
      {
        rule: 'for another audience',
        by: signedUserinfo(async (claims, tools) => jwt(await tools.sign({ ...claims, aud: 'other' }))),
        seen: /aud/,
      },
    ],
  ),
  registeredWith(
    'oidcc-redirect-uri-query-OK',
    (op) => ({ redirect_uris: [`${op.redirectUri(op.id)}?foo=bar`] }),
    async (op, party, end) => {
      await party.redeem(end);
      assert.equal(end.url.searchParams.get('foo'), 'bar', 'the query of the address is kept');
    },
    [
      {
        rule: 'the query is lost',
        by: answer((p, url) => {
          p.delete('foo');
          url.searchParams.delete('foo');
        }),
        seen: /query|invalid_grant/,
      },
    ],
  ),
  notRegistered(
    'oidcc-redirect-uri-query-mismatch',
    (base) => `${base}?foo=bar`,
    (base) => `${base}?foo=baz`,
  ),
  notRegistered(
    'oidcc-redirect-uri-query-added',
    (base) => base,
    (base) => `${base}?foo=bar`,
  ),
  {
    name: 'oidcc-redirect-uri-regfrag',
    run: (op) =>
      refused(() => Party.register(op, { redirect_uris: [`${op.redirectUri(op.id)}#foo`] }), {
        error: REGISTRATION,
        status: [400],
      }),
    breaks: [
      {
        rule: 'an address with a fragment is registered',
        by: registers(
          (json) => {
            json.redirect_uris = ['https://party.example/'];
          },
          (json) => ({ redirect_uris: json.redirect_uris }),
        ),
        seen: /was not refused/,
      },
    ],
  },
  {
    name: 'oidcc-ensure-redirect-uri-in-authorization-request',
    async run(op) {
      const party = await Party.register(op);
      const end = await party.authorize(op.browser(), { redirect_uri: undefined });
      if (end.kind === 'answer') assertError(op, end, ['invalid_request']);
      else assertPage(end, 'a request without redirect_uri');
    },
    breaks: [
      {
        rule: 'the only registered address is taken',
        by: {
          request(exchange, tools) {
            if (exchange.is('POST', '/reg')) [tools.memory.address] = exchange.json.redirect_uris;
            if (exchange.path !== '/auth' || exchange.params.has('redirect_uri')) return undefined;
            return sentBack(exchange.params, { code: 'c'.repeat(43) }, tools.memory.address);
          },
        },
        seen: /error is answered/,
      },
    ],
  },
  {
    name: 'oidcc-ensure-client-assertion-with-iss-aud-succeeds',
    async run(op) {
      const { party } = await byKey(op, (jwk) => ({ jwks: { keys: [jwk] } }));
      // openid-client names the issuer as the audience of an assertion.
      await party.signIn(op.browser());
    },
    breaks: [
      {
        rule: 'the audience must be the token endpoint',
        by: tokenEndpoint(
          (form, tools) =>
            form.has('client_assertion') &&
            [jose.decodeJwt(form.get('client_assertion')).aud].flat().includes(tools.issuer),
          () => inJson(401, { error: 'invalid_client' }),
        ),
        seen: /invalid_client/,
      },
    ],
  },
  {
    name: 'oidcc-registration-jwks-uri',
    async run(op) {
      const path = `/keys/${op.id}`;
      const { party } = await byKey(op, (jwk) => ({
        jwks_uri: op.receiver.publish(path, { keys: [jwk] }),
      }));
      assert.equal(party.metadata.jwks_uri, `${op.receiver.origin}${path}`, 'jwks_uri is registered');
      await party.signIn(op.browser());
      assert.ok(op.receiver.asked(path) > 0, 'the keys were fetched');
    },
    breaks: [
      { rule: 'keys by address are not used', by: refusesAssertions(), seen: /invalid_client/ },
      {
        rule: 'the assertion is not verified',
        by: {
          request(exchange, { memory }) {
            if (exchange.is('POST', '/reg')) {
              memory.address = exchange.json.jwks_uri;
              delete exchange.json.jwks_uri;
              delete exchange.json.token_endpoint_auth_signing_alg;
              exchange.json.token_endpoint_auth_method = 'none';
            }
            if (exchange.is('POST', '/token')) {
              exchange.form.set('client_id', jose.decodeJwt(exchange.form.get('client_assertion')).sub);
              ['client_assertion', 'client_assertion_type'].forEach((name) =>
                exchange.form.delete(name),
              );
            }
            // Such a party is a public one for the peer, which then requires PKCE.
            if (exchange.path === '/auth') {
              exchange.params.set('code_challenge', CHALLENGE);
              exchange.params.set('code_challenge_method', 'S256');
            }
            if (exchange.is('POST', '/token')) exchange.form.set('code_verifier', VERIFIER);
          },
          response: (given, exchange, tools) =>
            registered((body) => ({ ...body, jwks_uri: tools.memory.address, ...ASSERTION })).response(
              given,
              exchange,
              tools,
            ),
        },
        seen: /keys were fetched/,
      },
    ],
  },
  shows('oidcc-registration-logo-uri', 'logo_uri', '/logo', 'image/png', pictures),
  shows('oidcc-registration-policy-uri', 'policy_uri', '/policy', 'text/html', links),
  shows('oidcc-registration-tos-uri', 'tos_uri', '/terms', 'text/html', links),
  {
    name: 'oidcc-registration-sector-uri',
    async run(op) {
      const party = await sector(op, (mine) => [mine, 'https://other.example/callback']);
      assert.match(party.metadata.sector_identifier_uri, new RegExp(`/sectors/${op.id}$`), 'registered');
      await party.signIn(op.browser());
    },
    breaks: [
      {
        rule: 'no sector is good',
        by: {
          request: (exchange) =>
            exchange.is('POST', '/reg') && exchange.json.sector_identifier_uri
              ? inJson(400, { error: 'invalid_client_metadata' })
              : undefined,
        },
        seen: /invalid_client_metadata/,
      },
    ],
  },
  {
    name: 'oidcc-registration-sector-bad',
    async run(op) {
      await refused(() => sector(op, () => ['https://other.example/callback']), {
        error: REGISTRATION,
        status: [400],
      });
      assert.equal(op.receiver.asked(`/sectors/${op.id}`), 1, 'the file was read');
    },
    breaks: [
      {
        rule: 'the file of the sector is not read',
        by: registers(
          (json) => {
            delete json.sector_identifier_uri;
            delete json.subject_type;
          },
          ({ sector_identifier_uri: address, subject_type: type }) => ({
            sector_identifier_uri: address,
            subject_type: type,
          }),
        ),
        seen: /was not refused/,
      },
    ],
  },
  {
    name: 'oidcc-server-rotate-keys',
    async run(op) {
      const party = await Party.register(op);
      const browser = op.browser();
      const before = await party.signIn(browser);
      const kids = ({ keys: all }) => all.map((key) => key.kid);
      const old = kids(await op.jwks());
      await op.rotateKeys();
      const now = kids(await op.jwks());
      assert.ok(
        now.some((kid) => !old.includes(kid)),
        'a new key is published',
      );
      await party.verify(before.tokens.id_token);
      const after = await party.signIn(browser);
      const kid = (token) => jose.decodeProtectedHeader(token).kid;
      assert.notEqual(kid(after.tokens.id_token), kid(before.tokens.id_token), 'signed by a new key');
      // What is signed right after a rotation verifies with keys that a party fetched right before it,
      // or with those that it fetches when it finds no key.
      await party.verify(after.tokens.id_token);
    },
    breaks: [
      {
        rule: 'published keys never change',
        by: keys((body, _, { memory }) => (memory.keys ??= body)),
        seen: /new key is published|no applicable key/,
      },
      {
        rule: 'the old key is withdrawn at once',
        by: keys((body, _, { memory }) => {
          memory.old ??= body.keys.map((key) => key.kid);
          const fresh = body.keys.filter((key) => !memory.old.includes(key.kid));
          if (fresh.length > 0) body.keys = fresh;
        }),
        seen: /no applicable key/,
      },
    ],
  },
  {
    name: 'oidcc-refresh-token-rp-key-rotation',
    async run(op) {
      const path = `/keys/${op.id}`;
      const { party } = await byKey(
        op,
        (jwk) => ({ jwks_uri: op.receiver.publish(path, { keys: [jwk] }) }),
        { grant_types: ['authorization_code', 'refresh_token'] },
      );
      const { tokens } = await party.signIn(op.browser(), {
        scope: 'openid offline_access',
        prompt: 'consent',
      });
      assert.ok(tokens.refresh_token, 'a refresh token is handed out');
      const next = await keyPair('RS256', `${op.id}-2`);
      op.receiver.publish(path, { keys: [next.jwk] });
      await op.forgetClientKeys(party.id);
      const rotated = new client.Configuration(
        party.config.serverMetadata(),
        party.id,
        party.metadata,
        client.PrivateKeyJwt(next),
      );
      client.allowInsecureRequests(rotated);
      const fresh = await client.refreshTokenGrant(rotated, tokens.refresh_token);
      assert.notEqual(fresh.access_token, tokens.access_token, 'a new access token');
    },
    breaks: [
      {
        rule: 'keys are fetched only once',
        by: refusesAssertions(({ kid }) => kid.endsWith('-2')),
        seen: /invalid_client/,
      },
    ],
  },
  {
    name: 'oidcc-request-uri-unsigned',
    run: (op) =>
      byReference(op, 'none', (claims) => {
        const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
        return `${part({ alg: 'none' })}.${part(claims)}.`;
      }),
    breaks: ignoresReference,
  },
  {
    name: 'oidcc-request-uri-signed-rs256',
    run: (op) =>
      byReference(
        op,
        'RS256',
        (claims, pair) =>
          new jose.SignJWT(claims)
            .setProtectedHeader({ alg: 'RS256', kid: pair.kid })
            .setIssuedAt()
            .setExpirationTime('5m')
            .sign(pair.key),
        (jwk) => ({ jwks: { keys: [jwk] } }),
      ),
    breaks: ignoresReference,
  },
  {
    name: 'oidcc-3rd_party-init-login',
    async run(op) {
      const address = `https://party.example/start/${op.id}`;
      const party = await Party.register(op, { initiate_login_uri: address });
      assert.equal(party.metadata.initiate_login_uri, address, 'initiate_login_uri is registered');
      // OpenID Connect Core 4: who starts the sign-in says `iss`, `login_hint` and where to go on.
      const start = new URL(address);
      start.search = new URLSearchParams({ iss: op.issuer, login_hint: op.user.username });
      assert.equal(start.searchParams.get('iss'), party.config.serverMetadata().issuer);
      await party.signIn(op.browser(), { login_hint: start.searchParams.get('login_hint') });
    },
    breaks: [
      {
        rule: 'another address is registered',
        by: registered((body) => {
          body.initiate_login_uri = 'https://other.example/';
        }),
        seen: /initiate_login_uri/,
      },
    ],
  },
  {
    name: 'oidcc-3rd_party-init-login-nohttps',
    run: (op) =>
      refused(() => Party.register(op, { initiate_login_uri: 'http://party.example/start' }), {
        error: ['invalid_client_metadata'],
        status: [400],
      }),
    breaks: [
      {
        rule: 'plain http is registered',
        by: registers(
          (json) => {
            delete json.initiate_login_uri;
          },
          (json) => ({ initiate_login_uri: json.initiate_login_uri }),
        ),
        seen: /was not refused/,
      },
    ],
  },
];

const VERIFIER = 'v'.repeat(43);
const CHALLENGE = await client.calculatePKCECodeChallenge(VERIFIER);
const jwt = (body) => ({ status: 200, headers: { 'content-type': 'application/jwt' }, body });

function signedUserinfo(change) {
  return {
    async response(given, exchange, tools) {
      if (exchange.is('GET', '/me') && given.status === 200) {
        Object.assign(given, await change(jose.decodeJwt(given.body), tools));
      }
    },
  };
}
