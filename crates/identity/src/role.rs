//! Roles: named sets of permissions.

use crate::{Error, Kind, RoleId, TenantId, Text, Timestamp};

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// The identifier.
    pub id: RoleId,
    /// The tenant.
    pub tenant: TenantId,
    /// The name, unique per tenant as it is written.
    pub name: Text<128>,
    /// What it is for.
    pub description: Option<Text<512>>,
    /// Whether this is the one fixed role that holds every management permission of its tenant.
    pub is_administrator: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Role {
    /// The name of the fixed role of administrators.
    pub const ADMINISTRATOR: &'static str = "administrator";

    /// Fails for the role of administrators, which is fixed: it can be given and taken, not changed.
    ///
    /// # Errors
    /// `Conflict` on `administrator`.
    pub fn check_changeable(&self) -> Result<(), Error> {
        if self.is_administrator {
            Err(Error::conflict(Kind::Role, "administrator"))
        } else {
            Ok(())
        }
    }
}
