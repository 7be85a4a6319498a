//! Identifiers that an entity had in the system it came from.

use crate::{Kind, Text};

/// What another system calls an entity. (tenant, source, kind, id) names one entity; every dialect
/// accepts and answers with the foreign id of its own kind, so that bookmarks and foreign keys in
/// customers' systems live on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ForeignId {
    /// The dialect or system that made the id (`authok`, `authing`, …).
    pub source: Text<32>,
    /// What it identifies.
    pub kind: Kind,
    /// The id as that system writes it.
    pub id: Text<255>,
}
