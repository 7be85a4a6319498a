"""Every example of AngusGM's user page, and the rows around it, sent with requests.

The page's bodies are kept; its placeholders (`0`, `"string"`) become identifiers that exist, dates and
names of this run.
"""

import email
import email.policy
import pathlib
import re
import time

import requests

from checks import RUN, SETTINGS, Checks, equal, matches, true

checks = Checks("angus_gm")
DOOR = SETTINGS["bootstrap"]["doors"]["angus"]
BASE = DOOR["base_url"]
MAIL = pathlib.Path(SETTINGS["mail_folder"])
#: The envelope as it is printed, with the types of its values.
ENVELOPE = {"code": str, "msg": str, "data": (dict, list, str, type(None)), "datetime": str, "ext": dict}
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
NUMBER = re.compile(r"-?\d+")
TOKEN = re.compile(r"[A-Za-z0-9_-]{128}")
OPERATORS = ["GREATER_THAN", "LESS_THAN", "GREATER_THAN_EQUAL", "LESS_THAN_EQUAL", "EQUAL",
             "NOT_EQUAL", "MATCH", "MATCH_END", "NOT_MATCH", "NOT_MATCH_END", "IN", "NOT_IN",
             "IS_NULL", "IS_NOT_NULL"]
made = {}


def send(method, path, token=None, **named):
    headers = named.pop("headers", {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return requests.request(
        method, BASE + path, headers=headers, timeout=30, allow_redirects=False, **named)


def enveloped(answer, status=200, code="S"):
    """The data of an answer whose envelope is as printed."""
    equal(answer.status_code, status, f"status of {answer.text}")
    body = answer.json()
    equal(sorted(body), sorted(ENVELOPE), "keys of the envelope")
    for key, kind in ENVELOPE.items():
        true(isinstance(body[key], kind), f"{key} is {body[key]!r}")
    equal(body["code"], code, f"code of {answer.text}")
    matches(TIME, body["datetime"], "datetime")
    no_bare_numbers(body["data"])
    return body["data"]


def no_bare_numbers(value):
    """Numbers travel as text, and null members not at all."""
    if isinstance(value, dict):
        for key, member in value.items():
            true(member is not None, f"{key} is null")
            no_bare_numbers(member)
    elif isinstance(value, list):
        for member in value:
            no_bare_numbers(member)
    else:
        true(isinstance(value, (str, bool, type(None))), f"a bare number {value!r}")


def refused(answer, status, key, code="E0"):
    """An error in the envelope, its key there and in the header."""
    enveloped(answer, status, code)
    equal(answer.json()["ext"].get("eKey"), key, f"eKey of {answer.text}")
    equal(answer.headers.get("XC-E-Key"), key, "XC-E-Key")


def admin(method, path, **named):
    return send(method, "/api/v1" + path, made["token"], **named)


def sign_in_body(account, password, **changed):
    return {"clientId": DOOR["client_id"], "clientSecret": DOOR["client_secret"],
            "signinType": "ACCOUNT_PASSWORD", "account": account, "password": password,
            "scope": "user_trust", "deviceId": "e2e", **changed}


def sign_in(account, password):
    return send("POST", "/pubapi/v1/auth/user/signin", json=sign_in_body(account, password))


def person(mark, **changed):
    """The page's body: bare numbers where it prints them."""
    digits = int(RUN, 16) % 10_000_000
    return {
        "username": f"gm-{mark}-{RUN}", "firstName": "James", "lastName": "Jones",
        "fullName": "James Jones", "country": "CN", "itc": 86,
        "mobile": 13800000000 + digits * 10 + made.setdefault("people", 0),
        "email": f"gm-{mark}-{RUN}@xcan.cloud", "landline": "010-88287890", "password": "xcan@123",
        "avatar": "http://prod-files.xcan.cloud/storage/pubapi/v1/file/logo.png", "title": "CTO",
        "gender": "MALE", "address": "User's residence or contact address",
        "signupType": "EMAIL", "signupAccount": "Jams@123@xcan.cloud", "sysAdmin": False,
        "enabled": True, "invitationCode": "string",
        "depts": [{"id": made["dept"], "name": "string", "mainDept": True, "deptHead": True}],
        "groupIds": [made["group"]], "tagIds": [made["tag"]], **changed,
    }


def add(mark, **changed):
    made["people"] = made.get("people", 0) + 1
    data = enveloped(admin("POST", "/user", json=person(mark, **changed)), 201)
    equal(sorted(data), ["id", "key"], "keys of what was made")
    matches(NUMBER, data["id"], "id")
    checks.later(admin, "DELETE", f"/user?ids={data['id']}")
    return data["id"]


def token():
    data = enveloped(sign_in(DOOR["username"], DOOR["password"]))
    keys = ["access_token", "expires_in", "refresh_token", "scope", "token_type"]
    equal(sorted(data), keys, "keys")
    matches(TOKEN, data["access_token"], "access_token")
    equal(data["expires_in"], "36000", "expires_in")
    made["token"] = data["access_token"]
    client = {"clientId": DOOR["client_id"], "clientSecret": DOOR["client_secret"]}
    renewed = enveloped(send("POST", "/pubapi/v1/auth/user/renew",
                             json={**client, "refreshToken": data["refresh_token"]}))
    true(renewed["refresh_token"] != data["refresh_token"], "refresh tokens rotate")
    made["token"] = renewed["access_token"]
    answer = send("POST", "/oauth2/token", data={
        "grant_type": "password", "client_id": DOOR["client_id"],
        "client_secret": DOOR["client_secret"], "account": DOOR["username"],
        "password": DOOR["password"], "scope": "user_trust"})
    equal(answer.status_code, 200, f"status of {answer.text}")
    true(isinstance(answer.json()["expires_in"], int), "bare OAuth 2")
    refused(send("GET", "/api/v1/user"), 401, "unauthorized")
    refused(send("GET", "/api/v1/user", "nonsense"), 401, "invalid_token")
    refused(sign_in(DOOR["username"], "wrong@123"), 400, "protocol_error")
    equal(send("GET", "/pubapi/v1/auth/user/signin").status_code, 405, "no password in a URL")


def structure():
    """What the page's identifiers stand for."""
    depts = enveloped(admin("POST", "/dept", json=[
        {"name": "研发部", "code": f"RD-{RUN}", "pid": -1}]), 201)
    made["dept"] = depts[0]["id"]
    checks.later(admin, "DELETE", f"/dept?ids={made['dept']}")
    groups = enveloped(admin("POST", "/group", json=[
        {"name": "Editors", "code": f"ED-{RUN}", "remark": "They edit"}]), 201)
    made["group"] = groups[0]["id"]
    checks.later(admin, "DELETE", f"/group?ids={made['group']}")
    tags = enveloped(admin("POST", "/org/tag", json=[{"name": f"new-{RUN}"}]), 201)
    made["tag"] = tags[0]["id"]
    checks.later(admin, "DELETE", f"/org/tag?ids={made['tag']}")


def add_user():
    made["user"] = add("seed")
    refused(admin("POST", "/user", json=person("seed")), 409, "resource_already_exists")


def get_user():
    data = enveloped(admin("GET", f"/user/{made['user']}"))
    sent = person("seed")
    for field in ("username", "firstName", "lastName", "fullName", "country", "email", "landline",
                  "avatar", "title", "gender", "address", "sysAdmin", "enabled"):
        equal(data[field], sent[field], field)
    equal((data["itc"], data["mobile"]), ("86", str(sent["mobile"])), "phone")
    equal((data["source"], data["locked"]), ("BACKGROUND_ADDED", False), "source and lock")
    equal(data["mainDeptId"], made["dept"], "main department")
    equal(data["passwordStrength"], "WEAK", "strength")
    equal([one["id"] for one in data["depts"]], [made["dept"]], "departments")
    equal([one["id"] for one in data["groups"]], [made["group"]], "groups")
    equal([one["id"] for one in data["tags"]], [made["tag"]], "tags")
    for field in ("createdDate", "lastModifiedDate"):
        matches(TIME, data[field], field)
    true("password" not in data, "no password")
    refused(admin("GET", "/user/999999999"), 404, "resource_not_found")


def list_users():
    data = enveloped(admin("GET", "/user", params={"pageSize": 5, "orderBy": "id",
                                                   "orderSort": "ASC", "infoScope": "DETAIL"}))
    equal(sorted(data), ["list", "total"], "keys")
    numbers = [int(user["id"]) for user in data["list"]]
    equal(numbers, sorted(numbers), "order")
    found = enveloped(admin("GET", "/user", params={"username": person("seed")["username"]}))
    equal((found["total"], found["list"][0]["id"]), ("1", made["user"]), "plain parameter")
    past = enveloped(admin("GET", "/user", params={"pageNo": 100000}))
    equal((past["total"], past["list"]), ("0", []), "past the end")


def filters():
    """Every operator on a field that takes it."""
    user, name = made["user"], person("seed")["username"]
    values = {
        "GREATER_THAN": ("id", str(int(user) - 1)), "LESS_THAN": ("id", str(int(user) + 1)),
        "GREATER_THAN_EQUAL": ("id", user), "LESS_THAN_EQUAL": ("id", user),
        "EQUAL": ("id", user), "NOT_EQUAL": ("id", "1"), "MATCH": ("username", name[3:-1]),
        "MATCH_END": ("username", name[:-1]), "NOT_MATCH": ("username", "nobody"),
        "NOT_MATCH_END": ("username", "nobody"), "IN": ("username", f'["x","{name}"]'),
        "NOT_IN": ("username", "x,y"), "IS_NULL": ("createdBy", None),
        "IS_NOT_NULL": ("email", None),
    }
    equal(sorted(values), sorted(OPERATORS), "operators")
    for operator, (key, value) in values.items():
        query = {"filters[0].key": key, "filters[0].op": operator, "filters[1].key": "username",
                 "filters[1].op": "EQUAL", "filters[1].value": name}
        if value is not None:
            query["filters[0].value"] = value
        data = enveloped(admin("GET", "/user", params=query))
        wanted = "0" if operator == "IS_NULL" else "1"
        equal(data["total"], wanted, operator)
    for key, operator, value, error in (
        ("password", "EQUAL", "x", "unsupported_filter_field"),
        ("username", "GREATER_THAN", "x", "unsupported_range_filter"),
        ("email", "MATCH", "x", "unsupported_match_filter"),
    ):
        query = {"filters[0].key": key, "filters[0].op": operator, "filters[0].value": value}
        refused(admin("GET", "/user", params=query), 400, error)
    refused(admin("GET", "/user", params={"orderBy": "password"}), 400, "unsupported_order_by")
    for wild in ("%", "_", "' OR 1=1 --"):
        query = {"filters[0].key": "username", "filters[0].op": "MATCH", "filters[0].value": wild}
        equal(enveloped(admin("GET", "/user", params=query))["total"], "0", f"{wild} is text")


def search():
    query = {"filters[0].key": "fullName", "filters[0].op": "MATCH",
             "filters[0].value": person("seed")["username"]}
    data = enveloped(admin("GET", "/user/search", params=query))
    equal([user["id"] for user in data["list"]], [made["user"]], "any column")


def replace_user():
    body = {**person("seed"), "id": int(made["user"]), "fullName": "James T. Jones", "title": "",
            "tagIds": []}
    del body["password"]
    data = enveloped(admin("PUT", "/user", json=body))
    equal(data["id"], made["user"], "id")
    user = enveloped(admin("GET", f"/user/{made['user']}"))
    equal((user["fullName"], user.get("title", "")), ("James T. Jones", ""), "replaced")
    equal(user["tags"], [], "tags are cleared")
    refused(admin("PUT", "/user", json={**body, "id": 999999999}), 404, "resource_not_found")


def update_user():
    body = {key: value for key, value in person("seed").items() if key not in (
        "password", "signupType", "signupAccount", "sysAdmin", "enabled", "invitationCode")}
    enveloped(admin("PATCH", "/user", json={**body, "id": made["user"], "title": "CFO"}))
    user = enveloped(admin("GET", f"/user/{made['user']}"))
    equal((user["title"], user["gender"]), ("CFO", "MALE"), "changed")
    equal([one["id"] for one in user["tags"]], [made["tag"]], "tags are replaced")


def username_check():
    name = person("seed")["username"]
    data = enveloped(admin("GET", "/user/username/check", params={"username": name}))
    equal(data, {"username": name, "userId": made["user"]}, "taken")
    data = enveloped(admin("GET", "/user/username/check", params={"username": "free-" + RUN}))
    equal(data, {"username": "free-" + RUN}, "free")
    refused(admin("GET", "/user/username/check"), 400, "param_missing")


def sysadmin():
    before = enveloped(admin("GET", "/user/sysadmin"))
    true(before[0]["firstSysAdmin"], "the first is marked")
    enveloped(admin("PATCH", "/user/sysadmin", json={"id": int(made["user"]), "sysAdmin": True}))
    after = enveloped(admin("GET", "/user/sysadmin"))
    true(made["user"] in [one["id"] for one in after], "is one now")
    enveloped(admin("PATCH", "/user/sysadmin", json={"id": int(made["user"]), "sysAdmin": False}))
    only = [one["id"] for one in enveloped(admin("GET", "/user/sysadmin"))]
    if len(only) == 1:
        answer = admin("PATCH", "/user/sysadmin", json={"id": only[0], "sysAdmin": False})
        refused(answer, 400, "protocol_error")


def locked():
    def lock(**body):
        return admin("PATCH", "/user/locked", json={"id": int(made["user"]), **body})

    def is_locked():
        return enveloped(admin("GET", f"/user/{made['user']}"))["locked"]

    password = person("seed")["password"]
    enveloped(sign_in(person("seed")["username"], password))
    enveloped(lock(locked=True, lockEndDate="2099-01-01 00:00:00"))
    true(is_locked(), "locked until then")
    refused(sign_in(person("seed")["username"], password), 400, "protocol_error")
    enveloped(lock(locked=False))
    enveloped(lock(locked=True, lockStartDate="2098-01-01 00:00:00",
                   lockEndDate="2099-01-01 00:00:00"))
    true(not is_locked(), "not yet")
    enveloped(lock(locked=False))
    refused(lock(locked=True, lockStartDate="2099-01-01 00:00:00",
                 lockEndDate="2098-01-01 00:00:00"), 400, "protocol_error")
    refused(lock(locked=True, lockEndDate="2001-01-01 00:00:00"), 400, "protocol_error")
    refused(lock(locked="perhaps"), 400, "param_parsing_error")


def enabled():
    tokens = enveloped(sign_in(person("seed")["username"], person("seed")["password"]))
    enveloped(admin("PATCH", "/user/enabled", json=[{"id": int(made["user"]), "enabled": False}]))
    refused(send("GET", "/api/v1/user/current", tokens["access_token"]), 401, "invalid_token")
    enveloped(admin("PATCH", "/user/enabled", json=[{"id": int(made["user"]), "enabled": True}]))
    answer = admin("PATCH", "/user/enabled", json=[{"id": 999999999, "enabled": True}])
    refused(answer, 404, "resource_not_found")


def principal():
    answer = admin("GET", "/auth/user")
    equal((answer.status_code, sorted(answer.json())), (200, ["name"]), "a bare object")
    equal(answer.json()["name"], DOOR["username"], "name")


def revoke():
    own = enveloped(sign_in(person("seed")["username"], person("seed")["password"]))
    other = enveloped(sign_in(DOOR["username"], DOOR["password"]))
    refused_revocation = send("DELETE", "/api/v1/auth/token", own["access_token"],
                              params={"access_token": other["access_token"]})
    equal((refused_revocation.status_code, refused_revocation.json()["error"]),
          (400, "revoke_fail"), "another's token")
    equal(send("GET", "/api/v1/auth/user", other["access_token"]).status_code, 200, "still good")
    answer = send("DELETE", "/api/v1/auth/token", own["access_token"],
                  params={"access_token": own["access_token"]})
    equal((answer.status_code, answer.json()), (200, {}), "one's own")
    refused(send("GET", "/api/v1/auth/user", own["access_token"]), 401, "invalid_token")


def ordinary_people():
    """Who is no administrator looks and changes nothing."""
    own = enveloped(sign_in(person("seed")["username"], person("seed")["password"]))["access_token"]
    enveloped(send("GET", "/api/v1/user", own))
    enveloped(send("GET", "/api/v1/user/current", own))
    for method, path, body in (
        ("POST", "/user", person("other")), ("PUT", "/user", {**person("other"), "id": 1}),
        ("PATCH", "/user/sysadmin", {"id": int(made["user"]), "sysAdmin": True}),
        ("PATCH", "/user/locked", {"id": int(made["user"]), "locked": True}),
        ("POST", "/dept", [{"name": "x", "code": "x"}]), ("POST", "/group", [{"name": "x", "code": "x"}]),
        ("PATCH", "/auth/user/password", {"id": int(made["user"]), "newPassword": "xcan@12345"}),
        ("GET", "/tenant", None),
    ):
        refused(send(method, "/api/v1" + path, own, json=body), 403, "forbidden")
    refused(admin("GET", "/tenant"), 403, "forbidden")


def links():
    user, dept, group, tag = (made[key] for key in ("user", "dept", "group", "tag"))
    for kind, identifier in (("dept", dept), ("group", group), ("tag", tag)):
        data = enveloped(admin("GET", f"/user/{user}/{kind}"))
        key = f"{kind}Id"
        equal([one[key] for one in data["list"]], [identifier], kind)
        answer = admin("DELETE", f"/user/{user}/{kind}", params={f"{kind}Ids": identifier})
        equal((answer.status_code, answer.text), (204, ""), "removed")
        equal(enveloped(admin("GET", f"/user/{user}/{kind}"))["total"], "0", "gone")
        answer = admin("POST", f"/user/{user}/{kind}", json=[int(identifier)])
        enveloped(answer, 201)
    data = enveloped(admin("GET", f"/dept/{dept}/user"))
    equal([one["userId"] for one in data["list"]], [user], "people of the department")
    enveloped(admin("PUT", f"/dept/{dept}/user/head", json={"userId": user, "head": True}))
    data = enveloped(admin("GET", f"/dept/{dept}/user", params={"deptHead": "true"}))
    equal(data["total"], "1", "its head")
    count = enveloped(admin("GET", f"/dept/{dept}/count"))
    equal(count, {"subDeptNum": "0", "sunUserNum": "1"}, "counts")
    group = enveloped(admin("GET", f"/group/{group}"))
    equal(group["userNum"], "1", "members")


def tree():
    top = made["dept"]
    children = enveloped(admin("POST", "/dept", json=[
        {"name": "后端", "code": f"BE-{RUN}", "pid": int(top)}]), 201)
    child = children[0]["id"]
    way = enveloped(admin("GET", f"/dept/{child}/navigation"))
    equal(way["current"]["id"], child, "current")
    equal([one["id"] for one in way["parentChain"]], [top], "the way up")
    answer = admin("PATCH", "/dept", json=[{"id": int(top), "pid": int(child)}])
    equal(answer.status_code, 400, f"a cycle: {answer.text}")
    answer = admin("DELETE", "/dept", params={"ids": child})
    enveloped(answer)
    refused(admin("GET", f"/dept/{child}"), 404, "resource_not_found")


def user_tokens():
    own = enveloped(sign_in(person("seed")["username"], person("seed")["password"]))["access_token"]
    body = {"name": f"cli-{RUN}", "password": person("seed")["password"],
            "expiredDate": "2099-01-01 00:00:00"}
    token = enveloped(send("POST", "/api/v1/auth/user/token", own, json=body), 201)
    matches(TOKEN, token["value"], "value")
    enveloped(send("GET", "/api/v1/user/current", token["value"]))
    shown = enveloped(send("GET", f"/api/v1/auth/user/token/{token['id']}/value", own))
    equal(shown["value"], token["value"], "shown again")
    refused(admin("GET", f"/auth/user/token/{token['id']}/value"), 404, "resource_not_found")
    answer = send("DELETE", "/api/v1/auth/user/token", own, params={"ids": token["id"]})
    equal(answer.status_code, 204, "deleted")
    refused(send("GET", "/api/v1/user/current", token["value"]), 401, "invalid_token")
    wrong = {**body, "password": "wrong@123"}
    refused(send("POST", "/api/v1/auth/user/token", own, json=wrong), 400, "protocol_error")


def bad_bodies():
    # A number of its own.
    made["people"] += 1
    for changed in ({"email": "nobody"}, {"mobile": "12"}, {"username": "x" * 101},
                    {"password": "xcan"}, {"password": "密码密码密码"}, {"title": "x" * 101}):
        refused(admin("POST", "/user", json=person("bad", **changed)), 400,
                "param_validation_error")
    refused(admin("POST", "/user", json=person("bad", mobile=None, email=None)), 400,
            "protocol_error")
    refused(admin("POST", "/user", json=person("bad", depts=[
        {"id": made["dept"], "mainDept": False, "deptHead": False}])), 400, "protocol_error")
    refused(admin("POST", "/user", json=person("bad", groupIds=[999999999])), 404,
            "resource_not_found")
    refused(admin("POST", "/user", data="{", headers={"Content-Type": "application/json"}), 400,
            "param_parsing_error")
    refused(admin("GET", "/user", params={"pageSize": 2001}), 400, "param_validation_error")
    refused(admin("DELETE", "/user", params={"ids": ",".join(map(str, range(1, 202)))}), 400,
            "param_validation_error")
    refused(admin("GET", "/nothing"), 404, "handler_not_found")
    refused(admin("PUT", "/user/sysadmin", json={}), 405, "method_not_supported")


def forgotten_password():
    """A code by mail, its link secret, and a new password."""
    address = person("seed")["email"]
    enveloped(send("POST", "/pubapi/v1/auth/user/signemail/send",
                   json={"bizKey": "PASSWORD_FORGET", "toAddress": [address]}))
    code = mailed_code(address)
    query = {"bizKey": "PASSWORD_FORGET", "email": address, "verificationCode": code}
    accounts = enveloped(send("GET", "/pubapi/v1/auth/user/signemail/check", params=query))
    equal(accounts[0]["userId"], made["user"], "the account")
    body = {"id": made["user"], "linkSecret": accounts[0]["linkSecret"], "newPassword": "xcan@54321"}
    enveloped(send("PATCH", "/pubapi/v1/auth/user/password/forget", json=body))
    enveloped(sign_in(person("seed")["username"], "xcan@54321"))
    again = send("PATCH", "/pubapi/v1/auth/user/password/forget", json=body)
    refused(again, 400, "protocol_error")


def mailed_code(address, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for file in MAIL.iterdir():
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            text = message.get_body(("plain",)).get_content()
            found = re.search(r"^\s*(\d{6})\s*$", text, re.MULTILINE)
            if address in str(message["To"]) and found:
                return found.group(1)
        time.sleep(0.2)
    raise AssertionError(f"no code to {address}")


def delete_users():
    ids = [add("gone1"), add("gone2")]
    answer = admin("DELETE", "/user", params={"ids": ids})
    equal((answer.status_code, answer.text), (204, ""), "deleted")
    for identifier in ids:
        refused(admin("GET", f"/user/{identifier}"), 404, "resource_not_found")
    refused(admin("DELETE", "/user", params={"ids": ids}), 404, "resource_not_found")
    refused(admin("DELETE", "/user"), 400, "param_missing")


def sign_out():
    tokens = enveloped(sign_in(DOOR["username"], DOOR["password"]))
    client = {"clientId": DOOR["client_id"], "clientSecret": DOOR["client_secret"]}
    enveloped(send("POST", "/pubapi/v1/auth/user/signout",
                   json={**client, "accessToken": tokens["access_token"]}))
    refused(send("GET", "/api/v1/auth/user", tokens["access_token"]), 401, "invalid_token")


for name, body in {
    "token": token, "structure": structure, "add-user": add_user, "get-user": get_user,
    "list-users": list_users, "filters": filters, "search": search, "replace-user": replace_user,
    "update-user": update_user, "username-check": username_check, "sysadmin": sysadmin,
    "locked": locked, "enabled": enabled, "principal": principal, "revoke-token": revoke,
    "ordinary-people": ordinary_people, "links": links, "tree": tree, "user-tokens": user_tokens,
    "bad-bodies": bad_bodies, "forgotten-password": forgotten_password,
    "delete-users": delete_users, "sign-out": sign_out,
}.items():
    checks.check(name, body)
checks.finish()
