//! What bounds a call: the length of its lists, the tenant's quotas, and what may be read through.

use citizenry_authz::Caller;
use citizenry_identity::{Error, Kind, Number, Quota, Quotas};
use citizenry_storage::Tx;

use crate::DialectRules;

/// The most departments, groups or tags that one call makes, changes or deletes.
pub(crate) const MAX_BATCH: usize = 200;
/// The most users, departments, groups or tags that one call links.
pub(crate) const MAX_LINKS: usize = 2_000;
/// How many items a list may have for a "contains" test to be answered: it reads them all.
pub(crate) const MAX_SCANNED: u64 = 10_000;

/// Passes for a list of at most `max`.
///
/// # Errors
/// `Invalid` on `field`.
pub(crate) fn check_length(field: &'static str, length: usize, max: usize) -> Result<(), Error> {
    if length > max {
        return Err(Error::invalid(field, format!("must be at most {max}")));
    }
    Ok(())
}

/// Refuses to read through more than [`MAX_SCANNED`] items.
///
/// # Errors
/// `Invalid` on `filter`.
pub(crate) fn check_scan(items: u64) -> Result<(), Error> {
    if items > MAX_SCANNED {
        let reason = format!("searches by parts only among up to {MAX_SCANNED} items");
        return Err(Error::invalid("filter", reason));
    }
    Ok(())
}

/// The quotas that hold for a call; none where its dialect has none.
///
/// # The order of locks
///
/// Units that keep several rows from others' changes take them in one order, so that two never wait
/// for each other crosswise; where there are several of a kind, in the order of their identifiers:
///
/// 1. the tree of departments (`lock_tree`), where departments come, go or move;
/// 2. the tenant, by [`Limits::of`], where quotas hold: also for a user who is changed with his links;
/// 3. a connection that is changed or deleted;
/// 4. users, whether they are to be changed (`find_for_update`) or only to stay (`hold`): also those
///    who will become members of a group, and the heads who will be none any more;
/// 5. roles, that of administrators by `check_one_remains`; then users who are to be deleted once
///    more, now also from whoever would refer to them (`hold_for_deletion`);
/// 6. departments, and then groups: changed memberships lock them, since they are counted there. Who
///    leaves some and joins others locks all of them first;
/// 7. tags.
///
/// Users come before departments and groups since a user who is deleted leaves his, which are only
/// known, and stay what they are, while he is locked. `put_members` of the ports takes users before
/// departments or groups, too, so a unit that calls it while it holds one of those has held the users
/// before. New rows can be locked whenever they come: nobody else sees them.
///
/// Not every wait can be put in order: the counters of users and the departments below one that moves
/// are locked as the database meets them. There the backend runs the unit again.
#[derive(Debug)]
pub(crate) struct Limits(Option<Quotas>);

impl Limits {
    /// The tenant's quotas if the rules ask for them. The tenant is kept from others' changes
    /// until the unit ends, so that two calls cannot both take the last place. It comes before
    /// users, departments and groups: see [`Limits`].
    pub(crate) async fn of(
        tx: &mut dyn Tx,
        caller: &Caller,
        rules: DialectRules,
    ) -> Result<Self, Error> {
        if !rules.quotas {
            return Ok(Self(None));
        }
        let tenant = tx.tenants().find_for_update(caller.tenant()).await?;
        let tenant = tenant.ok_or_else(|| Error::not_found(Kind::Tenant, caller.tenant()))?;
        Ok(Self(Some(tenant.settings.quotas)))
    }

    /// Whether there are any.
    pub(crate) fn hold(&self) -> bool {
        self.0.is_some()
    }

    /// Passes when `count` is within `quota`.
    ///
    /// # Errors
    /// `Conflict` on [`Quota::field`].
    pub(crate) fn check(&self, quota: Quota, count: usize) -> Result<(), Error> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.check_sum(quota, count, 0)
    }

    /// As [`Limits::check`], for `there` and `more`.
    pub(crate) fn check_sum(&self, quota: Quota, there: u64, more: usize) -> Result<(), Error> {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        match &self.0 {
            Some(quotas) => quotas.check(quota, there.saturating_add(more)),
            None => Ok(()),
        }
    }
}

/// `count` new numbers, in their order; at most 10,000.
pub(crate) async fn reserve(tx: &mut dyn Tx, count: usize) -> Result<Vec<Number>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let many = u32::try_from(count).map_err(Error::internal)?;
    let first = tx.numbers().reserve(many).await?.get();
    let numbers = (first..first + i64::from(many)).map(Number::new).collect::<Option<Vec<_>>>();
    numbers.ok_or_else(|| Error::internal("the sequence of numbers has come to its end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_much_is_searched_through() {
        assert!(check_scan(MAX_SCANNED).is_ok());
        let refused = check_scan(MAX_SCANNED + 1).unwrap_err();
        assert!(matches!(refused, Error::Invalid { field, .. } if field == "filter"));
    }

    #[test]
    fn a_list_is_as_long_as_it_may_be() {
        assert!(check_length("users", MAX_LINKS, MAX_LINKS).is_ok());
        let refused = check_length("users", MAX_LINKS + 1, MAX_LINKS).unwrap_err();
        assert!(matches!(refused, Error::Invalid { field, .. } if field == "users"));
    }
}
