//! Change a resource server.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, Kind, Moment, Patch, ResourceServer, Scope, SigningAlgorithm, Text,
    TokenDialect, TokenFormat,
};
use citizenry_storage::{Sealer, Tx};
use secrecy::SecretString;

use super::{ResourceServerRef, find, sealed_secret};

/// What a partial change does to a resource server.
#[derive(Debug, Clone, Default)]
pub struct ResourceServerChanges {
    /// The name for people.
    pub name: Option<Text<200>>,
    /// The scopes it offers: the whole list. One that goes, goes from roles, users and grants too.
    pub scopes: Option<Vec<Scope>>,
    /// How its tokens are signed.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// The secret of HS256.
    pub signing_secret: Option<SecretString>,
    /// Whether refresh tokens may be issued for it.
    pub allow_offline_access: Option<bool>,
    /// Whether first-party clients need no consent.
    pub skip_consent_for_verifiable_first_party_clients: Option<bool>,
    /// How long its tokens last, seconds.
    pub token_lifetime: Option<u32>,
    /// How long its tokens last in browsers, seconds.
    pub token_lifetime_for_web: Patch<u32>,
    /// Whether users' tokens are limited to their permissions.
    pub enforce_policies: Option<bool>,
    /// What its tokens say about permissions.
    pub token_dialect: Option<TokenDialect>,
    /// What its tokens look like.
    pub token_format: Option<TokenFormat>,
}

/// Changes a resource server.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid`; `Conflict` on `is_system` for what is fixed of the
/// management API: its name, scopes and signature.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    wanted: &ResourceServerRef,
    changes: ResourceServerChanges,
) -> Result<ResourceServer, Error> {
    caller.may(Action::Update, Resource::ResourceServer)?;
    let id = find(tx.resource_servers(), caller.tenant(), wanted).await?.id;
    let found = tx.resource_servers().find_for_update(caller.tenant(), id).await?;
    let before = found.ok_or_else(|| Error::not_found(Kind::ResourceServer, wanted))?;
    let mut server = before.clone();
    apply(&mut server, changes, sealer, moment)?;
    server.check()?;
    if server == before {
        return Ok(server);
    }
    if server.is_system
        && (server.scopes != before.scopes
            || server.signing_algorithm != before.signing_algorithm
            || server.name != before.name)
    {
        return Err(Error::conflict(Kind::ResourceServer, "is_system"));
    }
    server.updated_at = moment.now();
    tx.resource_servers().save(&server).await?;
    server.version += 1;
    let event = caller.event(moment, EventKind::RESOURCE_SERVER_UPDATED, server.id);
    tx.events().append(&event).await?;
    Ok(server)
}

fn apply(
    server: &mut ResourceServer,
    changes: ResourceServerChanges,
    sealer: &dyn Sealer,
    moment: &Moment,
) -> Result<(), Error> {
    fn set<T>(field: &mut T, change: Option<T>) {
        if let Some(value) = change {
            *field = value;
        }
    }
    set(&mut server.name, changes.name);
    set(&mut server.scopes, changes.scopes);
    set(&mut server.signing_algorithm, changes.signing_algorithm);
    set(&mut server.allow_offline_access, changes.allow_offline_access);
    set(
        &mut server.skip_consent_for_verifiable_first_party_clients,
        changes.skip_consent_for_verifiable_first_party_clients,
    );
    set(&mut server.token_lifetime, changes.token_lifetime);
    changes.token_lifetime_for_web.apply(&mut server.token_lifetime_for_web);
    set(&mut server.enforce_policies, changes.enforce_policies);
    set(&mut server.token_dialect, changes.token_dialect);
    set(&mut server.token_format, changes.token_format);
    let wants_secret = server.signing_algorithm == SigningAlgorithm::Hs256;
    if !wants_secret {
        server.signing_secret = None;
    } else if changes.signing_secret.is_some() || server.signing_secret.is_none() {
        let sealed = sealed_secret(sealer, server.id, changes.signing_secret, moment)?;
        server.signing_secret = Some(sealed);
    }
    Ok(())
}
