//! `events` and the users that each speaks of.

use citizenry_identity::{
    Actor, ClientId, Event, EventKind, Id as _, Kind, Origin, Target, UserId,
};
use citizenry_storage::Result;
use diesel::prelude::*;

use super::{Column, document};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// An audit event.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::events)]
pub(crate) struct EventRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) occurred_at: DbTime,
    pub(crate) kind: String,
    /// `user`, `client`, `operator` or `system`.
    pub(crate) actor_kind: String,
    /// Of a user or a client.
    pub(crate) actor_id: Option<DbId>,
    pub(crate) target_kind: String,
    pub(crate) target_id: String,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) details: DbJson,
}

/// That an event speaks of a user.
#[derive(Debug, Insertable)]
#[diesel(table_name = schema::event_users)]
#[expect(clippy::struct_field_names, reason = "they are the columns")]
pub(crate) struct EventUserRow {
    pub(crate) tenant_id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) event_id: DbId,
}

impl EventRow {
    pub(crate) fn new(event: &Event) -> Result<Self> {
        let (actor_kind, actor_id) = match event.actor {
            Actor::User(id) => ("user", Some(id.into())),
            Actor::Client(id) => ("client", Some(id.into())),
            Actor::Operator => ("operator", None),
            Actor::System => ("system", None),
        };
        Ok(Self {
            tenant_id: event.tenant.into(),
            id: event.id.into(),
            occurred_at: event.at.into(),
            kind: event.kind.as_str().to_owned(),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            target_kind: event.target.kind.as_str().to_owned(),
            target_id: event.target.id.clone(),
            ip: event.origin.ip.map(|ip| ip.to_string()),
            user_agent: event.origin.user_agent.clone(),
            request_id: event.origin.request_id.clone(),
            details: document(&event.details)?,
        })
    }

    pub(crate) fn model(self) -> Result<Event> {
        let actor = match (self.actor_kind.as_str(), self.actor_id) {
            ("user", Some(id)) => Some(Actor::User(id.typed::<UserId>())),
            ("client", Some(id)) => Some(Actor::Client(id.typed::<ClientId>())),
            ("operator", None) => Some(Actor::Operator),
            ("system", None) => Some(Actor::System),
            _ => None,
        };
        Ok(Event {
            id: self.id.typed(),
            tenant: self.tenant_id.typed(),
            at: self.occurred_at.into(),
            kind: Column("events", "kind").word(&self.kind, EventKind::parse)?,
            actor: Column("events", "actor_kind").word(&self.actor_kind, |_word| actor)?,
            target: Target {
                kind: Column("events", "target_kind").word(&self.target_kind, Kind::parse)?,
                id: self.target_id,
            },
            origin: Origin {
                ip: Column("events", "ip").address(self.ip)?,
                user_agent: self.user_agent,
                request_id: self.request_id,
            },
            details: Column("events", "details").object(&self.details)?,
        })
    }
}

impl EventUserRow {
    /// The rows of the users that an event speaks of, each once.
    pub(crate) fn all(event: &Event) -> Vec<Self> {
        let actor = match event.actor {
            Actor::User(id) => Some(id),
            Actor::Client(_) | Actor::Operator | Actor::System => None,
        };
        let target = match event.target.kind {
            UserId::KIND => event.target.id.parse().ok(),
            _ => None,
        };
        let row = |user: UserId| Self {
            tenant_id: event.tenant.into(),
            user_id: user.into(),
            event_id: event.id.into(),
        };
        actor.into_iter().chain(target.filter(|target| Some(*target) != actor)).map(row).collect()
    }
}
