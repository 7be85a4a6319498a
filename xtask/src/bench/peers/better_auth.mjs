// npm `better-auth` as `cargo xtask bench` measures it: on a loopback port, users in its own store in
// memory, an administrator who is signed in. It prints the cookie that the administrator sends.
import { createServer } from 'node:http';

import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { admin } from 'better-auth/plugins';

const administrator = { email: 'admin@example.com', password: 'three brown foxes', name: 'Admin' };
const database = { user: [], session: [], account: [], verification: [] };

const server = createServer((request, response) => handle(request, response));
let handle;
server.listen(0, '127.0.0.1', async () => {
  const baseURL = `http://127.0.0.1:${server.address().port}`;
  const auth = betterAuth({
    baseURL,
    secret: 'measured-measured-measured-measured',
    database: memoryAdapter(database),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: [admin()],
  });
  handle = toNodeHandler(auth);
  await auth.api.signUpEmail({ body: administrator });
  database.user[0].role = 'admin';
  const response = await auth.api.signInEmail({ body: administrator, asResponse: true });
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  console.log(`cookie ${cookies.join('; ')}`);
  console.log(`listening on ${baseURL}`);
});
