//! Tokens, compared with a server that answers the same bytes for nothing and with another provider.

use std::process::Command;
use std::thread;

use serde_json::Value;

use super::Bench;
use super::database::Kind;
use super::http::{Connection, FORM};
use super::peers::{self, Peer};
use super::programs::Program;
use super::report::{Aim, Row};
use super::rounds::{Side, compare, teach};
use super::scripts::Requests;
use super::world::{World, audience, text};
use super::wrk::{CONNECTIONS, Load};
use crate::{Outcome, process};

/// wrk takes one token that it does not send; some more for connections that it opens anew.
const REFRESH_TOKENS: usize = CONNECTIONS + 4;

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

/// Measures one kind of work after the other, each in turn on every server; another provider, with
/// the same client, for what it does, too.
pub(super) fn measure(bench: &Bench, world: &World, peer: Option<&Program>) -> Vec<Row> {
    // Others have their own stores: once is enough.
    let first = world.installation.database.kind() == Kind::Sqlite;
    let other = first.then(|| peers::of_tokens(bench));
    let servers = Servers { world, peer, other };
    let rows = |(number, work): (usize, &Work)| {
        let name = format!("token-{number}");
        one(bench, &servers, work, &name).unwrap_or_else(|why| vec![Row::missing(work.name, why)])
    };
    WORK.iter().enumerate().flat_map(rows).collect()
}

fn one(bench: &Bench, servers: &Servers<'_>, work: &Work, name: &str) -> Outcome<Vec<Row>> {
    teach(&bench.bare, name, "", &servers.answer(work)?)?;
    let (world, bare) = (servers.world, format!("/{name}"));
    let aim = if work.bare > 0.0 { Aim::AtLeast(work.bare) } else { Aim::None };
    let mut sides = vec![Side {
        name: "bare, same bytes",
        aim,
        // The bare server does not look at what it is sent.
        measure: Box::new(|| bench.load(&bench.bare, &bare, &servers.requests(work)?)),
    }];
    if let (Some((path, aim)), Some(peer)) = (work.peer, servers.peer) {
        sides.push(Side {
            name: "npm oidc-provider",
            aim,
            measure: Box::new(move || {
                bench.load(peer, path, &servers.requests_to_peer(work, peer)?)
            }),
        });
    }
    if let Request::Credentials(algorithm) = work.request {
        sides.push(Side {
            name: "raw signatures, all cores",
            aim: Aim::None,
            measure: Box::new(move || raw_signatures(bench, algorithm)),
        });
    }
    if let (Request::Credentials("ES256"), Some(other)) = (&work.request, &servers.other) {
        sides.push(other.side(bench, CONNECTIONS));
    }
    let ours = || bench.load(&world.server, work.path, &servers.requests(work)?);
    Ok(compare(work.name, bench.extent.rounds, Box::new(ours), sides))
}

/// What as many threads sign as there are cores.
fn raw_signatures(bench: &Bench, algorithm: &str) -> Outcome<Load> {
    let mut command = Command::new(&bench.binaries.raw_signatures);
    command.arg(algorithm).arg(thread::available_parallelism()?.to_string());
    command.arg(bench.extent.load.as_millis().to_string());
    let rate = process::read(&mut command)?.trim().parse()?;
    Ok(Load { rate, p50: 0.0, p99: 0.0, cpu: None, memory: None })
}

/// The servers that are compared.
struct Servers<'a> {
    /// Ours.
    world: &'a World,
    /// Another provider, with the same client.
    peer: Option<&'a Program>,
    /// Another one, for tokens that ES256 signs.
    other: Option<Peer>,
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
    fn requests_to_peer(&self, work: &Work, peer: &Program) -> Outcome<Requests> {
        let form = |fields: &[(&str, &str)]| self.world.form(fields);
        let plain = ("grant_type", "client_credentials");
        match work.request {
            Request::Credentials(algorithm) => {
                let asked = [plain, ("scope", "read:books"), ("resource", &audience(algorithm))];
                Ok(Requests::Form(form(&asked)))
            }
            Request::Introspection(_) => {
                let token = token(&peer.address, "/token", &form(&[plain]))?;
                Ok(Requests::Form(form(&[("token", &token)])))
            }
            Request::Refresh | Request::Userinfo => Err("it is not asked for that".into()),
        }
    }

    /// Asks our server once.
    fn answer(&self, work: &Work) -> Outcome<String> {
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
            _ => return Err("no such request is made here".into()),
        };
        let content: Value = answer.json(work.path)?;
        if content.get("active") == Some(&Value::Bool(false)) {
            return Err(format!("{} calls the token inactive", work.path).into());
        }
        Ok(answer.body)
    }
}

fn token(address: &str, path: &str, form: &str) -> Outcome<String> {
    let answer = Connection::open(address)?.send("POST", path, &[FORM], form)?;
    text(&answer.json(path)?, "access_token")
}
