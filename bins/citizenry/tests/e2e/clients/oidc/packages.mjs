// The npm packages, loaded from the folder that the runner installed them into. They are ES modules,
// which Node does not look for in NODE_PATH, so each is resolved there and imported by its file.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const installed =
  process.env.CITIZENRY_E2E_NODE ?? resolve(here, ...Array(6).fill('..'), '.e2e', 'node');
const { resolve: find } = createRequire(join(installed, 'package.json'));

export const client = await import(pathToFileURL(find('openid-client')));
export const jose = await import(pathToFileURL(find('jose')));

/** The peer, which only the runs that need it load. */
export async function peerPackage() {
  return import(pathToFileURL(find('oidc-provider')));
}
