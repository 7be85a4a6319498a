//! Identifiers that count once: of assertions (RFC 7523) and of proofs (RFC 9449).

use citizenry_identity::{Error, Kind, TenantId, Ticket, TicketKind, Timestamp};
use serde_json::Map;

use crate::OAuth;

impl OAuth {
    /// Notes that an identifier was used, until it would be refused for its age. Whether this was
    /// the first time. `identifier` begins with what it identifies, so that kinds keep apart.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub(crate) async fn use_identifier(
        &self,
        tenant: TenantId,
        identifier: &str,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let environment = &self.shared.environment;
        let kind = TicketKind::UsedIdentifier;
        let now = environment.clock.now();
        let ticket = Ticket {
            kind,
            hash: environment
                .sealer
                .keyed_hash(kind.as_str(), format!("{tenant}:{identifier}").as_bytes()),
            second_hash: None,
            tenant,
            user: None,
            client: None,
            family: None,
            details: Map::new(),
            created_at: now,
            expires_at: until,
            used_at: Some(now),
        };
        let noted = self
            .shared
            .storage
            .transact(async move |tx| Ok::<_, Error>(tx.tickets().insert(&ticket).await?))
            .await;
        match noted {
            Ok(()) => Ok(true),
            Err(Error::Conflict { kind: Kind::Ticket, .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }
}
