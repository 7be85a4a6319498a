//! Request objects (RFC 9101; OpenID Connect Core, section 6): parameters as a JWT that the client
//! has signed, sent along or by reference.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::AuthorizationError;
use super::parameters::Parameters;
use super::validate::Asking;
use crate::OAuth;
use crate::jws::{ASYMMETRIC_ALGORITHMS, JWT_TYPE, Token};

/// The type of request objects that say so (RFC 9101, section 10.8).
const TYPE: &str = "oauth-authz-req+jwt";
/// The longest request object, bytes.
const MAX_LENGTH: usize = 16 * 1_024;
/// How far two clocks may differ, seconds.
const LEEWAY: i64 = 60;

/// Why a request object is refused: the code and the reason.
type Refusal = (&'static str, &'static str);

const INVALID: &str = "invalid_request_object";

impl OAuth {
    /// The parameters of a request with `request`.
    pub(super) async fn with_request_object(
        &self,
        asking: &Asking,
        sent: Parameters,
    ) -> Result<Parameters, AuthorizationError> {
        let object = sent.get("request").unwrap_or_default();
        let read = self.read_object(asking, object, "request_not_supported").await;
        finish(asking, sent, read)
    }

    /// The parameters of a request with a `request_uri` that is an address: one that the client has
    /// registered. Whatever else is named is never fetched.
    pub(super) async fn with_request_reference(
        &self,
        asking: &Asking,
        sent: Parameters,
    ) -> Result<Parameters, AuthorizationError> {
        let uri = sent.get("request_uri").unwrap_or_default();
        let registered = &asking.client.settings.oidc.request_uris;
        // A fragment tells versions apart (OpenID Connect Core, section 6.2): it is not sent.
        let plain = |uri: &str| uri.split('#').next().unwrap_or_default().to_owned();
        let is_registered =
            registered.iter().any(|it| it == uri || (!it.contains('#') && *it == plain(uri)));
        if !is_registered {
            let reason = "the request_uri is not registered for this client";
            return Err(asking.refuse(&sent, "request_uri_not_supported", reason));
        }
        let read = match self.fetch_object(&plain(uri)).await {
            Some(object) => {
                self.read_object(asking, object.trim(), "request_uri_not_supported").await
            }
            None => Err(("invalid_request_uri", "the request object could not be fetched")),
        };
        finish(asking, sent, read)
    }

    async fn fetch_object(&self, uri: &str) -> Option<String> {
        match self.shared.environment.web.get(uri).await {
            Ok(document) if document.status == 200 && document.body.len() <= MAX_LENGTH => {
                String::from_utf8(document.body).ok()
            }
            Ok(document) => {
                tracing::info!(uri, status = document.status, "no request object is there");
                None
            }
            Err(error) => {
                tracing::info!(uri, %error, "a request object could not be fetched");
                None
            }
        }
    }

    /// The parameters in a request object, whose signature has been verified with a key of the
    /// client. `unsupported` is the code for one that is not signed although the client has not
    /// registered for that.
    async fn read_object(
        &self,
        asking: &Asking,
        object: &str,
        unsupported: &'static str,
    ) -> Result<Object, Refusal> {
        if object.len() > MAX_LENGTH {
            return Err((INVALID, "the request object is too large"));
        }
        let registered = asking.client.settings.oidc.request_object_signing_alg.as_deref();
        let claims = if let Some(claims) = unsigned_claims(object) {
            if registered != Some("none") {
                return Err((unsupported, "the request object is not signed"));
            }
            claims
        } else {
            let token =
                Token::read(object).ok_or((INVALID, "the request object is no plain JWT"))?;
            let alg = token.header.alg.as_str();
            let typ_fits = token.header.typ.is_none()
                || token.header.is_of_type(JWT_TYPE)
                || token.header.is_of_type(TYPE);
            if !typ_fits || !ASYMMETRIC_ALGORITHMS.contains(&alg) {
                return Err((INVALID, "the request object is of another type or algorithm"));
            }
            if registered.is_some_and(|registered| registered != alg) {
                return Err((INVALID, "the request object is not signed as registered"));
            }
            if !self.is_signed_by(&asking.client, &token).await {
                return Err((INVALID, "the signature of the request object is wrong"));
            }
            token.claims().ok_or((INVALID, "the request object has no claims"))?
        };
        Object::checked(asking, claims)
    }
}

/// The claims of an unsigned JWT; `None` for anything else.
fn unsigned_claims(object: &str) -> Option<Map<String, Value>> {
    let (header, payload) = object.strip_suffix('.')?.split_once('.')?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let header: Map<String, Value> = serde_json::from_slice(&decode(header)?).ok()?;
    if header.get("alg")? != "none" || header.contains_key("crit") {
        return None;
    }
    serde_json::from_slice(&decode(payload)?).ok()
}

/// The parameters of a request object.
struct Object(Parameters);

impl Object {
    /// Checks what the object says about itself, and turns the rest into parameters.
    fn checked(asking: &Asking, claims: Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let client = asking.client.identifier.as_str();
        let now = asking.now.unix_seconds();
        if claims.contains_key("iss") && text("iss") != Some(client) {
            return Err((INVALID, "the request object is another client's"));
        }
        if claims.contains_key("client_id") && text("client_id") != Some(client) {
            return Err((INVALID, "the request object names another client"));
        }
        // An assertion with which the client proves itself is no request (RFC 9101, section 10.8).
        if text("sub") == Some(client) {
            return Err((INVALID, "the request object is an assertion"));
        }
        if claims.contains_key("aud") && !is_meant_for(claims.get("aud"), &asking.issuer) {
            return Err((INVALID, "the request object is for another server"));
        }
        for (member, is_good) in [
            ("exp", within(&claims, "exp", |exp| now < exp.saturating_add(LEEWAY))),
            ("nbf", within(&claims, "nbf", |nbf| nbf.saturating_sub(LEEWAY) <= now)),
        ] {
            if !is_good {
                tracing::debug!(member, "a request object is not good now");
                return Err((INVALID, "the request object is not good now"));
            }
        }
        if claims.contains_key("request") || claims.contains_key("request_uri") {
            return Err((INVALID, "a request object must not hold another"));
        }
        parameters(claims).map(Self)
    }
}

fn within(claims: &Map<String, Value>, name: &str, holds: impl Fn(i64) -> bool) -> bool {
    match claims.get(name) {
        None => true,
        Some(value) => value.as_f64().is_some_and(|seconds| holds(whole_seconds(seconds))),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "casts from float to integer saturate")]
fn whole_seconds(seconds: f64) -> i64 {
    seconds as i64
}

fn is_meant_for(audience: Option<&Value>, issuer: &str) -> bool {
    let plain = |text: &str| text.strip_suffix('/').unwrap_or(text) == issuer.trim_end_matches('/');
    match audience {
        Some(Value::String(one)) => plain(one),
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).any(plain),
        _ => false,
    }
}

/// The claims that are parameters, as text.
fn parameters(claims: Map<String, Value>) -> Result<Parameters, Refusal> {
    const OWN: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];
    let mut pairs = Vec::new();
    for (name, value) in claims {
        match value {
            _ if OWN.contains(&name.as_str()) => {}
            Value::Null => {}
            Value::String(text) => pairs.push((name, text)),
            Value::Array(values) if name == "resource" => {
                for value in values {
                    let Value::String(text) = value else {
                        return Err((INVALID, "a resource is no text"));
                    };
                    pairs.push((name.clone(), text));
                }
            }
            other => pairs.push((name, other.to_string())),
        }
    }
    Parameters::read(pairs).map_err(|reason| (INVALID, reason))
}

/// Puts the request together. In OpenID Connect, parameters outside the object count where it has
/// none (Core, section 6.1); elsewhere the object is all there is (RFC 9101, section 6.3).
fn finish(
    asking: &Asking,
    sent: Parameters,
    read: Result<Object, Refusal>,
) -> Result<Parameters, AuthorizationError> {
    let Object(inside) = match read {
        Ok(object) => object,
        Err((code, reason)) => return Err(asking.refuse(&sent, code, reason)),
    };
    let disagrees = |name| matches!((sent.get(name), inside.get(name)), (Some(outer), Some(inner)) if outer != inner);
    if disagrees("response_type") {
        let reason = "the request object asks for another response_type";
        return Err(asking.refuse(&sent, INVALID, reason));
    }
    let outer = sent.without(&["request", "request_uri"]);
    if outer.words("scope").any(|scope| scope == "openid") {
        Ok(inside.or(&outer))
    } else {
        Ok(inside)
    }
}
