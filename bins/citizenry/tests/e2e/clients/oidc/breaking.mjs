// Rules for the breaking proxy. Each constructor takes what to change and hands out a rule.
import { decodeEntities, encodeEntities } from './html.mjs';
import { jose } from './packages.mjs';

const AUTHORIZATION = '/auth';
const TOKEN = '/token';
const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** An answer in JSON of the proxy's own. */
export const inJson = (status, body, headers = {}) => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify(body),
});

const redirect = (location) => ({ status: 303, headers: { location: String(location) }, body: '' });

/** Two rules as one. */
export function both(...rules) {
  return {
    async request(...given) {
      for (const rule of rules) {
        const answer = await rule.request?.(...given);
        if (answer) return answer;
      }
      return undefined;
    },
    async response(...given) {
      for (const rule of rules) await rule.response?.(...given);
    },
  };
}

/** Changes what a JSON endpoint answers when it answers well. */
function answered(method, path, change) {
  return {
    async response(answer, exchange, tools) {
      if (!exchange.is(method, path) || answer.status >= 300 || !answer.body.startsWith('{')) return;
      const body = JSON.parse(answer.body);
      answer.body = JSON.stringify((await change(body, exchange, tools, answer)) ?? body);
    },
  };
}

export const tokens = (change) => answered('POST', TOKEN, change);
export const metadata = (change) => answered('GET', '/.well-known/openid-configuration', change);
export const keys = (change) => answered('GET', '/jwks', change);
export const introspection = (change) => answered('POST', '/token/introspection', change);
export const pushed = (change) => answered('POST', '/request', change);
export const registered = (change) => answered('POST', '/reg', change);

/** Changes the claims, however they were asked for. */
export const userinfo = (change) =>
  both(answered('GET', '/me', change), answered('POST', '/me', change));

/** Signs the ID token anew over changed claims. */
export const idToken = (change, header = {}) =>
  tokens(async (body, exchange, tools) => {
    if (!body.id_token) return;
    const claims = jose.decodeJwt(body.id_token);
    const changed = (await change(claims, exchange, tools)) ?? claims;
    body.id_token = typeof changed === 'string' ? changed : await tools.sign(changed, header);
  });

/** Changes the headers of a good answer of the token endpoint. */
export const tokenHeaders = (change) => ({
  response(answer, exchange) {
    if (exchange.is('POST', TOKEN)) change(answer.headers);
  },
});

/** Changes what the party is answered, by redirect or by form. */
export const answer = (change) => ({
  async response(given, exchange, tools) {
    const location = given.headers.location;
    if (location && URL.canParse(location) && !location.startsWith(tools.issuer)) {
      const url = new URL(location);
      await change(url.searchParams, url, tools, exchange);
      given.headers.location = url.href;
      return;
    }
    const form = /<form method="post" action="([^"]*)">/.exec(given.body);
    if (!form || decodeEntities(form[1]).startsWith(tools.issuer) || form[1].startsWith('/')) return;
    const url = new URL(decodeEntities(form[1]));
    const fields = new URLSearchParams(
      [...given.body.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        decodeEntities(value),
      ]),
    );
    await change(fields, url, tools, exchange);
    given.body = posting(url, fields);
  },
});

const posting = (url, fields) =>
  `<form method="post" action="${encodeEntities(url.href)}">${[...fields]
    .map(
      ([name, value]) =>
        `<input type="hidden" name="${encodeEntities(name)}" value="${encodeEntities(value)}"/>`,
    )
    .join('')}<button type="submit">Continue</button></form>`;

/** Changes an authorization request before the peer reads it. */
export const asked = (change) => ({
  request(exchange, tools) {
    if (exchange.path === AUTHORIZATION && exchange.params)
      return change(exchange.params, tools, exchange);
    return undefined;
  },
});

/** Sends the browser to the party, in the response mode that was asked for. */
export function sentBack(params, fields, address = params.get('redirect_uri')) {
  const url = new URL(address);
  const all = new URLSearchParams({
    ...fields,
    ...(params.has('state') ? { state: params.get('state') } : {}),
  });
  if (params.get('response_mode') === 'form_post') {
    return { status: 200, headers: { 'content-type': 'text/html' }, body: posting(url, all) };
  }
  for (const [name, value] of all) url.searchParams.append(name, value);
  return redirect(url);
}

/** Refuses the authorization requests that `when` picks. */
export const refuses = (when, error = 'invalid_request') =>
  asked((params, tools, exchange) =>
    when(params, exchange) ? sentBack(params, { error, iss: tools.issuer }) : undefined,
  );

/** Sends a code to where it must not go, for the authorization requests that `when` picks. */
export const givesCode = (when, address) =>
  asked((params, tools, exchange) =>
    when(params, exchange)
      ? sentBack(params, { code: 'c'.repeat(43), iss: tools.issuer }, address?.(params, tools))
      : undefined,
  );

/** Remembers a party's metadata as they are registered. */
export const remembers = (name) => ({
  request(exchange, tools) {
    if (exchange.is('POST', '/reg') && exchange.json?.[name] !== undefined) {
      tools.memory[name] = exchange.json[name];
    }
  },
});

/** Registers what the peer would refuse: `pick` leaves out what it refuses and `tell` puts it back. */
export const registers = (pick, tell) => ({
  request(exchange, tools) {
    if (exchange.is('POST', '/reg')) {
      tools.memory.wanted = { ...exchange.json };
      pick(exchange.json);
    }
  },
  response(given, exchange, tools) {
    if (!exchange.is('POST', '/reg') || given.status >= 300) return;
    given.body = JSON.stringify({ ...JSON.parse(given.body), ...tell(tools.memory.wanted) });
  },
});

/** Answers a token request that `when` picks in the peer's place. */
export const tokenEndpoint = (when, reply) => ({
  request(exchange, tools) {
    if (exchange.is('POST', TOKEN) && when(exchange.form, tools, exchange)) {
      return reply(exchange.form, tools, exchange);
    }
    return undefined;
  },
});

/** Answers what the peer refuses as if it had granted it. */
export const grantsAnyway = (when = () => true) => ({
  response(given, exchange, tools) {
    if (!exchange.is('POST', TOKEN)) return;
    if (given.status < 300) tools.memory.granted ??= given.body;
    else if (when(exchange.form)) {
      Object.assign(given, inJson(200, { ...JSON.parse(tools.memory.granted ?? '{}'), ...REPLAYED }));
    }
  },
});

const REPLAYED = { access_token: 'a'.repeat(43), token_type: 'Bearer', expires_in: 60 };

/** Takes something out of every page. */
export const pages = (change) => ({
  response(given) {
    if ((given.headers['content-type'] ?? '').startsWith('text/html')) given.body = change(given.body);
  },
});

/** Answers the logout requests that `when` picks with a redirect to `address`. */
export const logsOutTo = (address, when = () => true) => ({
  request(exchange, tools) {
    if (!['/session/end', '/session/end/confirm'].includes(exchange.path)) return undefined;
    if (!when(exchange.params)) return undefined;
    const target = address(exchange.params, tools);
    return target === undefined ? undefined : redirect(target);
  },
});

/** Changes the back-channel logout on its way: the peer posts it to the proxy, which passes it on. */
export const backChannel = (change) =>
  both(
    {
      async request(exchange, tools) {
        if (exchange.is('POST', '/reg') && exchange.json?.backchannel_logout_uri) {
          tools.memory.receiver = exchange.json.backchannel_logout_uri;
          exchange.json.backchannel_logout_uri = `${tools.issuer}/back-channel`;
        }
        if (!exchange.is('POST', '/back-channel')) return undefined;
        const token = exchange.form.get('logout_token');
        const header = jose.decodeProtectedHeader(token);
        const changed = await change(jose.decodeJwt(token), header, tools);
        if (changed === null) return { status: 200, headers: {}, body: '' };
        const sent = typeof changed === 'string' ? changed : await tools.sign(changed, header);
        const answer = await fetch(tools.memory.receiver, {
          method: 'POST',
          body: new URLSearchParams({ logout_token: sent }),
        });
        return { status: answer.status, headers: {}, body: '' };
      },
    },
    registered((body, _, tools) => {
      if (tools.memory.receiver) body.backchannel_logout_uri = tools.memory.receiver;
    }),
  );
