// Re-creates the OpenID Foundation's modules by name with `openid-client` and `jose`, both unmodified. They
// run against the server under test; against npm `oidc-provider`, which shows that they ask nothing odd;
// and against a proxy before that peer which breaks one rule at a time, where each must fail with the words
// that belong to the rule, which shows that they test something.
//
//   node openid_modules.mjs [--only citizenry|peer|broken] [--module NAME] [--plan NAME]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { Citizenry } from './oidc/citizenry.mjs';
import { modules } from './oidc/modules.mjs';
import { Peer } from './oidc/peer.mjs';
import { Receiver } from './oidc/receiver.mjs';
import { Runner } from './oidc/runner.mjs';

const { values: wanted } = parseArgs({
  options: { only: { type: 'string' }, module: { type: 'string' }, plan: { type: 'string' } },
});
const chosen = modules.filter(
  ({ name, plan }) => (wanted.module ?? name) === name && (wanted.plan ?? plan) === plan,
);
const settings = process.env.CITIZENRY_E2E
  ? JSON.parse(readFileSync(process.env.CITIZENRY_E2E, 'utf8'))
  : undefined;

// The peer says at length that it runs with development settings.
Object.assign(console, { info() {}, warn() {} });

const receiver = await Receiver.start();
const runner = new Runner(receiver);
const parts = wanted.only ? [wanted.only] : ['citizenry', 'peer', 'broken'];
if (parts.includes('citizenry') && settings) {
  await runner.all('citizenry', chosen, new Citizenry(settings));
}
// What does not depend on the server under test runs once, not for each of its databases.
if (!settings?.database_url || wanted.only) {
  if (parts.includes('peer')) await runner.all('peer', chosen, await Peer.start(receiver));
  if (parts.includes('broken')) await runner.broken(chosen);
}
process.exit(runner.failed === 0 && runner.passed > 0 ? 0 : 1);
