// As much of HTML as a plain form needs: its inputs, its buttons, and links and pictures of a page.

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Replaces character references by what they stand for. */
export function decodeEntities(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number.parseInt(decimal, 10));
    return NAMED[name.toLowerCase()] ?? whole;
  });
}

/** Replaces what must not stand in an attribute. */
export function encodeEntities(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}

function attributes(tag) {
  const found = {};
  const inside = tag.replace(/^<[a-z0-9]+/i, '').replace(/\/?>$/, '');
  for (const [, name, double, single, bare] of inside.matchAll(
    /([a-z_:][-\w:.]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi,
  )) {
    found[name.toLowerCase()] = decodeEntities(double ?? single ?? bare ?? '');
  }
  return found;
}

function tags(html, name) {
  return [...html.matchAll(new RegExp(`<${name}(?:\\s(?:"[^"]*"|'[^']*'|[^>"'])*)?>`, 'gi'))].map(
    ([tag]) => ({ at: tag, ...attributes(tag) }),
  );
}

/** The forms of a page with their inputs and buttons, wherever on the page these stand. */
export function forms(html, base) {
  const plain = html.replace(/<!--[\s\S]*?-->/g, '');
  return [...plain.matchAll(/(<form(?:\s[^>]*)?>)([\s\S]*?)<\/form>/gi)].map(([, open, inner]) => {
    const form = attributes(open);
    const elsewhere = (name) => (form.id ? tags(plain, name).filter((one) => one.form === form.id) : []);
    const both = (name) => [...tags(inner, name), ...elsewhere(name)];
    const isButton = ({ type = '' }) => ['submit', 'image'].includes(type.toLowerCase());
    const inputs = both('input');
    return {
      id: form.id,
      action: new URL(form.action || base, base),
      method: (form.method ?? 'get').toUpperCase(),
      inputs: inputs.filter((input) => input.name && !isButton(input) && input.type !== 'button'),
      buttons: [
        ...both('button').filter((one) => (one.type ?? 'submit').toLowerCase() === 'submit'),
        ...inputs.filter(isButton),
      ],
    };
  });
}

/** The addresses that a page links to. */
export function links(html) {
  return tags(html, 'a')
    .map((one) => one.href)
    .filter(Boolean);
}

/** The addresses of the pictures of a page. */
export function pictures(html) {
  return tags(html, 'img')
    .map((one) => one.src)
    .filter(Boolean);
}

/** What a person would read, shortened, for messages. */
export function readable(html) {
  return decodeEntities(html.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 240);
}
