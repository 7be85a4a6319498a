//! Passwords.

use async_trait::async_trait;
use citizenry_identity::{StoredPassword, TenantId, UserId};
use citizenry_storage::{
    Result,
    ports::{Passwords, ReadPasswords},
};
use diesel::prelude::*;

use super::Session;
use crate::{rows::users::PasswordRow, schema::passwords, types::DbId};

#[async_trait]
impl ReadPasswords for Session<'_> {
    async fn find(&mut self, tenant: TenantId, user: UserId) -> Result<Option<StoredPassword>> {
        let query = passwords::table
            .filter(passwords::tenant_id.eq(DbId::from(tenant)))
            .filter(passwords::user_id.eq(DbId::from(user)))
            .select(PasswordRow::as_select());
        let row = one!(self, query)?;
        Ok(row.map(PasswordRow::model))
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
}
