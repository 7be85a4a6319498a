//! The audit trail.

use std::collections::BTreeMap;

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Actor, Client, Error, Event, EventId, EventKind, Kind, Listing, Page, TenantId,
};
use citizenry_storage::{
    Read,
    ports::{ByAge, EventFilter},
};

use crate::{Directory, UserRef, users::find_user_id};

/// An audit event as doors show it.
#[derive(Debug, Clone)]
pub struct EventView {
    /// The event.
    pub event: Event,
    /// The client that did it, as far as it still exists.
    pub client: Option<Client>,
    /// The subject of the user it was done to.
    pub user_subject: Option<String>,
}

async fn view_all(
    read: &mut dyn Read,
    tenant: TenantId,
    page: Page<Event>,
) -> Result<Page<EventView>, Error> {
    let actor = |event: &Event| match event.actor {
        Actor::Client(id) => Some(id),
        Actor::User(_) | Actor::Operator | Actor::System => None,
    };
    let mut ids: Vec<_> = page.items.iter().filter_map(actor).collect();
    ids.sort();
    ids.dedup();
    let found = read.clients().find_many(tenant, &ids).await?;
    let clients: BTreeMap<_, _> = found.into_iter().map(|client| (client.id, client)).collect();
    Ok(page.map(|event| EventView {
        client: actor(&event).and_then(|id| clients.get(&id).cloned()),
        user_subject: event
            .details
            .get("subject")
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned),
        event,
    }))
}

impl Directory {
    /// An audit event.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn event(&self, caller: &Caller, id: EventId) -> Result<EventView, Error> {
        caller.may(Action::Read, Resource::Event)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let not_found = || Error::not_found(Kind::Event, id);
                let event = read.events().find(tenant, id).await?.ok_or_else(not_found)?;
                let page = Page { items: vec![event], total: None, next: None };
                view_all(read, tenant, page).await?.items.into_iter().next().ok_or_else(not_found)
            })
            .await
    }

    /// A page of the audit events of these kinds, or of all kinds.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn events(
        &self,
        caller: &Caller,
        kinds: Option<Vec<EventKind>>,
        listing: Listing<ByAge>,
    ) -> Result<Page<EventView>, Error> {
        caller.may(Action::Read, Resource::Event)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let filter = EventFilter { kinds: kinds.clone(), user: None };
                let page = read.events().list(tenant, &filter, &listing).await?;
                view_all(read, tenant, page).await
            })
            .await
    }

    /// A page of the audit events that a user has to do with.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user_events(
        &self,
        caller: &Caller,
        user: &UserRef,
        kinds: Option<Vec<EventKind>>,
        listing: Listing<ByAge>,
    ) -> Result<Page<EventView>, Error> {
        caller.may(Action::Read, Resource::UserEvents)?;
        let (tenant, user) = (caller.tenant(), user.clone());
        self.storage
            .read(async move |read| {
                let id = find_user_id(read.users(), tenant, &user).await?;
                let filter = EventFilter { kinds: kinds.clone(), user: Some(id) };
                let page = read.events().list(tenant, &filter, &listing).await?;
                view_all(read, tenant, page).await
            })
            .await
    }
}
