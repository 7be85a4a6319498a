// Drives `@authok/authok-node`, unmodified, on /api/v1 through the TLS listener (the SDK forces https).
import {
  Checks, SEED_TIME, assert, assertCreated, assertEachOnce, assertSigned, audience, decode, door,
  load, refusal, restorable, run, seedUser, tlsDomain,
} from './checks.mjs';

const { AuthenticationClient, ManagementClient } = load('@authok/authok-node');
const { SanitizedError } = load('@authok/authok-node/src/errors');

const checks = new Checks('authok-node');
const credentials = {
  domain: tlsDomain, clientId: door.client_id, clientSecret: door.client_secret,
};
// No audience given: the SDK asks for https://<domain>/api/v1, the token comes by client_credentials.
const api = new ManagementClient(credentials);
const made = {};

/** Awaits a refusal by the SDK's own error class and asserts the fields the SDK fills. */
async function refused(status, name, call) {
  const error = await refusal(call);
  assert.ok(error instanceof SanitizedError, `SDK's own error, not ${error}`);
  assert.equal(error.statusCode, status, `status (${error.message})`);
  if (name !== undefined) assert.equal(error.name, name);
  assert.equal(typeof error.message, 'string');
  assert.ok(error.message && !error.message.startsWith('{'), `a readable message: ${error.message}`);
  return error;
}

/** The same for the token endpoint, whose errors carry no `message`. */
async function oauthRefused(status, name, call) {
  const error = await refusal(call);
  assert.ok(error instanceof SanitizedError, `SDK's own error, not ${error}`);
  assert.equal(error.statusCode, status);
  assert.equal(error.name, name);
}

/** Asks the pages 1, 2, ... of an /api/v1 list until one is empty. */
async function everyPage(list, query, size) {
  const ids = [];
  for (let page = 1; page <= 200; page += 1) {
    const answer = await list({ ...query, page, per_page: size, include_totals: true });
    assert.equal(answer.meta.page, page);
    assert.equal(answer.meta.page_size, size);
    assert.ok(answer.items.length <= size, 'no more than the page size');
    assert.equal(answer.length, answer.items.length);
    assert.equal(answer.total, answer.meta.total);
    if (answer.items.length === 0) {
      assert.equal(ids.length, answer.meta.total, 'the pages hold the total');
      return { ids, pages: page };
    }
    ids.push(...answer.items.map((user) => user.user_id));
  }
  throw new Error('no page was empty');
}

async function tokens() {
  await checks.check('token', async () => {
    const token = await api.getAccessToken();
    const { claims } = decode(token);
    assert.ok([claims.aud].flat()[0], 'the token names its audience');
    assert.ok(claims.scope.split(' ').includes('read:users'), 'read:users is granted');
    assert.ok(claims.exp > claims.iat);
    await assertSigned(token);
  });
  await checks.check('token-fields', async () => {
    const answer = await new AuthenticationClient(credentials)
      .clientCredentialsGrant({ audience: door.audience });
    assert.equal(answer.token_type, 'Bearer');
    assert.ok(answer.expires_in > 0);
    assert.ok(answer.scope.split(' ').includes('create:users'));
  });
  await checks.check('token-wrong-secret', async () => {
    const wrong = new AuthenticationClient({ ...credentials, clientSecret: 'not-the-secret' });
    await oauthRefused(401, 'invalid_client', () =>
      wrong.clientCredentialsGrant({ audience: door.audience }));
  });
}

async function users() {
  const sent = seedUser();
  await checks.check('user-create', async () => {
    made.user = await api.createUser(sent);
    checks.later(() => api.deleteUser({ id: made.user.user_id }));
    assertCreated(made.user, sent, SEED_TIME);
  });
  await checks.check('user-create-duplicate', () =>
    refused(400, 'invalid request', () => api.createUser(sent)));
  await checks.check('user-create-unknown-connection', () =>
    refused(400, 'invalid_request', () =>
      api.createUser({ ...seedUser(`${run}c`), connection: `none-${run}` })));
  const id = made.user?.user_id;
  await checks.check('user-get', async () => {
    assert.deepEqual(await api.getUser({ id }), made.user);
  });
  await checks.check('user-by-email', async () => {
    const found = await api.getUsersByEmail(sent.email.toUpperCase());
    assert.deepEqual(found.map((user) => user.user_id), [id]);
  });
  await checks.check('user-update', async () => {
    const change = { nickname: '小雷', gender: 2, birthdate: '1987-04-23', city: '深圳', blocked: true };
    const answer = await api.updateUser({ id }, change);
    const read = await api.getUser({ id });
    for (const [field, value] of Object.entries(change)) {
      assert.equal(answer[field], value, `answered ${field}`);
      assert.equal(read[field], value, `stored ${field}`);
    }
    assert.equal(read.email, sent.email, 'what was not sent stays');
    assert.match(read.updated_at, SEED_TIME);
    assert.equal((await api.updateUser({ id }, { blocked: false })).blocked, false);
  });
  await checks.check('user-metadata-overwritten', async () => {
    await api.updateUserMetadata({ id }, { colour: 'red', size: { width: 1 } });
    await api.updateUserMetadata({ id }, { size: { height: 2 } });
    await api.updateAppMetadata({ id }, { plan: 'gold' });
    const read = await api.getUser({ id });
    assert.deepEqual(read.user_metadata, { size: { height: 2 } });
    assert.deepEqual(read.app_metadata, { plan: 'gold' });
  });
  await checks.check('user-update-taken-email', async () => {
    const other = await api.createUser(seedUser(`${run}b`));
    checks.later(() => api.deleteUser({ id: other.user_id }));
    await refused(409, undefined, () => api.updateUser({ id: other.user_id }, { email: sent.email }));
    assert.equal((await api.getUser({ id: other.user_id })).email, other.email);
    await api.deleteUser({ id: other.user_id });
  });
  await checks.check('user-missing', async () => {
    const missing = { id: 'authok|01j00000000000000000000000' };
    await refused(404, undefined, () => api.getUser(missing));
    await refused(404, undefined, () => api.updateUser(missing, { nickname: 'x' }));
    await refused(404, undefined, () => api.deleteUser(missing));
  });
}

async function pages() {
  const name = `e2e-pages-${run}`;
  const wanted = [];
  await checks.check('pages-prepare', async () => {
    made.pages = await api.createConnection({ name, strategy: 'authok' });
    checks.later(() => api.deleteConnection({ id: made.pages.id }));
    for (let number = 0; number < 23; number += 1) {
      const user = await api.createUser({
        connection: name, email: `page-${number}-${run}@example.com`, password: 'Str0ng!-lanterns',
      });
      wanted.push(user.user_id);
    }
  });
  await checks.check('user-list-every-page', async () => {
    const { ids, pages: asked } = await everyPage(api.getUsers.bind(api), { connection: name }, 5);
    assertEachOnce(ids, wanted);
    assert.equal(ids.length, 23);
    assert.equal(asked, 6, 'five pages and the empty one');
  });
  await checks.check('user-list-all-connections', async () => {
    const { ids } = await everyPage(api.getUsers.bind(api), {}, 100);
    assertEachOnce(ids, [...wanted, made.user.user_id]);
  });
  await checks.check('user-list-page-zero-is-first', async () => {
    const query = { connection: name, per_page: 5 };
    const zero = await api.getUsers({ ...query, page: 0 });
    const one = await api.getUsers({ ...query, page: 1 });
    assert.deepEqual(zero.items.map((user) => user.user_id), one.items.map((user) => user.user_id));
    assert.equal(zero.meta.page, 1);
  });
  await checks.check('user-list-totals', async () => {
    const answer = await api.getUsers({ connection: name, page: 2, per_page: 5, include_totals: true });
    assert.deepEqual(answer.meta.total, 23);
    assert.equal(answer.start, 5);
    assert.equal(answer.limit, 5);
    assert.equal(answer.length, 5);
    assert.equal(answer.total, 23);
    assert.deepEqual(answer.users, answer.items);
  });
  await checks.check('user-list-query', async () => {
    const found = await api.getUsers({ q: `email:"page-3-${run}@example.com"` });
    assert.deepEqual(found.items.map((user) => user.user_id), [wanted[3]]);
    await refused(400, undefined, () => api.getUsers({ q: 'name:/a.*b/' }));
  });
  await checks.check('connection-delete-user-by-email', async () => {
    const email = `page-0-${run}@example.com`;
    await api.connections.deleteUserByEmail({ id: made.pages.id, email });
    await refused(404, undefined, () => api.getUser({ id: wanted[0] }));
  });
  await checks.check('connection-delete-takes-its-users', async () => {
    await api.deleteConnection({ id: made.pages.id });
    await refused(404, undefined, () => api.getConnection({ id: made.pages.id }));
    await refused(404, undefined, () => api.getUser({ id: wanted[22] }));
  });
}

async function resourceServers() {
  const scopes = [
    { value: 'read:books', description: 'Read books' },
    { value: 'write:books', description: 'Write books' },
  ];
  await checks.check('resource-server-create', async () => {
    const answer = await api.createResourceServer({ name: `e2e ${run}`, identifier: audience, scopes });
    made.server = answer;
    checks.later(() => api.deleteResourceServer({ id: answer.id }));
    assert.equal(answer.identifier, audience);
    assert.deepEqual(answer.scopes, scopes);
    assert.equal(answer.signing_alg, 'RS256');
    assert.equal(answer.token_lifetime, 86400);
    assert.equal(answer.enforce_policies, false);
  });
  await checks.check('resource-server-duplicate', () =>
    refused(409, undefined, () =>
      api.createResourceServer({ name: `e2e again ${run}`, identifier: audience })));
  await checks.check('resource-server-get', async () => {
    assert.deepEqual(await api.getResourceServer({ id: made.server.id }), made.server);
    const byIdentifier = await api.getResourceServer({ id: audience });
    assert.equal(byIdentifier.id, made.server.id);
  });
  await checks.check('resource-server-update', async () => {
    await api.updateResourceServer({ id: made.server.id }, { name: `e2e new ${run}`, token_lifetime: 600 });
    const read = await api.getResourceServer({ id: made.server.id });
    assert.equal(read.name, `e2e new ${run}`);
    assert.equal(read.token_lifetime, 600);
    assert.deepEqual(read.scopes, scopes);
  });
  await checks.check('resource-server-list', async () => {
    const answer = await api.getResourceServers({ page: 1, per_page: 100, include_totals: true });
    const ids = answer.items.map((server) => server.id);
    assertEachOnce(ids, [made.server.id]);
    assert.ok(answer.items.some((server) => server.is_system), 'the management API is listed');
  });
}

async function roles() {
  const id = made.user?.user_id;
  const name = `e2e-${run}`;
  await checks.check('role-create', async () => {
    made.role = await api.createRole({ name, description: 'made by a test' });
    checks.later(() => api.deleteRole({ id: made.role.id }));
    assert.match(made.role.id, /^role_/);
    assert.equal(made.role.name, name);
    assert.equal(made.role.description, 'made by a test');
  });
  const role = { id: made.role?.id };
  await checks.check('role-duplicate', () =>
    refused(409, undefined, () => api.createRole({ name, description: 'again' })));
  await checks.check('role-update', async () => {
    await api.updateRole({ ...role }, { description: 'changed' });
    const read = await api.getRole({ ...role });
    assert.equal(read.description, 'changed');
    assert.equal(read.name, name);
  });
  await checks.check('role-list', async () => {
    const answer = await api.getRoles({ name_filter: name, page: 1, per_page: 5, include_totals: true });
    assert.deepEqual(answer.items.map((one) => one.id), [role.id]);
    assert.deepEqual(answer.roles, answer.items);
    assert.equal(answer.total, 1);
  });
  await checks.check('role-assigned-to-user', async () => {
    await api.assignRolestoUser({ id }, { roles: [role.id] });
    const answer = await api.getUserRoles({ id, page: 1, per_page: 10 });
    assert.deepEqual(answer.items.map((one) => one.id), [role.id]);
    assert.equal(answer.items[0].name, name);
    const holders = await api.getUsersInRole({ ...role });
    assert.deepEqual(holders.items.map((user) => user.user_id), [id]);
  });
  await checks.check('permissions-direct-and-by-role', async () => {
    const permission = (value) => ({ resource_server_identifier: audience, permission_name: value });
    await api.assignPermissionsToUser({ id }, { permissions: [permission('read:books')] });
    await api.addPermissionsInRole({ ...role }, {
      permissions: [permission('read:books'), permission('write:books')],
    });
    const inRole = await api.getPermissionsInRole({ ...role });
    assert.deepEqual(inRole.items.map((one) => one.permission_name).sort(), ['read:books', 'write:books']);
    assert.equal(inRole.items[0].resource_server_identifier, audience);
    const { items } = await api.getUserPermissions({ id });
    const sources = (value) => items.find((one) => one.permission_name === value).sources;
    assert.equal(items.length, 2);
    assert.deepEqual(sources('read:books').map((one) => one.source_type).sort(), ['DIRECT', 'ROLE']);
    assert.deepEqual(sources('write:books').map((one) => one.source_type), ['ROLE']);
    assert.equal(sources('write:books')[0].source_id, role.id);
    assert.equal(sources('write:books')[0].source_name, name);
    await api.removePermissionsFromUser({ id }, { permissions: [permission('read:books')] });
    await api.removePermissionsFromRole({ ...role }, { permissions: [permission('read:books')] });
    const left = await api.getUserPermissions({ id });
    assert.deepEqual(left.items.map((one) => one.permission_name), ['write:books']);
  });
  await checks.check('role-removed-from-user', async () => {
    await api.removeRolesFromUser({ id }, { roles: [role.id] });
    assert.deepEqual((await api.getUserRoles({ id })).items, []);
    assert.deepEqual((await api.getUserPermissions({ id })).items, []);
    await api.roles.assignUsers({ ...role }, { users: [id] });
    assert.equal((await api.getUserRoles({ id })).items[0].id, role.id, 'assigned from the other side');
  });
  await checks.check('role-delete', async () => {
    await api.deleteRole({ ...role });
    await refused(404, undefined, () => api.getRole({ ...role }));
    assert.deepEqual((await api.getUserRoles({ id })).items, []);
  });
}

async function clients() {
  const name = `e2e-${run}`;
  await checks.check('client-create', async () => {
    made.client = await api.createClient({
      name, app_type: 'non_interactive', grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post', redirect_uris: ['https://app.example/callback'],
    });
    checks.later(() => api.deleteClient({ client_id: made.client.client_id }));
    assert.equal(made.client.name, name);
    assert.equal(made.client.app_type, 'non_interactive');
    assert.deepEqual(made.client.grant_types, ['client_credentials']);
    assert.deepEqual(made.client.redirect_uris, ['https://app.example/callback']);
    assert.ok(made.client.client_id.length > 0);
    assert.ok(made.client.client_secret.length >= 32);
  });
  const client = { client_id: made.client?.client_id };
  await checks.check('client-duplicate', () =>
    refused(409, undefined, () => api.createClient({ name, app_type: 'web' })));
  await checks.check('client-update', async () => {
    await api.updateClient({ ...client }, { description: '说明', client_metadata: { team: 'a' } });
    const read = await api.getClient({ ...client });
    assert.equal(read.description, '说明');
    assert.deepEqual(read.client_metadata, { team: 'a' });
    assert.equal(read.name, name);
    assert.deepEqual(read.redirect_uris, ['https://app.example/callback']);
  });
  await checks.check('client-list', async () => {
    const answer = await api.getClients({ page: 1, per_page: 100, include_totals: true });
    assertEachOnce(answer.items.map((one) => one.client_id), [client.client_id, door.client_id]);
    assert.deepEqual(answer.clients, answer.items);
  });
}

async function clientGrants() {
  const secondary = () => ({
    domain: tlsDomain, clientId: made.client.client_id, clientSecret: made.client.client_secret,
  });
  await checks.check('client-grant-none-yet', async () => {
    await oauthRefused(403, 'access_denied', () =>
      new AuthenticationClient(secondary()).clientCredentialsGrant({ audience: door.audience }));
  });
  await checks.check('client-grant-create', async () => {
    made.grant = await api.createClientGrant({
      client_id: made.client.client_id, audience: door.audience, scope: ['read:roles'],
    });
    assert.equal(made.grant.client_id, made.client.client_id);
    assert.equal(made.grant.audience, door.audience);
    assert.deepEqual(made.grant.scope, ['read:roles']);
  });
  await checks.check('client-grant-duplicate', () =>
    refused(409, undefined, () => api.createClientGrant({
      client_id: made.client.client_id, audience: door.audience, scope: ['read:roles'],
    })));
  await checks.check('client-grant-list', async () => {
    const { items } = await api.getClientGrants({ client_id: made.client.client_id });
    assert.deepEqual(items.map((grant) => grant.id), [made.grant.id]);
  });
  await checks.check('client-grant-scoped-token', async () => {
    const granted = await new AuthenticationClient(secondary())
      .clientCredentialsGrant({ audience: door.audience });
    assert.equal(granted.scope, 'read:roles');
    assert.equal(decode(granted.access_token).claims.scope, 'read:roles');
    const narrow = new ManagementClient({ ...secondary(), audience: door.audience });
    assert.ok(Array.isArray((await narrow.getRoles({ page: 1 })).items));
    await refused(403, undefined, () => narrow.getUsers({ page: 1 }));
    await refused(403, undefined, () => narrow.createRole({ name: `no-${run}`, description: 'no' }));
  });
  await checks.check('client-grant-update', async () => {
    await api.updateClientGrant({ id: made.grant.id }, { scope: ['read:users'] });
    const narrow = new ManagementClient({ ...secondary(), audience: door.audience });
    assert.ok(Array.isArray((await narrow.getUsers({ page: 1 })).items));
    await refused(403, undefined, () => narrow.getRoles({ page: 1 }));
  });
  await checks.check('client-grant-own-audience', async () => {
    const grant = await api.createClientGrant({
      client_id: made.client.client_id, audience, scope: ['read:books'],
    });
    const granted = await new AuthenticationClient(secondary()).clientCredentialsGrant({ audience });
    const { header, claims } = decode(granted.access_token);
    assert.equal(header.alg, 'RS256');
    assert.ok([claims.aud].flat().includes(audience));
    assert.equal(claims.scope, 'read:books');
    await assertSigned(granted.access_token);
    const foreign = new ManagementClient({ domain: tlsDomain, token: granted.access_token });
    await refused(401, undefined, () => foreign.getUsers({ page: 1 }));
    await api.deleteClientGrant({ id: grant.id });
  });
  await checks.check('client-grant-delete', async () => {
    await api.deleteClientGrant({ id: made.grant.id });
    assert.deepEqual((await api.getClientGrants({ client_id: made.client.client_id })).items, []);
    await oauthRefused(403, 'access_denied', () =>
      new AuthenticationClient(secondary()).clientCredentialsGrant({ audience: door.audience }));
  });
  await checks.check('client-delete', async () => {
    const client = { client_id: made.client.client_id };
    await api.deleteClient({ ...client });
    await refused(404, undefined, () => api.getClient({ ...client }));
    await oauthRefused(401, 'invalid_client', () =>
      new AuthenticationClient(secondary()).clientCredentialsGrant({ audience: door.audience }));
  });
  await checks.check('resource-server-delete', async () => {
    await api.deleteResourceServer({ id: made.server.id });
    await refused(404, undefined, () => api.getResourceServer({ id: made.server.id }));
  });
}

async function connections() {
  const name = `e2e-con-${run}`;
  await checks.check('connection-create', async () => {
    made.connection = await api.createConnection({
      name, strategy: 'authok', display_name: '测试', options: { a: { b: 1, c: 2 } },
      enabled_clients: [door.client_id],
    });
    checks.later(() => api.deleteConnection({ id: made.connection.id }));
    assert.match(made.connection.id, /^con_/);
    assert.equal(made.connection.name, name);
    assert.equal(made.connection.strategy, 'authok');
    assert.deepEqual(made.connection.enabled_clients, [door.client_id]);
  });
  const connection = { id: made.connection?.id };
  await checks.check('connection-duplicate', () =>
    refused(400, 'invalid_request', () => api.createConnection({ name, strategy: 'authok' })));
  await checks.check('connection-update', async () => {
    await api.updateConnection({ ...connection }, { options: { a: { c: 3 } }, enabled_clients: [] });
    const read = await api.getConnection({ ...connection });
    assert.deepEqual(read.options.a, { b: 1, c: 3 }, 'options are merged deeply');
    assert.deepEqual(read.enabled_clients, [], 'enabled_clients are replaced');
    assert.equal(read.display_name, '测试');
    await refused(400, undefined, () => api.updateConnection({ ...connection }, { name: 'other' }));
  });
  await checks.check('connection-list', async () => {
    const answer = await api.getConnections({ page: 1, per_page: 100, include_totals: true });
    assertEachOnce(answer.items.map((one) => one.id), [connection.id]);
    const names = answer.items.map((one) => one.name);
    assert.ok(names.includes('authok'), 'the default database connection is listed');
    const byName = await api.getConnections({ name });
    assert.deepEqual(byName.items.map((one) => one.id), [connection.id]);
  });
  await checks.check('connection-status', () => api.connections.checkStatus({ ...connection }));
  await checks.check('connection-delete', async () => {
    await api.deleteConnection({ ...connection });
    await refused(404, undefined, () => api.getConnection({ ...connection }));
  });
}

async function tenant() {
  await checks.check('tenant-settings', async () => {
    const before = await api.getTenantSettings();
    assert.ok(before.name, 'the tenant has a name');
    checks.later(() => api.updateTenantSettings(restorable(before, 'support_email', 'session_lifetime')));
    const support = `help-${run}@example.com`;
    await api.updateTenantSettings({ support_email: support, session_lifetime: 48 });
    const read = await api.getTenantSettings();
    assert.equal(read.support_email, support);
    assert.equal(read.session_lifetime, 48);
    assert.equal(read.name, before.name);
    await refused(400, undefined, () => api.updateTenantSettings({ no_such_setting: 1 }));
  });
}

async function logs() {
  await checks.check('logs', async () => {
    const answer = await api.getLogs({ page: 1, per_page: 20, include_totals: true });
    assert.ok(answer.items.length > 0, 'what was done is logged');
    for (const event of answer.items) {
      assert.match(event.date, SEED_TIME);
      assert.ok(event.type, 'an event has a type');
      assert.equal(event.log_id, event.id);
      assert.equal(event._id, event.id);
    }
    const [first] = answer.items;
    assert.deepEqual(await api.getLog({ id: first.id }), first);
    await refused(404, undefined, () => api.getLog({ id: '01j00000000000000000000000' }));
  });
  await checks.check('logs-of-user', async () => {
    const answer = await api.getUserLogs({ id: made.user.user_id, page: 1, per_page: 20 });
    const events = Array.isArray(answer) ? answer : answer.items;
    assert.ok(events.length > 0, 'changes of the user are logged');
    for (const event of events) assert.equal(event.user_id, made.user.user_id);
  });
}

async function removal() {
  await checks.check('user-delete', async () => {
    const user = { id: made.user.user_id };
    await api.deleteUser({ ...user });
    await refused(404, undefined, () => api.getUser({ ...user }));
    assert.deepEqual(await api.getUsersByEmail(made.user.email), []);
  });
}

for (const part of [
  tokens, users, pages, resourceServers, roles, clients, clientGrants, connections, tenant, logs, removal,
]) await part();
await checks.finish();
