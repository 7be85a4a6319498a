//! Who is in which department and group: what both have in common, and the counts of them.
//!
//! A department and a group know how many users are in them. Whoever changes memberships locks the
//! users first, then the departments or groups, both in the order of identifiers, reads what there
//! is, and counts what he has changed: no count is lost, and units seldom wait for each other
//! crosswise.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_identity::{TenantId, User, UserId};
use citizenry_storage::{Result, ports::ReadUsers};
use diesel::prelude::*;

use super::Session;
use crate::{
    schema::{department_members, departments, group_members, groups, users},
    types::DbId,
};

/// Locks departments or groups in the order of identifiers.
macro_rules! lock_owners {
    ($session:expr, $table:ident, $tenant:expr, $ids:expr) => {{
        let query = $table::table
            .filter($table::tenant_id.eq(DbId::from($tenant)))
            .filter($table::id.eq_any($ids))
            .order($table::id)
            .select($table::id);
        let _locked: Vec<DbId> = all!($session, for_update!(query))?;
    }};
}

/// Adds to the counts of departments or groups, which are locked: one statement for all that
/// change by the same.
macro_rules! count_members {
    ($session:expr, $table:ident, $tenant:expr, $changes:expr) => {{
        let mut by_change = std::collections::BTreeMap::<i64, Vec<DbId>>::new();
        for (owner, change) in $changes {
            by_change.entry(change).or_default().push(owner);
        }
        for (change, owners) in by_change {
            let statement = diesel::update($table::table)
                .filter($table::tenant_id.eq(DbId::from($tenant)))
                .filter($table::id.eq_any(owners))
                .set($table::member_count.eq($table::member_count + change));
            run!($session, statement)?;
        }
    }};
}

/// Ends those of the memberships (owner, user) that there are, and counts them; how many.
macro_rules! end_memberships {
    ($session:expr, $members:ident, $owner:ident, $owners:ident, $tenant:expr, $pairs:expr) => {{
        let asked: std::collections::BTreeSet<(DbId, DbId)> = $pairs;
        if asked.is_empty() {
            return Ok(0);
        }
        lock_owners!($session, $owners, $tenant, crate::pairs::firsts(&asked));
        let query = $members::table
            .filter($members::tenant_id.eq(DbId::from($tenant)))
            .filter($members::$owner.eq_any(crate::pairs::firsts(&asked)))
            .filter($members::user_id.eq_any(crate::pairs::seconds(&asked)))
            .select(($members::$owner, $members::user_id));
        let present: Vec<(DbId, DbId)> = all!($session, query)?;
        let ended = present.into_iter().filter(|pair| asked.contains(pair)).collect();
        for (owners, users) in crate::pairs::products(&ended) {
            let statement = diesel::delete($members::table)
                .filter($members::tenant_id.eq(DbId::from($tenant)))
                .filter($members::$owner.eq_any(owners))
                .filter($members::user_id.eq_any(users));
            run!($session, statement)?;
        }
        count_members!($session, $owners, $tenant, crate::pairs::counted(&ended, -1));
        Ok(u64::try_from(ended.len()).unwrap_or(u64::MAX))
    }};
}

/// Ends all memberships of a user who is locked, and counts them.
macro_rules! leave_all {
    ($session:expr, $members:ident, $owner:ident, $owners:ident, $tenant:expr, $user:expr) => {{
        // Once for the locks, and again for what there is when they are held: a membership may
        // have ended in between, but none can have begun.
        let his = || {
            $members::table
                .filter($members::tenant_id.eq(DbId::from($tenant)))
                .filter($members::user_id.eq(DbId::from($user)))
                .select($members::$owner)
        };
        let owners: Vec<DbId> = all!($session, his())?;
        if !owners.is_empty() {
            lock_owners!($session, $owners, $tenant, owners);
            let owners: Vec<DbId> = all!($session, his())?;
            let statement = diesel::delete($members::table)
                .filter($members::tenant_id.eq(DbId::from($tenant)))
                .filter($members::user_id.eq(DbId::from($user)));
            run!($session, statement)?;
            count_members!($session, $owners, $tenant, owners.into_iter().map(|id| (id, -1)));
        }
    }};
}

impl Session<'_> {
    /// Those of the users that there are, by identifier.
    pub(super) async fn users_by_id(
        &mut self,
        tenant: TenantId,
        ids: BTreeSet<DbId>,
    ) -> Result<BTreeMap<UserId, User>> {
        let ids: Vec<UserId> = ids.into_iter().map(DbId::typed).collect();
        let users = ReadUsers::find_many(self, tenant, &ids).await?;
        Ok(users.into_iter().map(|user| (user.id, user)).collect())
    }

    /// Keeps users from being deleted until the unit ends.
    pub(super) async fn hold_users(&mut self, tenant: TenantId, ids: BTreeSet<DbId>) -> Result<()> {
        let query = users::table
            .filter(users::tenant_id.eq(DbId::from(tenant)))
            .filter(users::id.eq_any(ids))
            .order(users::id)
            .select(users::id);
        let _held: Vec<DbId> = all!(self, for_reference!(query))?;
        Ok(())
    }

    /// Takes a user who is about to be deleted out of all departments and groups, and counts them:
    /// what the database takes along by itself is not counted.
    pub(super) async fn leave_everything(&mut self, tenant: TenantId, user: UserId) -> Result<()> {
        let query = by_id!(users, tenant, user).select(users::id);
        let locked: Option<DbId> = one!(self, for_deletion!(query))?;
        if locked.is_none() {
            return Ok(());
        }
        leave_all!(self, department_members, department_id, departments, tenant, user);
        leave_all!(self, group_members, group_id, groups, tenant, user);
        Ok(())
    }
}
