"""Drives Debian's Apache modules: mod_auth_openidc as relying party, mod_oauth2 as resource server."""

import base64
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from urllib.parse import parse_qs, quote, urlsplit

import requests

from browser.forms import FormBrowser
from browser.registrations import DISCOVERY, Registrations
from checks import AUDIENCE, HERE, Checks, equal, true

checks = Checks("apache")
MODULES = pathlib.Path("/usr/lib/apache2/modules")
made = {}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def register():
    port = free_port()
    made["apache"] = f"http://127.0.0.1:{port}"
    made["port"] = port
    made["metadata"] = requests.get(DISCOVERY, timeout=30).json()
    api = Registrations(checks)
    made["user"] = api.user()
    made["client"] = api.client(
        "apache", app_type="regular_web", token_endpoint_auth_method="client_secret_basic",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        callbacks=[made["apache"] + "/party/callback"],
        allowed_logout_urls=[made["apache"] + "/goodbye.html"],
    )
    api.resource_server(AUDIENCE, "read:things")
    api.client_grant(made["client"], AUDIENCE, "read:things")
    for algorithm in ("ES256", "EdDSA"):
        api.resource_server(f"{AUDIENCE}/{algorithm}", "read:things", algorithm=algorithm)
        api.client_grant(made["client"], f"{AUDIENCE}/{algorithm}", "read:things")


def configuration(folder):
    """The template with this run's values; the folder is the server's own."""
    values = {
        "FOLDER": folder, "MODULES": MODULES, "PORT": made["port"], "DISCOVERY": DISCOVERY,
        "CLIENT_ID": made["client"]["client_id"], "CLIENT_SECRET": made["client"]["client_secret"],
        "PASSPHRASE": secrets.token_hex(16), "EMAIL": made["user"]["email"],
        "JWKS": made["metadata"]["jwks_uri"], "AUDIENCE": AUDIENCE,
        "INTROSPECTION": made["metadata"]["introspection_endpoint"],
    }
    text = (HERE / "apache" / "httpd.conf").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def start():
    program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin:/usr/local/sbin")
    true(program, "apache2 is not installed")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="citizenry-apache-"))
    # Root hands over to another account, which has to read the pages.
    folder.chmod(0o755)
    for page in ("goodbye", "party/index", "party/hers", "party/others", "things/index",
                 "others/index", "curves/index", "asked/index"):
        file = folder / "pages" / f"{page}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"<!doctype html><title>{page}</title>{page}\n", encoding="utf-8")
    file = folder / "httpd.conf"
    file.touch(mode=0o600)
    file.write_text(configuration(folder), encoding="utf-8")
    made["log"] = folder / "error.log"
    server = subprocess.Popen(
        [program, "-f", str(file), "-DFOREGROUND"], env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    checks.later(shutil.rmtree, folder)
    checks.later(stop, server)
    until = time.monotonic() + 20
    while True:
        try:
            requests.get(made["apache"] + "/goodbye.html", timeout=5)
            return
        except requests.ConnectionError:
            true(server.poll() is None, f"Apache ended: {server.stderr and server.stderr.read()}")
            true(time.monotonic() < until, "Apache does not answer")
            time.sleep(0.05)


def stop(server):
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()


def with_log(body):
    """Adds the end of Apache's log to what failed: the modules tell the browser nothing."""
    def checked():
        try:
            body()
        except Exception as error:
            log = made["log"].read_text(errors="replace") if "log" in made else ""
            lines = [line for line in log.splitlines() if ":error]" in line]
            raise AssertionError(f"{error}; log: {' | '.join(lines[-2:])}") from error
    return checked


def claim(answer, name):
    """A claim as the protected page shows it; headers are bytes, and names are not ASCII."""
    return answer.headers.get(f"X-Claim-{name}", "").encode("latin-1").decode("utf-8")


def sign_in():
    browser = made["browser"] = FormBrowser(made["user"]["username"], made["user"]["password"])
    page = made["apache"] + "/party/index.html"
    first = browser.http.get(page, allow_redirects=False, timeout=30)
    equal(first.status_code, 302, "status of the protected page")
    sent = parse_qs(urlsplit(first.headers["Location"]).query)
    equal(sent["code_challenge_method"], ["S256"], "code_challenge_method")
    equal(sent["response_type"], ["code"], "response_type")
    callback = browser.sign_in(page, made["apache"] + "/party/callback")
    equal(browser.sign_ins, 1, "sign-in pages")
    equal(browser.open(callback), page, "the page that was asked for")
    equal(browser.answer.status_code, 200, "status")
    true("party/index" in browser.answer.text, "the protected page is shown")


def claims():
    answer = made["browser"].answer
    equal(claim(answer, "Subject"), made["user"]["user_id"], "sub")
    equal(claim(answer, "Email"), made["user"]["email"], "email")
    equal(claim(answer, "Name"), made["user"]["name"], "name")


def require_claim():
    browser = made["browser"]
    hers = browser.http.get(made["apache"] + "/party/hers.html", timeout=30)
    equal(hers.status_code, 200, "page of her address")
    true("party/hers" in hers.text, "her page is shown")
    others = browser.http.get(made["apache"] + "/party/others.html", timeout=30)
    true(others.status_code in (401, 403), f"page of another's address: {others.status_code}")
    true("party/others" not in others.text, "the other's page is not shown")


def information():
    """The relying party's own view of its session: what it got from us."""
    answer = made["browser"].http.get(
        made["apache"] + "/party/callback", params={"info": "json"}, timeout=30)
    equal(answer.status_code, 200, "status")
    return answer.json()


def session():
    seen = information()
    equal(seen["id_token"]["iss"], made["metadata"]["issuer"], "iss")
    audience = seen["id_token"]["aud"]
    true(made["client"]["client_id"] in (audience if isinstance(audience, list) else [audience]),
         "aud")
    equal(seen["id_token"]["sub"], seen["userinfo"]["sub"], "sub of both")
    true(len(seen["access_token"]) >= 20, "an access token")
    made["before"] = seen


def refresh():
    browser, back = made["browser"], made["apache"] + "/goodbye.html"
    before = made["before"]
    true(before.get("refresh_token"), "a refresh token was issued")
    answer = browser.http.get(
        made["apache"] + "/party/callback",
        params={"refresh": back, "access_token": before["access_token"]},
        allow_redirects=False, timeout=30,
    )
    equal((answer.status_code, answer.headers.get("Location")), (302, back), "where it leads")
    after = information()
    true(after["access_token"] != before["access_token"], "the access token is another one")
    true(after["refresh_token"] != before["refresh_token"], "the refresh token was rotated")


def sign_on_again():
    """A second visit without the party's cookie: our session answers, no page is shown."""
    browser = made["browser"]
    for name in [cookie.name for cookie in browser.http.cookies if "openidc" in cookie.name]:
        browser.http.cookies.set(name, None)
    page = made["apache"] + "/party/index.html"
    callback = browser.sign_in(page, made["apache"] + "/party/callback")
    equal(browser.sign_ins, 1, "sign-in pages of both visits")
    equal(browser.open(callback), page, "the page that was asked for")
    equal(claim(browser.answer, "Subject"), made["user"]["user_id"], "sub")


def tampered_callback():
    """A code that we never issued leads to an error of the party, not to a page."""
    other = FormBrowser(made["user"]["username"], made["user"]["password"])
    page = made["apache"] + "/party/index.html"
    callback = other.sign_in(page, made["apache"] + "/party/callback")
    code = parse_qs(urlsplit(callback).query)["code"][0]
    other.open(callback.replace(quote(code, safe=""), code[:-4] + "AAAA"))
    # The module says so with status 200.
    true("party/index" not in other.answer.text, "the page is not shown")
    true("Error" in other.answer.text, "an error is shown")


def logout():
    browser, goodbye = made["browser"], made["apache"] + "/goodbye.html"
    party = made["apache"] + "/party/callback?logout=" + quote(goodbye, safe="")
    left = browser.open(party, made["metadata"]["end_session_endpoint"])
    true(left.startswith(made["metadata"]["end_session_endpoint"]), f"led to {left}")
    sent = parse_qs(urlsplit(left).query)
    true(sent.get("id_token_hint"), "an id_token_hint")
    equal(sent.get("post_logout_redirect_uri"), [goodbye], "post_logout_redirect_uri")
    url = browser.open(left, goodbye)
    if not url.startswith(goodbye):
        # A page that asks is permitted (OpenID RP-Initiated Logout section 2).
        url = browser.submit(browser.forms()[0], url, {}, goodbye, button="logout")
    true(url.startswith(goodbye), f"led to {url}")
    browser.sign_in(made["apache"] + "/party/index.html", made["apache"] + "/party/callback")
    equal(browser.sign_ins, 2, "sign-in pages: the session has ended")


def own_token(audience):
    answer = requests.post(
        made["metadata"]["token_endpoint"],
        data={"grant_type": "client_credentials", "audience": audience, "scope": "read:things"},
        auth=(made["client"]["client_id"], made["client"]["client_secret"]), timeout=30,
    )
    equal(answer.status_code, 200, answer.text[:300])
    token = answer.json()["access_token"]
    equal(token.count("."), 2, "parts of a JWT")
    return token


def keys_of_every_kind():
    """The modules meet all of our keys in one set, also of kinds that they cannot use."""
    for algorithm in ("ES256", "EdDSA"):
        made[algorithm] = own_token(f"{AUDIENCE}/{algorithm}")
    keys = requests.get(made["metadata"]["jwks_uri"], timeout=30).json()["keys"]
    equal({key["kty"] for key in keys}, {"RSA", "EC", "OKP"}, "kinds of keys")
    made["token"] = own_token(AUDIENCE)


def things(token, path="/things/index.html"):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.get(made["apache"] + path, headers=headers, timeout=30)
    true((answer.status_code == 200) == ("/index\n" in answer.text), "a refusal shows no page")
    return answer.status_code


def tampered(token):
    """The same token for another audience, under the old signature."""
    head, body, signature = token.split(".")
    claims_ = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims_["scope"] = "read:things write:things"
    changed = base64.urlsafe_b64encode(json.dumps(claims_).encode()).decode().rstrip("=")
    return f"{head}.{changed}.{signature}"


def resource_server():
    equal(things(None), 401, "without a token")
    equal(things(made["token"]), 200, "with a token")
    equal(things(tampered(made["token"])), 401, "with a tampered token")
    equal(things("not.a.token"), 401, "with something else")
    true(things(made["token"], "/others/index.html") in (401, 403), "of another audience")
    equal(things(made["ES256"], "/curves/index.html"), 200, "signed by ES256")


def asking_resource_server():
    equal(things(None, "/asked/index.html"), 401, "without a token")
    equal(things(made["before"]["access_token"], "/asked/index.html"), 200, "with a token")
    equal(things("nobody-issued-this-one", "/asked/index.html"), 401, "with something else")


def revoked_token():
    """Never seen before by the module, which remembers what it was told about a token."""
    token = information()["access_token"]
    revoked = requests.post(
        made["metadata"]["revocation_endpoint"], data={"token": token},
        auth=(made["client"]["client_id"], made["client"]["client_secret"]), timeout=30,
    )
    equal(revoked.status_code, 200, "revocation")
    equal(things(token, "/asked/index.html"), 401, "with a revoked token")


for name, body in (
    ("registration", register), ("keys-of-every-kind", keys_of_every_kind), ("start", start),
    ("sign-in", sign_in), ("claims", claims), ("require-claim", require_claim), ("session", session),
    ("introspecting-resource-server", asking_resource_server), ("refresh", refresh),
    ("single-sign-on", sign_on_again), ("tampered-code", tampered_callback),
    ("revoked-token", revoked_token), ("logout", logout),
    ("verifying-resource-server", resource_server),
):
    checks.check(name, with_log(body))
checks.finish()
