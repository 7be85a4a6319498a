// Looks at every hosted page as a person does: in two languages, light and dark, on a phone and on a
// desk. axe-core must find nothing; the screenshots are for people.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { launch } from './browser/chromium.mjs';
import { button, leave, signIn } from './browser/hosted.mjs';
import { link } from './browser/mail.mjs';
import { Registrations, discover, issuer, person } from './browser/registrations.mjs';
import { Checks, assert, load, run, settings } from './checks.mjs';

const checks = new Checks('pages');
const registrations = new Registrations(checks);
const browser = await launch();
checks.later(() => browser.close());
const metadata = await discover();
const axe = readFileSync(load.resolve('axe-core/axe.min.js'), 'utf8');
const { origin } = new URL(issuer);
/** Nothing listens there: the browser is never led so far. */
const CALLBACK = 'http://127.0.0.1:9/callback';
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 800 };
const folder = settings.screenshots;
if (folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}
const made = {};

/** A person's walk through the pages in one language. */
class Walk {
  constructor(language) {
    this.language = language;
    this.email = `walker-${run}-${language.toLowerCase()}@example.com`;
    this.outside = [];
    this.complaints = [];
  }

  async begin() {
    this.context = await browser.newContext({ locale: this.language, viewport: PHONE });
    const page = this.page = await this.context.newPage();
    page.setDefaultTimeout(8000);
    this.context.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith('data:') && new URL(url).origin !== origin) this.outside.push(url);
    });
    page.on('response', (response) => {
      if (response.request().isNavigationRequest()) this.answer = response;
    });
    page.on('console', (message) => {
      // A refused form is answered with a status that Chromium writes into the console.
      const status = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !status) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
  }

  /** Reaches a page, then looks at it in both colour schemes. */
  async see(name, reach) {
    const title = `${name} ${this.language}`;
    let reached = false;
    await checks.check(title, async () => {
      Object.assign(this, { outside: [], complaints: [] });
      await reach(this.page);
      assert.equal(new URL(this.page.url()).origin, origin, this.page.url());
      reached = true;
    });
    if (!reached) return;
    await checks.check(`${title} served`, () => this.assertServed());
    for (const scheme of ['light', 'dark']) {
      await checks.check(`${title} ${scheme}`, () => this.look(name, scheme));
    }
  }

  /** What must hold of each page before one looks at it. */
  async assertServed() {
    const { page, answer } = this;
    assert.ok(answer.status() < 500, `status ${answer.status()}`);
    const headers = answer.headers();
    assert.match(headers['content-type'], /^text\/html; charset=utf-8$/i);
    assert.match(headers['cache-control'] ?? '', /no-store/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['referrer-policy'] ?? '', /no-referrer|same-origin|strict-origin/);
    const policy = headers['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /base-uri 'none'/);
    assert.match(policy, /form-action '(self|none)'/);
    assert.doesNotMatch(policy, /unsafe-(inline|eval)/);
    assert.equal(await page.locator('html').getAttribute('lang'), this.language, 'language');
    assert.ok((await page.title()).trim(), 'the page has a title');
    assert.equal(await page.locator('h1').count(), 1, 'one heading of the first level');
    assert.deepEqual(this.outside, [], 'requests to elsewhere');
    assert.deepEqual(this.complaints, [], 'complaints of the browser');
  }

  async look(name, scheme) {
    const { page } = this;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(PHONE);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} pixels too wide for a phone`);
    // The page's policy forbids scripts; what the debugger evaluates is none of its scripts.
    if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const found = await window.axe.run(document, { resultTypes: ['violations'] });
      return found.violations.map(({ id, nodes }) =>
        `${id}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')}`);
    });
    if (folder) {
      await this.picture(name, scheme, PHONE);
      await this.picture(name, scheme, DESK);
    }
    assert.deepEqual(violations, [], 'violations');
  }

  async picture(name, scheme, viewport) {
    await this.page.setViewportSize(viewport);
    const file = `${name}.${this.language}.${scheme}.${viewport.width}.png`;
    await this.page.screenshot({ path: join(folder, file), fullPage: true });
  }

  /** Sends the form that is on show by the first of these buttons that it has. */
  async submit(...actions) {
    for (const action of actions) {
      if (await button(this.page, action).count()) {
        return leave(this.page, () => button(this.page, action).first().click());
      }
    }
    return leave(this.page, () => this.page.locator('form button').first().click());
  }

  /** Asserts that the page that came back complains of nothing. */
  async assertAccepted() {
    const alerts = this.page.locator('[role=alert], [aria-invalid=true]');
    assert.deepEqual(await alerts.allInnerTexts(), [], 'complaints about what was sent');
  }

  /** Asserts that nothing is left to be sent. */
  async assertNoForm() {
    await this.assertAccepted();
    assert.equal(await this.page.locator('input[type=password]').count(), 0, 'fields for passwords');
  }

  /** Fills in those of the fields that the page has. */
  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      for (const field of await this.page.locator(`input[name=${name}]:visible`).all()) {
        await field.fill(value);
      }
    }
  }
}

function authorize(parameters) {
  const url = new URL(metadata.authorization_endpoint);
  const all = {
    client_id: made.client.client_id, redirect_uri: CALLBACK, response_type: 'code',
    scope: 'openid profile email phone offline_access', state: run, nonce: run, ...parameters,
  };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return url.href;
}

async function signInPages(walk) {
  await walk.see('sign-in', (page) => page.goto(authorize()));
  walk.signUp = await hrefOf(walk.page, '/u/signup');
  walk.reset = await hrefOf(walk.page, '/u/reset');
  await walk.see('sign-in-error', async (page) => {
    await signIn(page, { username: person.username, password: 'not the password' });
    await page.locator('[role=alert], [aria-invalid=true]').first().waitFor();
  });
}

/** Where a page's link leads, should it have one to that path. */
async function hrefOf(page, path) {
  const found = page.locator(`a[href*="${path}"]`).first();
  return await found.count() ? new URL(await found.getAttribute('href'), page.url()).href : undefined;
}

async function signUpPages(walk) {
  await walk.see('sign-up', async (page) => {
    assert.ok(walk.signUp, 'the sign-in page leads to the sign-up page');
    await page.goto(walk.signUp);
  });
  await walk.see('sign-up-error', async () => {
    await walk.fill({ email: walk.email, username: walk.email.split('@')[0], password: 'password' });
    await walk.submit();
    await walk.page.locator('[role=alert], [aria-invalid=true]').first().waitFor();
  });
  await checks.check(`sign-up-done ${walk.language}`, async () => {
    await walk.page.goto(walk.signUp);
    await walk.fill({
      email: walk.email,
      username: `walker_${run}_${walk.language.slice(0, 2)}`,
      password: 'seven quiet paper lanterns',
    });
    await walk.submit();
    await walk.assertAccepted();
  });
  await walk.see('verification', async (page) => page.goto(await link(walk.email, '/u/verify/')));
  if (await walk.page.locator('form button').count()) {
    await walk.see('verified', () => walk.submit());
  }
}

async function resetPages(walk) {
  await walk.context.clearCookies();
  await walk.see('reset-request', async (page) => {
    await page.goto(authorize());
    const reset = await hrefOf(page, '/u/reset');
    assert.ok(reset, 'the sign-in page leads to the reset page');
    await page.goto(reset);
  });
  await walk.see('reset-sent', async () => {
    await walk.fill({ email: walk.email, username: walk.email });
    await walk.submit();
  });
  await walk.see('new-password', async (page) => page.goto(await link(walk.email, '/u/reset/')));
  await walk.see('password-changed', async () => {
    const password = 'eleven loud copper kettles';
    await walk.fill({ password });
    await walk.submit();
    await walk.assertNoForm();
  });
  await walk.see('link-used', async (page) => {
    await page.goto(await link(walk.email, '/u/reset/'));
    await walk.assertNoForm();
  });
}

async function consentPage(walk) {
  await walk.see('consent', async (page) => {
    await page.goto(authorize({ prompt: 'login consent' }));
    await signIn(page);
    await button(page, 'allow').waitFor();
    await button(page, 'deny').waitFor();
  });
}

async function devicePages(walk) {
  let codes;
  await walk.see('device-code', async (page) => {
    const answer = await fetch(metadata.device_authorization_endpoint, {
      method: 'POST',
      body: new URLSearchParams({ client_id: made.device.client_id, scope: 'openid email' }),
    });
    codes = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(codes));
    await page.goto(codes.verification_uri);
  });
  await walk.see('device-code-error', async () => {
    await walk.fill({ user_code: 'BBBB-BBBB' });
    await walk.submit();
  });
  await walk.see('device-confirmation', async (page) => {
    await page.goto(codes.verification_uri);
    await walk.fill({ user_code: codes.user_code });
    await walk.submit();
    if (await page.locator('input[name=password]').count()) await signIn(page);
  });
  await walk.see('device-done', () => walk.submit('allow'));
}

async function logoutPages(walk) {
  await walk.see('logout', (page) => page.goto(metadata.end_session_endpoint));
  await walk.see('logged-out', () => walk.submit('logout'));
}

async function errorPage(walk) {
  await walk.see('error', (page) => page.goto(authorize({ client_id: `nobody-${run}` })));
}

/** `ui_locales` is asked before the browser's own language (OpenID Connect Core section 3.1.2.1). */
async function askedLanguage() {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(authorize({ ui_locales: 'zh-CN en' }));
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await context.close();
}

/** Where there is no JavaScript the pages do the same. */
async function withoutScripts() {
  const context = await browser.newContext({ locale: 'en', javaScriptEnabled: false });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(authorize());
  await signIn(page);
  await button(page, 'allow').waitFor();
  await context.close();
}

await checks.check('registration', async () => {
  made.client = await registrations.client('花园 Garden', {
    app_type: 'regular_web',
    is_first_party: false,
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token'],
    callbacks: [CALLBACK],
  });
  made.device = await registrations.client('television', {
    app_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    callbacks: [CALLBACK],
  });
});
await checks.check('ui-locales', askedLanguage);
await checks.check('without-scripts', withoutScripts);
const PARTS = [
  signInPages, signUpPages, resetPages, consentPage, devicePages, logoutPages, errorPage,
];
await Promise.all(['en', 'zh-CN'].map(async (language) => {
  const walk = new Walk(language);
  await walk.begin();
  for (const part of PARTS) {
    try {
      await part(walk);
    } catch (error) {
      await checks.check(`${part.name} ${language}`, () => { throw error; });
    }
  }
  await walk.context.close();
}));
await checks.finish();
