//! `citizenry user`.

use std::path::PathBuf;

use citizenry_authz::Caller;
use citizenry_config::Configuration;
use citizenry_directory::{NewUser, UserQuery, UserRef, UserView};
use citizenry_identity::{
    ConnectionName, Email, Error, Kind, Listing, LockWindow, Phone, Profile, Start, Subject, Text,
    Timestamp, UserId, Username,
};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::installation::Installation;
use crate::output::{self, Format, Rows};
use crate::secret_input;

/// Users
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  citizenry user create --email fioman@qq.com --username fioman --name 李雷 --password-file -
  citizenry user get fioman@qq.com --format json
  citizenry user list --tenant acme --limit 50
  citizenry user lock fioman --until 2030-01-01T00:00:00Z
  citizenry user unlock fioman
  citizenry user delete 'authok|01j9…'

USER is a user_id (authok|…), the identifier inside, a username or an email address.")]
pub(crate) enum Command {
    /// Create a user
    Create(Box<Create>),
    /// Show a user
    Get(Named),
    /// List users, newest first
    List {
        /// The tenant
        #[arg(long, default_value = "default")]
        tenant: String,
        /// How many at the most, 1 to 100
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// Go on after the position that the list before named as `next`
        #[arg(long, value_name = "POSITION")]
        after: Option<String>,
    },
    /// Lock a user: no sign-in, running sessions end
    Lock {
        #[command(flatten)]
        user: Named,
        /// When the lock ends by itself (RFC 3339) [default: never]
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Lift every lock of a user
    Unlock(Named),
    /// Delete a user for ever
    Delete(Named),
}

/// A user, named.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// The user
    user: String,
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
}

/// What a new user has.
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// The tenant
    #[arg(long, default_value = "default")]
    tenant: String,
    /// The connection
    #[arg(long, default_value = "authok")]
    connection: String,
    /// The username
    #[arg(long)]
    username: Option<String>,
    /// The email address
    #[arg(long)]
    email: Option<String>,
    /// The phone number
    #[arg(long)]
    phone: Option<String>,
    /// The full name
    #[arg(long)]
    name: Option<String>,
    /// The given name
    #[arg(long)]
    given_name: Option<String>,
    /// The family name
    #[arg(long)]
    family_name: Option<String>,
    /// The nickname
    #[arg(long)]
    nickname: Option<String>,
    /// A file with the password, - for standard input [default: none, the user cannot sign in with
    /// a password]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Line {
    user_id: String,
    id: String,
    username: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    name: String,
    connection: String,
    status: &'static str,
    blocked: bool,
    created_at: String,
}

impl Line {
    fn of(view: &UserView, now: Timestamp) -> Self {
        let user = &view.user;
        Self {
            user_id: user.subject.to_string(),
            id: user.id.to_string(),
            username: user.username.as_ref().map(|username| username.as_str().to_owned()),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            phone: user.phone.as_ref().map(|phone| phone.e164().to_owned()),
            name: user.display_name(),
            connection: view.connection_name(user.connection).to_owned(),
            status: user.status.as_str(),
            blocked: user.is_blocked(now),
            created_at: user.created_at.to_string(),
        }
    }
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &[
            "USER_ID",
            "USERNAME",
            "EMAIL",
            "PHONE",
            "NAME",
            "CONNECTION",
            "STATUS",
            "BLOCKED",
            "CREATED",
        ]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.user_id.clone(),
            self.username.clone().unwrap_or_default(),
            self.email.clone().unwrap_or_default(),
            self.phone.clone().unwrap_or_default(),
            self.name.clone(),
            self.connection.clone(),
            self.status.into(),
            if self.blocked { "yes" } else { "no" }.into(),
            self.created_at.clone(),
        ]
    }
}

#[derive(Serialize)]
struct Lines {
    users: Vec<Line>,
    next: Option<String>,
}

pub(crate) async fn run(
    command: Command,
    format: Format,
    configuration: &Configuration,
) -> Result<(), Failure> {
    if let Command::Create(create) = command {
        let password = secret_input::read_optional(create.password_file.as_ref())?;
        let installation = Installation::open(configuration).await?;
        let line = self::create(&installation, *create, password).await?;
        installation.close().await;
        return output::one(format, &line);
    }
    let installation = Installation::open(configuration).await?;
    let now = installation.directory.now();
    match command {
        Command::List { tenant, limit, after } => {
            let lines = list(&installation, &tenant, limit, after).await?;
            print_list(format, &lines)?;
        }
        Command::Delete(named) => {
            let (caller, view) = find(&installation, &named).await?;
            let line = Line::of(&view, now);
            installation.directory.delete_user(&caller, &view.user.id.into()).await?;
            output::one(format, &line)?;
        }
        Command::Get(named) => {
            let (_, view) = find(&installation, &named).await?;
            output::one(format, &Line::of(&view, now))?;
        }
        Command::Lock { user, until } => {
            let until = until.as_deref().map(parse_time).transpose()?;
            let (caller, view) = find(&installation, &user).await?;
            let window = LockWindow { from: now, until };
            let id = view.user.id.into();
            let locked = installation.directory.lock_user(&caller, &id, window).await?;
            output::one(format, &Line::of(&locked, now))?;
        }
        Command::Unlock(named) => {
            let (caller, view) = find(&installation, &named).await?;
            let id = view.user.id.into();
            let unlocked = installation.directory.unlock_user(&caller, &id).await?;
            output::one(format, &Line::of(&unlocked, now))?;
        }
        Command::Create(_) => {}
    }
    installation.close().await;
    Ok(())
}

async fn create(
    installation: &Installation,
    create: Create,
    password: Option<SecretString>,
) -> Result<Line, Failure> {
    let (tenant, caller) = installation.tenant(&create.tenant).await?;
    let country = tenant.settings.phone_country;
    let profile = Profile {
        name: Text::optional("name", create.name)?,
        given_name: Text::optional("given_name", create.given_name)?,
        family_name: Text::optional("family_name", create.family_name)?,
        nickname: Text::optional("nickname", create.nickname)?,
        ..Profile::default()
    };
    let new = NewUser {
        connection: Some(ConnectionName::parse(&create.connection)?),
        username: create.username.as_deref().map(Username::parse).transpose()?,
        email: create.email.as_deref().map(Email::parse).transpose()?,
        phone: create.phone.map(|phone| Phone::parse(&phone, country)).transpose()?,
        password,
        profile,
        ..NewUser::default()
    };
    let view = installation.directory.create_user(&caller, new).await?;
    Ok(Line::of(&view, installation.directory.now()))
}

async fn list(
    installation: &Installation,
    tenant: &str,
    limit: u32,
    after: Option<String>,
) -> Result<Lines, Failure> {
    let (_, caller) = installation.tenant(tenant).await?;
    let mut listing = Listing::first(limit);
    if let Some(position) = after {
        listing.start = Start::After(position.parse()?);
    }
    let page = installation.directory.users(&caller, UserQuery::default(), listing).await?;
    let now = installation.directory.now();
    let users = page.items.iter().map(|view| Line::of(view, now)).collect();
    Ok(Lines { users, next: page.next.map(|cursor| cursor.to_string()) })
}

fn print_list(format: Format, lines: &Lines) -> Result<(), Failure> {
    if format == Format::Json {
        return output::json(lines);
    }
    output::list(format, &lines.users)?;
    match &lines.next {
        Some(next) => output::text(&format!("more with --after '{next}'\n")),
        None => Ok(()),
    }
}

/// The user whom the command names, and the operator's hands in his tenant.
pub(crate) async fn find(
    installation: &Installation,
    named: &Named,
) -> Result<(Caller, UserView), Failure> {
    let (_, caller) = installation.tenant(&named.tenant).await?;
    let (directory, text) = (&installation.directory, named.user.as_str());
    if text.contains('|') {
        let subject = UserRef::Subject(Subject::from_stored(text));
        return Ok((caller.clone(), directory.user(&caller, &subject).await?));
    }
    if let Ok(id) = text.parse::<UserId>() {
        return Ok((caller.clone(), directory.user(&caller, &UserRef::Id(id)).await?));
    }
    let query = if text.contains('@') {
        UserQuery { email: Some(text.to_owned()), ..UserQuery::default() }
    } else {
        UserQuery { username: Some(text.to_owned()), ..UserQuery::default() }
    };
    let mut found = directory.users(&caller, query, Listing::first(2)).await?.items;
    match (found.pop(), found.pop()) {
        (Some(view), None) => Ok((caller, view)),
        (None, _) => Err(Error::not_found(Kind::User, text).into()),
        (Some(_), Some(_)) => {
            Err(Failure::new(Exit::Refused, format!("several users match {text}"))
                .advise("`citizenry user list` shows their user_id, which is unique"))
        }
    }
}

fn parse_time(text: &str) -> Result<Timestamp, Failure> {
    let parsed = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339);
    parsed.map(Timestamp::new).map_err(|_unparsable| {
        Failure::new(Exit::Refused, format!("`{text}` is not a time"))
            .advise("write it like 2030-01-01T00:00:00Z")
    })
}
