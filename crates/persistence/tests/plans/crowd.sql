-- One large tenant: with few rows every plan costs the same.
CREATE TEMP TABLE big AS SELECT id FROM tenants WHERE name = 'acme';
CREATE TEMP TABLE home AS
    SELECT c.id FROM connections c JOIN big ON c.tenant_id = big.id WHERE c.name = 'authok';

INSERT INTO clients SELECT big.id, gen_random_uuid(), 'c' || g, 'n' || g, 'spa', 'none', '', '',
    true, '{}', 1, now() + g * interval '1 second', now() FROM big, generate_series(1, 4000) g;
INSERT INTO client_origins SELECT tenant_id, 'https://' || identifier || '.example', id FROM clients;
INSERT INTO resource_servers SELECT big.id, gen_random_uuid(), 'c' || g, 'n' || g, 'ES256', NULL,
    false, false, 60, NULL, g % 2 = 0, 'access_token', false, 1, now() + g * interval '1 second',
    now() FROM big, generate_series(1, 2000) g;
INSERT INTO permissions SELECT tenant_id, id, 'p' || g, NULL, g
    FROM resource_servers, generate_series(1, 3) g;
INSERT INTO client_grants SELECT c.tenant_id, gen_random_uuid(), c.id, r.id, '[]', now(), now()
    FROM clients c JOIN resource_servers r
    ON r.tenant_id = c.tenant_id AND r.identifier = c.identifier;
INSERT INTO connections SELECT big.id, gen_random_uuid(), 'c' || g, 'oidc', NULL, '{}', '{}', false,
    '[]', 1, now() + g * interval '1 second', now() FROM big, generate_series(1, 2000) g;
INSERT INTO connection_clients SELECT c.tenant_id, n.id, c.id FROM clients c JOIN connections n
    ON n.tenant_id = c.tenant_id AND n.name = c.identifier;
INSERT INTO users SELECT big.id, gen_random_uuid(), 1000000 + g, 's' || g, home.id, 'active',
    'u' || g, 'u' || g, 'e' || g, 'e' || g, true, '+' || g, 86, true, 'x' || g, 'n' || g % 5000,
    'k' || g, '{}', '{}', '{}', now(), NULL, NULL, now() - g % 9000 * interval '1 second', NULL, 0,
    1, now() - g * interval '1 second', now() - g * interval '1 minute', NULL, NULL,
    jsonb_build_object('phone', g::text, 'given_name', 'g' || g, 'family_name', 'f' || g,
    'title', 't' || g, 'landline', 'l' || g)
    FROM big, home, generate_series(1, 20000) g;
INSERT INTO user_search SELECT tenant_id, id, 0, ARRAY[number, number % 500, -number % 7000, -1]
    FROM users WHERE number > 1000000;
INSERT INTO identities SELECT tenant_id, gen_random_uuid(), id, 0, connection_id, 'crowd', subject,
    false, NULL, NULL, NULL, '{}', now(), now() FROM users;
INSERT INTO user_locks SELECT tenant_id, id, 'suspicious', now(), NULL FROM users
    WHERE number % 10 = 0 AND number > 1000000;
INSERT INTO passwords SELECT tenant_id, id, '$', false, now() FROM users WHERE number > 1000000;
INSERT INTO roles SELECT big.id, gen_random_uuid(), 'r' || g, 'r' || g, NULL, false, 1,
    now() + g * interval '1 second', now() FROM big, generate_series(1, 2000) g;
INSERT INTO user_roles SELECT u.tenant_id, u.id, r.id, now() FROM users u JOIN roles r
    ON r.tenant_id = u.tenant_id AND r.name = 'r' || (1 + u.number % 2000)
    WHERE u.number > 1000000;
INSERT INTO role_permissions SELECT r.tenant_id, r.id, p.resource_server_id, p.name
    FROM roles r JOIN permissions p ON p.tenant_id = r.tenant_id
    JOIN resource_servers s ON s.tenant_id = p.tenant_id AND s.id = p.resource_server_id
    AND s.identifier = 'c' || substr(r.name, 2) ON CONFLICT DO NOTHING;
INSERT INTO user_permissions SELECT u.tenant_id, u.id, p.resource_server_id, p.name
    FROM users u JOIN resource_servers s ON s.tenant_id = u.tenant_id
    AND s.identifier = 'c' || (1 + u.number % 2000)
    JOIN permissions p ON p.tenant_id = s.tenant_id AND p.resource_server_id = s.id
    WHERE u.number > 1000000 ON CONFLICT DO NOTHING;
INSERT INTO signing_keys SELECT big.id, gen_random_uuid(), 'RS256', 'revoked', '', '{}', now(),
    now() FROM big, generate_series(1, 1000) g;
INSERT INTO events SELECT big.id, gen_random_uuid(), now(), 'k' || g % 30, 'system', NULL, 'user',
    'x', NULL, NULL, NULL, '{}' FROM big, generate_series(1, 20000) g;
INSERT INTO event_users SELECT e.tenant_id, u.id, e.id
    FROM (SELECT *, row_number() OVER () AS n FROM events) e
    JOIN users u ON u.tenant_id = e.tenant_id AND u.number = 1000000 + 1 + e.n % 3000;
INSERT INTO foreign_ids SELECT big.id, 'crowd', 'user', 'f' || g, gen_random_uuid()
    FROM big, generate_series(1, 5000) g;
INSERT INTO sessions SELECT tenant_id, gen_random_uuid(), id, decode(md5(subject), 'hex'), '[]',
    now(), now(), now(), now(), now() + number * interval '1 second', NULL, NULL, now()
    FROM users WHERE number > 1000000;
INSERT INTO token_families SELECT s.tenant_id, gen_random_uuid(), c.id, s.user_id, s.id, '{}',
    false, now(), now() + g * interval '1 second', NULL
    FROM (SELECT *, row_number() OVER () AS n FROM sessions) s
    JOIN clients c ON c.tenant_id = s.tenant_id AND c.identifier = 'c' || (1 + s.n % 4000),
    generate_series(1, 2) g;
INSERT INTO tokens SELECT decode(md5(id::text), 'hex'), 'refresh', tenant_id, client_id, user_id,
    id, '[]', '[]', NULL, now(), now() + random() * interval '1 day', NULL FROM token_families;
INSERT INTO tickets SELECT 'device_code', hash, hash, tenant_id, user_id, client_id, NULL, '{}',
    now(), expires_at, NULL FROM tokens;
INSERT INTO consents SELECT tenant_id, gen_random_uuid(), user_id, client_id, '', '[]', now(), now()
    FROM token_families ON CONFLICT DO NOTHING;
INSERT INTO attempts SELECT tenant_id, hash, 1, now(), NULL, expires_at FROM tokens;
INSERT INTO outbox SELECT gen_random_uuid(), tenant_id, 'mail', '', 0, expires_at, now(), now()
    FROM tokens;
INSERT INTO password_history SELECT tenant_id, user_id, g, '$', now()
    FROM passwords, generate_series(1, 3) g;
INSERT INTO departments SELECT big.id, gen_random_uuid(), 2000000 + g, NULL, md5(g::text) || '/', 1,
    'd' || g, 'd', 'd' || g % 500, 0, 1, NULL, NULL, now() - g * interval '1 second', now()
    FROM big, generate_series(1, 3000) g;
UPDATE departments d SET parent_id = p.id FROM departments p WHERE p.tenant_id = d.tenant_id
    AND d.number > 2000100 AND p.number = 2000001 + d.number % 100;
INSERT INTO department_members SELECT u.tenant_id, d.id, u.id, 3000000 + u.number, u.number % 2 = 0,
    u.number % 9 = 0, NULL, now() FROM users u JOIN departments d
    ON d.tenant_id = u.tenant_id AND d.number = 2000001 + u.number % 3000 WHERE u.number > 1000000;
INSERT INTO groups SELECT big.id, gen_random_uuid(), 4000000 + g, 'g' || g, 'g', 'g' || g % 500, NULL,
    NULL, g % 2 = 0, NULL, 0, 1, NULL, NULL, now() - g * interval '1 second', now()
    FROM big, generate_series(1, 3000) g;
INSERT INTO group_wildcards SELECT tenant_id, id, 'w' || g FROM groups, generate_series(1, 3) g;
INSERT INTO group_permissions SELECT tenant_id, id, 'TRAIT', g, 'READ'
    FROM groups, generate_series(1, 5) g;
INSERT INTO group_members SELECT u.tenant_id, g.id, u.id, 5000000 + u.number, NULL, now()
    FROM users u JOIN groups g ON g.tenant_id = u.tenant_id AND g.number = 4000001 + u.number % 3000
    WHERE u.number > 1000000;
INSERT INTO tags SELECT big.id, gen_random_uuid(), 6000000 + g, 't' || g, 't' || g % 500, 1, NULL,
    NULL, now() - g * interval '1 second', now() FROM big, generate_series(1, 2000) g;
INSERT INTO tag_links SELECT u.tenant_id, t.id, 'user', u.id, u.id, NULL, NULL, 7000000 + u.number,
    t.number, u.number, NULL, now() FROM users u JOIN tags t
    ON t.tenant_id = u.tenant_id AND t.number = 6000001 + u.number % 2000 WHERE u.number > 1000000;
INSERT INTO tag_links SELECT d.tenant_id, t.id, 'department', d.id, NULL, d.id, NULL,
    8000000 + d.number, t.number, d.number, NULL, now() FROM departments d JOIN tags t
    ON t.tenant_id = d.tenant_id AND t.number = 6000001 + d.number % 2000 WHERE d.number > 2000000;
INSERT INTO tag_links SELECT g.tenant_id, t.id, 'group', g.id, NULL, NULL, g.id,
    9000000 + g.number, t.number, g.number, NULL, now() FROM groups g JOIN tags t
    ON t.tenant_id = g.tenant_id AND t.number = 6000001 + g.number % 2000 WHERE g.number > 4000000;
UPDATE users SET created_by = (SELECT id FROM users makers WHERE makers.number = 1000001)
    WHERE number > 1019000;
INSERT INTO api_tokens SELECT tenant_id, gen_random_uuid(), 100 * number + g, id, id, 'n' || g,
    decode(md5(subject || '-' || g), 'hex'), '', '{}', NULL, NULL, now()
    FROM users, generate_series(1, 50) g WHERE number > 1000000 AND number <= 1000400;
INSERT INTO operators SELECT tenant_id, id, now() FROM users WHERE number > 1000000;
INSERT INTO jobs SELECT big.id, gen_random_uuid(), 'users_import', 'completed', decode(md5(g::text), 'hex'),
    NULL, '{}', 'system', NULL, NULL, g, g, g, 0, 0, 0, NULL, NULL, now(),
    now() + g * interval '1 second', 1, now(), now() FROM big, generate_series(1, 3000) g;
ANALYZE;
SELECT count(*) FROM users;
