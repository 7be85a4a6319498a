// A headless Chromium that reaches nothing but loopback.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { load } from '../checks.mjs';

const { chromium } = load('playwright-core');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function program() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error(`none of ${NAMES.join(', ')} is installed`);
}

/** Starts the browser. */
export function launch() {
  return chromium.launch({
    executablePath: program(),
    args: [
      '--no-sandbox', '--disable-background-networking', '--disable-component-update',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}
