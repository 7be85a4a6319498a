"""Drives ``authok-python``, unmodified, on /api/v1 through the plain listener."""

import sys
import types

# The release's package init imports a module that the release does not hold; an empty one under
# its name is all the import needs. Nothing of the SDK itself is touched.
_absent = types.ModuleType("authok.v3.management.authok")
_absent.AuthOK = None
sys.modules[_absent.__name__] = _absent

import jwt  # noqa: E402
from authok.v3.authentication.get_token import GetToken  # noqa: E402
from authok.v3.exceptions import AuthOKError  # noqa: E402
from authok.v3.management import (  # noqa: E402
    ClientGrants, Clients, Connections, Logs, ResourceServers, Roles, Tenants, Users, UsersByEmail,
)

from checks import (  # noqa: E402
    AUDIENCE, DOOR, PLAIN_DOMAIN, RUN, SEED_TIME, SETTINGS, Checks, assert_created,
    assert_each_once, equal, matches, refusal, restorable, seed_user, true,
)

checks = Checks("authok-python")
get_token = GetToken(PLAIN_DOMAIN, protocol="http")
made = {}
MISSING_USER = "authok|01j00000000000000000000000"


def refused(status, call, *arguments, code=None, **named):
    """A refusal by the SDK's own error class, with the fields that the SDK reads."""
    error = refusal(AuthOKError, call, *arguments, **named)
    equal(error.status_code, status, f"status ({error.message})")
    true(isinstance(error.error_code, str) and error.error_code, "error_code is filled")
    true(not error.error_code.startswith("a0.sdk.internal"), "the SDK understood the error body")
    true(isinstance(error.message, str) and error.message, "message is filled")
    if code is not None:
        equal(error.error_code, code, "error_code")
    return error


def api(resource, token=None):
    """A resource class of the SDK, pointed at the plain listener."""
    return resource(PLAIN_DOMAIN, token or made["token"], protocol="http", timeout=30.0)


def client_token(audience=None):
    """A token of this run's own client, by the SDK's call."""
    client = made["client"]
    return get_token.client_credentials(
        client["client_id"], client["client_secret"], audience or DOOR["audience"]
    )


def claims_of(token):
    """Claims of a token whose signature the server's published keys verify."""
    keys = jwt.PyJWKClient(SETTINGS["base_url"] + "/.well-known/jwks.json")
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(
        token, key.key, algorithms=["ES256", "RS256"], options={"verify_aud": False}
    )


def every_page(ask, size):
    """Asks the pages 1, 2, ... of an /api/v1 list until one is empty."""
    ids = []
    for page in range(1, 200):
        answer = ask(page=page, per_page=size)
        equal(answer["meta"]["page"], page, "meta.page")
        equal(answer["meta"]["page_size"], size, "meta.page_size")
        equal(answer["length"], len(answer["items"]), "length")
        equal(answer["total"], answer["meta"]["total"], "total")
        true(len(answer["items"]) <= size, "no more than the page size")
        if not answer["items"]:
            equal(len(ids), answer["meta"]["total"], "the pages hold the total")
            return ids, page
        ids.extend(user["user_id"] for user in answer["items"])
    raise AssertionError("no page was empty")


def tokens():
    def token():
        answer = get_token.client_credentials(
            DOOR["client_id"], DOOR["client_secret"], DOOR["audience"]
        )
        made["token"] = answer["access_token"]
        equal(answer["token_type"], "Bearer", "token_type")
        true(answer["expires_in"] > 0, "expires_in")
        true("create:users" in answer["scope"].split(), "create:users is granted")
        equal(claims_of(made["token"])["scope"], answer["scope"], "scope claim")

    def wrong_secret():
        refused(
            401, get_token.client_credentials, DOOR["client_id"], "not-the-secret",
            DOOR["audience"], code="invalid_client",
        )

    def wrong_audience():
        refused(
            400, get_token.client_credentials, DOOR["client_id"], DOOR["client_secret"],
            f"https://none-{RUN}.example/",
        )

    def wrong_token():
        refused(401, api(Users, "not.a.token").list)

    checks.check("token", token)
    checks.check("token-wrong-secret", wrong_secret)
    checks.check("token-wrong-audience", wrong_audience)
    checks.check("token-garbage", wrong_token)


def users():
    sdk = api(Users)
    sent = seed_user()

    def create():
        made["user"] = sdk.create(sent)
        checks.later(sdk.delete, made["user"]["user_id"])
        assert_created(made["user"], sent, SEED_TIME)

    def duplicate():
        refused(400, sdk.create, sent)

    def unknown_field():
        refused(400, sdk.create, {**seed_user(f"{RUN}f"), "no_such_field": 1})
        equal(api(UsersByEmail).search_users_by_email(f"fioman-{RUN}f@qq.com"), [], "none made")

    def get():
        equal(sdk.get(made["user"]["user_id"]), made["user"], "the stored user")
        part = sdk.get(made["user"]["user_id"], fields=["email", "user_id"])
        equal(part, {"email": sent["email"], "user_id": made["user"]["user_id"]}, "fields")

    def by_email():
        found = api(UsersByEmail).search_users_by_email(sent["email"])
        equal([user["user_id"] for user in found], [made["user"]["user_id"]], "by email")

    def update():
        change = {
            "nickname": "小雷", "gender": 2, "birthdate": "1987-04-23", "city": "深圳",
            "province": "广东", "country": "中国", "postal_code": "518000", "blocked": True,
        }
        answer = sdk.update(made["user"]["user_id"], change)
        read = sdk.get(made["user"]["user_id"])
        for field, value in change.items():
            equal(answer[field], value, f"answered {field}")
            equal(read[field], value, f"stored {field}")
        equal(read["email"], sent["email"], "what was not sent stays")
        matches(SEED_TIME, read["updated_at"], "updated_at")
        equal(sdk.update(made["user"]["user_id"], {"blocked": False})["blocked"], False, "blocked")

    def metadata():
        user = made["user"]["user_id"]
        sdk.update(user, {"user_metadata": {"colour": "red", "size": {"width": 1}}})
        sdk.update(user, {"user_metadata": {"size": {"height": 2}}})
        sdk.update(user, {"app_metadata": {"plan": "gold"}})
        read = sdk.get(user)
        equal(read["user_metadata"], {"size": {"height": 2}}, "user_metadata")
        equal(read["app_metadata"], {"plan": "gold"}, "app_metadata")

    def read_only():
        user = made["user"]["user_id"]
        refused(400, sdk.update, user, {"logins_count": 7})
        equal(sdk.get(user)["logins_count"], 0, "logins_count")

    def missing():
        refused(404, sdk.get, MISSING_USER)
        refused(404, sdk.update, MISSING_USER, {"nickname": "x"})
        refused(404, sdk.delete, MISSING_USER)

    checks.check("user-create", create)
    checks.check("user-create-duplicate", duplicate)
    checks.check("user-create-unknown-field", unknown_field)
    checks.check("user-get", get)
    checks.check("user-by-email", by_email)
    checks.check("user-update", update)
    checks.check("user-metadata-overwritten", metadata)
    checks.check("user-update-read-only", read_only)
    checks.check("user-missing", missing)


def pages():
    sdk, connections = api(Users), api(Connections)
    name = f"e2e-pages-{RUN}"
    wanted = []

    def prepare():
        made["pages"] = connections.create({"name": name, "strategy": "authok"})
        checks.later(connections.delete, made["pages"]["id"])
        for number in range(23):
            user = sdk.create({
                "connection": name, "email": f"page-{number}-{RUN}@example.com",
                "password": "Str0ng!-lanterns",
            })
            wanted.append(user["user_id"])

    def every():
        ids, asked = every_page(lambda **page: sdk.list(connection=name, **page), 5)
        assert_each_once(ids, wanted)
        equal(len(ids), 23, "users")
        equal(asked, 6, "five pages and the empty one")

    def all_connections():
        ids, _ = every_page(sdk.list, 100)
        assert_each_once(ids, [*wanted, made["user"]["user_id"]])

    def zero():
        first = sdk.list(connection=name, page=1, per_page=5)
        equal(sdk.list(connection=name, page=0, per_page=5)["items"], first["items"], "page 0")

    def totals():
        answer = sdk.list(connection=name, page=5, per_page=5)
        for field, value in {"start": 20, "limit": 5, "length": 3, "total": 23}.items():
            equal(answer[field], value, field)
        equal(answer["users"], answer["items"], "users")

    def bad_pages():
        refused(400, sdk.list, page=-1)
        refused(400, sdk.list, page="many")

    def by_email():
        connections.delete_user_by_email(made["pages"]["id"], f"page-0-{RUN}@example.com")
        refused(404, sdk.get, wanted[0])

    def gone():
        connections.delete(made["pages"]["id"])
        refused(404, connections.get, made["pages"]["id"])
        refused(404, sdk.get, wanted[22])

    checks.check("pages-prepare", prepare)
    checks.check("user-list-every-page", every)
    checks.check("user-list-all-connections", all_connections)
    checks.check("user-list-page-zero-is-first", zero)
    checks.check("user-list-totals", totals)
    checks.check("user-list-bad-pages", bad_pages)
    checks.check("connection-delete-user-by-email", by_email)
    checks.check("connection-delete-takes-its-users", gone)


def resource_servers():
    sdk = api(ResourceServers)
    scopes = [
        {"value": "read:books", "description": "Read books"},
        {"value": "write:books", "description": "Write books"},
    ]

    def create():
        made["server"] = sdk.create(
            {"name": f"e2e {RUN}", "identifier": AUDIENCE, "scopes": scopes}
        )
        checks.later(sdk.delete, made["server"]["id"])
        equal(made["server"]["identifier"], AUDIENCE, "identifier")
        equal(made["server"]["scopes"], scopes, "scopes")
        equal(made["server"]["signing_alg"], "RS256", "signing_alg")

    def duplicate():
        refused(409, sdk.create, {"name": f"e2e again {RUN}", "identifier": AUDIENCE})

    def get():
        equal(sdk.get(made["server"]["id"]), made["server"], "the stored resource server")

    def update():
        sdk.update(made["server"]["id"], {"name": f"e2e new {RUN}", "token_lifetime": 600})
        read = sdk.get(made["server"]["id"])
        equal(read["name"], f"e2e new {RUN}", "name")
        equal(read["token_lifetime"], 600, "token_lifetime")
        equal(read["scopes"], scopes, "scopes")
        refused(400, sdk.update, made["server"]["id"], {"identifier": f"{AUDIENCE}/2"})

    def listed():
        answer = sdk.get_all(page=1, per_page=100, include_totals=True)
        assert_each_once([one["id"] for one in answer["items"]], [made["server"]["id"]])
        equal(answer["resource_servers"], answer["items"], "resource_servers")

    checks.check("resource-server-create", create)
    checks.check("resource-server-duplicate", duplicate)
    checks.check("resource-server-get", get)
    checks.check("resource-server-update", update)
    checks.check("resource-server-list", listed)


def roles():
    sdk, people = api(Roles), api(Users)
    name = f"e2e-{RUN}"

    def user():
        return made["user"]["user_id"]

    def role():
        return made["role"]["id"]

    def permission(value):
        return {"resource_server_identifier": AUDIENCE, "permission_name": value}

    def create():
        made["role"] = sdk.create({"name": name, "description": "made by a test"})
        checks.later(sdk.delete, role())
        true(role().startswith("role_"), "role id")
        equal(made["role"]["name"], name, "name")
        equal(made["role"]["description"], "made by a test", "description")

    def duplicate():
        refused(409, sdk.create, {"name": name, "description": "again"})

    def update():
        sdk.update(role(), {"description": "changed"})
        read = sdk.get(role())
        equal((read["name"], read["description"]), (name, "changed"), "role")

    def listed():
        answer = sdk.list(page=1, per_page=5, name_filter=name)
        equal([one["id"] for one in answer["items"]], [role()], "by name")
        equal(answer["total"], 1, "total")

    def assigned():
        people.add_roles(user(), [role()])
        found = people.list_roles(user(), page=1)
        equal([(one["id"], one["name"]) for one in found["items"]], [(role(), name)], "roles")
        holders = sdk.list_users(role(), page=1)
        equal([one["user_id"] for one in holders["items"]], [user()], "holders")

    def permissions():
        people.add_permissions(user(), [permission("read:books")])
        sdk.add_permissions(role(), [permission("read:books"), permission("write:books")])
        in_role = sdk.list_permissions(role(), page=1)["items"]
        equal(
            sorted((one["permission_name"], one["resource_server_identifier"]) for one in in_role),
            [("read:books", AUDIENCE), ("write:books", AUDIENCE)], "permissions of the role",
        )
        found = {
            one["permission_name"]: one["sources"]
            for one in people.list_permissions(user(), page=1)["items"]
        }
        equal(sorted(found), ["read:books", "write:books"], "permissions of the user")
        equal(
            sorted(one["source_type"] for one in found["read:books"]), ["DIRECT", "ROLE"],
            "sources of read:books",
        )
        equal(
            [(one["source_type"], one["source_id"], one["source_name"])
             for one in found["write:books"]],
            [("ROLE", role(), name)], "sources of write:books",
        )
        people.remove_permissions(user(), [permission("read:books")])
        sdk.remove_permissions(role(), [permission("read:books")])
        left = people.list_permissions(user(), page=1)["items"]
        equal([one["permission_name"] for one in left], ["write:books"], "what is left")

    def removed():
        people.remove_roles(user(), [role()])
        equal(people.list_roles(user(), page=1)["items"], [], "roles")
        equal(people.list_permissions(user(), page=1)["items"], [], "permissions")
        sdk.add_users(role(), [user()])
        equal(people.list_roles(user(), page=1)["items"][0]["id"], role(), "from the other side")

    def delete():
        sdk.delete(role())
        refused(404, sdk.get, role())
        equal(people.list_roles(user(), page=1)["items"], [], "roles")

    checks.check("role-create", create)
    checks.check("role-duplicate", duplicate)
    checks.check("role-update", update)
    checks.check("role-list", listed)
    checks.check("role-assigned-to-user", assigned)
    checks.check("permissions-direct-and-by-role", permissions)
    checks.check("role-removed-from-user", removed)
    checks.check("role-delete", delete)


def clients():
    sdk = api(Clients)
    name = f"e2e-{RUN}"

    def create():
        made["client"] = client = sdk.create({
            "name": name, "app_type": "non_interactive", "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "client_secret_post",
        })
        checks.later(sdk.delete, client["client_id"])
        equal((client["name"], client["app_type"]), (name, "non_interactive"), "client")
        equal(client["grant_types"], ["client_credentials"], "grant_types")
        true(len(client["client_secret"]) >= 32, "client_secret")

    def duplicate():
        refused(409, sdk.create, {"name": name, "app_type": "non_interactive"})

    def update():
        sdk.update(made["client"]["client_id"], {"description": "说明"})
        read = sdk.get(made["client"]["client_id"])
        equal((read["name"], read["description"]), (name, "说明"), "client")
        refused(400, sdk.update, made["client"]["client_id"], {"client_id": "other"})

    def listed():
        answer = sdk.all(page=1, per_page=100)
        ids = [one["client_id"] for one in answer["items"]]
        assert_each_once(ids, [made["client"]["client_id"], DOOR["client_id"]])

    checks.check("client-create", create)
    checks.check("client-duplicate", duplicate)
    checks.check("client-update", update)
    checks.check("client-list", listed)


def client_grants():
    sdk, sdk_clients = api(ClientGrants), api(Clients)

    def own(scope, audience=None):
        return {
            "client_id": made["client"]["client_id"], "audience": audience or DOOR["audience"],
            "scope": scope,
        }

    def none_yet():
        refused(403, client_token, code="access_denied")

    def create():
        made["grant"] = sdk.create(own(["read:roles"]))
        for field, value in own(["read:roles"]).items():
            equal(made["grant"][field], value, field)

    def duplicate():
        refused(409, sdk.create, own(["read:roles"]))

    def listed():
        answer = sdk.all(client_id=made["client"]["client_id"])
        equal([one["id"] for one in answer["items"]], [made["grant"]["id"]], "grants")

    def scoped():
        answer = client_token()
        equal(answer["scope"], "read:roles", "scope")
        equal(claims_of(answer["access_token"])["scope"], "read:roles", "scope claim")
        true(isinstance(api(Roles, answer["access_token"]).list(page=1)["items"], list), "roles")
        refused(403, api(Users, answer["access_token"]).list, page=1)
        refused(
            403, api(Roles, answer["access_token"]).create,
            {"name": f"no-{RUN}", "description": "no"},
        )

    def update():
        sdk.update(made["grant"]["id"], {"scope": ["read:users"]})
        token = client_token()["access_token"]
        true(isinstance(api(Users, token).list(page=1)["items"], list), "users")
        refused(403, api(Roles, token).list, page=1)

    def rotate():
        before = made["client"]
        rotated = sdk_clients.rotate_secret(before["client_id"])
        true(rotated["client_secret"] != before["client_secret"], "a new secret")
        refused(401, client_token, code="invalid_client")
        made["client"] = {**before, "client_secret": rotated["client_secret"]}
        equal(client_token()["scope"], "read:users", "scope")

    def own_audience():
        grant = sdk.create(own(["read:books"], AUDIENCE))
        token = client_token(AUDIENCE)["access_token"]
        equal(jwt.get_unverified_header(token)["alg"], "RS256", "alg")
        claims = claims_of(token)
        true(AUDIENCE in claims["aud"], "aud")
        equal(claims["scope"], "read:books", "scope")
        refused(401, api(Users, token).list, page=1)
        sdk.delete(grant["id"])

    def delete():
        sdk.delete(made["grant"]["id"])
        equal(sdk.all(client_id=made["client"]["client_id"])["items"], [], "grants")
        refused(403, client_token, code="access_denied")

    def delete_client():
        sdk_clients.delete(made["client"]["client_id"])
        refused(404, sdk_clients.get, made["client"]["client_id"])
        refused(401, client_token, code="invalid_client")

    def delete_server():
        servers = api(ResourceServers)
        servers.delete(made["server"]["id"])
        refused(404, servers.get, made["server"]["id"])

    checks.check("client-grant-none-yet", none_yet)
    checks.check("client-grant-create", create)
    checks.check("client-grant-duplicate", duplicate)
    checks.check("client-grant-list", listed)
    checks.check("client-grant-scoped-token", scoped)
    checks.check("client-grant-update", update)
    checks.check("client-rotate-secret", rotate)
    checks.check("client-grant-own-audience", own_audience)
    checks.check("client-grant-delete", delete)
    checks.check("client-delete", delete_client)
    checks.check("resource-server-delete", delete_server)


def connections():
    sdk = api(Connections)
    name = f"e2e-con-{RUN}"

    def create():
        made["connection"] = sdk.create({
            "name": name, "strategy": "authok", "display_name": "测试",
            "options": {"a": {"b": 1, "c": 2}},
        })
        checks.later(sdk.delete, made["connection"]["id"])
        true(made["connection"]["id"].startswith("con_"), "connection id")
        equal(made["connection"]["name"], name, "name")
        equal(made["connection"]["strategy"], "authok", "strategy")

    def duplicate():
        refused(400, sdk.create, {"name": name, "strategy": "authok"})

    def update():
        sdk.update(made["connection"]["id"], {
            "options": {"a": {"c": 3}}, "enabled_clients": [DOOR["client_id"]],
        })
        read = sdk.get(made["connection"]["id"])
        equal(read["options"]["a"], {"b": 1, "c": 3}, "options are merged deeply")
        equal(read["enabled_clients"], [DOOR["client_id"]], "enabled_clients")
        equal(read["display_name"], "测试", "display_name")

    def listed():
        answer = sdk.all(strategy="authok", page=1, per_page=100)
        assert_each_once([one["id"] for one in answer["items"]], [made["connection"]["id"]])
        equal({one["strategy"] for one in answer["items"]}, {"authok"}, "strategies")

    def delete():
        sdk.delete(made["connection"]["id"])
        refused(404, sdk.get, made["connection"]["id"])

    checks.check("connection-create", create)
    checks.check("connection-duplicate", duplicate)
    checks.check("connection-update", update)
    checks.check("connection-list", listed)
    checks.check("connection-delete", delete)


def rest():
    def tenant():
        sdk = api(Tenants)
        before = sdk.get()
        checks.later(sdk.update, restorable(before, "support_email", "session_lifetime"))
        support = f"help-{RUN}@example.com"
        sdk.update({"support_email": support, "session_lifetime": 48})
        read = sdk.get()
        equal((read["support_email"], read["session_lifetime"]), (support, 48), "settings")
        equal(read["name"], before["name"], "name")
        refused(400, sdk.update, {"no_such_setting": 1})

    def logs():
        sdk = api(Logs)
        answer = sdk.search(page=1, per_page=20)
        true(answer["items"], "what was done is logged")
        for event in answer["items"]:
            matches(SEED_TIME, event["date"], "date")
            true(event["type"], "type")
            equal((event["log_id"], event["_id"]), (event["id"], event["id"]), "ids")
        equal(sdk.get(answer["items"][0]["id"]), answer["items"][0], "one event")
        refused(404, sdk.get, "01j00000000000000000000000")

    def user_logs():
        user = made["user"]["user_id"]
        answer = api(Users).get_log_events(user, page=1, per_page=20)
        events = answer if isinstance(answer, list) else answer["items"]
        true(events, "changes of the user are logged")
        equal({event["user_id"] for event in events}, {user}, "user_id")

    def delete():
        sdk, user = api(Users), made["user"]
        sdk.delete(user["user_id"])
        refused(404, sdk.get, user["user_id"])
        equal(api(UsersByEmail).search_users_by_email(user["email"]), [], "by email")

    checks.check("tenant-settings", tenant)
    checks.check("logs", logs)
    checks.check("logs-of-user", user_logs)
    checks.check("user-delete", delete)


tokens()
if "token" in made:
    for part in (users, pages, resource_servers, roles, clients, client_grants, connections, rest):
        part()
checks.finish()
