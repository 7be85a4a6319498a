// How a person goes through the hosted pages.
import { person } from './registrations.mjs';

/** More pages than any sign-in has. */
const MOST_STEPS = 6;

/** Runs what makes the page leave its document and waits for the next one. */
export async function leave(page, action) {
  const moved = page.waitForEvent('framenavigated', {
    predicate: (frame) => frame === page.mainFrame(), timeout: 20_000,
  });
  await Promise.all([moved, action()]);
  await page.waitForLoadState('domcontentloaded');
}

/** Fills in the sign-in page that is on show and sends it. */
export async function signIn(page, { username, password } = person) {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await leave(page, () => page.locator('input[name=password]').press('Enter'));
}

/** The button of a hosted form by its value. */
export const button = (page, action) => page.locator(`button[name=action][value=${action}]`);

/** Goes through every hosted page until the browser is back at `origin`; counts the pages. */
export async function goThrough(page, origin) {
  const seen = { signIns: 0, consents: 0 };
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (page.url().startsWith(`${origin}/`)) return seen;
    if (await page.locator('input[name=password]').count()) {
      seen.signIns += 1;
      await signIn(page);
    } else if (await button(page, 'allow').count()) {
      seen.consents += 1;
      await leave(page, () => button(page, 'allow').click());
    } else {
      break;
    }
  }
  if (page.url().startsWith(`${origin}/`)) return seen;
  const text = (await page.locator('body').innerText()).replace(/\s+/g, ' ').slice(0, 300);
  throw new Error(`still at ${page.url()}: ${text}`);
}
