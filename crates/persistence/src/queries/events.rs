//! Audit events.

use async_trait::async_trait;
use citizenry_identity::{Event, EventId, EventKind, Listing, Page, TenantId, UserId};
use citizenry_storage::{
    Result,
    ports::{ByAge, EventFilter, Events, ReadEvents},
};
use diesel::prelude::*;

use super::{Session, dialect::Db};
use crate::{
    keyset::{self, by_age},
    rows::events::{EventRow, EventUserRow},
    schema::{event_users, events},
    types::DbId,
};

fn filtered(tenant: TenantId, kinds: Option<&[EventKind]>) -> events::BoxedQuery<'_, Db> {
    let query = events::table.into_boxed().filter(events::tenant_id.eq(DbId::from(tenant)));
    match kinds {
        Some([kind]) => query.filter(events::kind.eq(kind.as_str())),
        Some(kinds) => query.filter(events::kind.eq_any(kinds.iter().map(|kind| kind.as_str()))),
        None => query,
    }
}

/// The events that speak of a user, found through `event_users` and nothing else.
macro_rules! of_user {
    ($tenant:expr, $user:expr, $kinds:expr) => {{
        let query = event_users::table
            .inner_join(
                events::table.on(events::tenant_id
                    .eq(event_users::tenant_id)
                    .and(events::id.eq(event_users::event_id))),
            )
            .filter(event_users::tenant_id.eq(DbId::from($tenant)))
            .filter(event_users::user_id.eq(DbId::from($user)))
            .into_boxed::<Db>();
        match $kinds {
            Some(kinds) => query
                .filter(events::kind.eq_any(kinds.iter().map(|kind: &EventKind| kind.as_str()))),
            None => query,
        }
    }};
}

impl Session<'_> {
    async fn event_rows(
        &mut self,
        tenant: TenantId,
        kinds: Option<&[EventKind]>,
        listing: &Listing<ByAge>,
    ) -> Result<(Vec<EventRow>, Option<u64>)> {
        let mut query = filtered(tenant, kinds).select(EventRow::as_select());
        by_age!(query, listing, events::id);
        let rows = all!(self, query)?;
        let total = total!(self, listing.with_total, filtered(tenant, kinds).count())?;
        Ok((rows, total))
    }

    async fn event_rows_of_user(
        &mut self,
        tenant: TenantId,
        user: UserId,
        kinds: Option<&[EventKind]>,
        listing: &Listing<ByAge>,
    ) -> Result<(Vec<EventRow>, Option<u64>)> {
        let mut query = of_user!(tenant, user, kinds).select(EventRow::as_select());
        by_age!(query, listing, event_users::event_id);
        let rows = all!(self, query)?;
        let total = total!(self, listing.with_total, of_user!(tenant, user, kinds).count())?;
        Ok((rows, total))
    }
}

#[async_trait]
impl ReadEvents for Session<'_> {
    async fn find(&mut self, tenant: TenantId, id: EventId) -> Result<Option<Event>> {
        let row = one!(self, by_id!(events, tenant, id).select(EventRow::as_select()))?;
        row.map(EventRow::model).transpose()
    }

    async fn list(
        &mut self,
        tenant: TenantId,
        filter: &EventFilter,
        listing: &Listing<ByAge>,
    ) -> Result<Page<Event>> {
        let kinds = filter.kinds.as_deref();
        let (mut rows, total) = match filter.user {
            Some(user) => self.event_rows_of_user(tenant, user, kinds, listing).await?,
            None => self.event_rows(tenant, kinds, listing).await?,
        };
        let next =
            keyset::next(&mut rows, listing, ByAge::CreatedAt, |row, _| keyset::at_id(row.id));
        let items = rows.into_iter().map(EventRow::model).collect::<Result<_>>()?;
        Ok(Page { items, total, next })
    }
}

#[async_trait]
impl Events for Session<'_> {
    async fn append(&mut self, event: &Event) -> Result<()> {
        run!(self, diesel::insert_into(events::table).values(EventRow::new(event)?))?;
        insert_all!(self, event_users::table, EventUserRow::all(event));
        Ok(())
    }
}
