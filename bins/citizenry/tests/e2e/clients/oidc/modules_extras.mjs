// What the plans leave out and parties use: other grants, introspection, PAR, DPoP, client assertions.
import {
  both,
  grantsAnyway,
  inJson,
  introspection,
  pushed,
  tokenEndpoint,
  tokens,
  userinfo,
} from './breaking.mjs';
import { assert, refused } from './expect.mjs';
import { client, jose } from './packages.mjs';
import { Party, answerOf, keyPair } from './party.mjs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

async function dpop(op) {
  const party = await Party.register(op);
  const pair = await client.randomDPoPKeyPair('ES256', { extractable: true });
  const handle = client.getDPoPHandle(party.config, pair);
  const { tokens: given, claims } = await party.signIn(op.browser(), {}, { options: { DPoP: handle } });
  assert.equal(given.token_type.toLowerCase(), 'dpop', 'token_type is DPoP');
  const told = await party.userinfo(given, claims.sub, { DPoP: handle });
  assert.equal(told.sub, claims.sub);
  return { party, handle, given, claims };
}

/** Refuses a first proof, and says nothing that a second could be made with. */
function hidesNonce() {
  return {
    response(given, exchange) {
      if (!exchange.is('POST', '/token') || given.status < 400) return;
      delete given.headers['dpop-nonce'];
    },
  };
}

export const extras = [
  {
    name: 'client-credentials',
    async run(op) {
      const party = await Party.register(op, {
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      });
      const wanted = await op.grantAccess(party.id);
      const given = await client.clientCredentialsGrant(party.config, wanted);
      assert.equal(given.token_type.toLowerCase(), 'bearer');
      assert.ok(!('refresh_token' in given), 'no refresh token');
      assert.ok(!('id_token' in given), 'no ID token');
      const wrong = await party.token(
        { grant_type: 'client_credentials', ...wanted },
        {
          authorization: `Basic ${Buffer.from(`${party.id}:wrong`).toString('base64')}`,
        },
      );
      assert.equal(wrong.status, 401, 'a wrong secret is refused');
      assert.equal(wrong.json?.error, 'invalid_client');
      assert.match(wrong.headers.get('www-authenticate') ?? '', /^Basic/i, 'a challenge');
    },
    breaks: [
      { rule: 'any secret is good', by: grantsAnyway(), seen: /wrong secret/ },
      {
        rule: 'a refresh token comes along',
        by: tokens((body) => {
          body.refresh_token = 'r'.repeat(43);
        }),
        seen: /no refresh token/,
      },
    ],
  },
  {
    name: 'introspection-revocation',
    async run(op) {
      const party = await Party.register(op);
      const { tokens: given, claims } = await party.signIn(op.browser());
      const told = await client.tokenIntrospection(party.config, given.access_token);
      assert.equal(told.active, true, 'the token is active');
      assert.equal(told.client_id, party.id);
      assert.equal(told.sub ?? claims.sub, claims.sub);
      assert.equal(typeof told.exp, 'number');
      const unknown = await client.tokenIntrospection(party.config, 'not-a-token');
      assert.deepEqual(unknown, { active: false }, 'nothing is told of an unknown token');
      await client.tokenRevocation(party.config, given.access_token);
      assert.deepEqual(
        await client.tokenIntrospection(party.config, given.access_token),
        { active: false },
        'revoked',
      );
      const used = await answerOf(
        await fetch(op.metadata.userinfo_endpoint, {
          headers: { authorization: `Bearer ${given.access_token}` },
        }),
      );
      assert.equal(used.status, 401, 'a revoked token is refused');
      await client.tokenRevocation(party.config, 'not-a-token');
    },
    breaks: [
      {
        rule: 'revocation does nothing',
        by: {
          request: (exchange) =>
            exchange.is('POST', '/token/revocation') ? inJson(200, {}) : undefined,
        },
        seen: /revoked/,
      },
      {
        rule: 'something is told of unknown tokens',
        by: introspection((body) => {
          body.client_id ??= 'x';
        }),
        seen: /unknown token/,
      },
      {
        rule: 'every token is inactive',
        by: introspection(() => ({ active: false })),
        seen: /is active/,
      },
    ],
  },
  {
    name: 'pushed-authorization-request',
    async run(op) {
      const party = await Party.register(op);
      const verifier = client.randomPKCECodeVerifier();
      const sent = party.request({
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const url = await client.buildAuthorizationUrlWithPAR(party.config, sent);
      const outcome = await op.browser().visit(url);
      await party.redeem({ ...outcome, asked: sent }, { verifier });
      // RFC 9126, sections 2.2 and 4: who pushed is authenticated, and nobody else may use the reference.
      const answered = await party.post(op.metadata.pushed_authorization_request_endpoint, sent);
      assert.equal(answered.status, 201, 'created');
      assert.equal(typeof answered.json.expires_in, 'number', 'expires_in');
      assert.match(
        answered.json.request_uri,
        /^urn:ietf:params:oauth:request_uri:.{22}/,
        'a reference that cannot be guessed',
      );
      const other = await Party.register(op);
      const stolen = new URL(op.metadata.authorization_endpoint);
      stolen.search = new URLSearchParams({
        client_id: other.id,
        request_uri: answered.json.request_uri,
      });
      const end = await op.browser().visit(stolen);
      assert.ok(
        end.kind === 'page' || end.params.has('error'),
        'another client must not use the reference',
      );
      const wrong = await party.post(op.metadata.pushed_authorization_request_endpoint, sent, {
        authorization: `Basic ${Buffer.from(`${party.id}:wrong`).toString('base64')}`,
      });
      assert.equal(wrong.status, 401, 'a wrong secret is refused');
    },
    breaks: [
      {
        rule: 'no expires_in',
        by: pushed((body) => {
          delete body.expires_in;
        }),
        seen: /expires_in/,
      },
      {
        rule: 'any client may use the reference',
        by: {
          request(exchange, { memory }) {
            if (exchange.is('POST', '/request')) memory.client = exchange.form.get('client_id');
            if (exchange.path === '/auth' && exchange.params.has('request_uri'))
              exchange.params.set('client_id', memory.client);
          },
        },
        seen: /another client/,
      },
      { rule: 'references can be guessed', by: guessable(), seen: /guessed/ },
    ],
  },
  {
    name: 'dpop',
    async run(op) {
      const { party, given, claims } = await dpop(op);
      const plain = await answerOf(
        await fetch(op.metadata.userinfo_endpoint, {
          headers: { authorization: `Bearer ${given.access_token}` },
        }),
      );
      assert.equal(plain.status, 401, 'a bound token is no bearer token');
      const pair = await client.randomDPoPKeyPair('ES256');
      const other = client.getDPoPHandle(party.config, pair);
      await refused(() => party.userinfo(given, claims.sub, { DPoP: other }), { status: [401] });
    },
    breaks: [
      {
        rule: 'the token is not bound',
        by: tokens((body) => {
          body.token_type = 'Bearer';
        }),
        seen: /DPoP/,
      },
      {
        rule: 'a bound token is good without proof',
        by: {
          response(given, exchange, { memory }) {
            if (!exchange.is('GET', '/me')) return;
            if (given.status === 200) memory.told = given.body;
            else if (!exchange.headers.dpop)
              Object.assign(given, inJson(200, {}), { body: memory.told });
          },
        },
        seen: /no bearer token/,
      },
      {
        rule: 'any key proves',
        by: {
          response(given, exchange, { memory }) {
            if (!exchange.is('GET', '/me')) return;
            if (given.status === 200) memory.told = given.body;
            else if (exchange.headers.dpop) Object.assign(given, inJson(200, {}), { body: memory.told });
          },
        },
        seen: /was not refused/,
      },
    ],
  },
  {
    name: 'dpop-nonce',
    async run(op) {
      const party = await Party.register(op);
      const { key, jwk } = await keyPair('ES256');
      const { kty, crv, x, y } = jwk;
      const proof = (nonce) =>
        new jose.SignJWT({
          htm: 'POST',
          htu: op.metadata.token_endpoint,
          jti: crypto.randomUUID(),
          ...(nonce ? { nonce } : {}),
        })
          .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } })
          .setIssuedAt()
          .sign(key);
      const end = await party.authorize(op.browser());
      party.assertCode(end);
      const redeem = async (nonce) => {
        const body = {
          grant_type: 'authorization_code',
          code: end.params.get('code'),
          redirect_uri: party.redirectUri,
        };
        const pair = [party.id, party.metadata.client_secret].map(encodeURIComponent).join(':');
        return party.token(body, {
          authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
          dpop: await proof(nonce),
        });
      };
      let answered = await redeem();
      // RFC 9449, section 8: a server that wants a nonce says so, and hands one out.
      if (answered.status >= 400) {
        assert.equal(answered.json?.error, 'use_dpop_nonce');
        assert.equal(answered.status, 400);
        assert.ok(answered.headers.get('dpop-nonce'), 'DPoP-Nonce is handed out');
        answered = await redeem(answered.headers.get('dpop-nonce'));
      }
      assert.equal(answered.status, 200, `redeemed: ${answered.body.slice(0, 200)}`);
      assert.equal(answered.json.token_type, 'DPoP');
    },
    breaks: [
      { rule: 'a nonce is wanted, and not handed out', by: hidesNonce(), seen: /handed out/ },
      {
        rule: 'another error than use_dpop_nonce',
        by: {
          response(given, exchange) {
            if (exchange.is('POST', '/token') && given.status >= 400)
              Object.assign(given, inJson(400, { error: 'invalid_request' }));
          },
        },
        seen: /use_dpop_nonce/,
      },
    ],
  },
  {
    name: 'device-authorization',
    async run(op) {
      const party = await Party.register(op, {
        grant_types: [DEVICE],
        redirect_uris: [],
        response_types: [],
        application_type: 'native',
      });
      const begun = await client.initiateDeviceAuthorization(party.config, { scope: 'openid' });
      assert.ok(begun.user_code && begun.verification_uri, 'a code and where to type it');
      assert.ok(begun.device_code.length >= 22, 'the device code can hold 128 bits');
      const poll = () => party.token({ grant_type: DEVICE, device_code: begun.device_code });
      const early = await poll();
      assert.equal(early.status, 400, 'nothing before a person agrees');
      assert.equal(early.json.error, 'authorization_pending');
      const end = await op.browser().visit(begun.verification_uri, { userCode: begun.user_code });
      assert.equal(end.kind, 'page', 'the person stays at the provider');
      assert.ok(end.logins >= 1, 'the person signs in');
      const given = await client.pollDeviceAuthorizationGrant(party.config, { ...begun, interval: 1 });
      assert.ok(given.access_token);
      const claims = await party.verify(given.id_token, { accessToken: given.access_token });
      assert.equal((await party.userinfo(given, claims.sub)).sub, claims.sub);
      const twice = await poll();
      assert.equal(twice.status, 400, 'a device code is good once');
      assert.ok(['invalid_grant', 'expired_token'].includes(twice.json.error));
    },
    breaks: [
      {
        rule: 'tokens before a person agrees',
        by: tokenEndpoint(
          (form) => form.get('grant_type') === DEVICE,
          () => inJson(200, { access_token: 'a'.repeat(43), token_type: 'Bearer' }),
        ),
        seen: /before a person agrees/,
      },
      {
        rule: 'a device code is good twice',
        by: {
          response(given, exchange, { memory }) {
            if (!exchange.is('POST', '/token')) return;
            if (given.status < 300) memory.granted = given.body;
            else if (memory.granted) Object.assign(given, inJson(200, JSON.parse(memory.granted)));
          },
        },
        seen: /good once/,
      },
    ],
  },
  {
    name: 'private-key-jwt',
    async run(op) {
      const pair = await keyPair('ES256', `${op.id}-1`);
      const said = {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [pair.jwk] },
      };
      const party = await Party.register(op, said, { key: pair });
      const browser = op.browser();
      await party.signIn(browser);
      const end = await party.authorize(browser);
      party.assertCode(end);
      const stranger = await keyPair('ES256', `${op.id}-1`);
      const redeem = async (key, changes = {}) => {
        const now = Math.floor(Date.now() / 1000);
        const assertion = await new jose.SignJWT({
          iss: party.id,
          sub: party.id,
          aud: op.issuer,
          jti: crypto.randomUUID(),
          iat: now,
          exp: now + 60,
          ...changes,
        })
          .setProtectedHeader({ alg: 'ES256', kid: pair.kid })
          .sign(key);
        return party.token(
          {
            grant_type: 'authorization_code',
            code: end.params.get('code'),
            redirect_uri: party.redirectUri,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: assertion,
          },
          {},
        );
      };
      const now = Math.floor(Date.now() / 1000);
      for (const [why, answered] of [
        ['another key', await redeem(stranger.key)],
        ['another audience', await redeem(pair.key, { aud: 'https://other.example' })],
        ['an expired assertion', await redeem(pair.key, { iat: now - 7200, exp: now - 3600 })],
        ['another subject', await redeem(pair.key, { sub: 'other' })],
      ]) {
        assert.ok([400, 401].includes(answered.status), `${why} is refused, not ${answered.status}`);
        assert.ok(
          ['invalid_client', 'invalid_request'].includes(answered.json?.error),
          `${why}: ${answered.body}`,
        );
      }
      assert.equal((await redeem(pair.key)).status, 200, 'the code is still good for the party');
    },
    breaks: [
      { rule: 'assertions are not verified', by: grantsAnyway(), seen: /is refused/ },
      {
        rule: 'assertions are refused',
        by: tokenEndpoint(
          (form) => form.has('client_assertion'),
          () => inJson(401, { error: 'invalid_client' }),
        ),
        seen: /invalid_client/,
      },
    ],
  },
];

/** Counts references up instead of drawing them. */
function guessable() {
  return both(
    pushed((body, _, { memory }) => {
      memory.references ??= [];
      memory.references.push(body.request_uri);
      body.request_uri = `urn:ietf:params:oauth:request_uri:${memory.references.length}`;
    }),
    {
      request(exchange, { memory }) {
        if (exchange.path !== '/auth' || !exchange.params.has('request_uri')) return;
        const number = exchange.params.get('request_uri').split(':').at(-1);
        exchange.params.set('request_uri', memory.references[Number(number) - 1]);
      },
    },
  );
}
