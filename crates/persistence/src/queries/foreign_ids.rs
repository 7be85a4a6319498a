//! Identifiers of other systems.

use async_trait::async_trait;
use citizenry_identity::{ForeignId, Kind, TenantId, Text};
use citizenry_storage::{
    Result, StorageError,
    ports::{ForeignIds, ReadForeignIds},
};
use diesel::prelude::*;
use ulid::Ulid;

use super::Session;
use crate::{keyset::sought, rows::Column, schema::foreign_ids, types::DbId};

#[async_trait]
impl ReadForeignIds for Session<'_> {
    async fn find(&mut self, tenant: TenantId, foreign: &ForeignId) -> Result<Option<Ulid>> {
        let query = foreign_ids::table
            .filter(foreign_ids::tenant_id.eq(DbId::from(tenant)))
            .filter(foreign_ids::source.eq(sought(&foreign.source)))
            .filter(foreign_ids::kind.eq(foreign.kind.as_str()))
            .filter(foreign_ids::foreign_id.eq(sought(&foreign.id)))
            .select(foreign_ids::entity_id);
        let entity: Option<DbId> = one!(self, query)?;
        Ok(entity.map(|entity| entity.0))
    }

    async fn of(&mut self, tenant: TenantId, entity: Ulid) -> Result<Vec<ForeignId>> {
        let query = foreign_ids::table
            .filter(foreign_ids::tenant_id.eq(DbId::from(tenant)))
            .filter(foreign_ids::entity_id.eq(DbId(entity)))
            .order((foreign_ids::source, foreign_ids::kind, foreign_ids::foreign_id))
            .limit(100)
            .select((foreign_ids::source, foreign_ids::kind, foreign_ids::foreign_id));
        let rows: Vec<(String, String, String)> = all!(self, query)?;
        rows.into_iter()
            .map(|(source, kind, id)| {
                Ok(ForeignId {
                    source: Text::from_stored(source),
                    kind: Column("foreign_ids", "kind").word(&kind, Kind::parse)?,
                    id: Text::from_stored(id),
                })
            })
            .collect()
    }
}

#[async_trait]
impl ForeignIds for Session<'_> {
    async fn insert(&mut self, tenant: TenantId, foreign: &ForeignId, entity: Ulid) -> Result<()> {
        let statement = diesel::insert_into(foreign_ids::table)
            .values((
                foreign_ids::tenant_id.eq(DbId::from(tenant)),
                foreign_ids::source.eq(foreign.source.as_str()),
                foreign_ids::kind.eq(foreign.kind.as_str()),
                foreign_ids::foreign_id.eq(foreign.id.as_str()),
                foreign_ids::entity_id.eq(DbId(entity)),
            ))
            .on_conflict_do_nothing();
        let added = run!(self, statement)?;
        if added == 1 || ReadForeignIds::find(self, tenant, foreign).await? == Some(entity) {
            return Ok(());
        }
        Err(StorageError::Conflict { kind: foreign.kind, field: "foreign_id" })
    }
}
