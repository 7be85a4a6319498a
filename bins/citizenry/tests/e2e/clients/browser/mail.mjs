// The mail that the server wrote into a folder, and the links in it.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { settings } from '../checks.mjs';

const PATIENCE = 15_000;

/** The first link to a path like `/u/reset/…` in the mail to `address`, waiting until it is there. */
export async function link(address, path) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const found = search(address, path);
    if (found) return found;
    if (Date.now() > until) throw new Error(`no mail to ${address} with a link to ${path}`);
    // Mail leaves after the answer; nothing tells when the file is there.
    await pause(100);
  }
}

function search(address, path) {
  for (const file of readdirSync(settings.mail_folder)) {
    const mail = readFileSync(join(settings.mail_folder, file), 'latin1');
    const { headers, parts } = parse(mail);
    if (!headers.to?.includes(address)) continue;
    for (const part of parts) {
      const found = new RegExp(`https?://[^\\s"'<>]+${path}[^\\s"'<>]*`).exec(part);
      if (found) return found[0].replaceAll('&amp;', '&');
    }
  }
  return undefined;
}

/** Headers by their name in lower case, and the decoded text of every part (RFC 2045). */
function parse(mail) {
  const [, head, rest] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(mail) ?? [, mail, ''];
  const headers = {};
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name) headers[name.toLowerCase()] = value;
  }
  const boundary = /boundary="?([^";]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (!boundary) return { headers, parts: [decoded(headers, rest)] };
  const parts = rest.split(`--${boundary}`).slice(1).flatMap((part) => parse(part.trimStart()).parts);
  return { headers, parts };
}

function decoded(headers, text) {
  switch ((headers['content-transfer-encoding'] ?? '').toLowerCase()) {
    case 'base64': return Buffer.from(text, 'base64').toString();
    case 'quoted-printable': return text.replace(/=\r?\n/g, '')
      .replace(/=([0-9A-F]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
    default: return text;
  }
}
