"""What the Python parties register before they sign anybody in, by the Management API."""

import requests

from checks import DOOR, RUN, SETTINGS

BASE = SETTINGS["base_url"]
#: Compared byte for byte by every relying party.
ISSUER = SETTINGS["issuer"]
#: Where the metadata stands: `issuer` may or may not end with a slash (OpenID Discovery section 4).
DISCOVERY = ISSUER.rstrip("/") + "/.well-known/openid-configuration"
TIMEOUT = 30


class Registrations:
    """Makes clients, users and resource servers and removes them at the end of the script."""

    def __init__(self, checks):
        self.checks = checks
        self.http = requests.Session()
        answer = self.http.post(
            BASE + "/oauth/token",
            json={
                "grant_type": "client_credentials", "client_id": DOOR["client_id"],
                "client_secret": DOOR["client_secret"], "audience": DOOR["audience"],
            },
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        self.http.headers["Authorization"] = "Bearer " + answer.json()["access_token"]

    def _make(self, path, body, key):
        answer = self.http.post(f"{BASE}/api/v2/{path}", json=body, timeout=TIMEOUT)
        if answer.status_code != 201:
            raise AssertionError(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
        made = answer.json()
        item = f"{BASE}/api/v2/{path}/{requests.utils.quote(made[key], safe='')}"
        self.checks.later(self.http.delete, item)
        return made

    def client(self, name, **fields):
        """A client named after this run."""
        return self._make("clients", {"name": f"{name} {RUN}", **fields}, "client_id")

    def user(self, **fields):
        """A user of the default connection who may sign in."""
        body = {
            "connection": "authok", "email": f"hanmeimei-{RUN}@example.com", "email_verified": True,
            "username": f"hanmeimei_{RUN}", "password": "correct horse violet battery",
            "name": "韩梅梅", "given_name": "梅梅", "family_name": "韩", "nickname": "梅梅", **fields,
        }
        return {**self._make("users", body, "user_id"), "password": body["password"]}

    def resource_server(self, identifier, *scopes, algorithm="RS256"):
        """An API whose access tokens are JWTs signed by ``algorithm``."""
        body = {
            "name": f"{identifier} {RUN}", "identifier": identifier, "signing_alg": algorithm,
            "scopes": [{"value": scope} for scope in scopes],
        }
        return self._make("resource-servers", body, "id")

    def client_grant(self, client, audience, *scopes):
        """Lets a client ask for tokens of its own."""
        body = {"client_id": client["client_id"], "audience": audience, "scope": list(scopes)}
        return self._make("client-grants", body, "id")
