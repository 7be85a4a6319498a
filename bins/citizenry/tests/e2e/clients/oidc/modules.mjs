// Every module by plan. `name` is the OpenID Foundation's; `run` asserts; each of `breaks` is a rule of a
// broken provider and what the module says when it meets that.
import { basic } from './modules_basic.mjs';
import { config } from './modules_config.mjs';
import { dynamic } from './modules_dynamic.mjs';
import { extras } from './modules_extras.mjs';
import { backchannel, logout } from './modules_logout.mjs';

const plan = (name, modules, mode = 'query') => modules.map(({ breaksForm = [], ...module }) => ({
  ...module, plan: name, mode, breaks: mode === 'query' ? module.breaks : [...module.breaks, ...breaksForm],
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
