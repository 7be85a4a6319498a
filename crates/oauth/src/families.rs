//! Families of tokens: what came from one authorization, revoked together.

use citizenry_identity::{
    Actor, Event, EventId, EventKind, Id, Moment, Origin, Target, TenantId, TokenFamily,
    TokenFamilyId,
};
use citizenry_storage::{Result, Tx};
use serde_json::Map;

/// The audit event of something that happened to a family.
pub(crate) fn event(
    moment: &Moment,
    tenant: TenantId,
    kind: EventKind,
    actor: Actor,
    family: TokenFamilyId,
    origin: &Origin,
) -> Event {
    Event {
        id: EventId::generate(moment),
        tenant,
        at: moment.now(),
        kind,
        actor,
        target: Target { kind: TokenFamilyId::KIND, id: family.to_string() },
        origin: origin.clone(),
        details: Map::new(),
    }
}

/// Revokes a family for the reason `kind`, and says so once. Whether it had not been revoked
/// before.
pub(crate) async fn revoke(
    tx: &mut dyn Tx,
    moment: &Moment,
    family: &mut TokenFamily,
    kind: EventKind,
    origin: &Origin,
) -> Result<bool> {
    if !family.revoke(moment.now()) {
        return Ok(false);
    }
    tx.token_families().save(family).await?;
    let actor = Actor::Client(family.client);
    let event = event(moment, family.tenant, kind, actor, family.id, origin);
    tx.events().append(&event).await?;
    tracing::info!(family = %family.id, kind = kind.as_str(), "tokens were revoked");
    Ok(true)
}
