// The peer as `cargo xtask bench` measures it: npm `oidc-provider` on a loopback port with one
// client, tokens as its own in-memory store keeps them, and a resource for each algorithm that signs.
import { createServer } from 'node:http';

import { jose, peerPackage } from './packages.mjs';

const { CLIENT_ID: id, CLIENT_SECRET: secret } = process.env;
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

async function signingKey(alg) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: alg };
}

const { default: Provider } = await peerPackage();
const keys = await Promise.all(ALGORITHMS.map(signingKey));
const server = createServer((request, response) => handle(request, response));
let handle;
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: ['measured'] },
    enabledJWA: { idTokenSigningAlgValues: ALGORITHMS },
    clients: [
      {
        client_id: id,
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // `https://es256.example/` is the one whose tokens ES256 signs.
        getResourceServerInfo: (_, resource) => ({
          scope: 'read:books',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: ALGORITHMS.find((alg) => resource.includes(alg.toLowerCase())) } },
        }),
      },
    },
  });
  handle = provider.callback();
  console.log(`listening on ${issuer}`);
});
