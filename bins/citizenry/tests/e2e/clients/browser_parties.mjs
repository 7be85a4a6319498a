// Drives libraries for single-page applications, unmodified, in Chromium: oidc-client-ts,
// auth0-spa-js and authok-spa-js.
import { serve } from './browser/applications.mjs';
import { launch } from './browser/chromium.mjs';
import { button, goThrough, leave } from './browser/hosted.mjs';
import { Registrations, discover, issuer, person } from './browser/registrations.mjs';
import { Checks, assert, assertSigned, audience, decode } from './checks.mjs';

const checks = new Checks('browser');
const registrations = new Registrations(checks);
const applications = await serve();
const browser = await launch();
checks.later(() => applications.close());
checks.later(() => browser.close());
const { origin } = applications;
/** What the libraries of the vendors call the domain: our origin, without a final slash. */
const domain = issuer.replace(/\/$/, '');
const metadata = await discover();

/** A page with cookies of its own, and what it sent to us. */
async function open(path) {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const tokens = [];
  const frames = [];
  const revocations = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (request.method() === 'POST' && request.url() === metadata.token_endpoint) {
      tokens.push({ type: request.headers()['content-type'], body: body(request) });
    } else if (request.method() === 'POST' && request.url() === metadata.revocation_endpoint) {
      revocations.push(body(request));
    } else if (url.searchParams.get('prompt') === 'none') {
      frames.push(Object.fromEntries(url.searchParams));
    }
  });
  await page.goto(origin + path);
  return { context, page, tokens, frames, revocations };
}

/** A body that is a form or JSON. */
function body(request) {
  const text = request.postData() ?? '';
  return text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
}

/** Goes to a page of the application anew: what it kept in memory is lost. */
const again = (page, path) => page.goto(origin + path);

/** Asserts what every library must learn of the person. */
function assertPerson(user) {
  assert.equal(user.sub, person.user_id ?? user.sub);
  assert.match(user.sub, /^authok\|/);
  for (const claim of ['email', 'name', 'nickname', 'picture', 'given_name', 'family_name']) {
    assert.equal(typeof user[claim], 'string', `claim ${claim} of ${JSON.stringify(user)}`);
  }
  assert.equal(user.email_verified, true);
}

/** The libraries of the two vendors differ in names alone. */
const VENDORS = {
  'auth0-spa-js': {
    logout: '/v2/logout',
    make: (options, more) => ({
      library: 'auth0',
      factory: 'createAuth0Client',
      options: {
        domain, clientId: options.client, ...more,
        authorizationParams: { redirect_uri: options.callback, ...options.parameters },
      },
      silently: {
        cacheMode: 'off', detailedResponse: true, authorizationParams: options.silent ?? {},
      },
      logout: { logoutParams: { returnTo: options.goodbye } },
    }),
  },
  'authok-spa-js': {
    logout: '/v1/logout',
    make: (options, more) => ({
      factory: 'createAuthokClient',
      options: {
        domain, client_id: options.client, redirect_uri: options.callback, ...more,
        ...options.parameters,
      },
      silently: { ignoreCache: true, detailedResponse: true, ...options.silent },
      logout: { return_to: options.goodbye },
    }),
  },
};

/** Makes the library's client in the page, as `window.client`. */
const construct = (page, { library, factory, options }) =>
  page.evaluate(async ([from, name, given]) => {
    const make = from ? window[from][name] : window[name];
    window.client = await make(given);
  }, [library, factory, options]);

/** A token without a page, or the library's error. */
const silently = (page, options) =>
  page.evaluate(async (given) => {
    try {
      return { token: await window.client.getTokenSilently(given) };
    } catch (error) {
      return { error: error.error ?? error.message };
    }
  }, options);

async function redirected(page, tokens) {
  const before = tokens.length;
  await leave(page, () => page.evaluate(() => {
    window.client.loginWithRedirect({ appState: { target: '/orders' } });
  }));
  const seen = await goThrough(page, origin);
  return { seen, redeem: () => tokens.slice(before) };
}

/** One vendor's library with one client of ours. */
async function vendor(name) {
  const kind = VENDORS[name];
  const callback = `${origin}/${name}/callback`;
  const goodbye = `${origin}/${name}/goodbye`;
  const made = {};
  const options = () => ({ client: made.client.client_id, callback, goodbye });
  const { page, tokens, frames, revocations } = made.opened = await open(`/${name}/`);
  const check = (what, test) => checks.check(`${name} ${what}`, test);

  await check('registration', async () => {
    made.client = await registrations.application(name, origin);
  });
  await check('sign-in', async () => {
    const party = kind.make(options());
    await construct(page, party);
    assert.equal(await page.evaluate(() => window.client.isAuthenticated()), false);
    const { seen } = await redirected(page, tokens);
    assert.equal(seen.signIns, 1);
    assert.ok(page.url().startsWith(callback), page.url());
    await construct(page, party);
    const state = await page.evaluate(() => window.client.handleRedirectCallback());
    assert.deepEqual(state.appState, { target: '/orders' });
    assert.equal(await page.evaluate(() => window.client.isAuthenticated()), true);
    assert.equal(tokens.at(-1).body.grant_type, 'authorization_code');
    // Auth0's library sends a form unless it is told otherwise, Authok's JSON.
    const type = name === 'auth0-spa-js' ? /x-www-form-urlencoded/ : /json|text\/plain/;
    assert.match(tokens.at(-1).type, type);
  });
  await check('user', async () => assertPerson(await page.evaluate(() => window.client.getUser())));
  await check('token-in-frame', async () => {
    await again(page, `/${name}/`);
    const party = kind.make(options());
    await construct(page, party);
    const { token, error } = await silently(page, party.silently);
    assert.equal(error, undefined);
    assert.ok(token.access_token.length >= 20);
    assert.equal(frames.at(-1).response_mode, 'web_message');
    assert.equal(await page.evaluate(() => window.client.isAuthenticated()), true);
  });
  await check('token-for-an-api', async () => {
    const party = kind.make({
      ...options(), silent: { audience, scope: 'openid profile email read:things' },
    });
    const { token, error } = await silently(page, party.silently);
    assert.equal(error, undefined);
    const { claims } = decode(token.access_token);
    assert.ok([claims.aud].flat().includes(audience), `aud is ${claims.aud}`);
    await assertSigned(token.access_token);
  });
  await check('form-and-json', async () => {
    const form = name === 'authok-spa-js';
    const party = kind.make(options(), { useFormData: form });
    await again(page, `/${name}/`);
    await construct(page, party);
    const { error } = await silently(page, party.silently);
    assert.equal(error, undefined);
    assert.match(tokens.at(-1).type, form ? /x-www-form-urlencoded/ : /json|text\/plain/);
  });
  await check('refresh-tokens', async () => {
    const party = kind.make(options(), { useRefreshTokens: true, cacheLocation: 'localstorage' });
    await again(page, `/${name}/`);
    await construct(page, party);
    const { seen } = await redirected(page, tokens);
    assert.equal(seen.signIns, 0, 'the session answers');
    await construct(page, party);
    await page.evaluate(() => window.client.handleRedirectCallback());
    const framed = frames.length;
    const first = await silently(page, party.silently);
    const second = await silently(page, party.silently);
    assert.deepEqual([first.error, second.error], [undefined, undefined]);
    const [one, two] = tokens.slice(-2).map((token) => token.body);
    assert.deepEqual([one.grant_type, two.grant_type], ['refresh_token', 'refresh_token']);
    assert.notEqual(one.refresh_token, two.refresh_token, 'each refresh rotates the token');
    assert.notEqual(first.token.access_token, second.token.access_token);
    assert.equal(frames.length, framed, 'no frame was needed');
  });
  if (name === 'auth0-spa-js') {
    await check('revoke-refresh-token', async () => {
      await page.evaluate(() => window.client.revokeRefreshToken());
      const [revoked] = revocations.slice(-1);
      assert.ok(revoked?.token, 'a refresh token was revoked');
      const answer = await fetch(metadata.token_endpoint, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token', client_id: made.client.client_id,
          refresh_token: revoked.token,
        }),
      });
      assert.equal((await answer.json()).error, 'invalid_grant');
    });
  }
  await check('popup', async () => {
    const { context, page: opener } = await open(`/${name}/`);
    await construct(opener, kind.make(options()));
    const opened = context.waitForEvent('page');
    const signedIn = opener.evaluate(async () => {
      await window.client.loginWithPopup();
      return window.client.getUser();
    });
    const popup = await opened;
    await popup.waitForURL((url) => url.href.startsWith(domain));
    await popup.locator('input[name=username]').fill(person.username);
    await popup.locator('input[name=password]').fill(person.password);
    await popup.locator('input[name=password]').press('Enter');
    assertPerson(await signedIn);
    await context.close();
  });
  await check('logout', async () => {
    const party = kind.make(options());
    await again(page, `/${name}/`);
    await construct(page, party);
    const asked = page.waitForRequest((request) => request.url().startsWith(domain + kind.logout));
    await leave(page, () => page.evaluate((given) => {
      window.client.logout(given);
    }, party.logout));
    await asked;
    assert.equal(page.url(), goodbye);
    await construct(page, party);
    assert.equal((await silently(page, party.silently)).error, 'login_required');
  });
  await made.opened.context.close();
  await check('foreign-origin', () => foreignOrigin(name, kind));
}

/** A session is nothing to an application whose origin is not registered: it learns nothing. */
async function foreignOrigin(name, kind) {
  const client = await registrations.application(name + ' elsewhere', origin, {
    callbacks: [`${origin}/${name}/callback`],
    web_origins: ['https://app.example.com'],
    allowed_origins: ['https://app.example.com'],
  });
  const { context, page, tokens } = await open(`/${name}/`);
  const party = kind.make(
    { client: client.client_id, callback: `${origin}/${name}/callback` },
    { authorizeTimeoutInSeconds: 3 },
  );
  await construct(page, party);
  await redirected(page, tokens);
  await again(page, `/${name}/`);
  await construct(page, party);
  const { token, error } = await silently(page, party.silently);
  assert.ok(token === undefined, 'no token comes to an origin that is not registered');
  assert.ok(error, 'an error comes instead');
  await context.close();
}

/** The settings of oidc-client-ts, and its manager in the page as `window.client`. */
const manager = (page, client, more = {}) =>
  page.evaluate((given) => {
    window.oidc.Log.setLogger(console);
    window.client = new window.oidc.UserManager({
      ...given, userStore: new window.oidc.WebStorageStateStore({ store: window.localStorage }),
    });
  }, {
    authority: domain,
    client_id: client.client_id,
    redirect_uri: `${origin}/oidc-client-ts/callback`,
    silent_redirect_uri: `${origin}/oidc-client-ts/silent`,
    post_logout_redirect_uri: `${origin}/oidc-client-ts/goodbye`,
    scope: 'openid profile email',
    loadUserInfo: true,
    silentRequestTimeoutInSeconds: 10,
    ...more,
  });

const signInSilently = (page) =>
  page.evaluate(async () => {
    try {
      const user = await window.client.signinSilent();
      return { user: { profile: user.profile, access_token: user.access_token } };
    } catch (error) {
      return { error: error.error ?? error.message };
    }
  });

async function returned(page, client, more) {
  await leave(page, () => page.evaluate(() => {
    window.client.signinRedirect({ state: { target: '/orders' } });
  }));
  const seen = await goThrough(page, origin);
  await manager(page, client, more);
  const user = await page.evaluate(async () => {
    const found = await window.client.signinRedirectCallback();
    return { profile: found.profile, state: found.state, access_token: found.access_token,
      refresh_token: found.refresh_token };
  });
  return { seen, user };
}

async function oidcClient() {
  const name = 'oidc-client-ts';
  const check = (what, test) => checks.check(`${name} ${what}`, test);
  const { context, page, tokens, frames, revocations } = await open(`/${name}/`);
  let client;
  await check('registration', async () => {
    client = await registrations.application(name, origin, {
      callbacks: [`${origin}/${name}/callback`, `${origin}/${name}/silent`],
    });
    // What loads in the frame hands the answer over to the page around it.
    await context.addInitScript(() => {
      if (location.pathname.endsWith('/silent') && window.parent !== window) {
        addEventListener('load', () => { new window.oidc.UserManager({
          authority: 'unused', client_id: 'unused', redirect_uri: 'unused',
        }).signinSilentCallback(); });
      }
    });
  });
  await check('sign-in', async () => {
    await manager(page, client);
    const { seen, user } = await returned(page, client);
    assert.equal(seen.signIns, 1);
    assert.deepEqual(user.state, { target: '/orders' });
    assert.equal(tokens.at(-1).body.grant_type, 'authorization_code');
    assert.ok(tokens.at(-1).body.code_verifier, 'PKCE');
  });
  await check('user', async () => {
    const user = await page.evaluate(async () => (await window.client.getUser()).profile);
    assertPerson(user);
  });
  await check('token-in-frame', async () => {
    const before = frames.length;
    const { user, error } = await signInSilently(page);
    assert.equal(error, undefined);
    assertPerson(user.profile);
    assert.equal(frames.length, before + 1);
    assert.ok(frames.at(-1).redirect_uri.endsWith('/silent'));
  });
  const offline = { scope: 'openid profile email offline_access' };
  await check('refresh-tokens', async () => {
    await manager(page, client, offline);
    const { seen, user } = await returned(page, client, offline);
    assert.equal(seen.signIns, 0, 'the session answers');
    assert.ok(user.refresh_token, 'a refresh token was issued');
    const before = frames.length;
    const silent = await signInSilently(page);
    assert.equal(silent.error, undefined);
    assert.equal(tokens.at(-1).body.grant_type, 'refresh_token');
    assert.notEqual(silent.user.access_token, user.access_token);
    assert.equal(frames.length, before, 'no frame was needed');
  });
  await check('revocation', async () => {
    const token = await page.evaluate(async () => {
      const user = await window.client.getUser();
      await window.client.revokeTokens();
      return user.access_token;
    });
    assert.equal(revocations.length, 2, 'both tokens were revoked');
    const answer = await fetch(metadata.userinfo_endpoint, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(answer.status, 401);
  });
  await check('logout', async () => {
    await again(page, `/${name}/`);
    await manager(page, client);
    await returned(page, client);
    await leave(page, () => page.evaluate(() => {
      window.client.signoutRedirect({ state: 'parting' });
    }));
    if (!page.url().startsWith(origin)) {
      await leave(page, () => button(page, 'logout').click());
    }
    assert.ok(page.url().startsWith(`${origin}/${name}/goodbye`), page.url());
    await manager(page, client);
    await page.evaluate(() => window.client.signoutRedirectCallback());
    assert.equal((await signInSilently(page)).error, 'login_required');
  });
  await context.close();
}

await checks.check('resource-server', () =>
  registrations.resourceServer(audience, 'read:things'));
for (const party of [oidcClient, () => vendor('auth0-spa-js'), () => vendor('authok-spa-js')]) {
  try {
    await party();
  } catch (error) {
    await checks.check('party', () => { throw error; });
  }
}
await checks.finish();
