"""Drives Authlib as a relying party: codes, refreshing, introspection, assertions, devices."""

import os
import time
from urllib.parse import parse_qs, urlsplit

# Authlib asks for https even on loopback unless it is told otherwise before it is loaded.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.base_client.sync_app import BaseApp, OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from browser.forms import FormBrowser
from browser.registrations import DISCOVERY, ISSUER, Registrations
from checks import AUDIENCE, RUN, Checks, equal, refusal, true

checks = Checks("authlib")
#: Nothing listens there: the form browser stops where it would be fetched.
CALLBACK = "http://127.0.0.1:9/callback"
GOODBYE = "http://127.0.0.1:9/goodbye"
SCOPE = "openid profile email offline_access"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
made = {}


class Party(OAuth2Mixin, OpenIDMixin, BaseApp):
    """What Authlib's integrations for web frameworks are made of, without a framework."""

    client_cls = OAuth2Session


def party(client, method="client_secret_basic", scope=SCOPE, **more):
    return Party(
        None, client_id=client["client_id"], client_secret=client.get("client_secret"),
        server_metadata_url=DISCOVERY,
        client_kwargs={"scope": scope, "code_challenge_method": "S256",
                       "token_endpoint_auth_method": method},
        **more,
    )


def session(client, method="client_secret_basic", scope=None, **more):
    return OAuth2Session(
        client["client_id"], more.pop("client_secret", client.get("client_secret")), scope=scope,
        token_endpoint_auth_method=method, revocation_endpoint_auth_method=method, **more,
    )


def form_browser():
    return FormBrowser(made["user"]["username"], made["user"]["password"])


def code_for(browser, relying, **more):
    """What `relying` remembers of an authorization request, and the parameters that came back."""
    asked = relying.create_authorization_url(CALLBACK, **more)
    back = browser.sign_in(asked["url"], CALLBACK)
    answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    true("code" in answer, f"a code came back: {answer}")
    equal(answer.get("state"), asked["state"], "state")
    return asked, answer


def redeem(relying, asked, answer, **more):
    token = relying.fetch_access_token(
        CALLBACK, code=answer["code"], code_verifier=asked["code_verifier"], **more)
    return token, relying.parse_id_token(token, asked["nonce"])


def keys():
    return KeySet.import_key_set(requests.get(made["metadata"]["jwks_uri"], timeout=30).json())


def discovery():
    made["metadata"] = requests.get(DISCOVERY, timeout=30).json()
    equal(made["metadata"]["issuer"], ISSUER, "issuer")
    for member in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
                   "introspection_endpoint", "revocation_endpoint", "end_session_endpoint"):
        true(made["metadata"][member].startswith("http"), member)


def registration():
    api = Registrations(checks)
    made["user"] = api.user()
    made["web"] = api.client(
        "authlib web", app_type="regular_web", token_endpoint_auth_method="client_secret_basic",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        callbacks=[CALLBACK], allowed_logout_urls=[GOODBYE],
    )
    made["public"] = api.client(
        "authlib public", app_type="native", token_endpoint_auth_method="none",
        grant_types=["authorization_code", "refresh_token", DEVICE_CODE], callbacks=[CALLBACK],
    )
    made["signing"] = api.client(
        "authlib signing", app_type="regular_web", token_endpoint_auth_method="client_secret_jwt",
        grant_types=["client_credentials"], callbacks=[],
    )
    api.resource_server(AUDIENCE, "read:things", "write:things")
    api.client_grant(made["web"], AUDIENCE, "read:things")
    api.client_grant(made["signing"], AUDIENCE, "read:things")


def sign_in():
    made["browser"] = form_browser()
    made["party"] = party(made["web"])
    asked, answer = code_for(made["browser"], made["party"])
    equal(made["browser"].sign_ins, 1, "sign-in pages")
    if made["metadata"].get("authorization_response_iss_parameter_supported"):
        equal(answer.get("iss"), ISSUER, "iss of the answer (RFC 9207)")
    made["token"], made["claims"] = redeem(made["party"], asked, answer)
    equal(made["claims"]["sub"], made["user"]["user_id"], "sub")
    equal(made["token"]["token_type"].lower(), "bearer", "token_type")
    true(made["token"]["expires_at"] > time.time(), "expires_at")
    made["used"] = (asked, answer)


def used_code():
    asked, answer = made["used"]
    error = refusal(OAuthError, redeem, made["party"], asked, answer)
    equal(error.error, "invalid_grant", "error")


def userinfo():
    # A code that is redeemed twice takes its tokens with it (RFC 6749 section 4.1.2).
    asked, answer = code_for(made["browser"], made["party"])
    equal(made["browser"].sign_ins, 1, "sign-in pages of both")
    made["token"], made["claims"] = redeem(made["party"], asked, answer)
    told = made["party"].userinfo(token=made["token"])
    for claim, field in (("sub", "user_id"), ("email", "email"), ("name", "name"),
                         ("given_name", "given_name"), ("family_name", "family_name"),
                         ("nickname", "nickname")):
        equal(told.get(claim), made["user"][field], claim)
    equal(told.get("email_verified"), True, "email_verified")


def wrong_verifier():
    asked, answer = code_for(made["browser"], made["party"])
    error = refusal(OAuthError, redeem, made["party"], {**asked, "code_verifier": "v" * 43}, answer)
    equal(error.error, "invalid_grant", "error")


def public_client():
    relying = party(made["public"], "none")
    browser = form_browser()
    asked, answer = code_for(browser, relying)
    token, claims = redeem(relying, asked, answer)
    equal(claims["sub"], made["user"]["user_id"], "sub")
    made["public_token"] = token


def public_client_without_challenge():
    url = session(made["public"], "none", "openid", redirect_uri=CALLBACK).create_authorization_url(
        made["metadata"]["authorization_endpoint"])[0]
    browser = form_browser()
    back = browser.open(url, CALLBACK)
    true(back.startswith(CALLBACK), f"led to {back}")
    answer = parse_qs(urlsplit(back).query)
    equal(answer.get("error"), ["invalid_request"], "error")
    equal(browser.sign_ins, 0, "sign-in pages")


def refresh():
    before = made["token"]
    true(before.get("refresh_token"), "a refresh token was issued")
    # Authlib sends the scope again with each refresh.
    client = session(made["web"], scope=SCOPE)
    made["refreshed"] = after = dict(client.refresh_token(
        made["metadata"]["token_endpoint"], refresh_token=before["refresh_token"]))
    true(after["access_token"] != before["access_token"], "the access token is another one")
    true(after["refresh_token"] != before["refresh_token"], "the refresh token was rotated")
    claims = jwt.decode(after["id_token"], keys()).claims
    for claim in ("iss", "sub", "auth_time"):
        equal(claims.get(claim), made["claims"].get(claim), claim)


def foreign_refresh():
    client = session(made["public"], "none")
    error = refusal(OAuthError, client.refresh_token, made["metadata"]["token_endpoint"],
                    refresh_token=made["refreshed"]["refresh_token"])
    equal(error.error, "invalid_grant", "error")


def introspect(token, hint=None):
    answer = session(made["web"]).introspect_token(
        made["metadata"]["introspection_endpoint"], token=token, token_type_hint=hint)
    equal(answer.status_code, 200, answer.text[:200])
    return answer.json()


def introspection():
    told = introspect(made["refreshed"]["access_token"], "access_token")
    equal(told["active"], True, "active")
    equal(told["sub"], made["user"]["user_id"], "sub")
    equal(told["client_id"], made["web"]["client_id"], "client_id")
    equal(set(told["scope"].split()) >= {"openid", "email"}, True, f"scope {told['scope']}")
    true(told["exp"] > time.time(), "exp")
    equal(introspect(made["refreshed"]["refresh_token"], "refresh_token")["active"], True, "active")
    # A wrong hint is only slower (RFC 7662 section 2.1).
    equal(introspect(made["refreshed"]["access_token"], "refresh_token")["active"], True, "active")
    equal(introspect("nobody-issued-this-one"), {"active": False}, "of an unknown token")


def revocation():
    client = session(made["web"])
    for kind in ("access_token", "refresh_token"):
        answer = client.revoke_token(
            made["metadata"]["revocation_endpoint"], token=made["refreshed"][kind],
            token_type_hint=kind)
        equal(answer.status_code, 200, kind)
        equal(introspect(made["refreshed"][kind]), {"active": False}, f"{kind} after it")
    error = refusal(OAuthError, client.refresh_token, made["metadata"]["token_endpoint"],
                    refresh_token=made["refreshed"]["refresh_token"])
    equal(error.error, "invalid_grant", "error of a revoked refresh token")
    told = requests.get(
        made["metadata"]["userinfo_endpoint"], timeout=30,
        headers={"Authorization": f"Bearer {made['refreshed']['access_token']}"})
    equal(told.status_code, 401, "userinfo with a revoked access token")
    true("Bearer" in told.headers.get("WWW-Authenticate", ""), "WWW-Authenticate")
    unknown = client.revoke_token(made["metadata"]["revocation_endpoint"], token="unknown")
    equal(unknown.status_code, 200, "of an unknown token (RFC 7009 section 2.2)")


def own_token(client, method="client_secret_basic", **more):
    with session(client, method, "read:things", **more) as asking:
        for authentication in (ClientSecretJWT(), PrivateKeyJWT()):
            asking.register_client_auth_method(authentication)
        return asking.fetch_token(
            made["metadata"]["token_endpoint"], grant_type="client_credentials", audience=AUDIENCE)


def client_credentials():
    token = own_token(made["web"])
    true("refresh_token" not in token, "no refresh token")
    decoded = jwt.decode(token["access_token"], keys())
    equal(decoded.claims["iss"], ISSUER, "iss")
    audience = decoded.claims["aud"]
    true(AUDIENCE in (audience if isinstance(audience, list) else [audience]), "aud")
    equal(decoded.claims["scope"], "read:things", "scope")
    equal(introspect(token["access_token"])["active"], True, "active")
    error = refusal(OAuthError, own_token, made["web"], client_secret="not-the-secret")
    equal(error.error, "invalid_client", "error of a wrong secret")


def client_secret_jwt():
    token = own_token(made["signing"], "client_secret_jwt")
    equal(jwt.decode(token["access_token"], keys()).claims["scope"], "read:things", "scope")
    error = refusal(OAuthError, own_token, made["signing"], "client_secret_jwt",
                    client_secret="not-the-secret-but-as-long-as-one-may-be")
    equal(error.error, "invalid_client", "error of another key")
    error = refusal(OAuthError, own_token, made["signing"], "client_secret_post")
    equal(error.error, "invalid_client", "error of another method")


def private_key_jwt():
    """A client that registers itself with its public key (RFC 7591)."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    answer = requests.post(
        made["metadata"]["registration_endpoint"], timeout=30,
        json={
            "client_name": f"authlib keys {RUN}", "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "RS256", "application_type": "native",
            "jwks": {"keys": [key.as_dict(private=False)]},
        },
    )
    equal(answer.status_code, 201, answer.text[:300])
    client = answer.json()
    if "registration_client_uri" in client:
        checks.later(lambda: requests.delete(
            client["registration_client_uri"], timeout=30,
            headers={"Authorization": f"Bearer {client['registration_access_token']}"}))
    signed = {"client_id": client["client_id"], "client_secret": key}
    relying = party(signed, "private_key_jwt", client_auth_methods=[
        PrivateKeyJWT(made["metadata"]["token_endpoint"])])
    asked, code = code_for(form_browser(), relying)
    token, claims = redeem(relying, asked, code)
    equal(claims["sub"], made["user"]["user_id"], "sub")
    other = {**signed, "client_secret": RSAKey.generate_key(2048, auto_kid=True)}
    stranger = party(other, "private_key_jwt", client_auth_methods=[PrivateKeyJWT()])
    asked, code = code_for(form_browser(), relying)
    error = refusal(OAuthError, redeem, stranger, asked, code)
    equal(error.error, "invalid_client", "error of another key")


def token_for_an_api():
    """A user's token for an API: a JWT that the API verifies by the published keys."""
    asked, answer = code_for(
        made["browser"], party(made["web"], scope="openid read:things"), audience=AUDIENCE)
    token, _ = redeem(made["party"], asked, answer)
    claims = jwt.decode(token["access_token"], keys()).claims
    equal(claims["sub"], made["user"]["user_id"], "sub")
    audience = claims["aud"]
    true(AUDIENCE in (audience if isinstance(audience, list) else [audience]), "aud")


def device():
    client, metadata = made["public"], made["metadata"]
    answer = requests.post(
        metadata["device_authorization_endpoint"], timeout=30,
        data={"client_id": client["client_id"], "scope": "openid email"})
    equal(answer.status_code, 200, answer.text[:300])
    asked = answer.json()
    with session(client, "none") as asking:
        poll = lambda: asking.fetch_token(  # noqa: E731
            metadata["token_endpoint"], grant_type=DEVICE_CODE, device_code=asked["device_code"])
        equal(refusal(OAuthError, poll).error, "authorization_pending", "error before")
        activate(asked)
        until = time.monotonic() + 20
        while True:
            # The server asks for this pause (RFC 8628 section 3.5).
            time.sleep(asked.get("interval", 5))
            try:
                token = poll()
                break
            except OAuthError as error:
                true(error.error in ("authorization_pending", "slow_down"), error.error)
                true(time.monotonic() < until, "the device is told within 20 s")
    claims = jwt.decode(token["id_token"], keys()).claims
    equal(claims["sub"], made["user"]["user_id"], "sub")
    equal(refusal(OAuthError, poll).error in ("invalid_grant", "expired_token"), True, "once only")


def activate(asked):
    """What the person does: enters the code, signs in, allows it."""
    browser = form_browser()
    page = browser.open(asked["verification_uri"])
    for _ in range(6):
        forms = browser.forms()
        if not forms:
            return
        names = {field["name"] for field in forms[0]["inputs"]}
        buttons = {button.get("value") for button in forms[0]["buttons"]}
        if "password" in names:
            page = browser.submit(forms[0], page, {
                "username": browser.username, "password": browser.password})
        elif "allow" in buttons:
            page = browser.submit(forms[0], page, {}, button="allow")
        elif "user_code" in names:
            page = browser.submit(forms[0], page, {"user_code": asked["user_code"]},
                                  button="continue")
        else:
            return


def logout():
    way = made["party"].create_logout_url(GOODBYE, made["token"]["id_token"])
    browser = made["browser"]
    back = browser.open(way["url"], GOODBYE)
    if not back.startswith(GOODBYE):
        back = browser.submit(browser.forms()[0], back, {}, GOODBYE, button="logout")
    equal(parse_qs(urlsplit(back).query).get("state"), [way["state"]], "state")
    asked = made["party"].create_authorization_url(CALLBACK, prompt="none")
    answer = parse_qs(urlsplit(browser.open(asked["url"], CALLBACK)).query)
    equal(answer.get("error"), ["login_required"], "error without a session")


for name, body in (
    ("discovery", discovery), ("registration", registration), ("sign-in", sign_in),
    ("used-code", used_code), ("userinfo", userinfo), ("wrong-verifier", wrong_verifier),
    ("public-client", public_client),
    ("public-client-without-challenge", public_client_without_challenge), ("refresh", refresh),
    ("foreign-refresh", foreign_refresh), ("introspection", introspection),
    ("revocation", revocation), ("client-credentials", client_credentials),
    ("client-secret-jwt", client_secret_jwt), ("private-key-jwt", private_key_jwt),
    ("token-for-an-api", token_for_an_api), ("device", device), ("logout", logout),
):
    checks.check(name, body)
checks.finish()
