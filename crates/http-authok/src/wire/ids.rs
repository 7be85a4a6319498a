//! The vendor's identifiers ↔ ours: `authok|01j…`, `con_01j…`, `role_01j…`, `cg_01j…`.

use citizenry_directory::{ResourceServerRef, UserRef};
use citizenry_identity::{
    ClientGrantId, ClientIdentifier, ConnectionId, Error, EventId, Id, JobId, Kind, RoleId, Subject,
};

/// The prefix of ids of connections.
const CONNECTION: &str = "con_";
/// The prefix of ids of roles.
const ROLE: &str = "role_";
/// The prefix of ids of client grants.
const CLIENT_GRANT: &str = "cg_";
/// The prefix of ids of jobs.
const JOB: &str = "job_";
/// A ULID that no entity has: what a filter by an unreadable id looks for.
const NOBODY: &str = "00000000000000000000000000";

/// The user whose `user_id` is `text`.
pub(crate) fn user(text: &str) -> UserRef {
    Subject::from_stored(text).into()
}

/// The connection's id on the wire.
pub(crate) fn show_connection(id: ConnectionId) -> String {
    format!("{CONNECTION}{id}")
}

/// Reads a connection's id, with or without its prefix.
pub(crate) fn connection(text: &str) -> Result<ConnectionId, Error> {
    prefixed(CONNECTION, text)
}

/// The role's id on the wire.
pub(crate) fn show_role(id: RoleId) -> String {
    format!("{ROLE}{id}")
}

/// Reads a role's id, with or without its prefix.
pub(crate) fn role(text: &str) -> Result<RoleId, Error> {
    prefixed(ROLE, text)
}

/// The roles of a list; what is no id of a role names none and is passed over.
pub(crate) fn roles(texts: &[String]) -> Vec<RoleId> {
    texts.iter().filter_map(|text| role(text).ok()).collect()
}

/// The client grant's id on the wire.
pub(crate) fn show_client_grant(id: ClientGrantId) -> String {
    format!("{CLIENT_GRANT}{id}")
}

/// Reads a client grant's id, with or without its prefix.
pub(crate) fn client_grant(text: &str) -> Result<ClientGrantId, Error> {
    prefixed(CLIENT_GRANT, text)
}

/// The job's id on the wire.
pub(crate) fn show_job(id: JobId) -> String {
    format!("{JOB}{id}")
}

/// Reads a job's id, with or without its prefix.
pub(crate) fn job(text: &str) -> Result<JobId, Error> {
    prefixed(JOB, text)
}

/// Reads an event's id.
pub(crate) fn event(text: &str) -> Result<EventId, Error> {
    text.parse()
}

/// Reads a `client_id`.
pub(crate) fn client(text: &str) -> Result<ClientIdentifier, Error> {
    ClientIdentifier::parse(text).map_err(|_invalid| Error::not_found(Kind::Client, text))
}

/// Reads the `client_id`s of a body: what is none is an unknown client.
pub(crate) fn clients(texts: &[String]) -> Result<Vec<ClientIdentifier>, Error> {
    texts.iter().map(|text| client(text)).collect()
}

/// The resource server whose id or identifier (audience) is `text`.
pub(crate) fn resource_server(text: &str) -> ResourceServerRef {
    match text.parse() {
        Ok(id) => ResourceServerRef::Id(id),
        Err(_identifier) => ResourceServerRef::Identifier(text.to_owned()),
    }
}

/// The id to filter a list by: what is unreadable finds nothing rather than everything.
pub(crate) fn filter<I: Id + std::str::FromStr>(
    read: impl FnOnce(&str) -> Result<I, Error>,
    text: &str,
) -> Result<I, Error> {
    read(text)
        .or_else(|_unreadable| NOBODY.parse().map_err(|_never| Error::not_found(I::KIND, text)))
}

/// The id of an error or an event's target as the wire writes it.
pub(crate) fn show(kind: Kind, id: &str) -> String {
    let prefix = match kind {
        Kind::Connection => CONNECTION,
        Kind::Role => ROLE,
        Kind::ClientGrant => CLIENT_GRANT,
        Kind::Job => JOB,
        Kind::Tenant
        | Kind::User
        | Kind::Identity
        | Kind::Permission
        | Kind::ResourceServer
        | Kind::Client
        | Kind::SigningKey
        | Kind::Event
        | Kind::Group
        | Kind::Organization
        | Kind::Session
        | Kind::Consent
        | Kind::TokenFamily
        | Kind::Token
        | Kind::Ticket
        | Kind::Department
        | Kind::Tag
        | Kind::ApiToken
        | Kind::Message => "",
    };
    // What the caller wrote and nobody could read stays as he wrote it.
    if id.len() == NOBODY.len() && !id.starts_with(prefix) {
        format!("{prefix}{id}")
    } else {
        id.to_owned()
    }
}

fn prefixed<I: Id + std::str::FromStr>(prefix: &str, text: &str) -> Result<I, Error> {
    let bare = text.strip_prefix(prefix).unwrap_or(text);
    bare.parse().map_err(|_unreadable| Error::not_found(I::KIND, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_with_and_without_their_prefix() {
        let bare = "01j00000000000000000000001";
        let id = role(bare).unwrap();
        assert_eq!(show_role(id), format!("role_{bare}"));
        assert_eq!(role(&show_role(id)).unwrap(), id);
        for text in ["", "role_", "con_01j00000000000000000000001", "role_role_x", "李"] {
            assert!(matches!(role(text), Err(Error::NotFound { kind: Kind::Role, .. })), "{text}");
        }
    }

    #[test]
    fn a_filter_by_an_unreadable_id_finds_nobody() {
        assert_eq!(filter(role, "x").unwrap().to_string(), NOBODY);
    }

    #[test]
    fn resource_servers_are_named_by_id_or_audience() {
        let audience = "https://api.example/v1";
        assert!(matches!(resource_server(audience), ResourceServerRef::Identifier(_)));
        let id = "01j00000000000000000000001";
        assert!(matches!(resource_server(id), ResourceServerRef::Id(_)));
    }
}
