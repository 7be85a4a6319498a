"""adobe-aam, unmodified: it signs in with its own JWT, and its headers open the door.

The library has its hosts as literals. Only the resolution of those names is this script's: they lead
to the TLS listener of the server, whose certificate is good for them.
"""

import importlib.metadata
import json
import os
import pathlib
import re
import socket
import tempfile
from urllib.parse import urlsplit

import pandas.core.common
import requests

from checks import SETTINGS, Checks, equal, matches, true

# The library's clock is local time without a zone.
os.environ["TZ"] = "UTC"

#: A name that its import looks for and that newer pandas has elsewhere.
pandas.core.common.SettingWithCopyWarning = Warning

from adobe_aam import Login, Traits  # noqa: E402
from adobe_aam.helpers.headers import Headers  # noqa: E402

checks = Checks("adobe_party")
DOOR = SETTINGS["bootstrap"]["doors"]["audience_manager"]
HOSTS = ("ims-na1.adobelogin.com", "aam.adobe.io")
resolve = socket.getaddrinfo


def to_the_server(host, port, *arguments, **named):
    """Resolves the library's hosts to the server's TLS listener."""
    if host in HOSTS:
        listener = urlsplit(SETTINGS["tls_base_url"])
        return resolve("127.0.0.1", listener.port, *arguments, **named)
    return resolve(host, port, *arguments, **named)


socket.getaddrinfo = to_the_server


def log_in(folder, private_key, **changed):
    """Lets the library sign in; the token it has got, if any."""
    os.environ.pop("aam_api_token", None)
    credentials = {
        "client_id": DOOR["client_id"], "client_secret": DOOR["client_secret"],
        "org_id": DOOR["org_id"], "tech_acct_id": DOOR["technical_account_id"], **changed,
    }
    files = [pathlib.Path(folder, name) for name in ("credentials.json", "private.key")]
    files[0].write_text(json.dumps(credentials), encoding="utf-8")
    files[1].write_text(private_key, encoding="utf-8")
    Login(str(files[0]), str(files[1]))
    return os.environ.get("aam_api_token")


def versions():
    equal(importlib.metadata.version("adobe-aam"), "0.0.9", "adobe-aam")


def sign_in():
    with tempfile.TemporaryDirectory() as folder:
        token = log_in(folder, DOOR["private_key_pem"])
    true(token, "the library has a token")


def own_user():
    """The first request makes the technical user; its own headers, its own host."""
    url = "https://aam.adobe.io/v1/users/self"
    first = requests.get(url, headers=Headers.createHeaders(), timeout=30)
    equal(first.status_code, 200, "status")
    user = first.json()
    equal(
        sorted(user), sorted(["pid", "userId", "username", "status", "firstName", "lastName",
                              "email", "title", "phoneNumber", "groups"]), "keys")
    equal(user["status"], "ACTIVE", "status of the user")
    matches(re.compile(re.escape(DOOR["client_id"]) + ".*"), user["username"], "username")
    again = requests.get(url, headers=Headers.createHeaders(), timeout=30).json()
    equal(again, user, "the second answer")


def administer():
    """The technical account is an administrator of the partner."""
    answer = requests.get(
        "https://aam.adobe.io/v1/users/", headers=Headers.createHeaders(json=True),
        params={"page": 0, "pageSize": 5}, timeout=30)
    equal(answer.status_code, 200, "status")
    equal(sorted(answer.json()), ["list", "page", "pageSize", "total"], "keys")


def what_is_not_served():
    """Traits are not people: the library prints the refusal and goes on."""
    true(Traits.get_many(page=0, pageSize=1) is None, "no traits")
    answer = requests.get(
        "https://aam.adobe.io/v1/traits/", headers=Headers.createHeaders(), timeout=30)
    equal(answer.status_code, 404, "status")
    equal(sorted(answer.json()), ["code", "message"], "keys")


def wrong_credentials():
    """Another key, another account, another organisation or another secret: no token."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()).decode()
    with tempfile.TemporaryDirectory() as folder:
        own = DOOR["private_key_pem"]
        equal(log_in(folder, other), None, "another key")
        equal(log_in(folder, own, tech_acct_id="x@techacct.adobe.com"), None, "another account")
        equal(log_in(folder, own, org_id="X@AdobeOrg"), None, "another organisation")
        equal(log_in(folder, own, client_secret="wrong"), None, "another secret")
        true(log_in(folder, own), "the right ones again")


for name, body in {
    "version": versions, "sign-in": sign_in, "own-user": own_user, "list-users": administer,
    "not-served": what_is_not_served, "wrong-credentials": wrong_credentials,
}.items():
    checks.check(name, body)
checks.finish()
