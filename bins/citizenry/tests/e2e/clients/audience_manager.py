"""Every example of Audience Manager's user page, and the rows around it, sent with requests.

The page prints placeholders (`<string>`), samples that lack commas, and paths without a prefix. Here
they have values, their commas, and are sent in every form in which they are printed.
"""

import email
import email.policy
import pathlib
import re
import secrets
import time

import requests

from checks import RUN, SETTINGS, Checks, equal, matches, true

checks = Checks("audience_manager")
DOOR = SETTINGS["bootstrap"]["doors"]["audience_manager"]
BASE = DOOR["base_url"]
MAIL = pathlib.Path(SETTINGS["mail_folder"])
#: The keys that the page prints, in its order.
USER = ["pid", "userId", "username", "status", "firstName", "lastName", "email", "title",
        "phoneNumber", "groups"]
SELF = ["userId", "status", "firstName", "lastName", "email", "title", "phoneNumber"]
GROUP = ["groupId", "pid", "name", "description", "membershipCount", "wildcards", "users"]
TYPES = {
    "pid": int, "userId": int, "username": str, "status": str, "firstName": str, "lastName": str,
    "email": str, "title": (str, type(None)), "phoneNumber": (str, type(None)), "groups": list,
    "isAdmin": str, "groupId": int, "name": str, "description": (str, type(None)),
    "membershipCount": int, "wildcards": list, "users": list,
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
made = {}


def send(method, path, token=None, **named):
    """One request; redirects are a failure, since a client would lose its body."""
    headers = named.pop("headers", {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = requests.request(
        method, BASE + path, headers=headers, timeout=30, allow_redirects=False, **named)
    true(answer.status_code not in (301, 302, 307, 308) or "/authorize" in path, "no redirect")
    return answer


def admin(method, path, **named):
    return send(method, "/api/v1" + path, made["token"], **named)


def has_keys(found, keys):
    equal(sorted(found), sorted(keys), "keys")
    for key in keys:
        true(isinstance(found[key], TYPES[key]), f"{key} is {found[key]!r}")
        true(not (TYPES[key] is int and isinstance(found[key], bool)), f"{key} is a number")


def error(answer, status):
    equal(answer.status_code, status, f"status of {answer.text}")
    body = answer.json()
    equal(sorted(body), ["code", "message"], "keys of an error")
    true(body["code"] and body["message"], "an error says what is wrong")


def ask_token(username, password, secret=None):
    return send(
        "POST", "/oauth/token", auth=(DOOR["client_id"], secret or DOOR["client_secret"]),
        data={"grant_type": "password", "username": username, "password": password})


def person(mark, **changed):
    return {
        "username": f"aam-{mark}-{RUN}", "status": "ACTIVE", "firstName": "Lei",
        "lastName": "Li", "email": f"aam-{mark}-{RUN}@example.com", "title": None,
        "phoneNumber": None, "groups": [], **changed,
    }


def passwords_in(file, address):
    """The lines of a mail to an address that look like a password."""
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    if address not in str(message["To"]):
        return []
    lines = message.get_body(("plain",)).get_content().splitlines()
    return [line.strip() for line in lines
            if re.fullmatch(r"\S{12,40}", line.strip()) and "://" not in line
            and all(re.search(kind, line) for kind in ("[A-Z]", "[a-z]", r"\d", "[^A-Za-z0-9]"))]


def mailed_password(address, after=0.0, seconds=20):
    """The password in the newest mail to an address that brings one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        files = sorted(MAIL.iterdir(), key=lambda file: file.stat().st_mtime)
        found = [word for file in files if file.stat().st_mtime >= after
                 for word in passwords_in(file, address)]
        if found:
            return found[-1]
        time.sleep(0.2)
    raise AssertionError(f"no password mailed to {address}")


def token():
    before = time.time()
    answer = ask_token(DOOR["username"], DOOR["password"])
    equal(answer.status_code, 200, f"status of {answer.text}")
    equal(answer.headers["Cache-Control"], "no-store", "Cache-Control")
    equal(answer.headers["Pragma"], "no-cache", "Pragma")
    body = answer.json()
    keys = ["access_token", "expires_in", "refresh_token", "scope", "token_type"]
    equal(sorted(body), keys, "keys")
    matches(UUID, body["access_token"], "access_token")
    equal((body["token_type"], body["scope"]), ("bearer", "read write"), "type and scope")
    true(isinstance(body["expires_in"], int) and body["expires_in"] > 0, "expires_in")
    made.update(token=body["access_token"], refresh=body["refresh_token"], start=before)


def refresh():
    ask = lambda token: send(  # noqa: E731
        "POST", "/oauth/token", auth=(DOOR["client_id"], DOOR["client_secret"]),
        data={"grant_type": "refresh_token", "refresh_token": token})
    answer = ask(made["refresh"])
    equal(answer.status_code, 200, f"status of {answer.text}")
    true(answer.json()["refresh_token"] != made["refresh"], "a new refresh token")
    made["token"] = answer.json()["access_token"]
    equal(ask("no-such-token").json()["error"], "invalid_grant", "error")


def refused_tokens():
    wrong = ask_token(DOOR["username"], "Wrong-password-1")
    equal((wrong.status_code, wrong.json()["error"]), (400, "invalid_grant"), "wrong password")
    wrong = ask_token(DOOR["username"], DOOR["password"], "wrong")
    equal((wrong.status_code, wrong.json()["error"]), (401, "invalid_client"), "wrong secret")
    for authorization in (None, "nonsense"):
        answer = send("GET", "/api/v1/users/self", authorization)
        equal(answer.status_code, 401, "status")
        challenge = answer.headers["WWW-Authenticate"]
        true(challenge.startswith('Bearer realm="oauth"'), challenge)
        true("nonsense" not in challenge + answer.text, "the token is not shown")


def server_to_server():
    answer = send("POST", "/ims/token/v3", data={
        "grant_type": "client_credentials", "client_id": DOOR["client_id"],
        "client_secret": DOOR["client_secret"], "scope": "openid,AdobeID"})
    equal(answer.status_code, 200, f"status of {answer.text}")
    body = answer.json()
    equal(sorted(body), ["access_token", "expires_in", "token_type"], "keys")
    equal(body["expires_in"], 86399, "expires_in")
    headers = {"x-api-key": DOOR["client_id"]}
    answer = send("GET", "/v1/users/self", body["access_token"], headers=headers)
    equal(answer.status_code, 200, f"status of {answer.text}")
    has_keys(answer.json(), USER)
    answer = send("GET", "/v1/users/", body["access_token"], headers=headers)
    equal(answer.status_code, 200, "an administrator's right")


def create():
    body = person("seed", title="CTO", phoneNumber="010-88287890", isAdmin=False)
    answer = admin("POST", "/users/", json=body)
    equal(answer.status_code, 201, f"status of {answer.text}")
    user = answer.json()
    has_keys(user, USER + ["isAdmin"])
    equal(user["isAdmin"], "false", "isAdmin")
    for field in body:
        if field != "isAdmin":
            equal(user[field], body[field], field)
    made["user"] = user
    checks.later(admin, "DELETE", f"/users/{user['userId']}")
    error(admin("POST", "/users/", json=body), 409)


def create_administrator():
    answer = admin("POST", "/users", json=person("admin", isAdmin=True))
    equal((answer.status_code, answer.json()["isAdmin"]), (201, "true"), "isAdmin")
    made["administrator"] = answer.json()
    checks.later(admin, "DELETE", f"/users/{answer.json()['userId']}")


def get():
    identifier = made["user"]["userId"]
    for prefix in ("/api/v1", "/v1"):
        for end in ("", "/"):
            answer = send("GET", f"{prefix}/users/{identifier}{end}", made["token"])
            equal(answer.status_code, 200, "status")
            has_keys(answer.json(), USER)
    error(admin("GET", "/users/999999999"), 404)
    error(admin("GET", "/users/9007199254740993"), 404)


def groups():
    answer = admin("POST", "/groups/", json={"name": f"Editors {RUN}", "description": None})
    equal(answer.status_code, 201, f"status of {answer.text}")
    group = answer.json()
    has_keys(group, GROUP)
    other = admin("POST", "/groups/", json={"name": f"Readers {RUN}"}).json()
    made["groups"] = [group, other]
    for one in made["groups"]:
        checks.later(admin, "DELETE", f"/groups/{one['groupId']}")
    change = {"name": f"Editors {RUN}", "description": "They edit", "wildcards":
              ["VIEW_ALL_TRAITS"], "users": [made["user"]["userId"]]}
    answer = admin("PUT", f"/groups/{group['groupId']}", json=change)
    equal(answer.status_code, 200, f"status of {answer.text}")
    changed = answer.json()
    has_keys(changed, GROUP)
    equal((changed["membershipCount"], changed["users"]), (1, change["users"]), "members")
    equal(admin("GET", f"/groups/{group['groupId']}").json(), changed, "one group")
    listed = admin("GET", "/groups/").json()
    true(changed in listed, "the list shows it")
    equal(admin("GET", f"/users/{made['user']['userId']}").json()["groups"], [group["groupId"]],
          "groups of the user")
    error(admin("PUT", f"/groups/{group['groupId']}", json={**change, "wildcards": ["X"]}), 400)


def update():
    group, other = (one["groupId"] for one in made["groups"])
    body = person("seed", status="INACTIVE", firstName="Meimei", lastName="Han", title="CFO",
                  phoneNumber=None, groups=[other])
    path = f"/users/{made['user']['userId']}"
    answer = admin("PUT", path, json=body)
    equal(answer.status_code, 200, f"status of {answer.text}")
    has_keys(answer.json(), USER)
    for field, value in body.items():
        equal(answer.json()[field], value, field)
    equal(admin("GET", f"/groups/{group}").json()["membershipCount"], 0, "members left")
    taken = made["administrator"]["username"]
    error(admin("PUT", path, json={**body, "username": taken}), 409)
    for missing in ("username", "status", "firstName", "lastName", "email", "groups"):
        error(admin("PUT", path, json={k: v for k, v in body.items() if k != missing}), 400)
    error(admin("PUT", path, json={**body, "status": "GONE"}), 400)
    error(admin("PUT", path, json={**body, "groups": [999999999]}), 400)
    equal(admin("GET", path).json(), answer.json(), "nothing was changed")
    equal(admin("PUT", path, json={**body, "status": "ACTIVE"}).status_code, 200, "active again")


def listing():
    group, other = (one["groupId"] for one in made["groups"])
    everybody = admin("GET", "/users/")
    equal(everybody.status_code, 200, "status")
    true(isinstance(everybody.json(), list), "a bare array")
    for user in everybody.json():
        has_keys(user, USER)
    # The page's own example, with its misspelt second key: a union.
    found = admin("GET", f"/users/?groupId={group}&groupdId={other}").json()
    equal([user["userId"] for user in found], [made["user"]["userId"]], "members of either")
    equal(admin("GET", f"/users/?groupId={group}").json(), [], "members of the first")
    page = admin("GET", "/users/", params={"page": 0, "pageSize": 2, "sortBy": "userId"}).json()
    equal(sorted(page), ["list", "page", "pageSize", "total"], "keys of a page")
    equal((page["page"], page["pageSize"], len(page["list"])), (0, 2, 2), "page")
    equal(page["total"], len(everybody.json()), "total")
    numbers = [user["userId"] for user in page["list"]]
    equal(numbers, sorted(numbers), "ascending")
    for descending in ("", "true", "True"):
        down = admin("GET", f"/users/?page=0&pageSize=2&sortBy=userId&descending={descending}")
        numbers = [user["userId"] for user in down.json()["list"]]
        equal(numbers, sorted(numbers, reverse=True), "descending")
    found = admin("GET", "/users/", params={"search": "hAN"}).json()
    true(made["user"]["userId"] in [user["userId"] for user in found], "search in any case")
    equal(admin("GET", "/users/", params={"search": "%"}).json(), [], "a wild card is a letter")
    for wrong in ("page=-1", "page=x", "pageSize=0", "pageSize=1001", "sortBy=title", "sortBy=x",
                  "groupId=x"):
        error(admin("GET", f"/users/?{wrong}"), 400)


def permissions():
    group = made["groups"][0]["groupId"]
    types = admin("GET", "/permissionable-object-types/").json()
    equal(types, ["SEGMENT", "TRAIT", "DESTINATION", "DERIVED_SIGNALS", "TAGS"], "types")
    for name in types:
        answer = admin("GET", f"/permissionable-object-types/{name}/").json()
        equal(sorted(answer), ["perObject", "wildcard"], "keys")
    equal(answer["perObject"], [], "TAGS have none")
    error(admin("GET", "/permissionable-object-types/NONE/"), 404)
    wanted = [{"objectType": "SEGMENT", "objectId": 563, "permissions": ["READ", "WRITE"]}]
    answer = admin("PUT", f"/groups/{group}/permissions/", json=wanted)
    equal((answer.status_code, answer.json()), (200, wanted), "set")
    equal(admin("GET", f"/groups/{group}/permissions").json(), wanted, "read")
    error(admin("PUT", f"/groups/{group}/permissions/", json=[{**wanted[0], "permissions": ["FLY"]}]),
          400)
    equal(admin("GET", f"/groups/{group}/permissions").json(), wanted, "nothing was changed")
    # The one place where what is not there is a bad request.
    error(admin("GET", "/groups/999999999/permissions"), 400)


def first_password():
    """A new user signs in with the password that was mailed, and sets one of his own."""
    user = admin("POST", "/users/", json=person("self")).json()
    checks.later(admin, "DELETE", f"/users/{user['userId']}")
    password = mailed_password(user["email"], made["start"])
    answer = ask_token(user["username"], password)
    equal(answer.status_code, 200, f"status of {answer.text}")
    made.update(own=answer.json()["access_token"], own_user=user, own_password=password)


def own(method, path, **named):
    return send(method, path, made["own"], **named)


def self_service():
    for path in ("/api/v1/users/self", "/v1/users/self"):
        answer = own("GET", path)
        equal(answer.status_code, 200, f"status of {answer.text}")
        has_keys(answer.json(), USER)
    body = {"status": "ACTIVE", "firstName": "Self", "lastName": "Li",
            "email": made["own_user"]["email"], "title": "CTO", "phoneNumber": None}
    for path in ("/self/update", "/users/self/update", "/api/v1/self/update",
                 "/api/v1/users/self/update", "/v1/self/update", "/v1/users/self/update"):
        answer = own("PUT", path, json=body)
        equal(answer.status_code, 200, f"status of {path}: {answer.text}")
        has_keys(answer.json(), SELF)
        equal(answer.json()["firstName"], "Self", "firstName")
    error(own("PUT", "/self/update", json={**body, "email": "nobody"}), 400)


def not_for_users():
    identifier = made["user"]["userId"]
    for method, path, body in (
        ("GET", "/users/", None), ("POST", "/users/", person("other")),
        ("GET", f"/users/{identifier}", None), ("PUT", f"/users/{identifier}", person("seed")),
        ("DELETE", f"/users/{identifier}", None), ("POST", "/users/bulk-delete", [identifier]),
        ("GET", "/groups/", None), ("POST", "/groups/", {"name": "x"}),
    ):
        error(own(method, "/api/v1" + path, json=body), 403)


def own_password():
    wanted = f"Zx9{secrets.token_hex(4)}-Qy7"
    path = "/users/self/update-password"
    error(own("POST", path, json={"oldPassword": "Wrong-password-1", "newPassword": wanted}), 400)
    for weak in ("Short-1a", "x" * 41, "alllowercase-12", "-Begins-with-special-1",
                 "Ends-with-special-1-", "NoSpecialCharacter1", "Only:colon:special1"):
        answer = own("POST", path, json={"oldPassword": made["own_password"], "newPassword": weak})
        error(answer, 400)
    for form in ("", "/api/v1", "/v1"):
        answer = own("POST", form + path, json={
            "oldPassword": made["own_password"], "newPassword": wanted})
        equal(answer.status_code, 200, f"status of {answer.text}")
        made["own_password"], wanted = wanted, f"Zx9{secrets.token_hex(4)}-Qy7"
    again = {"oldPassword": made["own_password"], "newPassword": made["own_password"]}
    error(own("POST", path, json=again), 400)
    answer = ask_token(made["own_user"]["username"], made["own_password"])
    equal(answer.status_code, 200, f"status of {answer.text}")
    made["own"] = answer.json()["access_token"]


def reset_password():
    after = time.time() - 1
    answer = own("POST", "/self/reset-password")
    equal(answer.status_code, 200, f"status of {answer.text}")
    time.sleep(1)
    password = mailed_password(made["own_user"]["email"], after)
    username = made["own_user"]["username"]
    equal(ask_token(username, made["own_password"]).status_code, 400, "the old one is gone")
    equal(ask_token(username, password).status_code, 200, "the new one opens")


def lockout():
    user = admin("POST", "/users/", json=person("lock")).json()
    checks.later(admin, "DELETE", f"/users/{user['userId']}")
    password = mailed_password(user["email"], made["start"])
    for _ in range(5):
        equal(ask_token(user["username"], "Wrong-password-1").json()["error"], "invalid_grant", "")
    true(ask_token(user["username"], password).status_code in (400, 429), "locked out")
    path = f"/users/{user['userId']}"
    equal(admin("GET", path).json()["status"], "LOCKED", "status")
    body = {key: value for key, value in user.items() if key not in ("pid", "userId", "isAdmin")}
    equal(admin("PUT", path, json={**body, "status": "ACTIVE"}).json()["status"], "ACTIVE", "status")
    equal(ask_token(user["username"], password).status_code, 200, "unlocked")


def authorize():
    answer = send("GET", "/oauth/authorize", params={
        "client_id": DOOR["client_id"], "response_type": "token",
        "redirect_uri": "https://app.example.com/"})
    equal(answer.status_code, 302, "to the hosted page")
    refusal = requests.get(answer.headers["Location"], timeout=30, allow_redirects=False)
    equal(refusal.status_code, 400, "which knows no implicit grant")
    true("access_token" not in refusal.text, "no token")


def delete():
    users = [admin("POST", "/users/", json=person(f"bulk{n}")).json()["userId"] for n in range(3)]
    error(admin("POST", "/users/bulk-delete", json=[*users, 999999999]), 404)
    equal(admin("GET", f"/users/{users[0]}").status_code, 200, "all or none")
    answer = admin("POST", "/users/bulk-delete", json=users[:2])
    equal((answer.status_code, answer.text), (204, ""), "bulk")
    answer = admin("DELETE", f"/users/{users[2]}")
    equal((answer.status_code, answer.text), (204, ""), "one")
    for identifier in users:
        error(admin("GET", f"/users/{identifier}"), 404)
    error(admin("DELETE", f"/users/{users[2]}"), 404)
    myself = admin("GET", "/users/self").json()["userId"]
    error(admin("DELETE", f"/users/{myself}"), 409)
    first, second = (one["groupId"] for one in made["groups"])
    answer = admin("DELETE", "/groups/bulk-delete", json=[first])
    equal((answer.status_code, answer.text), (204, ""), "bulk of groups")
    equal(admin("DELETE", f"/groups/{second}").status_code, 204, "one group")
    equal(admin("GET", f"/users/{made['user']['userId']}").json()["groups"], [], "left the groups")


for name, body in {
    "token": token, "refresh": refresh, "refused-tokens": refused_tokens,
    "server-to-server": server_to_server, "create": create,
    "create-administrator": create_administrator, "get": get, "groups": groups, "update": update,
    "list": listing, "permissions": permissions, "first-password": first_password,
    "self-service": self_service, "not-for-users": not_for_users, "own-password": own_password,
    "reset-password": reset_password, "lockout": lockout, "authorize": authorize, "delete": delete,
}.items():
    checks.check(name, body)
checks.finish()
