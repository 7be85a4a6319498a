"""Sends the seed's request with curl and holds the answer against the seed's table of fields."""

import json
import re
import shutil
import subprocess
import sys

from checks import DOOR, HERE, ISO_TIME, SEED, SEED_TIME, SETTINGS, Checks
from checks import assert_error_body, equal, matches, true

checks = Checks("seed")
BASE = SETTINGS["base_url"]
made = {}

#: Fields that the seed marks as required (必需) in its answer, with their types.
REQUIRED = {
    "user_id": str, "connection": str, "logins_count": int, "blocked": bool, "identities": list,
    "signup_at": str, "updated_at": str, "created_at": str, "signup_ip": str,
    "last_login": (str, type(None)), "last_ip": (str, type(None)),
}
#: The same for each of the identities.
REQUIRED_OF_IDENTITY = {
    "connection": str, "user_id": str, "provider": str, "is_social": bool, "access_token": str,
    "profile_data": dict,
}
#: Optional fields of the answer and their types: right wherever they are sent.
OPTIONAL = {
    "name": str, "email": str, "email_verified": bool, "phone_number": str,
    "phone_country_code": str, "phone_number_verified": bool, "user_metadata": dict,
    "app_metadata": dict, "username": str, "nickname": str, "given_name": str, "family_name": str,
    "picture": (str, type(None)), "verify_email": bool, "gender": int, "birthdate": str,
    "locale": str, "country": str, "city": str, "province": str, "region": str, "address": str,
    "postal_code": str,
}


def curl(method, path, *arguments):
    """Status and JSON body of one request made by curl."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--globoff", "--noproxy", "*", "--max-time", "30",
         "--request", method, "--write-out", "\n%{http_code}", BASE + path, *arguments],
        check=True, capture_output=True,
    )
    body, _, status = done.stdout.decode("utf-8").rpartition("\n")
    return int(status), json.loads(body) if body.strip() else None


def bearer():
    return ("--header", f"Authorization: Bearer {made['token']}")


def send_seed(path="/api/v1/users"):
    """The seed's own command, its body from the file beside this one."""
    return curl(
        "POST", path, "--header", "Content-Type: application/json",
        "--data-binary", f"@{HERE / 'seed-user.json'}", *bearer(),
    )


def remove_seed_user():
    """Deletes the seed's user if an earlier run left it."""
    _, found = curl("GET", f"/api/v1/users-by-email?email={SEED['email']}", *bearer())
    for user in found:
        curl("DELETE", "/api/v1/users/" + user["user_id"].replace("|", "%7C"), *bearer())


def token():
    request = {
        "grant_type": "client_credentials", "client_id": DOOR["client_id"],
        "client_secret": DOOR["client_secret"], "audience": DOOR["audience"],
    }
    status, answer = curl(
        "POST", "/oauth/token", "--header", "Content-Type: application/json",
        "--data-raw", json.dumps(request),
    )
    equal(status, 200, "status")
    equal(answer["token_type"], "Bearer", "token_type")
    made["token"] = answer["access_token"]
    remove_seed_user()


def create():
    status, made["user"] = send_seed()
    checks.later(remove_seed_user)
    equal(status, 200, f"status ({made['user']})")


def of_type(value, kind):
    """Whether a JSON value has a type; a boolean is no number."""
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def required_fields():
    user = made["user"]
    for field, kind in REQUIRED.items():
        true(field in user, f"{field} is required")
        true(of_type(user[field], kind), f"{field} has the seed's type: {user[field]!r}")
    true(user["identities"], "an identity was made")
    for identity in user["identities"]:
        for field, kind in REQUIRED_OF_IDENTITY.items():
            true(field in identity, f"identities[].{field} is required")
            true(of_type(identity[field], kind), f"identities[].{field}: {identity[field]!r}")


def formats():
    user = made["user"]
    for field in ("created_at", "updated_at", "signup_at"):
        matches(SEED_TIME, user[field], field)
    if user["last_login"] is not None:
        matches(SEED_TIME, user["last_login"], "last_login")
    matches(re.compile(r"[0-9a-fA-F.:]+"), user["signup_ip"], "signup_ip")
    matches(re.compile(r"authok\|\S+"), user["user_id"], "user_id")
    for field, kind in OPTIONAL.items():
        if field in user and user[field] is not None:
            true(of_type(user[field], kind), f"{field} has the seed's type: {user[field]!r}")


def values():
    user = made["user"]
    shown = set(SEED) - {"password", "force_reset_password"}
    for field in sorted(shown):
        equal(user.get(field), SEED[field], field)
    equal(user["phone_country_code"], "86", "phone_country_code")
    equal(user["logins_count"], 0, "logins_count")
    true(SEED["password"] not in json.dumps(user), "the password is nowhere in the answer")


def duplicate():
    before = total()
    status, answer = send_seed()
    equal(status, 400, "status")
    assert_error_body(answer, 400)
    equal(answer["error"], "invalid request", "error")
    equal(total(), before, "users")


def total():
    status, answer = curl("GET", "/api/v1/users?page=1&page_size=1", *bearer())
    equal(status, 200, "status")
    return answer["meta"]["total"]


def read_back():
    path = made["user"]["user_id"]
    for written in (path.replace("|", "%7C"), path.replace("|", "%7c")):
        status, answer = curl("GET", f"/api/v1/users/{written}", *bearer())
        equal((status, answer), (200, made["user"]), f"GET {written}")


def alias():
    path = "/api/v2/users/" + made["user"]["user_id"].replace("|", "%7C")
    status, answer = curl("GET", path, *bearer())
    equal(status, 200, "status")
    equal(answer["user_id"], made["user"]["user_id"], "user_id")
    for field in ("created_at", "updated_at", "signup_at"):
        matches(ISO_TIME, answer[field], field)


def delete():
    path = "/api/v1/users/" + made["user"]["user_id"].replace("|", "%7C")
    equal(curl("DELETE", path, *bearer())[0], 200, "status")
    status, answer = curl("GET", path, *bearer())
    equal(status, 404, "status")
    assert_error_body(answer, 404)


if shutil.which("curl") is None:
    print("FAIL seed curl: curl is not installed")
    sys.exit(1)
for name, body in {
    "token": token, "create": create, "required-fields": required_fields, "formats": formats,
    "values": values, "duplicate": duplicate, "read-back": read_back, "alias-times": alias,
    "delete": delete,
}.items():
    checks.check(name, body)
checks.finish()
