// The peer: npm `oidc-provider` on a loopback port, with its own development pages, so that what the
// modules ask is seen to be what another provider answers too.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { jose, peerPackage } from './packages.mjs';

const SCOPES = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'nickname',
    'preferred_username',
    'picture',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

const PERSON = {
  name: '李雷',
  family_name: '李',
  given_name: '雷',
  nickname: 'lilei',
  preferred_username: 'lilei',
  picture: 'https://pictures.example/lilei.png',
  gender: 'male',
  birthdate: '1990-01-01',
  zoneinfo: 'Asia/Shanghai',
  locale: 'zh-CN',
  updated_at: 1_700_000_000,
  email: 'fioman@qq.com',
  email_verified: true,
  address: { formatted: '北京市', locality: '北京', country: 'CN' },
  phone_number: '+8618600000000',
  phone_number_verified: false,
};

/** A signing key of the peer as a private JWK. */
async function signingKey(alg) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: randomBytes(6).toString('hex') };
}

/** Keeps what the peer stores, so that it outlives a rotation of the keys. */
function memory() {
  const items = new Map();
  const grants = new Map();
  const byUid = new Map();
  const byCode = new Map();
  return class {
    constructor(kind) {
      this.kind = kind;
    }

    key(id) {
      return `${this.kind}:${id}`;
    }

    async upsert(id, payload) {
      const key = this.key(id);
      items.set(key, payload);
      if (payload.uid) byUid.set(payload.uid, id);
      if (payload.userCode) byCode.set(payload.userCode, id);
      if (payload.grantId) grants.set(payload.grantId, [...(grants.get(payload.grantId) ?? []), key]);
    }

    async find(id) {
      return items.get(this.key(id));
    }

    async findByUid(uid) {
      return this.find(byUid.get(uid));
    }

    async findByUserCode(code) {
      return this.find(byCode.get(code));
    }

    async destroy(id) {
      items.delete(this.key(id));
    }

    async revokeByGrantId(grantId) {
      (grants.get(grantId) ?? []).forEach((key) => items.delete(key));
    }

    async consume(id) {
      items.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
    }
  };
}

function configuration(adapter, keys, cookieKey, nonceSecret, reachable) {
  return {
    adapter,
    jwks: { keys },
    cookies: { keys: [cookieKey], long: { httpOnly: true, sameSite: 'none' } },
    enableHttpPostMethods: true,
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: SCOPES,
    scopes: ['openid', 'offline_access', 'profile', 'email', 'address', 'phone'],
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_, account, registered) => `${account}-${registered.sectorIdentifier}`,
    discovery: { ui_locales_supported: ['en', 'zh-CN'] },
    fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(reachable(url), options),
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...PERSON }) }),
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      dPoP: {
        enabled: true,
        nonceSecret,
        requireNonce: (ctx) => /dpop-nonce/.test(ctx.oidc.client?.clientName ?? ''),
      },
      introspection: { enabled: true },
      jwtUserinfo: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
      requestObjects: { enabled: true },
      revocation: { enabled: true },
    },
  };
}

let firstKeys;

export class Peer {
  /**
   * Starts a peer that fetches the parties' documents from `receiver`, under its own address, or under
   * `issuer` when something stands in front of it.
   */
  static async start(receiver, issuer) {
    const { default: Provider } = await peerPackage();
    firstKeys ??= Promise.all(['RS256', 'ES256'].map(signingKey));
    const peer = new Peer();
    const server = createServer((request, response) => peer.handle(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    peer.address = `http://127.0.0.1:${server.address().port}`;
    peer.issuer = issuer ?? peer.address;
    peer.server = server;
    // Its dispatcher refuses loopback addresses, where the receiver is, and some documents must have an
    // https address.
    peer.documents = 'https://documents.example';
    peer.reachable = (url) => String(url).replace(peer.documents, receiver.origin);
    peer.user = { username: 'lilei', password: 'any password' };
    const stays = [memory(), randomBytes(16).toString('hex'), randomBytes(32)];
    peer.make = (keys) => {
      const [adapter, cookieKey, nonceSecret] = stays;
      peer.keys = keys;
      peer.provider = new Provider(
        peer.issuer,
        configuration(adapter, keys, cookieKey, nonceSecret, peer.reachable),
      );
      peer.handle = peer.provider.callback();
    };
    peer.make(await firstKeys);
    return peer;
  }

  /** Puts new keys before the old ones. */
  async rotateKeys() {
    this.make([...(await Promise.all(['RS256', 'ES256'].map(signingKey))), ...this.keys]);
  }

  /** It keeps the keys of a client for 60 s at least; a module does not wait for that. */
  async forgetClientKeys(id) {
    const registered = await this.provider.Client.find(id);
    registered.asymmetricKeyStore.freshUntil = 0;
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
