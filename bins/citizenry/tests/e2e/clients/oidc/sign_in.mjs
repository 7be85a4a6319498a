// A sign-in as most of the modules begin with one.
import { Party } from './party.mjs';

/** What may be answered where no page may be shown to a person who is not signed in. */
export const NOT_LOGGED_IN = [
  'login_required',
  'interaction_required',
  'account_selection_required',
  'consent_required',
];

/** A party that has signed in once, and what it got. */
export async function signedIn(op, changes = {}, metadata = {}) {
  const party = await Party.register(op, metadata);
  const browser = op.browser();
  return { party, browser, ...(await party.signIn(browser, changes)) };
}

/** Sends the same request again, in the same browser. */
export async function again(party, browser, changes, checks) {
  const end = await party.authorize(browser, changes);
  return { end, ...(await party.redeem(end, checks)) };
}

/** Whether the provider says that it takes request objects with this algorithm. */
export function takesObjects(op, alg, by = 'request') {
  return (
    op.metadata[`${by}_parameter_supported`] === true &&
    (op.metadata.request_object_signing_alg_values_supported ?? []).includes(alg)
  );
}
