"""What the Python scripts share: settings, the seed's user, printed checks, walks over every page."""

import json
import os
import pathlib
import re
import secrets
import signal
import sys
import traceback
from urllib.parse import urlsplit

HERE = pathlib.Path(__file__).resolve().parent

#: Settings of this run, as the runner wrote them.
SETTINGS = json.loads(pathlib.Path(os.environ["CITIZENRY_E2E"]).read_text(encoding="utf-8"))
#: Credentials of the Authok door.
DOOR = SETTINGS["bootstrap"]["doors"]["authok"]
#: ``host:port`` of the plain and of the TLS listener.
PLAIN_DOMAIN = urlsplit(SETTINGS["base_url"]).netloc
TLS_DOMAIN = urlsplit(SETTINGS["tls_base_url"]).netloc
#: A name part that no other run has.
RUN = secrets.token_hex(5)
#: The body of the seed's request.
SEED = json.loads((HERE / "seed-user.json").read_text(encoding="utf-8"))
#: Identifier of this run's resource server.
AUDIENCE = f"https://api-{RUN}.example/v1"

SEED_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def seed_user(mark=RUN):
    """The seed's user with the three unique fields made this run's own."""
    return {
        **SEED,
        "email": f"fioman-{mark}@qq.com",
        "username": f"fioman_{mark}",
        "phone_number": f"186{secrets.randbelow(100_000_000):08d}",
    }


def equal(found, wanted, what=""):
    """Asserts equality and shows both sides (plain ``assert`` would show neither)."""
    if found != wanted:
        raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}")


def true(held, what):
    """Asserts that something holds."""
    if not held:
        raise AssertionError(what)


def matches(pattern, found, what=""):
    """Asserts that a text matches a pattern as a whole."""
    if not isinstance(found, str) or not pattern.fullmatch(found):
        raise AssertionError(f"{what}: {found!r} does not match {pattern.pattern}")


def assert_created(user, sent, time):
    """Asserts that ``user`` is what creating ``sent`` must answer."""
    matches(re.compile(r"authok\|[0-9A-Za-z_-]+"), user["user_id"], "user_id")
    for field in (
        "connection", "email", "username", "name", "given_name", "family_name", "nickname",
        "picture", "gender", "blocked", "phone_number_verified", "user_metadata", "app_metadata",
        "phone_number",
    ):
        equal(user.get(field), sent[field], field)
    equal(user["phone_country_code"], "86", "phone_country_code")
    equal(user["logins_count"], 0, "logins_count")
    true("last_login" in user and "last_ip" in user, "last_login and last_ip are present")
    true(user["signup_ip"], "signup_ip is filled")
    for field in ("created_at", "updated_at", "signup_at"):
        matches(time, user[field], field)
    true("password" not in user, "password is not shown")
    equal(len(user["identities"]), 1, "identities")
    identity = user["identities"][0]
    equal(identity["connection"], sent["connection"], "identity.connection")
    equal("authok|" + identity["user_id"], user["user_id"], "identity.user_id")
    equal(identity["provider"], "authok", "identity.provider")
    equal(identity["is_social"], False, "identity.is_social")
    true(isinstance(identity["access_token"], str), "identity.access_token is a text")
    true(isinstance(identity["profile_data"], dict), "identity.profile_data is an object")


def refusal(kind, call, *arguments, **named):
    """Runs a call that must be refused with an error of class ``kind`` and returns the error."""
    try:
        answer = call(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError(f"was not refused, answered {answer!r}")


def assert_error_body(body, status):
    """Asserts that ``body`` is the union of Authok's and Auth0's error bodies."""
    true(isinstance(body, dict), f"error body is an object: {body!r}")
    equal(body.get("statusCode"), status, f"statusCode of {body!r}")
    for field in ("error", "error_description", "message", "errorCode"):
        true(isinstance(body.get(field), str) and body[field], f"{field} is filled in {body!r}")
    equal(body["message"], body["error_description"], "message")


def assert_each_once(ids, wanted):
    """Asserts that ``ids`` holds no id twice and every one of ``wanted``."""
    equal(len(set(ids)), len(ids), "ids that came twice")
    equal([one for one in wanted if one not in ids], [], "ids that no page held")


def restorable(before, *fields):
    """What to send to set fields back; those that had no value stay changed."""
    return {field: before[field] for field in fields if before.get(field) is not None}


def walk(pager, limit=200):
    """Walks an SDK's own pager to its end, refusing to follow one that does not stop."""
    items, pages = [], 0
    for page in pager.iter_pages():
        pages += 1
        true(pages <= limit, f"the pager had not stopped after {limit} pages")
        items.extend(page.items or [])
    return items, pages


class Checks:
    """Runs and prints the checks of one client."""

    def __init__(self, client):
        self.client = client
        self.failed = 0
        self.cleanups = []

    def check(self, name, body):
        """Runs one check with a deadline of 60 s; the next one goes on after a failure."""

        def late(_signal, _frame):
            raise AssertionError("no end after 60 s")

        signal.signal(signal.SIGALRM, late)
        signal.alarm(60)
        try:
            body()
        except BaseException as error:  # noqa: BLE001 - every failure is printed as one
            if isinstance(error, KeyboardInterrupt):
                raise
            self.failed += 1
            print(f"FAIL {self.client} {name}: {one_line(error)}", flush=True)
        else:
            print(f"ok {self.client} {name}", flush=True)
        finally:
            signal.alarm(0)

    def later(self, remove, *arguments):
        """Registers what removes something made here; run last first, failures ignored."""
        self.cleanups.append((remove, arguments))

    def finish(self):
        """Cleans up and ends the process: 0 when every check held, else 1."""
        for remove, arguments in reversed(self.cleanups):
            try:
                remove(*arguments)
            except Exception:  # noqa: BLE001 - already removed by the check itself
                pass
        sys.exit(0 if self.failed == 0 else 1)


def one_line(error):
    """An error as one printed line with the place in the script that raised it."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if pathlib.Path(frame.filename).parent == HERE and not frame.filename.endswith("checks.py")
    ]
    place = f" ({pathlib.Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = re.sub(r"\s*\n\s*", " | ", f"{type(error).__name__}: {error}")
    return f"{text}{place}"[:900]
