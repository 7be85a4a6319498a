// Runs modules, several at once, and prints a line for each.
import { randomBytes } from 'node:crypto';

import { Browser } from './browser.mjs';
import { oneLine } from './expect.mjs';
import { BreakingProxy } from './proxy.mjs';

const AT_ONCE = 4;
const LIMIT = 30_000;

/** What a module is given: the provider, and what a party needs beside it. */
class Provider {
  constructor(target, module, receiver) {
    this.target = target;
    this.module = module.name;
    this.mode = module.mode;
    this.receiver = receiver;
    this.issuer = target.issuer;
    this.user = target.user;
    this.id = randomBytes(5).toString('hex');
  }

  async prepare() {
    const base = this.issuer.endsWith('/') ? this.issuer.slice(0, -1) : this.issuer;
    this.metadata = await (await fetch(`${base}/.well-known/openid-configuration`)).json();
    return this;
  }

  /** A browser with no cookies. */
  browser() {
    return new Browser(this.issuer, this.user, this.receiver.origin);
  }

  /** An address for answers; one that can be reached where answers are posted. */
  redirectUri(name) {
    const origin = this.mode === 'form_post' ? this.receiver.origin : 'https://party.example';
    return `${origin}/callback/${this.id}/${name}`;
  }

  /** Publishes a document under an address that is https where the provider can reach one. */
  publishSecurely(path, body) {
    const address = this.receiver.publish(path, body);
    return this.target.documents
      ? address.replace(this.receiver.origin, this.target.documents)
      : address;
  }

  async jwks() {
    return (await fetch(this.metadata.jwks_uri)).json();
  }

  rotateKeys() {
    return this.target.rotateKeys();
  }

  /** Parameters of a request for a party's own token, where the provider wants to be told for what. */
  async grantAccess(id) {
    return (await this.target.grantAccess?.(id)) ?? {};
  }

  forgetClientKeys(id) {
    return this.target.forgetClientKeys?.(id);
  }
}

export class Runner {
  passed = 0;
  failed = 0;

  constructor(receiver) {
    this.receiver = receiver;
  }

  /** Runs every module against one provider. */
  async all(label, modules, target) {
    await target.ready?.();
    await several(modules, async (module) => {
      const name = `${label} ${shown(module)}`;
      try {
        await this.#once(module, target);
        this.#ok(name);
      } catch (error) {
        this.#fail(name, oneLine(error));
      }
    });
    target.close?.();
  }

  /** Runs every module against each of its rules, where it must fail with the rule's words. */
  async broken(modules) {
    const cases = modules.flatMap((module) => module.breaks.map((rule) => ({ module, rule })));
    await several(cases, async ({ module, rule }) => {
      const name = `broken ${shown(module)}: ${rule.rule}`;
      const target = await BreakingProxy.start(rule.by, this.receiver);
      try {
        await this.#once(module, target);
        this.#fail(name, 'the module did not see it');
      } catch (error) {
        const words = oneLine(error);
        if (rule.seen.test(words)) this.#ok(name);
        else this.#fail(name, `the module failed for another reason: ${words}`);
      } finally {
        target.close();
      }
    });
  }

  async #once(module, target) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end after ${LIMIT / 1000} s`)), LIMIT);
    });
    const provider = await new Provider(target, module, this.receiver).prepare();
    try {
      await Promise.race([module.run(provider), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #ok(name) {
    this.passed += 1;
    console.log(`ok openid-modules ${name}`);
  }

  #fail(name, why) {
    this.failed += 1;
    console.log(`FAIL openid-modules ${name}: ${why}`);
  }
}

const shown = ({ name, plan, mode }) => (mode === 'form_post' ? `${name} (${plan})` : name);

/** Does something for each of the items, a few at once. */
async function several(items, work) {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (waiting.length > 0) await work(waiting.shift());
    }),
  );
}
