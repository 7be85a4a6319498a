// Drives `auth0` (npm), unmodified, on /api/v2 through the TLS listener (the SDK forces https).
import {
  Checks, ISO_TIME, assert, assertCreated, assertEachOnce, assertErrorBody, assertSigned, audience, decode,
  door, load, refusal, restorable, run, seedUser,
  tlsDomain, walk,
} from './checks.mjs';

const auth0 = load('auth0');
const { ManagementClient, ManagementError } = auth0;
const Management = auth0.Management ?? auth0;

const checks = new Checks('auth0-node');
const made = {};

/** A management client; `seen.token` is the last bearer token that it sent. */
function management(credentials, more = {}) {
  const seen = { token: undefined, status: undefined };
  const client = new ManagementClient({
    domain: tlsDomain,
    ...credentials,
    ...more,
    fetch: async (url, init) => {
      const bearer = new Headers(init.headers).get('authorization');
      if (bearer) seen.token = bearer.slice('Bearer '.length);
      const answer = await fetch(url, init);
      seen.status = answer.status;
      return answer;
    },
  });
  return { client, seen };
}

const { client: api, seen } = management({ clientId: door.client_id, clientSecret: door.client_secret });
const secondary = (more) =>
  management({ clientId: made.client.client_id, clientSecret: made.client.client_secret }, more);

const CLASSES = { 400: 'BadRequestError', 401: 'UnauthorizedError', 403: 'ForbiddenError', 404: 'NotFoundError',
  409: 'ConflictError' };

/** Awaits a refusal by the SDK's class of that status, with the whole error body. */
async function refused(status, call) {
  const error = await refusal(call);
  assert.ok(error instanceof ManagementError, `SDK's own error, not ${error}`);
  assert.equal(error.statusCode, status, error.message);
  assertErrorBody(error.body, status);
  assert.ok(error instanceof Management[CLASSES[status]], `class ${CLASSES[status]}, not ${error.name}`);
  return error;
}

/** Awaits a refusal of a request whose SDK method maps only some statuses to classes. */
async function refusedPlainly(status, call) {
  const error = await refusal(call);
  assert.ok(error instanceof ManagementError, `SDK's own error, not ${error}`);
  assert.equal(error.statusCode, status, error.message);
  assertErrorBody(error.body, status);
}

/** Awaits a refusal by the token endpoint, in the SDK's token call. */
async function tokenRefused(status, code, call) {
  const error = await refusal(call);
  assert.ok(error instanceof ManagementError, `SDK's own error, not ${error}`);
  assert.equal(error.statusCode, status, error.message);
  assert.equal(error.body.error, code);
  assert.equal(typeof error.body.error_description, 'string');
}

async function tokens() {
  await checks.check('token', async () => {
    await api.users.list({ per_page: 1 });
    const { claims } = decode(seen.token);
    assert.ok([claims.aud].flat()[0], 'the token names its audience');
    assert.ok(claims.scope.split(' ').includes('read:users'));
    assert.ok(claims.exp > claims.iat);
    await assertSigned(seen.token);
  });
  await checks.check('token-wrong-secret', () =>
    tokenRefused(401, 'invalid_client', () =>
      management({ clientId: door.client_id, clientSecret: 'not-the-secret' }).client.users.list()));
  await checks.check('token-missing', async () => {
    await refused(401, () => management({ token: 'not.a.token' }).client.users.list());
  });
}

async function users() {
  const sent = seedUser();
  await checks.check('user-create', async () => {
    made.user = await api.users.create(sent);
    checks.later(() => api.users.delete(made.user.user_id));
    assert.equal(seen.status, 201);
    assertCreated(made.user, sent, ISO_TIME);
  });
  await checks.check('user-create-duplicate', () => refused(409, () => api.users.create(sent)));
  await checks.check('user-create-unknown-connection', () =>
    refused(400, () => api.users.create({ ...seedUser(`${run}c`), connection: `none-${run}` })));
  const id = made.user?.user_id;
  await checks.check('user-get', async () => {
    assert.deepEqual(await api.users.get(id), made.user);
    const part = await api.users.get(id, { fields: 'email,user_id', include_fields: true });
    assert.deepEqual(part, { email: sent.email, user_id: id });
  });
  await checks.check('user-by-email', async () => {
    const found = await api.users.listUsersByEmail({ email: sent.email });
    assert.deepEqual(found.map((user) => user.user_id), [id]);
  });
  await checks.check('user-update', async () => {
    const change = { nickname: '小雷', name: '李小雷', blocked: true, email_verified: true };
    const answer = await api.users.update(id, change);
    const read = await api.users.get(id);
    for (const [field, value] of Object.entries(change)) {
      assert.equal(answer[field], value, `answered ${field}`);
      assert.equal(read[field], value, `stored ${field}`);
    }
    assert.equal(read.email, sent.email, 'what was not sent stays');
    assert.match(read.updated_at, ISO_TIME);
    assert.equal((await api.users.update(id, { blocked: false })).blocked, false);
  });
  await checks.check('user-metadata-merged', async () => {
    await api.users.update(id, { user_metadata: { colour: 'red', size: { width: 1 }, gone: true } });
    await api.users.update(id, { user_metadata: { size: { height: 2 }, gone: null } });
    await api.users.update(id, { app_metadata: { plan: 'gold' } });
    await api.users.update(id, { app_metadata: { since: 2022 } });
    const read = await api.users.get(id);
    assert.deepEqual(read.user_metadata, { colour: 'red', size: { height: 2 } });
    assert.deepEqual(read.app_metadata, { plan: 'gold', since: 2022 });
  });
  await checks.check('user-update-taken-email', async () => {
    const other = await api.users.create(seedUser(`${run}b`));
    checks.later(() => api.users.delete(other.user_id));
    await refusedPlainly(409, () => api.users.update(other.user_id, { email: sent.email }));
    assert.equal((await api.users.get(other.user_id)).email, other.email);
    await api.users.delete(other.user_id);
    assert.equal(seen.status, 204);
  });
  await checks.check('user-missing', async () => {
    const missing = 'authok|01j00000000000000000000000';
    await refused(404, () => api.users.get(missing));
    await refused(404, () => api.users.update(missing, { nickname: 'x' }));
  });
}

async function pages() {
  const name = `e2e-pages-${run}`;
  const wanted = [];
  await checks.check('pages-prepare', async () => {
    made.pages = await api.connections.create({ name, strategy: 'authok' });
    checks.later(() => api.connections.delete(made.pages.id));
    for (let number = 0; number < 23; number += 1) {
      const user = await api.users.create({
        connection: name, email: `page-${number}-${run}@example.com`, password: 'Str0ng!-lanterns',
      });
      wanted.push(user.user_id);
    }
  });
  await checks.check('user-list-every-page', async () => {
    const { items, pages: asked } = await walk(api.users.list({ connection: name, per_page: 5 }));
    assertEachOnce(items.map((user) => user.user_id), wanted);
    assert.equal(items.length, 23);
    assert.equal(asked, 5, 'the pager stops at the short page');
  });
  await checks.check('user-list-full-last-page', async () => {
    const { items } = await walk(api.users.list({ connection: name, per_page: 23 }));
    assertEachOnce(items.map((user) => user.user_id), wanted);
    assert.equal(items.length, 23, 'the page past the end is empty');
  });
  await checks.check('user-list-all-connections', async () => {
    const { items } = await walk(api.users.list({ per_page: 10 }));
    assertEachOnce(items.map((user) => user.user_id), [...wanted, made.user.user_id]);
  });
  await checks.check('user-list-totals', async () => {
    const { response } = await api.users.list({ connection: name, page: 1, per_page: 5 });
    assert.equal(response.start, 5);
    assert.equal(response.limit, 5);
    assert.equal(response.length, 5);
    assert.equal(response.total, 23);
    assert.equal(response.users.length, 5);
  });
  await checks.check('user-list-query', async () => {
    const q = `email:"page-3-${run}@example.com"`;
    const { response } = await api.users.list({ q, search_engine: 'v3' });
    assert.deepEqual(response.users.map((user) => user.user_id), [wanted[3]]);
    await refused(400, () => api.users.list({ q: 'name:/a.*b/', search_engine: 'v3' }));
  });
  await checks.check('connection-delete-user-by-email', async () => {
    await api.connections.users.deleteByEmail(made.pages.id, { email: `page-0-${run}@example.com` });
    assert.equal(seen.status, 204);
    await refused(404, () => api.users.get(wanted[0]));
  });
  await checks.check('connection-delete-takes-its-users', async () => {
    await api.connections.delete(made.pages.id);
    await refused(404, () => api.connections.get(made.pages.id));
    await refused(404, () => api.users.get(wanted[22]));
  });
}

async function resourceServers() {
  const scopes = [
    { value: 'read:books', description: 'Read books' },
    { value: 'write:books', description: 'Write books' },
  ];
  await checks.check('resource-server-create', async () => {
    const answer = await api.resourceServers.create({ name: `e2e ${run}`, identifier: audience, scopes });
    made.server = answer;
    checks.later(() => api.resourceServers.delete(answer.id));
    assert.equal(seen.status, 201);
    assert.equal(answer.identifier, audience);
    assert.deepEqual(answer.scopes, scopes);
    assert.equal(answer.signing_alg, 'RS256');
    assert.equal(answer.token_lifetime, 86400);
  });
  await checks.check('resource-server-duplicate', () =>
    refused(409, () => api.resourceServers.create({ name: `e2e again ${run}`, identifier: audience })));
  await checks.check('resource-server-get', async () => {
    assert.deepEqual(await api.resourceServers.get(made.server.id), made.server);
    assert.equal((await api.resourceServers.get(audience)).id, made.server.id);
  });
  await checks.check('resource-server-update', async () => {
    await api.resourceServers.update(made.server.id, { name: `e2e new ${run}`, token_lifetime: 600 });
    const read = await api.resourceServers.get(made.server.id);
    assert.equal(read.name, `e2e new ${run}`);
    assert.equal(read.token_lifetime, 600);
    assert.deepEqual(read.scopes, scopes);
  });
  await checks.check('resource-server-list', async () => {
    const { items } = await walk(api.resourceServers.list({ per_page: 2 }));
    assertEachOnce(items.map((server) => server.id), [made.server.id]);
    assert.ok(items.some((server) => server.is_system), 'the management API is listed');
  });
}

async function roles() {
  const id = made.user?.user_id;
  const name = `e2e-${run}`;
  await checks.check('role-create', async () => {
    made.role = await api.roles.create({ name, description: 'made by a test' });
    checks.later(() => api.roles.delete(made.role.id));
    assert.match(made.role.id, /^role_/);
    assert.equal(made.role.name, name);
    assert.equal(made.role.description, 'made by a test');
  });
  const role = made.role?.id;
  await checks.check('role-duplicate', () =>
    refusedPlainly(409, () => api.roles.create({ name, description: 'again' })));
  await checks.check('role-update', async () => {
    await api.roles.update(role, { description: 'changed' });
    const read = await api.roles.get(role);
    assert.equal(read.description, 'changed');
    assert.equal(read.name, name);
  });
  await checks.check('role-list', async () => {
    const { items } = await walk(api.roles.list({ name_filter: name, per_page: 1 }));
    assert.deepEqual(items.map((one) => one.id), [role]);
  });
  await checks.check('role-assigned-to-user', async () => {
    await api.users.roles.assign(id, { roles: [role] });
    assert.equal(seen.status, 204);
    const { items } = await walk(api.users.roles.list(id));
    assert.deepEqual(items.map((one) => one.id), [role]);
    assert.equal(items[0].name, name);
    const holders = await walk(api.roles.users.list(role, { take: 10 }));
    assert.deepEqual(holders.items.map((user) => user.user_id), [id]);
  });
  await checks.check('role-users-every-page', async () => {
    const others = [];
    for (const mark of ['p', 'q']) {
      const user = await api.users.create(seedUser(`${run}${mark}`));
      checks.later(() => api.users.delete(user.user_id));
      others.push(user.user_id);
    }
    await api.roles.users.assign(role, { users: others });
    const { items, pages: asked } = await walk(api.roles.users.list(role, { take: 2 }));
    assertEachOnce(items.map((user) => user.user_id), [id, ...others]);
    assert.equal(items.length, 3);
    assert.equal(asked, 2, 'next is sent only while more follow');
    for (const other of others) await api.users.delete(other);
  });
  await checks.check('permissions-direct-and-by-role', async () => {
    const permission = (value) => ({ resource_server_identifier: audience, permission_name: value });
    await api.users.permissions.create(id, { permissions: [permission('read:books')] });
    assert.equal(seen.status, 201);
    await api.roles.permissions.add(role, {
      permissions: [permission('read:books'), permission('write:books')],
    });
    assert.equal(seen.status, 201);
    const inRole = await walk(api.roles.permissions.list(role, { per_page: 1 }));
    assert.deepEqual(inRole.items.map((one) => one.permission_name).sort(), ['read:books', 'write:books']);
    assert.equal(inRole.items[0].resource_server_identifier, audience);
    const { items } = await walk(api.users.permissions.list(id));
    const sources = (value) => items.find((one) => one.permission_name === value).sources;
    assert.equal(items.length, 2);
    assert.deepEqual(sources('read:books').map((one) => one.source_type).sort(), ['DIRECT', 'ROLE']);
    assert.deepEqual(sources('write:books').map((one) => one.source_type), ['ROLE']);
    assert.equal(sources('write:books')[0].source_id, role);
    assert.equal(sources('write:books')[0].source_name, name);
    await api.users.permissions.delete(id, { permissions: [permission('read:books')] });
    assert.equal(seen.status, 204);
    await api.roles.permissions.delete(role, { permissions: [permission('read:books')] });
    const left = await walk(api.users.permissions.list(id));
    assert.deepEqual(left.items.map((one) => one.permission_name), ['write:books']);
  });
  await checks.check('role-removed-from-user', async () => {
    await api.users.roles.delete(id, { roles: [role] });
    assert.equal(seen.status, 204);
    assert.deepEqual((await walk(api.users.roles.list(id))).items, []);
    assert.deepEqual((await walk(api.users.permissions.list(id))).items, []);
  });
  await checks.check('role-delete', async () => {
    await api.roles.delete(role);
    await refused(404, () => api.roles.get(role));
  });
}

async function clients() {
  const name = `e2e-${run}`;
  await checks.check('client-create', async () => {
    made.client = await api.clients.create({
      name, app_type: 'non_interactive', grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post', callbacks: ['https://app.example/callback'],
    });
    checks.later(() => api.clients.delete(made.client.client_id));
    assert.equal(seen.status, 201);
    assert.equal(made.client.name, name);
    assert.equal(made.client.app_type, 'non_interactive');
    assert.deepEqual(made.client.grant_types, ['client_credentials']);
    assert.deepEqual(made.client.callbacks, ['https://app.example/callback']);
    assert.ok(made.client.client_secret.length >= 32);
  });
  const id = made.client?.client_id;
  await checks.check('client-duplicate', () =>
    refused(409, () => api.clients.create({ name, app_type: 'non_interactive' })));
  await checks.check('client-update', async () => {
    await api.clients.update(id, { description: '说明', client_metadata: { team: 'a' } });
    const read = await api.clients.get(id);
    assert.equal(read.description, '说明');
    assert.deepEqual(read.client_metadata, { team: 'a' });
    assert.deepEqual(read.callbacks, ['https://app.example/callback']);
  });
  await checks.check('client-list', async () => {
    const { items } = await walk(api.clients.list({ per_page: 2 }));
    assertEachOnce(items.map((one) => one.client_id), [id, door.client_id]);
  });
}

async function clientGrants() {
  const wanted = { client_id: made.client?.client_id, audience: door.audience, scope: ['read:roles'] };
  await checks.check('client-grant-none-yet', () =>
    tokenRefused(403, 'access_denied', () => secondary().client.roles.list()));
  await checks.check('client-grant-create', async () => {
    made.grant = await api.clientGrants.create(wanted);
    assert.equal(seen.status, 201);
    assert.equal(made.grant.client_id, wanted.client_id);
    assert.equal(made.grant.audience, door.audience);
    assert.deepEqual(made.grant.scope, ['read:roles']);
    assert.deepEqual((await api.clientGrants.get(made.grant.id)).scope, ['read:roles']);
  });
  await checks.check('client-grant-duplicate', () => refused(409, () => api.clientGrants.create(wanted)));
  await checks.check('client-grant-scoped-token', async () => {
    const { client: narrow, seen: sent } = secondary();
    await narrow.roles.list();
    assert.equal(decode(sent.token).claims.scope, 'read:roles');
    await refused(403, () => narrow.users.list());
    await refused(403, () => narrow.roles.create({ name: `no-${run}`, description: 'no' }));
  });
  await checks.check('client-grant-list-every-page', async () => {
    const own = await api.clientGrants.create({ ...wanted, audience, scope: ['read:books'] });
    const { items, pages: asked } =
      await walk(api.clientGrants.list({ client_id: wanted.client_id, take: 1 }));
    assertEachOnce(items.map((grant) => grant.id), [made.grant.id, own.id]);
    assert.equal(items.length, 2);
    assert.equal(asked, 2, 'next is sent only while more follow');
    made.ownGrant = own;
  });
  await checks.check('client-grant-own-audience', async () => {
    const { client: foreign, seen: sent } = secondary({ audience });
    await refused(401, () => foreign.users.list());
    const { header, claims } = decode(sent.token);
    assert.equal(header.alg, 'RS256');
    assert.ok([claims.aud].flat().includes(audience));
    assert.equal(claims.scope, 'read:books');
    await assertSigned(sent.token);
  });
  await checks.check('client-grant-update', async () => {
    await api.clientGrants.update(made.grant.id, { scope: ['read:users'] });
    const { client: narrow } = secondary();
    await narrow.users.list();
    await refused(403, () => narrow.roles.list());
  });
  await checks.check('client-rotate-secret', async () => {
    const before = made.client.client_secret;
    const answer = await api.clients.rotateSecret(made.client.client_id);
    assert.notEqual(answer.client_secret, before);
    await tokenRefused(401, 'invalid_client', () => secondary().client.users.list());
    made.client = { ...made.client, client_secret: answer.client_secret };
    await secondary().client.users.list();
  });
  await checks.check('client-grant-delete', async () => {
    await api.clientGrants.delete(made.grant.id);
    assert.equal(seen.status, 204);
    await tokenRefused(403, 'access_denied', () => secondary().client.users.list());
  });
  await checks.check('client-delete', async () => {
    await api.clients.delete(made.client.client_id);
    assert.equal(seen.status, 204);
    await refused(404, () => api.clients.get(made.client.client_id));
    const left = await walk(api.clientGrants.list({ audience }));
    assert.deepEqual(left.items, [], 'its grants went with it');
    await tokenRefused(401, 'invalid_client', () => secondary().client.users.list());
  });
  await checks.check('resource-server-delete', async () => {
    await api.resourceServers.delete(made.server.id);
    assert.equal(seen.status, 204);
    await refused(404, () => api.resourceServers.get(made.server.id));
  });
}

async function connections() {
  const name = `e2e-con-${run}`;
  await checks.check('connection-create', async () => {
    made.connection = await api.connections.create({
      name, strategy: 'authok', display_name: '测试', options: { brute_force_protection: true },
      enabled_clients: [door.client_id],
    });
    checks.later(() => api.connections.delete(made.connection.id));
    assert.equal(seen.status, 201);
    assert.match(made.connection.id, /^con_/);
    assert.equal(made.connection.strategy, 'authok');
    assert.deepEqual(made.connection.enabled_clients, [door.client_id]);
  });
  const id = made.connection?.id;
  await checks.check('connection-duplicate', async () => {
    const error = await refusal(() => api.connections.create({ name, strategy: 'authok' }));
    assert.ok(error instanceof ManagementError);
    assert.ok([400, 409].includes(error.statusCode), error.message);
    assertErrorBody(error.body, error.statusCode);
  });
  await checks.check('connection-update', async () => {
    await api.connections.update(id, { display_name: '改了', enabled_clients: [] });
    const read = await api.connections.get(id);
    assert.equal(read.display_name, '改了');
    assert.deepEqual(read.enabled_clients, []);
    assert.equal(read.options.brute_force_protection, true);
  });
  await checks.check('connection-list-every-page', async () => {
    const { items } = await walk(api.connections.list({ take: 2 }));
    assertEachOnce(items.map((one) => one.id), [id]);
    assert.ok(items.some((one) => one.name === 'authok'), 'the default database connection is listed');
    const byName = await walk(api.connections.list({ name }));
    assert.deepEqual(byName.items.map((one) => one.id), [id]);
  });
  await checks.check('connection-delete', async () => {
    await api.connections.delete(id);
    await refused(404, () => api.connections.get(id));
  });
}

async function tenant() {
  await checks.check('tenant-settings', async () => {
    const before = await api.tenants.settings.get();
    checks.later(() => api.tenants.settings.update(restorable(before, 'support_email', 'session_lifetime')));
    const support = `help-${run}@example.com`;
    await api.tenants.settings.update({ support_email: support, session_lifetime: 48 });
    const read = await api.tenants.settings.get();
    assert.equal(read.support_email, support);
    assert.equal(read.session_lifetime, 48);
    assert.equal(read.name, before.name);
    await refused(400, () => api.tenants.settings.update({ no_such_setting: 1 }));
  });
}

async function logs() {
  await checks.check('logs', async () => {
    const { items } = await walk(api.logs.list({ per_page: 100 }), 1000);
    assertEachOnce(items.map((event) => event.log_id), []);
    assert.ok(items.length > 0, 'what was done is logged');
    for (const event of items) {
      assert.match(event.date, ISO_TIME);
      assert.ok(event.type, 'an event has a type');
    }
    assert.deepEqual(await api.logs.get(items[0].log_id), items[0]);
    await refused(404, () => api.logs.get('01j00000000000000000000000'));
  });
  await checks.check('logs-of-user', async () => {
    const { items } = await walk(api.users.logs.list(made.user.user_id, { per_page: 100 }));
    assert.ok(items.length > 0, 'changes of the user are logged');
    for (const event of items) assert.equal(event.user_id, made.user.user_id);
  });
}

async function removal() {
  await checks.check('user-delete', async () => {
    await api.users.delete(made.user.user_id);
    assert.equal(seen.status, 204);
    await refused(404, () => api.users.get(made.user.user_id));
    assert.deepEqual(await api.users.listUsersByEmail({ email: made.user.email }), []);
  });
}

for (const part of [
  tokens, users, pages, resourceServers, roles, clients, clientGrants, connections, tenant, logs, removal,
]) await part();
await checks.finish();
