// A browser without scripts: it keeps cookies, follows redirects by hand and fills plain forms, until
// it is sent away from the provider. It never fetches what it is sent to, except that an answer by
// `response_mode=form_post` is posted to the party's own receiver.
import { forms, readable } from './html.mjs';

const STEPS = 25;
const LEFT = new Set(['abort', 'deny', 'cancel', 'no', 'back']);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Whether a page of the provider asks for a password. */
const asksPassword = (form) => form.inputs.some((input) => input.type === 'password');

export class Browser {
  /** Cookies by name and path. */
  #cookies = new Map();
  #origin;
  #user;
  #receiver;
  /** What the page that was posted last allows its form to lead to. */
  #formAction;

  /**
   * @param {string} issuer whose pages are visited
   * @param {{username: string, password: string}} user who signs in
   * @param {string} receiver origin that form_post answers may go to
   */
  constructor(issuer, user, receiver) {
    this.#origin = new URL(issuer).origin;
    this.#user = user;
    this.#receiver = receiver;
  }

  /**
   * Opens an address and goes on, as a person would who agrees to everything, until the provider sends
   * the browser away (`kind: 'answer'`) or shows a page with nothing to fill in (`kind: 'page'`).
   */
  async visit(address, { method = 'GET', form, userCode } = {}) {
    const seen = { logins: 0, consents: 0, confirms: 0, pages: [] };
    // What another site starts does not carry the cookies that are for this site alone.
    let response = await this.#request(address, { method, form, crossSite: method === 'POST' });
    for (let step = 0; step < STEPS; step += 1) {
      const { url } = response;
      if (REDIRECTS.has(response.status)) {
        const next = new URL(response.location, url);
        this.#assertAllowed(next);
        if (next.origin !== this.#origin) return answer(next, 'redirect', seen);
        const repeated = [307, 308].includes(response.status) ? response.sent : {};
        response = await this.#request(next, repeated);
        continue;
      }
      this.#formAction = undefined;
      seen.pages.push({ url, status: response.status, html: response.html });
      const chosen = this.#choose(forms(response.html, url), userCode);
      if (!chosen) return { kind: 'page', status: response.status, html: response.html, url, ...seen };
      const fields = this.#fill(chosen, seen, userCode);
      if (chosen.form.action.origin !== this.#origin) {
        return this.#post(chosen.form.action, fields, seen);
      }
      if (seen.logins > 2) throw new Error(`sign-in is refused: ${readable(response.html)}`);
      this.#formAction = { policy: response.policy, page: url };
      this.#assertAllowed(chosen.form.action);
      response = await this.#submit(chosen.form, fields);
    }
    throw new Error(`no end after ${STEPS} steps, the last at ${response.url}`);
  }

  /** The names of the cookies that are kept. */
  cookieNames() {
    return [...this.#cookies.values()].map((cookie) => cookie.name);
  }

  #submit(form, fields) {
    if (form.method === 'POST') return this.#request(form.action, { method: 'POST', form: fields });
    const target = new URL(form.action);
    target.search = fields;
    return this.#request(target);
  }

  async #post(action, fields, seen) {
    if (action.origin !== this.#receiver) {
      return { kind: 'answer', via: 'form_post', url: action, params: fields, ...seen };
    }
    const response = await fetch(action, { method: 'POST', body: fields, redirect: 'manual' });
    const { type, params } = await response.json();
    if (!type.startsWith('application/x-www-form-urlencoded')) {
      throw new Error(`form_post came as ${type}`);
    }
    return {
      kind: 'answer',
      via: 'form_post',
      url: action,
      params: new URLSearchParams(params),
      ...seen,
    };
  }

  /** The form to go on with: an answer to the party, a page to agree to, or one that posts itself. */
  #choose(found, userCode) {
    for (const form of found) {
      const button = form.buttons.find(
        ({ name = '', value = '' }) => !LEFT.has(name.toLowerCase()) && !LEFT.has(value.toLowerCase()),
      );
      const hidden = form.inputs.length > 0 && form.inputs.every((input) => input.type === 'hidden');
      const asksCode = form.inputs.some(
        (input) => input.name === 'user_code' && input.type !== 'hidden',
      );
      const asksOther = form.inputs.some(
        (input) =>
          ['email', 'search', 'tel'].includes(input.type) && !['username', 'login'].includes(input.name),
      );
      if (form.method !== 'POST' && !asksCode) continue;
      if (asksCode && userCode === undefined) continue;
      if (asksOther && !asksPassword(form)) continue;
      if (asksPassword(form) || asksCode || hidden || button) return { form, button };
    }
    return undefined;
  }

  #fill({ form, button }, seen, userCode) {
    const fields = new URLSearchParams();
    const named = (...names) => form.inputs.some((input) => names.includes(input.name));
    if (asksPassword(form)) seen.logins += 1;
    else if (button?.value === 'allow' || form.inputs.some((one) => one.value === 'consent'))
      seen.consents += 1;
    else if (button?.value === 'logout' || button?.name === 'logout') seen.confirms += 1;
    for (const input of form.inputs) {
      if (input.type === 'password') fields.append(input.name, this.#user.password);
      else if (['username', 'login'].includes(input.name) && input.type !== 'hidden') {
        fields.append(input.name, this.#user.username);
      } else if (input.name === 'user_code' && input.type !== 'hidden')
        fields.append(input.name, userCode);
      else if (!['checkbox', 'radio'].includes(input.type) || 'checked' in input) {
        fields.append(input.name, input.value ?? (input.type === 'checkbox' ? 'on' : ''));
      }
    }
    if (button?.name && !named(button.name)) fields.append(button.name, button.value ?? '');
    return fields;
  }

  async #request(address, { method = 'GET', form, crossSite = false } = {}) {
    const url = new URL(address);
    const headers = { accept: 'text/html,application/xhtml+xml', 'accept-language': 'en' };
    const cookie = this.#cookieHeader(url, crossSite);
    if (cookie) headers.cookie = cookie;
    if (method === 'POST') {
      headers.origin = crossSite ? 'https://party.example' : this.#origin;
      headers['sec-fetch-site'] = crossSite ? 'cross-site' : 'same-origin';
    }
    const body = method === 'POST' ? new URLSearchParams(form) : undefined;
    const response = await fetch(url, { method, headers, body, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line, url);
    return {
      url,
      sent: { method, form },
      status: response.status,
      location: response.headers.get('location') ?? '',
      policy: response.headers.get('content-security-policy') ?? '',
      html: await response.text(),
    };
  }

  #cookieHeader(url, crossSite) {
    const now = Date.now();
    return [...this.#cookies.values()]
      .filter((cookie) => cookie.expires > now && url.pathname.startsWith(cookie.path))
      .filter((cookie) => !crossSite || cookie.sameSite === 'none')
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join('; ');
  }

  #keep(line, url) {
    const [pair, ...parts] = line.split(';').map((part) => part.trim());
    const [name, ...value] = pair.split('=');
    const options = Object.fromEntries(
      parts.map((part) => {
        const [key, ...rest] = part.split('=');
        return [key.toLowerCase(), rest.join('=')];
      }),
    );
    if ('secure' in options && url.protocol !== 'https:') return;
    const path = options.path?.startsWith('/') ? options.path : '/';
    const seconds = options['max-age'] === undefined ? undefined : Number(options['max-age']);
    let expires = Infinity;
    if (seconds !== undefined) expires = Date.now() + seconds * 1000;
    else if (options.expires) expires = Date.parse(options.expires);
    const sameSite = (options.samesite ?? 'lax').toLowerCase();
    this.#cookies.set(`${name} ${path}`, { name, value: value.join('='), path, expires, sameSite });
  }

  /** Browsers hold `form-action` also against every redirect that follows the post. */
  #assertAllowed(target) {
    if (!this.#formAction) return;
    const { policy, page } = this.#formAction;
    const directive = policy
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .find(([name]) => name.toLowerCase() === 'form-action');
    if (!directive) return;
    const allowed = directive.slice(1).some((source) => {
      if (source === "'self'") return target.origin === page.origin;
      if (source === '*') return true;
      if (/^[a-z][a-z0-9+.-]*:$/i.test(source)) return target.protocol === source.toLowerCase();
      return (
        URL.canParse(source) &&
        new URL(source).origin === target.origin &&
        (target.origin !== 'null' || new URL(source).protocol === target.protocol)
      );
    });
    if (!allowed) {
      throw new Error(
        `the page's Content-Security-Policy (${directive.join(' ')}) forbids ${target.origin}`,
      );
    }
  }
}

function answer(url, _via, seen) {
  const fragment = url.hash.length > 1;
  const params = fragment ? new URLSearchParams(url.hash.slice(1)) : new URLSearchParams(url.search);
  return { kind: 'answer', via: fragment ? 'fragment' : 'query', url, params, ...seen };
}
