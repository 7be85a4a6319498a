//! Tokens, compared with a server that answers the same bytes for nothing and with another provider.

use std::path::Path;

use serde_json::Value;

use super::Extent;
use super::http::{Connection, FORM};
use super::programs::Program;
use super::report::{Aim, Ratio};
use super::world::{World, audience, text};
use super::wrk::{self, CONNECTIONS, Requests};
use crate::Outcome;

/// wrk takes one token that it does not send; some more for connections that it opens anew.
const REFRESH_TOKENS: usize = CONNECTIONS + 4;

/// The servers that are compared.
pub(super) struct Servers<'a> {
    /// Ours.
    pub(super) world: &'a World,
    /// Answers bytes.
    pub(super) bare: &'a Program,
    /// Another provider, with the same client.
    pub(super) peer: &'a Program,
}

/// One kind of work and its aims.
struct Work {
    name: &'static str,
    path: &'static str,
    request: Request,
    /// At least so much of the bare server's rate.
    bare: f64,
    /// The other provider's path for the same, and at least so many times its rate.
    peer: Option<(&'static str, Aim)>,
}

/// What is asked.
enum Request {
    /// A token of the application's own for the API whose tokens are signed so.
    Credentials(&'static str),
    /// What such a token is good for.
    Introspection(&'static str),
    Refresh,
    Userinfo,
}

const WORK: [Work; 7] = [
    Work {
        name: "refresh_token, rotated, ES256 ID token",
        path: "/oauth/token",
        request: Request::Refresh,
        bare: 0.0,
        peer: None,
    },
    Work {
        name: "client_credentials, EdDSA",
        path: "/oauth/token",
        request: Request::Credentials("EdDSA"),
        bare: 0.35,
        peer: Some(("/token", Aim::AtLeast(4.0))),
    },
    Work {
        name: "client_credentials, ES256",
        path: "/oauth/token",
        request: Request::Credentials("ES256"),
        bare: 0.28,
        peer: Some(("/token", Aim::AtLeast(4.0))),
    },
    Work {
        name: "client_credentials, RS256",
        path: "/oauth/token",
        request: Request::Credentials("RS256"),
        bare: 0.06,
        peer: Some(("/token", Aim::None)),
    },
    Work {
        name: "introspection, opaque",
        path: "/oauth/introspect",
        request: Request::Introspection("opaque"),
        bare: 0.35,
        peer: Some(("/token/introspection", Aim::None)),
    },
    Work {
        name: "introspection, JWT (ES256)",
        path: "/oauth/introspect",
        request: Request::Introspection("ES256"),
        bare: 0.35,
        peer: None,
    },
    Work {
        name: "userinfo",
        path: "/userinfo",
        request: Request::Userinfo,
        bare: 0.35,
        peer: None,
    },
];

/// Measures one kind of work after the other, each in turn on every server.
pub(super) fn measure(
    servers: &Servers<'_>,
    extent: &Extent,
    folder: &Path,
) -> Outcome<Vec<Ratio>> {
    let mut ratios = Vec::new();
    for (number, work) in WORK.iter().enumerate() {
        let bare_path = format!("/{number}");
        servers.teach_bare(&bare_path, work)?;
        let (mut bare, mut peer) = (Vec::new(), Vec::new());
        for _ in 0..extent.rounds {
            let load = |address: &str, path: &str, requests: &Requests| {
                wrk::run(address, path, requests, extent.tokens, folder)
            };
            let ours = servers.requests(work)?;
            let here = load(&servers.world.server.address, work.path, &ours)?.rate;
            // The bare server does not look at what it is sent.
            bare.push((here, load(&servers.bare.address, &bare_path, &ours)?.rate));
            if let Some((path, _)) = work.peer {
                let theirs = servers.requests_to_peer(work)?;
                peer.push((here, load(&servers.peer.address, path, &theirs)?.rate));
            }
        }
        let aim = if work.bare > 0.0 { Aim::AtLeast(work.bare) } else { Aim::None };
        ratios.push(Ratio::of(work.name, "bare, same bytes", "/s", &bare, aim));
        if let Some((_, aim)) = work.peer {
            ratios.push(Ratio::of(work.name, "npm oidc-provider", "/s", &peer, aim));
        }
    }
    Ok(ratios)
}

impl Servers<'_> {
    /// What is sent to our server.
    fn requests(&self, work: &Work) -> Outcome<Requests> {
        let world = self.world;
        Ok(match work.request {
            Request::Credentials(algorithm) => {
                let audience = audience(algorithm);
                let asked = [("grant_type", "client_credentials"), ("audience", &*audience)];
                Requests::Form(world.form(&asked))
            }
            Request::Introspection(algorithm) => {
                let audience = audience(algorithm);
                let asked = [("grant_type", "client_credentials"), ("audience", &*audience)];
                let token = token(&world.server.address, "/oauth/token", &world.form(&asked))?;
                Requests::Form(world.form(&[("token", &token)]))
            }
            Request::Refresh => Requests::Refresh {
                form: world.form(&[("grant_type", "refresh_token"), ("refresh_token", "")]),
                tokens: world.refresh_tokens(REFRESH_TOKENS)?,
            },
            Request::Userinfo => {
                let person = world.people.first().ok_or("nobody is there")?;
                Requests::Get(text(&world.tokens_of(person)?, "access_token")?)
            }
        })
    }

    /// The same as the other provider knows it; it calls an audience a resource, and without one its
    /// tokens are opaque.
    fn requests_to_peer(&self, work: &Work) -> Outcome<Requests> {
        let form = |fields: &[(&str, &str)]| self.world.form(fields);
        let plain = ("grant_type", "client_credentials");
        match work.request {
            Request::Credentials(algorithm) => {
                let asked = [plain, ("scope", "read:books"), ("resource", &audience(algorithm))];
                Ok(Requests::Form(form(&asked)))
            }
            Request::Introspection(_) => {
                let token = token(&self.peer.address, "/token", &form(&[plain]))?;
                Ok(Requests::Form(form(&[("token", &token)])))
            }
            Request::Refresh | Request::Userinfo => Err("is not measured there".into()),
        }
    }

    /// Asks our server once and lets the bare one answer the same.
    fn teach_bare(&self, path: &str, work: &Work) -> Outcome {
        let mut ours = Connection::open(&self.world.server.address)?;
        let answer = match self.requests(work)? {
            Requests::Form(form) => ours.send("POST", work.path, &[FORM], &form)?,
            Requests::Refresh { form, tokens } => {
                let token = tokens.first().ok_or("no refresh token")?;
                ours.send("POST", work.path, &[FORM], &format!("{form}{token}"))?
            }
            Requests::Get(token) => {
                let authorization = format!("Bearer {token}");
                ours.send("GET", work.path, &[("Authorization", &authorization)], "")?
            }
        };
        let content: Value = answer.json(work.path)?;
        if content.get("active") == Some(&Value::Bool(false)) {
            return Err(format!("{} calls the token inactive", work.path).into());
        }
        let mut bare = Connection::open(&self.bare.address)?;
        match bare.send("PUT", path, &[], &answer.body)?.status {
            204 => Ok(()),
            status => Err(format!("the bare server answered {status}").into()),
        }
    }
}

fn token(address: &str, path: &str, form: &str) -> Outcome<String> {
    let answer = Connection::open(address)?.send("POST", path, &[FORM], form)?;
    text(&answer.json(path)?, "access_token")
}
