"""Drives ``auth0-python``, unmodified, on /api/v2 through the TLS listener (the SDK forces https)."""

import base64
import json

import httpx
import jwt
from auth0.authentication import GetToken
from auth0.authentication.exceptions import Auth0Error
from auth0.management import ManagementClient
from auth0.management.core.api_error import ApiError
from auth0.management.errors import (
    BadRequestError, ConflictError, ForbiddenError, NotFoundError, UnauthorizedError,
)
from auth0.management.types.permission_request_payload import PermissionRequestPayload
from auth0.management.types.resource_server_scope import ResourceServerScope

from checks import (
    AUDIENCE, DOOR, ISO_TIME, RUN, SETTINGS, TLS_DOMAIN, Checks, assert_created, assert_each_once,
    assert_error_body, equal, matches, refusal, restorable, seed_user, true, walk,
)

checks = Checks("auth0-python")
made = {}
MISSING_USER = "authok|01j00000000000000000000000"
CLASSES = {
    400: BadRequestError, 401: UnauthorizedError, 403: ForbiddenError, 404: NotFoundError,
    409: ConflictError,
}
#: Fields of the seed's body that the SDK's ``users.create`` has no argument for.
EXTRA = ("gender", "force_reset_password", "phone_number_verified")

# The SDK fetches its token by client_credentials, audience https://<domain>/api/v2/.
api = ManagementClient(
    domain=TLS_DOMAIN, client_id=DOOR["client_id"], client_secret=DOOR["client_secret"]
)


def refused(status, call, *arguments, plainly=False, **named):
    """A refusal by the SDK's class of that status, with the whole error body.

    ``plainly``: the SDK's method maps that status to no class of its own.
    """
    if status == 409:
        # The SDK would ask twice more, after a pause each.
        named["request_options"] = {**named.get("request_options", {}), "max_retries": 0}
    error = refusal(ApiError if plainly else CLASSES[status], call, *arguments, **named)
    equal(error.status_code, status, "status_code")
    assert_error_body(error.body, status)
    return error


def plain(model):
    """An answer of the SDK as JSON; identities under the names of the Python fields."""
    answer = json.loads(model.json())
    for identity in answer.get("identities") or []:
        identity["is_social"] = identity.pop("isSocial", None)
        identity["profile_data"] = identity.pop("profileData", None)
    return answer


def create_user(body, request_options=None):
    """``users.create`` with a whole body: its arguments, and the rest beside them."""
    named = {key: value for key, value in body.items() if key not in EXTRA}
    extra = {key: value for key, value in body.items() if key in EXTRA}
    options = {**(request_options or {}), "additional_body_parameters": extra}
    return api.users.create(**named, request_options=options)


def own_token(audience=None, secret=None):
    """A token of this run's own client, by the SDK's call."""
    client = made["client"]
    sdk = GetToken(
        TLS_DOMAIN, client["client_id"], client_secret=secret or client["client_secret"]
    )
    return sdk.client_credentials(audience or DOOR["audience"])


def with_token(token):
    """A management client with a given token."""
    return ManagementClient(domain=TLS_DOMAIN, token=token)


def token_refused(status, code, call, *arguments, **named):
    """A refusal by the token endpoint, as the SDK's authentication error."""
    error = refusal(Auth0Error, call, *arguments, **named)
    equal((error.status_code, error.error_code), (status, code), "token error")


def claims_of(token):
    """Claims of a token whose signature the server's published keys verify."""
    keys = jwt.PyJWKClient(SETTINGS["base_url"] + "/.well-known/jwks.json")
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(
        token, key.key, algorithms=["ES256", "RS256"], options={"verify_aud": False}
    )


def tokens():
    def token():
        answer = GetToken(
            TLS_DOMAIN, DOOR["client_id"], client_secret=DOOR["client_secret"]
        ).client_credentials(f"https://{TLS_DOMAIN}/api/v2/")
        equal(answer["token_type"], "Bearer", "token_type")
        true(answer["expires_in"] > 0, "expires_in")
        true("create:users" in answer["scope"].split(), "create:users is granted")
        equal(claims_of(answer["access_token"])["scope"], answer["scope"], "scope claim")

    def wrong_secret():
        wrong = GetToken(TLS_DOMAIN, DOOR["client_id"], client_secret="not-the-secret")
        token_refused(401, "invalid_client", wrong.client_credentials, DOOR["audience"])
        lazy = ManagementClient(
            domain=TLS_DOMAIN, client_id=DOOR["client_id"], client_secret="not-the-secret"
        )
        error = refusal(httpx.HTTPStatusError, lazy.users.list)
        equal(error.response.json()["error"], "invalid_client", "error")

    def garbage():
        refused(401, with_token("not.a.token").users.list)

    def unsigned():
        def part(value):
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

        claims = {"aud": DOOR["audience"], "scope": "read:users", "exp": 4_000_000_000}
        token = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."
        refused(401, with_token(token).users.list)

    checks.check("token", token)
    checks.check("token-wrong-secret", wrong_secret)
    checks.check("token-garbage", garbage)
    checks.check("token-unsigned", unsigned)


def users():
    sent = seed_user()

    def create():
        answer = create_user(sent)
        made["user"] = answer.user_id
        checks.later(api.users.delete, answer.user_id)
        assert_created(plain(answer), sent, ISO_TIME)

    def duplicate():
        refused(409, create_user, sent)

    def unknown_connection():
        refused(400, create_user, {**seed_user(f"{RUN}c"), "connection": f"none-{RUN}"})

    def get():
        read = plain(api.users.get(made["user"]))
        assert_created(read, sent, ISO_TIME)
        part = api.users.get(made["user"], fields="email,user_id", include_fields=True)
        equal((part.user_id, part.email), (made["user"], sent["email"]), "fields")
        equal(part.nickname, None, "a field that was not asked for")

    def by_email():
        found = api.users.list_users_by_email(email=sent["email"])
        equal([user.user_id for user in found], [made["user"]], "by email")

    def update():
        change = {"nickname": "小雷", "name": "李小雷", "blocked": True, "email_verified": True}
        answer = plain(api.users.update(made["user"], **change))
        read = plain(api.users.get(made["user"]))
        for field, value in change.items():
            equal(answer[field], value, f"answered {field}")
            equal(read[field], value, f"stored {field}")
        equal(read["email"], sent["email"], "what was not sent stays")
        matches(ISO_TIME, read["updated_at"], "updated_at")
        equal(api.users.update(made["user"], blocked=False).blocked, False, "blocked")

    def metadata():
        user = made["user"]
        api.users.update(user, user_metadata={"colour": "red", "size": {"width": 1}, "gone": True})
        api.users.update(user, user_metadata={"size": {"height": 2}, "gone": None})
        api.users.update(user, app_metadata={"plan": "gold"})
        api.users.update(user, app_metadata={"since": 2022})
        read = plain(api.users.get(user))
        equal(read["user_metadata"], {"colour": "red", "size": {"height": 2}}, "user_metadata")
        equal(read["app_metadata"], {"plan": "gold", "since": 2022}, "app_metadata")

    def taken_email():
        other = create_user(seed_user(f"{RUN}b"))
        checks.later(api.users.delete, other.user_id)
        refused(409, api.users.update, other.user_id, email=sent["email"], plainly=True)
        equal(api.users.get(other.user_id).email, other.email, "email")
        api.users.delete(other.user_id)

    def missing():
        refused(404, api.users.get, MISSING_USER)
        refused(404, api.users.update, MISSING_USER, nickname="x")

    checks.check("user-create", create)
    checks.check("user-create-duplicate", duplicate)
    checks.check("user-create-unknown-connection", unknown_connection)
    checks.check("user-get", get)
    checks.check("user-by-email", by_email)
    checks.check("user-update", update)
    checks.check("user-metadata-merged", metadata)
    checks.check("user-update-taken-email", taken_email)
    checks.check("user-missing", missing)


def pages():
    name = f"e2e-pages-{RUN}"
    wanted = []

    def prepare():
        made["pages"] = api.connections.create(name=name, strategy="authok").id
        checks.later(api.connections.delete, made["pages"])
        for number in range(23):
            user = api.users.create(
                connection=name, email=f"page-{number}-{RUN}@example.com", password="Str0ng!-lanterns"
            )
            wanted.append(user.user_id)

    def every():
        items, asked = walk(api.users.list(connection=name, per_page=5))
        assert_each_once([user.user_id for user in items], wanted)
        equal(len(items), 23, "users")
        equal(asked, 5, "the pager stops at the empty page")

    def all_connections():
        items, _ = walk(api.users.list(per_page=10))
        assert_each_once([user.user_id for user in items], [*wanted, made["user"]])

    def totals():
        response = api.users.list(connection=name, page=1, per_page=5).response
        equal(
            (response.start, response.limit, response.length, response.total), (5, 5, 5, 23),
            "totals",
        )

    def query():
        found = api.users.list(q=f'email:"page-3-{RUN}@example.com"', search_engine="v3")
        equal([user.user_id for user in found.items], [wanted[3]], "found")
        refused(400, api.users.list, q="name:/a.*b/", search_engine="v3")

    def by_email():
        api.connections.users.delete_by_email(made["pages"], email=f"page-0-{RUN}@example.com")
        refused(404, api.users.get, wanted[0])

    def gone():
        api.connections.delete(made["pages"])
        refused(404, api.connections.get, made["pages"])
        refused(404, api.users.get, wanted[22])

    checks.check("pages-prepare", prepare)
    checks.check("user-list-every-page", every)
    checks.check("user-list-all-connections", all_connections)
    checks.check("user-list-totals", totals)
    checks.check("user-list-query", query)
    checks.check("connection-delete-user-by-email", by_email)
    checks.check("connection-delete-takes-its-users", gone)


def resource_servers():
    scopes = [("read:books", "Read books"), ("write:books", "Write books")]

    def pairs(server):
        return [(scope.value, scope.description) for scope in server.scopes]

    def create():
        answer = api.resource_servers.create(
            name=f"e2e {RUN}", identifier=AUDIENCE,
            scopes=[ResourceServerScope(value=value, description=text) for value, text in scopes],
        )
        made["server"] = answer.id
        checks.later(api.resource_servers.delete, answer.id)
        equal((answer.identifier, pairs(answer)), (AUDIENCE, scopes), "resource server")
        equal((answer.signing_alg, answer.token_lifetime), ("RS256", 86400), "defaults")

    def duplicate():
        refused(409, api.resource_servers.create, name=f"e2e again {RUN}", identifier=AUDIENCE)

    def get():
        equal(api.resource_servers.get(made["server"]).identifier, AUDIENCE, "by id")
        equal(api.resource_servers.get(AUDIENCE).id, made["server"], "by identifier")

    def update():
        api.resource_servers.update(made["server"], name=f"e2e new {RUN}", token_lifetime=600)
        read = api.resource_servers.get(made["server"])
        equal((read.name, read.token_lifetime), (f"e2e new {RUN}", 600), "changed")
        equal(pairs(read), scopes, "scopes")

    def listed():
        items, _ = walk(api.resource_servers.list(per_page=2))
        assert_each_once([one.id for one in items], [made["server"]])
        true(any(one.is_system for one in items), "the management API is listed")

    checks.check("resource-server-create", create)
    checks.check("resource-server-duplicate", duplicate)
    checks.check("resource-server-get", get)
    checks.check("resource-server-update", update)
    checks.check("resource-server-list", listed)


def roles():
    name = f"e2e-{RUN}"

    def permission(value):
        return PermissionRequestPayload(resource_server_identifier=AUDIENCE, permission_name=value)

    def create():
        answer = api.roles.create(name=name, description="made by a test")
        made["role"] = answer.id
        checks.later(api.roles.delete, answer.id)
        true(answer.id.startswith("role_"), "role id")
        equal((answer.name, answer.description), (name, "made by a test"), "role")

    def duplicate():
        refused(409, api.roles.create, name=name, description="again", plainly=True)

    def update():
        api.roles.update(made["role"], description="changed")
        read = api.roles.get(made["role"])
        equal((read.name, read.description), (name, "changed"), "role")

    def listed():
        items, _ = walk(api.roles.list(name_filter=name, per_page=1))
        equal([one.id for one in items], [made["role"]], "by name")

    def assigned():
        api.users.roles.assign(made["user"], roles=[made["role"]])
        items, _ = walk(api.users.roles.list(made["user"], per_page=1))
        equal([(one.id, one.name) for one in items], [(made["role"], name)], "roles")
        holders, _ = walk(api.roles.users.list(made["role"], take=10))
        equal([one.user_id for one in holders], [made["user"]], "holders")

    def every_holder():
        others = []
        for mark in "pq":
            user = create_user(seed_user(RUN + mark)).user_id
            checks.later(api.users.delete, user)
            others.append(user)
        api.roles.users.assign(made["role"], users=others)
        items, asked = walk(api.roles.users.list(made["role"], take=2))
        assert_each_once([one.user_id for one in items], [made["user"], *others])
        equal((len(items), asked), (3, 2), "next is sent only while more follow")
        for other in others:
            api.users.delete(other)

    def permissions():
        user, role = made["user"], made["role"]
        api.users.permissions.create(user, permissions=[permission("read:books")])
        api.roles.permissions.add(
            role, permissions=[permission("read:books"), permission("write:books")]
        )
        in_role, _ = walk(api.roles.permissions.list(role, per_page=1))
        equal(
            sorted((one.permission_name, one.resource_server_identifier) for one in in_role),
            [("read:books", AUDIENCE), ("write:books", AUDIENCE)], "permissions of the role",
        )
        items, _ = walk(api.users.permissions.list(user, per_page=1))
        found = {one.permission_name: plain(one)["sources"] for one in items}
        equal(sorted(found), ["read:books", "write:books"], "permissions of the user")
        equal(
            sorted(one["source_type"] for one in found["read:books"]), ["DIRECT", "ROLE"],
            "sources of read:books",
        )
        equal(
            [(one["source_type"], one["source_id"], one["source_name"])
             for one in found["write:books"]],
            [("ROLE", role, name)], "sources of write:books",
        )
        api.users.permissions.delete(user, permissions=[permission("read:books")])
        api.roles.permissions.delete(role, permissions=[permission("read:books")])
        left, _ = walk(api.users.permissions.list(user))
        equal([one.permission_name for one in left], ["write:books"], "what is left")

    def removed():
        api.users.roles.delete(made["user"], roles=[made["role"]])
        equal(walk(api.users.roles.list(made["user"]))[0], [], "roles")
        equal(walk(api.users.permissions.list(made["user"]))[0], [], "permissions")

    def delete():
        api.roles.delete(made["role"])
        refused(404, api.roles.get, made["role"])

    checks.check("role-create", create)
    checks.check("role-duplicate", duplicate)
    checks.check("role-update", update)
    checks.check("role-list", listed)
    checks.check("role-assigned-to-user", assigned)
    checks.check("role-users-every-page", every_holder)
    checks.check("permissions-direct-and-by-role", permissions)
    checks.check("role-removed-from-user", removed)
    checks.check("role-delete", delete)


def clients():
    name = f"e2e-{RUN}"

    def create():
        answer = api.clients.create(
            name=name, app_type="non_interactive", grant_types=["client_credentials"],
            token_endpoint_auth_method="client_secret_post",
            callbacks=["https://app.example/callback"],
        )
        made["client"] = {"client_id": answer.client_id, "client_secret": answer.client_secret}
        checks.later(api.clients.delete, answer.client_id)
        equal((answer.name, answer.app_type), (name, "non_interactive"), "client")
        equal(answer.callbacks, ["https://app.example/callback"], "callbacks")
        true(len(answer.client_secret) >= 32, "client_secret")

    def duplicate():
        refused(409, api.clients.create, name=name, app_type="non_interactive")

    def update():
        client = made["client"]["client_id"]
        api.clients.update(client, description="说明", client_metadata={"team": "a"})
        read = api.clients.get(client)
        equal((read.name, read.description), (name, "说明"), "client")
        equal(plain(read)["client_metadata"], {"team": "a"}, "client_metadata")

    def listed():
        items, _ = walk(api.clients.list(per_page=2))
        ids = [one.client_id for one in items]
        assert_each_once(ids, [made["client"]["client_id"], DOOR["client_id"]])

    checks.check("client-create", create)
    checks.check("client-duplicate", duplicate)
    checks.check("client-update", update)
    checks.check("client-list", listed)


def client_grants():
    def own(scope, audience=None):
        return {
            "client_id": made["client"]["client_id"], "audience": audience or DOOR["audience"],
            "scope": scope,
        }

    def none_yet():
        token_refused(403, "access_denied", own_token)

    def create():
        answer = api.client_grants.create(**own(["read:roles"]))
        made["grant"] = answer.id
        read = api.client_grants.get(answer.id)
        for grant in (answer, read):
            equal(
                {"client_id": grant.client_id, "audience": grant.audience, "scope": grant.scope},
                own(["read:roles"]), "grant",
            )

    def duplicate():
        refused(409, api.client_grants.create, **own(["read:roles"]))

    def scoped():
        answer = own_token()
        equal(answer["scope"], "read:roles", "scope")
        equal(claims_of(answer["access_token"])["scope"], "read:roles", "scope claim")
        narrow = with_token(answer["access_token"])
        true(isinstance(narrow.roles.list().items, list), "roles")
        refused(403, narrow.users.list)
        refused(403, narrow.roles.create, name=f"no-{RUN}", description="no")

    def every():
        grant = api.client_grants.create(**own(["read:books"], AUDIENCE))
        items, asked = walk(api.client_grants.list(client_id=made["client"]["client_id"], take=1))
        assert_each_once([one.id for one in items], [made["grant"], grant.id])
        equal((len(items), asked), (2, 2), "next is sent only while more follow")

    def own_audience():
        token = own_token(AUDIENCE)["access_token"]
        equal(jwt.get_unverified_header(token)["alg"], "RS256", "alg")
        claims = claims_of(token)
        true(AUDIENCE in claims["aud"], "aud")
        equal(claims["scope"], "read:books", "scope")
        refused(401, with_token(token).users.list)

    def update():
        api.client_grants.update(made["grant"], scope=["read:users"])
        narrow = with_token(own_token()["access_token"])
        true(isinstance(narrow.users.list().items, list), "users")
        refused(403, narrow.roles.list)

    def rotate():
        before = made["client"]
        rotated = api.clients.rotate_secret(before["client_id"])
        true(rotated.client_secret != before["client_secret"], "a new secret")
        token_refused(401, "invalid_client", own_token)
        made["client"] = {**before, "client_secret": rotated.client_secret}
        equal(own_token()["scope"], "read:users", "scope")

    def delete():
        api.client_grants.delete(made["grant"])
        token_refused(403, "access_denied", own_token)

    def delete_client():
        api.clients.delete(made["client"]["client_id"])
        refused(404, api.clients.get, made["client"]["client_id"])
        equal(walk(api.client_grants.list(audience=AUDIENCE))[0], [], "its grants went with it")
        token_refused(401, "invalid_client", own_token)

    def delete_server():
        api.resource_servers.delete(made["server"])
        refused(404, api.resource_servers.get, made["server"])

    checks.check("client-grant-none-yet", none_yet)
    checks.check("client-grant-create", create)
    checks.check("client-grant-duplicate", duplicate)
    checks.check("client-grant-scoped-token", scoped)
    checks.check("client-grant-list-every-page", every)
    checks.check("client-grant-own-audience", own_audience)
    checks.check("client-grant-update", update)
    checks.check("client-rotate-secret", rotate)
    checks.check("client-grant-delete", delete)
    checks.check("client-delete", delete_client)
    checks.check("resource-server-delete", delete_server)


def connections():
    name = f"e2e-con-{RUN}"

    def create():
        answer = api.connections.create(
            name=name, strategy="authok", display_name="测试", enabled_clients=[DOOR["client_id"]]
        )
        made["connection"] = answer.id
        checks.later(api.connections.delete, answer.id)
        true(answer.id.startswith("con_"), "connection id")
        equal((answer.name, answer.strategy), (name, "authok"), "connection")
        equal(answer.enabled_clients, [DOOR["client_id"]], "enabled_clients")

    def update():
        api.connections.update(made["connection"], display_name="改了", enabled_clients=[])
        read = api.connections.get(made["connection"])
        equal((read.display_name, read.enabled_clients), ("改了", []), "connection")

    def listed():
        items, _ = walk(api.connections.list(take=2))
        assert_each_once([one.id for one in items], [made["connection"]])
        true("authok" in [one.name for one in items], "the default connection is listed")
        by_name, _ = walk(api.connections.list(name=name))
        equal([one.id for one in by_name], [made["connection"]], "by name")

    def delete():
        api.connections.delete(made["connection"])
        refused(404, api.connections.get, made["connection"])

    checks.check("connection-create", create)
    checks.check("connection-update", update)
    checks.check("connection-list-every-page", listed)
    checks.check("connection-delete", delete)


def rest():
    def tenant():
        before = restorable(
            plain(api.tenants.settings.get()), "support_email", "session_lifetime"
        )
        checks.later(lambda: api.tenants.settings.update(**before))
        support = f"help-{RUN}@example.com"
        api.tenants.settings.update(support_email=support, session_lifetime=48)
        read = api.tenants.settings.get()
        equal((read.support_email, read.session_lifetime), (support, 48), "settings")

    def logs():
        page = api.logs.list(per_page=20)
        true(page.items, "what was done is logged")
        for event in page.items:
            matches(ISO_TIME, event.date, "date")
            true(event.type, "type")
        equal(api.logs.get(page.items[0].log_id).log_id, page.items[0].log_id, "one event")
        refused(404, api.logs.get, "01j00000000000000000000000")

    def user_logs():
        items, _ = walk(api.users.logs.list(made["user"], per_page=100))
        true(items, "changes of the user are logged")
        equal({event.user_id for event in items}, {made["user"]}, "user_id")

    def delete():
        api.users.delete(made["user"])
        refused(404, api.users.get, made["user"])

    checks.check("tenant-settings", tenant)
    checks.check("logs", logs)
    checks.check("logs-of-user", user_logs)
    checks.check("user-delete", delete)


for part in (
    tokens, users, pages, resource_servers, roles, clients, client_grants, connections, rest,
):
    part()
checks.finish()
