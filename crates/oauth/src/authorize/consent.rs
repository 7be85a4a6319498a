//! Consent: what a user must be asked before a client gets something, and what was allowed before.

use citizenry_identity::{
    Client, Consent, ConsentId, EventKind, Moment, Origin, ResourceServer, ScopeName, User,
};
use citizenry_storage::{Result, Tx};

use crate::audit;
use crate::scopes::OIDC_SCOPES;

/// What the consent page asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentScreen {
    /// Who asks.
    pub client: Client,
    /// What for.
    pub scopes: Vec<ConsentScope>,
}

/// A scope on the consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentScope {
    /// Its name (`email`, `read:things`).
    pub name: String,
    /// What it allows, in the words of its resource server; none for the standard scopes.
    pub description: Option<String>,
    /// The name of its resource server; none for the standard scopes.
    pub audience_name: Option<String>,
}

/// The scopes of one audience: a consent is remembered for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group<'s> {
    /// The resource server's identifier; empty for the standard scopes.
    pub(super) audience: &'s str,
    /// The scopes.
    pub(super) scopes: Vec<&'s str>,
    /// Whether clients of the tenant itself need no consent for it.
    pub(super) trusts_first_party: bool,
}

/// Sorts scopes by their audience. One that several resource servers offer is asked for at each.
pub(super) fn groups<'s>(scopes: &'s [String], servers: &'s [ResourceServer]) -> Vec<Group<'s>> {
    let is_standard = |scope: &&str| OIDC_SCOPES.contains(scope);
    let names = || scopes.iter().map(String::as_str);
    let standard = Group {
        audience: "",
        scopes: names().filter(is_standard).collect(),
        trusts_first_party: true,
    };
    let of_servers = servers.iter().map(|server| Group {
        audience: &server.identifier,
        scopes: names().filter(|it| !is_standard(it) && server.offers(it)).collect(),
        trusts_first_party: server.skip_consent_for_verifiable_first_party_clients,
    });
    let mut groups: Vec<_> =
        std::iter::once(standard).chain(of_servers).filter(|it| !it.scopes.is_empty()).collect();
    if groups.is_empty() {
        // Even who asks for no scope gets to know who the user is: he is asked once.
        groups.push(Group { audience: "", scopes: Vec::new(), trusts_first_party: true });
    }
    groups
}

/// Whether the user must be asked: never for a client of the tenant itself, unless the resource
/// server does not trust those; else for what he has not allowed before.
pub(super) fn is_needed(client: &Client, groups: &[Group<'_>], allowed: &[Consent]) -> bool {
    groups.iter().any(|group| {
        let trusted = client.is_first_party && group.trusts_first_party;
        let covered = allowed
            .iter()
            .find(|it| it.audience == group.audience)
            .is_some_and(|it| it.covers(group.scopes.iter().copied()));
        !trusted && !covered
    })
}

/// What the page shows.
pub(crate) fn screen(
    client: &Client,
    scopes: &[String],
    servers: &[ResourceServer],
) -> ConsentScreen {
    let described = |name: &String| {
        let offering = servers.iter().find_map(|server| {
            let scope = server.scopes.iter().find(|scope| scope.name.as_str() == name)?;
            Some((server, scope))
        });
        let offering = offering.filter(|_| !OIDC_SCOPES.contains(&name.as_str()));
        ConsentScope {
            name: name.clone(),
            description: offering
                .and_then(|(_, scope)| scope.description.as_ref())
                .map(ToString::to_string),
            audience_name: offering.map(|(server, _)| server.name.to_string()),
        }
    };
    ConsentScreen { client: client.clone(), scopes: scopes.iter().map(described).collect() }
}

/// Remembers that `user` allows `client` the scopes of `groups`.
pub(super) async fn remember(
    tx: &mut dyn Tx,
    moment: &Moment,
    (user, client): (&User, &Client),
    groups: &[Group<'_>],
    allowed: &[Consent],
    origin: &Origin,
) -> Result<()> {
    for group in groups {
        let before = allowed.iter().find(|it| it.audience == group.audience);
        let mut consent = before.cloned().unwrap_or_else(|| Consent {
            id: ConsentId::generate(moment),
            tenant: user.tenant,
            user: user.id,
            client: client.id,
            audience: group.audience.to_owned(),
            scopes: Vec::new(),
            created_at: moment.now(),
            updated_at: moment.now(),
        });
        if before.is_some_and(|it| it.covers(group.scopes.iter().copied())) {
            continue;
        }
        // Names of scopes that resource servers offer, and our own: they have the right form.
        let names = group.scopes.iter().map(|name| ScopeName::from_stored((*name).to_owned()));
        consent.allow(names, moment.now());
        tx.consents().put(&consent).await?;
        let kind = EventKind::CONSENT_GRANTED;
        let event = audit::by_user(user, moment, kind, consent.id, origin);
        tx.events().append(&event).await?;
    }
    Ok(())
}
