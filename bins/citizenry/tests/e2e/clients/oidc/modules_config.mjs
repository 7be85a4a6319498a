// The config plan.
import { keys, metadata } from './breaking.mjs';
import { assert } from './expect.mjs';

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const REQUIRED = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
  'response_types_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
];

/** The metadata as they are served, for a look at the headers. */
export async function discover(op) {
  const base = op.issuer.endsWith('/') ? op.issuer.slice(0, -1) : op.issuer;
  const response = await fetch(`${base}/.well-known/openid-configuration`, { redirect: 'manual' });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^application\/json/, 'JSON');
  return response.json();
}

export const config = [
  {
    name: 'oidcc-discovery-endpoint-verification',
    async run(op) {
      const told = await discover(op);
      assert.equal(told.issuer, op.issuer, 'issuer, byte for byte');
      for (const name of REQUIRED) assert.ok(name in told, `${name} is required`);
      for (const [name, value] of Object.entries(told)) {
        if (!/(_endpoint|_uri|^issuer)$/.test(name)) continue;
        const url = new URL(value);
        assert.ok(['http:', 'https:'].includes(url.protocol), `${name} is an address`);
        if (op.issuer.startsWith('https:')) assert.equal(url.protocol, 'https:', `${name} is https`);
        assert.equal(url.hash, '', `${name} has no fragment`);
      }
      const has = (name, value) =>
        assert.ok((told[name] ?? []).includes(value), `${name} holds ${value}`);
      has('id_token_signing_alg_values_supported', 'RS256');
      has('scopes_supported', 'openid');
      has('response_types_supported', 'code');
      has('claims_supported', 'sub');
      assert.ok(told.subject_types_supported.every((type) => ['public', 'pairwise'].includes(type)));
      const response = await fetch(told.jwks_uri);
      assert.equal(response.status, 200);
      const published = (await response.json()).keys;
      assert.ok(published.length > 0, 'keys are published');
      assert.equal(new Set(published.map((key) => key.kid)).size, published.length, 'kids are distinct');
      assert.ok(
        published.some((key) => key.kty === 'RSA'),
        'a key for RS256',
      );
      for (const key of published) {
        assert.ok(key.kid && key.kty, 'a key has kid and kty');
        assert.deepEqual(
          PRIVATE.filter((part) => part in key),
          [],
          'no private part',
        );
      }
    },
    breaks: [
      {
        rule: 'a private key is published',
        by: keys((body) => {
          body.keys[0].d = 'AQAB';
        }),
        seen: /private part/,
      },
      {
        rule: 'two keys have one kid',
        by: keys((body) => {
          body.keys.push(body.keys[0]);
        }),
        seen: /distinct/,
      },
      {
        rule: 'the issuer has a slash too much',
        by: metadata((body) => {
          body.issuer += '/';
        }),
        seen: /issuer/,
      },
      {
        rule: 'RS256 is not offered',
        by: metadata((body) => {
          body.id_token_signing_alg_values_supported = ['ES256'];
        }),
        seen: /RS256/,
      },
      {
        rule: 'openid is no scope',
        by: metadata((body) => {
          body.scopes_supported = ['profile'];
        }),
        seen: /scopes_supported/,
      },
      {
        rule: 'a required member is missing',
        by: metadata((body) => {
          delete body.subject_types_supported;
        }),
        seen: /required/,
      },
    ],
  },
];
