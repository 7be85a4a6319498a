//! Who operates the installation.

use async_trait::async_trait;
use citizenry_identity::{TenantId, Timestamp, UserId};
use citizenry_storage::{
    Result,
    ports::{Operators, ReadOperators},
};
use diesel::{dsl, prelude::*};

use super::Session;
use crate::{
    schema::operators,
    types::{DbId, DbTime},
};

/// The row of one operator.
macro_rules! operator {
    ($tenant:expr, $user:expr) => {
        operators::table
            .filter(operators::tenant_id.eq(DbId::from($tenant)))
            .filter(operators::user_id.eq(DbId::from($user)))
    };
}

#[async_trait]
impl ReadOperators for Session<'_> {
    async fn is_operator(&mut self, tenant: TenantId, user: UserId) -> Result<bool> {
        value!(self, diesel::select(dsl::exists(operator!(tenant, user))))
    }

    async fn operators(&mut self) -> Result<Vec<(TenantId, UserId)>> {
        let query = operators::table
            .order((operators::created_at, operators::tenant_id, operators::user_id))
            .limit(1_000)
            .select((operators::tenant_id, operators::user_id));
        let rows: Vec<(DbId, DbId)> = all!(self, query)?;
        Ok(rows.into_iter().map(|(tenant, user)| (tenant.typed(), user.typed())).collect())
    }
}

#[async_trait]
impl Operators for Session<'_> {
    async fn set_operator(
        &mut self,
        tenant: TenantId,
        user: UserId,
        is_operator: bool,
        now: Timestamp,
    ) -> Result<bool> {
        if !is_operator {
            return Ok(run!(self, diesel::delete(operator!(tenant, user)))? == 1);
        }
        let statement = diesel::insert_into(operators::table)
            .values((
                operators::tenant_id.eq(DbId::from(tenant)),
                operators::user_id.eq(DbId::from(user)),
                operators::created_at.eq(DbTime(now)),
            ))
            .on_conflict_do_nothing();
        Ok(run!(self, statement)? == 1)
    }
}
