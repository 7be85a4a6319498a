//! `citizenry session`.

use citizenry_config::Configuration;
use citizenry_identity::Session;
use citizenry_oauth::Issuers;
use clap::Subcommand;
use serde::Serialize;

use crate::commands::user::{Named, find};
use crate::failure::Failure;
use crate::installation::Installation;
use crate::output::{self, Format, Rows};

/// The browsers in which users are signed in
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry session list fioman@qq.com
  citizenry session end fioman@qq.com           signs the user out everywhere
  citizenry session end fioman@qq.com --session 01j9…")]
pub(crate) enum Command {
    /// List the sessions of a user
    List(#[command(flatten)] Named),
    /// End the sessions of a user, or one of them
    End {
        #[command(flatten)]
        named: Named,
        /// The one to end [default: all]
        #[arg(long)]
        session: Option<String>,
    },
}

#[derive(Serialize)]
struct Line {
    session: String,
    ip: Option<String>,
    user_agent: Option<String>,
    signed_in: String,
    last_used: String,
    ends: String,
}

impl From<Session> for Line {
    fn from(session: Session) -> Self {
        Self {
            session: session.id.to_string(),
            ip: session.ip.map(|ip| ip.to_string()),
            user_agent: session.user_agent.as_ref().map(ToString::to_string),
            signed_in: session.authenticated_at.to_string(),
            last_used: session.last_used_at.to_string(),
            ends: session.expires_at.min(session.idle_until).to_string(),
        }
    }
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["session", "ip", "user agent", "signed in", "last used", "ends"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.session.clone(),
            self.ip.clone().unwrap_or_default(),
            self.user_agent.clone().unwrap_or_default(),
            self.signed_in.clone(),
            self.last_used.clone(),
            self.ends.clone(),
        ]
    }
}

pub(crate) async fn run(
    command: Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let installation = Installation::open(configuration).await?;
    // No mail is written, so it plays no part where the pages are.
    let authn = installation.authn(&Issuers::new("http://localhost", true));
    let (named, ending) = match command {
        Command::List(named) => (named, None),
        Command::End { named, session } => (named, Some(session)),
    };
    let (caller, view) = find(&installation, &named).await?;
    let user = view.user.id;
    match ending {
        None => {}
        Some(Some(session)) => authn.end_session(&caller, session.parse()?).await?,
        Some(None) => {
            authn.end_sessions(&caller, user).await?;
        }
    }
    let left = authn.sessions(&caller, user).await?;
    installation.close().await;
    output::list(format, &left.into_iter().map(Line::from).collect::<Vec<_>>())
}
