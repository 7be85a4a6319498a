// What the modules assert more than once.
import assert from 'node:assert/strict';

export { assert };

/** The protocol error that a failed call of openid-client carries, wherever it put it. */
export function protocolError(error) {
  const challenge = Array.isArray(error?.cause) ? error.cause[0]?.parameters?.error : undefined;
  return { error: error?.error ?? challenge, status: error?.status };
}

/** Awaits a refusal with one of the errors; a success, or another failure, is one of the module. */
export async function refused(call, { error: errors, status: statuses } = {}) {
  try {
    await call();
  } catch (failure) {
    const { error, status } = protocolError(failure);
    if (error === undefined && status === undefined) throw failure;
    if (errors) assert.ok(errors.includes(error), `the refusal is ${error}, not ${errors.join(' or ')}`);
    if (statuses) assert.ok(statuses.includes(status), `the refusal's status is ${status}`);
    return { error, status };
  }
  throw new Error('was not refused');
}

/** Asserts that the browser is still at the provider, on a page that a person can read. */
export function assertPage(end, why) {
  assert.ok(end.kind === 'page', `${why}: no redirect, but went to ${end.url}`);
  assert.ok(end.status < 500, `${why}: status ${end.status}`);
  assert.match(end.html, /<(html|body|p|h1)/i, `${why}: a page`);
}

/** Asserts an error answer with one of the errors, the request's `state` and the issuer. */
export function assertError(op, end, errors) {
  assert.equal(end.kind, 'answer', `an error is answered, not a page: ${end.status ?? ''}`);
  const error = end.params.get('error');
  assert.ok(error, `an error is answered, not ${end.params}`);
  assert.ok(errors.includes(error), `error ${error} is one of ${errors.join(', ')}`);
  assert.ok(!end.params.has('code'), 'an error comes without a code');
  assert.equal(end.params.get('state'), end.asked.state ?? null, 'state is answered');
  assertIssuer(op, end);
}

/** RFC 9207: the answer names the issuer when the metadata say so. */
export function assertIssuer(op, end) {
  if (op.metadata.authorization_response_iss_parameter_supported) {
    assert.equal(end.params.get('iss'), op.issuer, 'iss is answered');
  }
}

/** Waits; some rules are about seconds. */
export const pause = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

const MESSAGES = 3;

/** One line about a failure, with what caused it. */
export function oneLine(error) {
  const told = [];
  for (let one = error; one && told.length < MESSAGES; one = one.cause) {
    const { error: name, status } = protocolError(one);
    const body = one.error_description ?? '';
    told.push(
      [one.message ?? JSON.stringify(one), one.code, name, status, body]
        .filter((part) => part !== undefined && part !== '')
        .join(' '),
    );
  }
  const place = /\/([a-z_]+\.mjs:\d+)/.exec(
    (error?.stack ?? '')
      .split('\n')
      .slice(1)
      .filter((line) => !line.includes('expect.mjs'))
      .join('\n'),
  );
  return `${told.join(' < ')}${place ? ` (${place[1]})` : ''}`.replace(/\s*\n\s*/g, ' | ').slice(0, 600);
}
