//! `citizenry key`.

use citizenry_config::Configuration;
use citizenry_identity::{SigningAlgorithm, SigningKey};
use citizenry_oauth::Issuers;
use clap::Subcommand;
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::installation::Installation;
use crate::output::{self, Format, Rows};

/// The keys that sign tokens
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry key list                            next, current and previous keys of the tenant default
  citizenry key rotate                          the next key of each algorithm takes over
  citizenry key rotate --algorithm ES256 --tenant acme
  citizenry key revoke 01j9…                    what it signed is refused from now on

Keys also rotate by themselves, see sign_in.key_rotation. A running server signs with the new key
at once; what the old one signed stays good until it expires.")]
pub(crate) enum Command {
    /// List the keys that are published
    List {
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Let the next key take over
    Rotate {
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
        /// RS256, ES256 or `EdDSA` [default: all that the tenant has keys of]
        #[arg(long)]
        algorithm: Option<String>,
    },
    /// Refuse everything that a key has signed
    Revoke {
        /// The key's `kid`
        kid: String,
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
    },
}

#[derive(Serialize)]
struct Line {
    kid: String,
    algorithm: &'static str,
    state: &'static str,
    since: String,
}

impl From<SigningKey> for Line {
    fn from(key: SigningKey) -> Self {
        Self {
            kid: key.id.to_string(),
            algorithm: key.algorithm.as_str(),
            state: key.state.as_str(),
            since: key.updated_at.to_string(),
        }
    }
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["kid", "algorithm", "state", "since"]
    }

    fn cells(&self) -> Vec<String> {
        vec![self.kid.clone(), self.algorithm.into(), self.state.into(), self.since.clone()]
    }
}

pub(crate) async fn run(
    command: Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let installation = Installation::open(configuration).await?;
    // What the issuer is called plays no part for keys.
    let oauth = installation.oauth(Issuers::new("http://localhost", true));
    let keys = match command {
        Command::List { tenant } => {
            let (_, caller) = installation.tenant(&tenant).await?;
            oauth.keys(&caller).await?
        }
        Command::Rotate { tenant, algorithm } => {
            let algorithm = algorithm.as_deref().map(read_algorithm).transpose()?;
            let (_, caller) = installation.tenant(&tenant).await?;
            let algorithms = match algorithm {
                Some(algorithm) => vec![algorithm],
                None => algorithms(&oauth.keys(&caller).await?),
            };
            for algorithm in algorithms {
                oauth.rotate_keys(&caller, algorithm).await?;
            }
            oauth.keys(&caller).await?
        }
        Command::Revoke { kid, tenant } => {
            let (_, caller) = installation.tenant(&tenant).await?;
            oauth.revoke_key(&caller, kid.parse()?).await?;
            oauth.keys(&caller).await?
        }
    };
    installation.close().await;
    output::list(format, &keys.into_iter().map(Line::from).collect::<Vec<_>>())
}

/// The algorithms that there are keys of.
fn algorithms(keys: &[SigningKey]) -> Vec<SigningAlgorithm> {
    let has = |algorithm: &SigningAlgorithm| keys.iter().any(|key| key.algorithm == *algorithm);
    SigningAlgorithm::WITH_KEY_PAIRS.into_iter().filter(has).collect()
}

fn read_algorithm(name: &str) -> Result<SigningAlgorithm, Failure> {
    SigningAlgorithm::parse(name)
        .filter(|algorithm| SigningAlgorithm::WITH_KEY_PAIRS.contains(algorithm))
        .ok_or_else(|| {
            Failure::new(Exit::Refused, format!("`{name}` is no algorithm of signing keys"))
                .advise("the algorithms are RS256, ES256 and EdDSA")
        })
}
