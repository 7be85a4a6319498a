// Where the single-page applications stand: one folder each, every page of it the same document
// with the library under test.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { installed } from '../checks.mjs';

const here = dirname(fileURLToPath(import.meta.url));

const LIBRARIES = {
  'oidc-client-ts': 'oidc-client-ts/dist/browser/oidc-client-ts.js',
  'auth0-spa-js': '@auth0/auth0-spa-js/dist/auth0-spa-js.production.js',
  'authok-spa-js': '@authok/authok-spa-js/dist/authok-spa-js.production.js',
};

/** Serves the applications on a free port of loopback; answers their origin and how to end it. */
export async function serve() {
  const document = readFileSync(join(here, 'party.html'));
  const server = createServer((request, response) => {
    const [, name, file] = new URL(request.url, 'http://127.0.0.1').pathname.split('/');
    if (file === 'library.js' && LIBRARIES[name]) {
      response.setHeader('content-type', 'text/javascript; charset=utf-8');
      response.end(readFileSync(join(installed, 'node_modules', LIBRARIES[name])));
    } else if (LIBRARIES[name]) {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(document);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, close: () => { server.closeAllConnections(); server.close(); } };
}
