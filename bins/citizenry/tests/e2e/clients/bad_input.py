"""Sends bad input to a running server: each piece gets its 4xx in the Authok error shape, no
connection is cut, and nothing has changed afterwards. Needs nothing but Python's own library."""

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import select
import socket
from urllib.parse import quote, urlsplit

from checks import DOOR, RUN, SETTINGS, Checks, assert_error_body, equal, true

checks = Checks("bad-input")
ADDRESS = urlsplit(SETTINGS["base_url"])
made = {}
JSON = "application/json"


class Answer:
    """Status, headers and body of one complete answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body.decode("utf-8"))


def exchange(raw, half_close=False, timeout=30):
    """Writes raw bytes and reads one answer; an answer that comes early ends the writing."""
    with socket.create_connection((ADDRESS.hostname, ADDRESS.port), timeout) as connection:
        view = memoryview(raw)
        while view:
            readable, writable, _ = select.select([connection], [connection], [], timeout)
            if readable:
                break
            true(writable, "the server neither read nor answered")
            view = view[connection.send(view[:65536]):]
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Answer(response)


def head(method, path, fields):
    """The head of a request; ``path`` and field values may hold any bytes."""
    lines = [b"%s %s HTTP/1.1" % (method.encode(), path if isinstance(path, bytes) else path.encode())]
    lines.append(b"Host: " + ADDRESS.netloc.encode())
    lines.extend(
        name.encode() + b": " + (value if isinstance(value, bytes) else str(value).encode())
        for name, value in fields
    )
    return b"\r\n".join(lines) + b"\r\n\r\n"


def request(method, path, body=None, kind=JSON, token=True, more=()):
    """One well-framed request; ``token``: True for the valid one, None for none, else the value."""
    fields = list(more)
    if token is not None:
        value = f"Bearer {made['token']}" if token is True else token
        fields.append(("Authorization", value))
    if body is not None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields += [("Content-Length", len(raw))]
        if kind is not None:
            fields.append(("Content-Type", kind))
        return exchange(head(method, path, fields) + raw)
    return exchange(head(method, path, fields))


def refused(answer, statuses=range(400, 500)):
    """Asserts the 4xx and the union error body; what was made all the same is removed later."""
    if answer.status in (200, 201) and b'"user_id"' in answer.body:
        wrongly = answer.json()
        if isinstance(wrongly, dict) and wrongly.get("user_id") != made["user"]:
            path = f"/api/v1/users/{quote(wrongly['user_id'], safe='')}"
            checks.later(request, "DELETE", path)
    true(answer.status in statuses, f"status {answer.status}: {answer.body[:200]!r}")
    true(JSON in (answer.headers.get("content-type") or ""), "the error is JSON")
    assert_error_body(answer.json(), answer.status)


def refused_or_empty(answer):
    """A value that is only too large to find anything: 4xx, or an empty list."""
    if answer.status == 200:
        equal(answer.json()["items"], [], "items")
    else:
        refused(answer)


def total():
    answer = request("GET", "/api/v1/users?page=1&page_size=1")
    equal(answer.status, 200, "status")
    return answer.json()["meta"]["total"]


def probe():
    """The probe user as stored now."""
    answer = request("GET", f"/api/v1/users/{quote(made['user'], safe='')}")
    equal(answer.status, 200, "status")
    return answer.json()


def prepare():
    answer = request("POST", "/oauth/token", {
        "grant_type": "client_credentials", "client_id": DOOR["client_id"],
        "client_secret": DOOR["client_secret"], "audience": DOOR["audience"],
    }, token=None)
    equal(answer.status, 200, "status")
    made["token"] = answer.json()["access_token"]
    answer = request("POST", "/api/v1/users", user())
    equal(answer.status, 200, "status")
    made["user"] = answer.json()["user_id"]
    checks.later(request, "DELETE", f"/api/v1/users/{quote(made['user'], safe='')}")
    made["before"] = probe()
    made["total"] = total()


def user(**fields):
    """A body that would be accepted, but for ``fields``."""
    mark = secrets.token_hex(6)
    return {
        "connection": "authok", "email": f"bad-{mark}@example.com", "username": f"bad_{mark}",
        "password": "Str0ng!-lanterns", "user_metadata": {}, **fields,
    }


#: Values of wrong type, range, length or form, by field, for creating and changing a user.
BAD_FIELDS = {
    "email": [1, True, [], {}, "no-at-sign", "a@", "@b.example", "a b@c.example", f"{'x' * 65}@example.com",
              "a@b.example\n", "a\u0000@b.example"],
    "username": [1, False, [], {}, "x" * 33, "x" * 100_000, "a\u0000b", ""],
    "phone_number": [18600002222, [], "not-a-number", "1" * 40, "186\u00000002222"],
    "gender": ["1", True, 3, -1, 1.5, [], {}, 10**30],
    "blocked": ["true", 1, [], {}],
    "phone_number_verified": ["yes", 0],
    "name": [1, [], {}, "x" * 100_000, "a\u0000b"],
    "nickname": [1, {}, "x" * 100_000],
    "given_name": [1, "x" * 100_000],
    "picture": [1, [], "x" * 100_000],
    "password": [1, None, [], "x" * 1_000_000],
    "user_metadata": ["text", 1, [], True, {"a": "x" * 1_000_000}, {"a": "\u0000"}],
    "app_metadata": ["text", 1, [], True, {"\u0000": 1}],
}


def nested(depth):
    return b"[" * depth + b"]" * depth


def bodies():
    """Bodies that are wrong as a whole, by name."""

    def valid(more=b""):
        # Each its own user: one that is wrongly accepted must not hide the next as a duplicate.
        return json.dumps(user()).encode()[:-1] + more + b"}"

    def spelled(address):
        body = user()
        return json.dumps(body).encode().replace(body["email"].encode(), address)

    return {
        "empty": b"",
        "blank": b"   ",
        "not-json": b"connection=authok",
        "array": b"[]",
        "null": b"null",
        "text": b'"authok"',
        "number": b"12",
        "cut-off": valid()[:-7],
        "trailing": valid() + b"}",
        "two-documents": valid() + valid(),
        "duplicate-field": valid(b', "email": "second@example.com"'),
        "duplicate-escaped-field": valid(b', "\\u0065mail": "second@example.com"'),
        "invalid-utf-8": spelled(b"\xff\xfe@example.com"),
        "invalid-utf-8-overlong": spelled(b"\xc0\xaf@example.com"),
        "lone-surrogate": valid(b', "name": "\\ud800"'),
        "bad-escape": valid(b', "name": "\\x41"'),
        "control-character": valid(b', "name": "a\x01b"'),
        "not-a-number": valid(b', "gender": NaN'),
        "huge-number": valid(b', "gender": 1e999999'),
        "deep-array": valid(b', "app_metadata": {"a": ' + nested(10_000) + b"}"),
        "deep-object": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "deep-unclosed": b"[" * 10_000,
        "ten-megabytes": valid(b', "name": "' + b"x" * 10_000_000 + b'"'),
        "ten-megabytes-of-blanks": b" " * 10_000_000 + valid(),
        "unknown-field": valid(b', "no_such_field": 1'),
        "prototype-field": valid(b', "__proto__": {}'),
        "missing-connection": b'{"email": "x@example.com"}',
        "null-connection": b'{"connection": null, "email": "x@example.com"}',
    }


def body_checks(prefix):
    for name, body in bodies().items():
        statuses = (400, 413) if "megabytes" in name else range(400, 500)
        checks.check(
            f"{prefix}-create-{name}",
            lambda body=body, statuses=statuses: refused(
                request("POST", f"/api/{prefix}/users", body), statuses
            ),
        )
    for field, values in BAD_FIELDS.items():

        def create(field=field, values=values):
            for value in values:
                try:
                    refused(request("POST", f"/api/{prefix}/users", user(**{field: value})))
                except AssertionError as error:
                    raise AssertionError(f"{field}={str(value)[:40]!r}: {error}") from error

        def change(field=field, values=values):
            path = f"/api/{prefix}/users/{quote(made['user'], safe='')}"
            for value in values:
                if value == "" or value is None:
                    continue
                try:
                    refused(request("PATCH", path, {field: value}))
                except AssertionError as error:
                    raise AssertionError(f"{field}={str(value)[:40]!r}: {error}") from error

        checks.check(f"{prefix}-create-{field}", create)
        checks.check(f"{prefix}-change-{field}", change)


def change_checks(prefix):
    def patch(body):
        return request("PATCH", f"/api/{prefix}/users/{quote(made['user'], safe='')}", body)

    for field in ("user_id", "identities", "logins_count", "created_at", "last_ip", "no_such_field"):
        checks.check(
            f"{prefix}-change-read-only-{field}",
            lambda field=field: refused(patch({field: made["before"].get(field, 1)})),
        )
    for name in ("cut-off", "duplicate-field", "invalid-utf-8", "deep-object", "ten-megabytes"):
        checks.check(f"{prefix}-change-{name}", lambda name=name: refused(patch(bodies()[name])))


def kind_checks(prefix):
    valid = json.dumps(user()).encode()
    for name, kind in {
        "text": "text/plain", "form": "application/x-www-form-urlencoded", "xml": "application/xml",
        "none": None, "garbage": "/;=", "utf-16": "application/json; charset=utf-16",
    }.items():
        if name == "utf-16":
            body = json.dumps(user()).encode("utf-16")
        else:
            body = valid
        checks.check(
            f"{prefix}-content-type-{name}",
            lambda kind=kind, body=body: refused(
                request("POST", f"/api/{prefix}/users", body, kind=kind)
            ),
        )


def path_checks(prefix):
    users = f"/api/{prefix}/users"
    for name, path in {
        "bad-escape": f"{users}/%zz",
        "cut-escape": f"{users}/authok%7",
        "percent": f"{users}/%",
        "not-utf-8": f"{users}/%ff",
        "overlong-utf-8": f"{users}/%c0%af",
        "nul": f"{users}/authok%7C%00",
        "dots": f"{users}/..%2f..%2fetc%2fpasswd",
        "long": f"{users}/{'a' * 5000}",
        "bad-escape-below": f"{users}/%zz/roles",
        "not-utf-8-below": f"{users}/%ff/permissions",
        "role": f"/api/{prefix}/roles/%ff",
        "client": f"/api/{prefix}/clients/%zz",
        "connection": f"/api/{prefix}/connections/%00",
        "resource-server": f"/api/{prefix}/resource-servers/%ff",
        "client-grant": f"/api/{prefix}/client-grants/%zz",
        "log": f"/api/{prefix}/logs/%ff",
        "no-such-route": f"/api/{prefix}/no-such-thing",
        "query-page-bad-escape": f"{users}?page=%zz",
        "query-page-not-utf-8": f"{users}?page=%ff",
        "page-negative": f"{users}?page=-1",
        "page-very-negative": f"{users}?page=-9223372036854775809",
        "page-beyond-64-bits": f"{users}?page=99999999999999999999999",
        "page-text": f"{users}?page=many",
        "page-fraction": f"{users}?page=1.5",
        "page-empty": f"{users}?page=",
        "size-negative": f"{users}?per_page=-5",
        "size-beyond-64-bits": f"{users}?per_page=99999999999999999999999",
        "size-text": f"{users}?per_page=many",
        "sort-unknown": f"{users}?sort=no_such_field:1",
        "by-email-missing": f"/api/{prefix}/users-by-email",
    }.items():
        checks.check(f"{prefix}-path-{name}", lambda path=path: refused(request("GET", path)))
    for name, path in {
        "page-2-to-the-31": f"{users}?page=2147483648",
        "page-largest-64-bits": f"{users}?page=9223372036854775807&per_page=100",
        "email-not-utf-8": f"{users}?email=%ff",
        "email-nul": f"{users}?email=%00",
        "connection-not-there": f"{users}?connection=none-{RUN}",
    }.items():
        checks.check(
            f"{prefix}-path-{name}", lambda path=path: refused_or_empty(request("GET", path))
        )


def framing_checks(prefix):
    path = f"/api/{prefix}/users"
    authorization = ("Authorization", f"Bearer {made['token']}")
    valid = json.dumps(user()).encode()

    def sent(fields, body):
        return exchange(head("POST", path, [authorization, ("Content-Type", JSON), *fields]) + body,
                        half_close=True)

    def status_only(answer):
        true(400 <= answer.status < 500, f"status {answer.status}")

    chunked = ("Transfer-Encoding", "chunked")
    checks.check(f"{prefix}-truncated-body", lambda: refused(
        sent([("Content-Length", len(valid) + 100)], valid)))
    checks.check(f"{prefix}-truncated-chunks", lambda: refused(
        sent([chunked], b"%x\r\n%s\r\n" % (len(valid), valid))))
    def refused_or_closed(fields, body):
        try:
            answer = sent(fields, body)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return
        status_only(answer)

    # After a broken chunk nothing tells where the next request begins: the HTTP layer below the
    # doors takes the sender for gone (RFC 9112 section 7.1 lets it close).
    checks.check(f"{prefix}-bad-chunk-size", lambda: refused_or_closed(
        [chunked], b"zz\r\n" + valid + b"\r\n0\r\n\r\n"))
    # What is wrong before any route is known is answered below the doors: a 4xx, in no door's shape.
    checks.check(f"{prefix}-path-raw-high-bytes", lambda: status_only(
        request("GET", path.encode() + b"/\xff\xfe")))
    checks.check(f"{prefix}-negative-length", lambda: status_only(
        sent([("Content-Length", "-1")], valid)))
    checks.check(f"{prefix}-two-lengths", lambda: status_only(
        sent([("Content-Length", "5"), ("Content-Length", "6")], valid)))


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def part(value):
    return base64url(json.dumps(value).encode())


def unpart(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(tag, content):
    """One DER value with a definite length."""
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    prefix = bytes([size]) if size < 128 else bytes([0x80 | len(length)]) + length
    return bytes([tag]) + prefix + content


def spki(jwk):
    """A published key as SubjectPublicKeyInfo (RFC 5480, RFC 8017); None for another kind."""
    def integer(text):
        raw = unpart(text)
        return der(0x02, (b"\0" if raw[0] & 0x80 else b"") + raw)

    if jwk["kty"] == "EC" and jwk.get("crv") == "P-256":
        algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
        key = b"\x04" + unpart(jwk["x"]) + unpart(jwk["y"])
    elif jwk["kty"] == "RSA":
        algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
        key = der(0x30, integer(jwk["n"]) + integer(jwk["e"]))
    else:
        return None
    return der(0x30, algorithm + der(0x03, b"\0" + key))


def public_forms(jwk):
    """The ways in which a published key could be mistaken for an HMAC secret."""
    forms = [json.dumps(jwk).encode(), json.dumps(jwk, separators=(",", ":")).encode()]
    for member in ("n", "x"):
        if member in jwk:
            forms += [jwk[member].encode(), unpart(jwk[member])]
    raw = spki(jwk)
    if raw is not None:
        text = base64.b64encode(raw).decode()
        lines = "\n".join(text[at:at + 64] for at in range(0, len(text), 64))
        pem = f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----"
        forms += [raw, pem.encode(), pem.encode() + b"\n"]
    return forms


def signed_hs256(header, claims, secret):
    signed = f"{part(header)}.{part(claims)}"
    return f"{signed}.{base64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def token_checks():
    header, claims, signature = made["token"].split(".")
    true_header, true_claims = json.loads(unpart(header)), json.loads(unpart(claims))
    keys = json.loads(request("GET", "/.well-known/jwks.json", token=None).body)["keys"]
    changed = {**true_claims, "scope": true_claims["scope"] + " everything"}
    expired = {**true_claims, "exp": 1_000_000_000}
    kid = true_header.get("kid")
    tokens = {
        "none": [None], "empty": ["", "Bearer", "Bearer "],
        "other-scheme": ["Basic " + base64.b64encode(b"a:b").decode(), made["token"], "bearer"],
        "garbage": ["Bearer x", "Bearer a.b.c", "Bearer ...", "Bearer " + "a" * 20_000,
                    "Bearer a.b.c.d.e", b"Bearer \xff\xfe", "Bearer " + part([1]) + "." + part([1]) + "."],
        "two": [f"Bearer {made['token']} {made['token']}", f"Bearer {made['token']}, x"],
        "no-signature": [f"Bearer {header}.{claims}.", f"Bearer {header}.{claims}"],
        "changed-claims": [f"Bearer {header}.{part(changed)}.{signature}"],
        "expired-claims": [f"Bearer {header}.{part(expired)}.{signature}"],
        "cut-signature": [f"Bearer {made['token'][:-4]}"],
        "unsigned": [
            f"Bearer {part({**true_header, 'alg': alg})}.{claims}.{tail}"
            for alg in ("none", "None", "NONE", "nOnE", "", None) for tail in ("", signature)
        ],
        "hs256-with-public-key": [
            "Bearer " + signed_hs256({"alg": "HS256", "typ": "JWT", "kid": jwk.get("kid")},
                                     true_claims, secret)
            for jwk in keys for secret in public_forms(jwk)
        ],
        "hs256-with-client-secret": [
            "Bearer " + signed_hs256({"alg": "HS256", "typ": "JWT", "kid": kid}, true_claims,
                                     DOOR["client_secret"].encode()),
            "Bearer " + signed_hs256({"alg": "HS256", "typ": "JWT"}, true_claims, b""),
        ],
        "foreign-kid": [
            f"Bearer {part({**true_header, 'kid': value})}.{claims}.{signature}"
            for value in ("../../../../dev/null", "' OR 1=1 --", "none", "", 7, None, "x" * 5000)
        ],
        "foreign-key-location": [
            f"Bearer {part({**true_header, name: 'http://127.0.0.1:9/keys'})}.{claims}.{signature}"
            for name in ("jku", "x5u")
        ],
        "critical-header": [
            f"Bearer {part({**true_header, 'crit': ['no-such'], 'no-such': 1})}.{claims}.{signature}"
        ],
    }
    for prefix in ("v1", "v2"):
        for name, values in tokens.items():

            def every(values=values, prefix=prefix):
                for value in values:
                    shown = str(value)[:60]
                    for method, path, body in (
                        ("GET", f"/api/{prefix}/users", None),
                        ("POST", f"/api/{prefix}/users", user()),
                    ):
                        try:
                            refused(request(method, path, body, token=value), (400, 401))
                        except AssertionError as error:
                            raise AssertionError(f"{method} {shown!r}: {error}") from error

            checks.check(f"{prefix}-token-{name}", every)
    checks.check("keys-are-published", lambda: true(keys, "the key set is not empty"))


def token_endpoint_checks():
    valid = {
        "grant_type": "client_credentials", "client_id": DOOR["client_id"],
        "client_secret": DOOR["client_secret"], "audience": DOOR["audience"],
    }
    form = "application/x-www-form-urlencoded"

    def oauth_refused(body, kind, codes=None):
        answer = request("POST", "/oauth/token", body, kind=kind, token=None)
        true(400 <= answer.status < 500, f"status {answer.status}: {answer.body[:200]!r}")
        found = answer.json()
        true(isinstance(found.get("error"), str) and found["error"], f"error in {found!r}")
        true(isinstance(found.get("error_description"), str), f"error_description in {found!r}")
        true("access_token" not in found, "no token")
        if codes is not None:
            true(found["error"] in codes, f"error {found['error']}")

    for name, (body, kind) in {
        "empty": (b"", JSON), "cut-off": (json.dumps(valid)[:-5].encode(), JSON),
        "array": (b"[]", JSON), "wrong-types": ({**valid, "client_secret": 7}, JSON),
        "deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, JSON),
        "invalid-utf-8": (json.dumps(valid).encode().replace(b"client_credentials", b"\xff"), JSON),
        "ten-megabytes": ({**valid, "scope": "x" * 10_000_000}, JSON),
        "form-bad-escape": (b"grant_type=%zz&client_id=%ff", form),
        "form-ten-megabytes": (b"grant_type=" + b"x" * 10_000_000, form),
        "other-kind": (json.dumps(valid).encode(), "text/plain"),
        "no-kind": (json.dumps(valid).encode(), None),
        "duplicate-field": (json.dumps(valid).encode()[:-1] + b', "client_id": "other"}', JSON),
        "nul-client": ({**valid, "client_id": "a\u0000b"}, JSON),
        "long-client": ({**valid, "client_id": "x" * 10_000}, JSON),
    }.items():
        checks.check(f"token-endpoint-{name}", lambda body=body, kind=kind: oauth_refused(body, kind))
    for name, (change, codes) in {
        "grant-type": ({"grant_type": "magic"}, ("unsupported_grant_type",)),
        "audience": ({"audience": f"https://none-{RUN}.example/"}, ("invalid_target", "access_denied")),
        "secret": ({"client_secret": "wrong"}, ("invalid_client",)),
        "client": ({"client_id": f"none-{RUN}"}, ("invalid_client",)),
        "scope": ({"scope": "no:such_scope"}, ("invalid_scope",)),
    }.items():
        checks.check(
            f"token-endpoint-{name}",
            lambda change=change, codes=codes: oauth_refused({**valid, **change}, JSON, codes),
        )


def nothing_changed():
    equal(probe(), made["before"], "the probe user")
    equal(total(), made["total"], "users")


def still_well():
    answer = request("GET", "/api/v1/users?page=1&page_size=1")
    equal(answer.status, 200, "status")
    equal(len(answer.json()["items"]), 1, "items")


checks.check("prepare", prepare)
if "before" in made:
    for version in ("v1", "v2"):
        body_checks(version)
        change_checks(version)
        kind_checks(version)
        path_checks(version)
        framing_checks(version)
    token_checks()
    token_endpoint_checks()
    checks.check("nothing-changed", nothing_changed)
    checks.check("still-well", still_well)
checks.finish()
