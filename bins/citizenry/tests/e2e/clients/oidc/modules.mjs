// Every module by plan. `name` is the OpenID Foundation's; `run` asserts; each of `breaks` is a rule of a
// broken provider and what the module says when it meets that.
import { basic } from './modules_basic.mjs';
import { config } from './modules_config.mjs';
import { dynamic } from './modules_dynamic.mjs';
import { extras } from './modules_extras.mjs';
import { backchannel, logout } from './modules_logout.mjs';

const plan = (name, modules, mode = 'query') =>
  modules.map(({ breaksForm = [], ...module }) => ({
    ...module,
    plan: name,
    mode,
    breaks: mode === 'query' ? module.breaks : [...module.breaks, ...breaksForm],
  }));

export const modules = [
  ...plan('config', config),
  ...plan('basic', basic),
  ...plan('dynamic', dynamic),
  ...plan('form-post', basic, 'form_post'),
  ...plan('rp-logout', logout),
  ...plan('back-channel', backchannel),
  ...plan('extras', extras),
];

const names = modules.map(({ name, plan: of }) => `${of} ${name}`);
const twice = names.filter((name, index) => names.indexOf(name) !== index);
const untried = modules.filter(({ breaks }) => breaks.length === 0).map(({ name }) => name);
if (twice.length > 0 || untried.length > 0) {
  throw new Error(`modules that stand twice: ${twice}; that no rule is broken for: ${untried}`);
}
