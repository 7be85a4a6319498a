//! Passwords, and those that users have had before.

use async_trait::async_trait;
use citizenry_identity::{PasswordHash, StoredPassword, TenantId, UserId};
use citizenry_storage::{
    Result,
    ports::{Passwords, ReadPasswords},
};
use diesel::prelude::*;

use super::Session;
use crate::{
    rows::users::{PasswordRow, PastPasswordRow},
    schema::{password_history, passwords},
    types::DbId,
};

/// The password of a user.
macro_rules! of_user {
    ($table:ident, $tenant:expr, $user:expr) => {
        $table::table
            .filter($table::tenant_id.eq(DbId::from($tenant)))
            .filter($table::user_id.eq(DbId::from($user)))
    };
}

#[async_trait]
impl ReadPasswords for Session<'_> {
    async fn find(&mut self, tenant: TenantId, user: UserId) -> Result<Option<StoredPassword>> {
        let query = of_user!(passwords, tenant, user).select(PasswordRow::as_select());
        let row = one!(self, query)?;
        row.map(PasswordRow::model).transpose()
    }

    async fn history(
        &mut self,
        tenant: TenantId,
        user: UserId,
        limit: u32,
    ) -> Result<Vec<PasswordHash>> {
        let query = of_user!(password_history, tenant, user)
            .order(password_history::position.desc())
            .limit(i64::from(limit))
            .select(password_history::hash);
        let hashes: Vec<String> = all!(self, query)?;
        Ok(hashes.into_iter().map(PasswordHash::new).collect())
    }
}

#[async_trait]
impl Passwords for Session<'_> {
    async fn set(
        &mut self,
        tenant: TenantId,
        user: UserId,
        password: &StoredPassword,
    ) -> Result<()> {
        let row = PasswordRow::new(tenant, user, password);
        let statement = diesel::insert_into(passwords::table)
            .values(&row)
            .on_conflict((passwords::tenant_id, passwords::user_id))
            .do_update()
            .set(&row);
        run!(self, statement)?;
        Ok(())
    }

    async fn rehash(
        &mut self,
        tenant: TenantId,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool> {
        let statement = diesel::update(of_user!(passwords, tenant, user))
            .filter(passwords::hash.eq(old.as_str()))
            .set(passwords::hash.eq(new.as_str()));
        Ok(run!(self, statement)? == 1)
    }

    async fn remember(
        &mut self,
        tenant: TenantId,
        user: UserId,
        password: &StoredPassword,
        keep: u32,
    ) -> Result<()> {
        // Two units that count on from the same position would collide: the second waits here.
        let present = of_user!(passwords, tenant, user).select(passwords::user_id);
        let _held: Option<DbId> = one!(self, for_update!(present))?;
        let latest = of_user!(password_history, tenant, user)
            .order(password_history::position.desc())
            .limit(1)
            .select(password_history::position);
        let latest: Option<i64> = one!(self, latest)?;
        let position = latest.unwrap_or_default() + 1;
        let row = PastPasswordRow::new(tenant, user, position, password);
        run!(self, diesel::insert_into(password_history::table).values(row))?;
        let forgotten = diesel::delete(of_user!(password_history, tenant, user))
            .filter(password_history::position.le(position - i64::from(keep)));
        run!(self, forgotten)?;
        Ok(())
    }
}
