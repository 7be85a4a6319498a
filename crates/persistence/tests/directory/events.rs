//! The audit trail.

use std::net::{IpAddr, Ipv6Addr};

use citizenry_identity::{
    Actor, ClientId, Direction, Event, EventKind, Kind, Listing, Origin, SortKey, Start, UserId,
};
use citizenry_storage::{
    StorageError,
    ports::{ByAge, EventFilter},
};
use citizenry_testkit::on_both_databases;
use serde_json::json;

use crate::support::{World, event, moment, object};

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.id.to_string()).collect()
}

on_both_databases! {
    async fn events_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let user = UserId::generate(moment());
        let client = ClientId::generate(moment());
        let actors = [Actor::User(user), Actor::Client(client), Actor::Operator, Actor::System];
        let mut second = 0;
        let mut events: Vec<Event> = actors
            .into_iter()
            .map(|actor| {
                second += 1;
                event(tenant, second, EventKind::ROLE_CREATED, actor, (Kind::Role, "x".to_owned()))
            })
            .collect();
        events[0].origin = Origin {
            ip: Some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
            user_agent: Some("Mozilla/5.0 (测试)".to_owned()),
            request_id: Some("01j".to_owned()),
        };
        events[0].details = object(json!({"fields": ["name", "email"]}));
        world
            .storage
            .transact(async move |tx| {
                for event in &events {
                    tx.events().append(event).await?;
                    assert_eq!(tx.events().find(tenant, event.id).await?.as_ref(), Some(event));
                    assert_eq!(tx.events().find(other, event.id).await?, None);
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn events_are_listed_by_kind_and_user(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let [li, han] = [UserId::generate(moment()), UserId::generate(moment())];
        let created = EventKind::USER_CREATED;
        let target = |user: UserId| (Kind::User, user.to_string());
        let events = [
            event(tenant, 1, created, Actor::Operator, target(li)),
            event(tenant, 2, created, Actor::User(li), target(han)),
            event(tenant, 3, EventKind::USER_UPDATED, Actor::User(li), target(li)),
            event(tenant, 4, EventKind::ROLE_CREATED, Actor::User(han), (Kind::Role, li.to_string())),
            event(other, 5, created, Actor::User(li), target(li)),
        ];
        let written = events.clone();
        let storage = world.storage.clone();
        storage
            .transact(async move |tx| {
                for event in &written {
                    tx.events().append(event).await?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let list = async |filter: EventFilter| {
            let listing = Listing { with_total: true, ..Listing::first(10) };
            let page = storage
                .read(async move |read| read.events().list(tenant, &filter, &listing).await)
                .await
                .unwrap();
            assert_eq!(page.total, Some(page.items.len() as u64));
            let at = |event: &Event| events.iter().position(|known| known == event).unwrap() + 1;
            page.items.iter().map(at).collect::<Vec<_>>()
        };
        let any = EventFilter::default;
        assert_eq!(list(any()).await, [4, 3, 2, 1], "the newest first");
        assert_eq!(list(EventFilter { user: Some(li), ..any() }).await, [3, 2, 1]);
        assert_eq!(list(EventFilter { user: Some(han), ..any() }).await, [4, 2]);
        assert_eq!(list(EventFilter { kinds: Some(vec![created]), ..any() }).await, [2, 1]);
        assert_eq!(list(EventFilter { kinds: Some(vec![]), ..any() }).await, Vec::<usize>::new());
        let kinds = Some(vec![EventKind::ROLE_CREATED, EventKind::USER_UPDATED]);
        assert_eq!(list(EventFilter { kinds: kinds.clone(), ..any() }).await, [4, 3]);
        assert_eq!(list(EventFilter { kinds, user: Some(li) }).await, [3]);
    }

    async fn the_trail_is_paged_both_ways(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let li = UserId::generate(moment());
        let target = (Kind::User, li.to_string());
        let events: Vec<Event> = (1..=23)
            .map(|second| {
                event(tenant, second, EventKind::USER_LOCKED, Actor::System, target.clone())
            })
            .collect();
        let written = events.clone();
        let storage = world.storage.clone();
        storage
            .transact(async move |tx| {
                for event in &written {
                    tx.events().append(event).await?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        for user in [None, Some(li)] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let mut expected = ids(&events);
                if direction == Direction::Descending {
                    expected.reverse();
                }
                let filter = EventFilter { user, kinds: None };
                let mut listing = Listing {
                    order: vec![SortKey { field: ByAge::CreatedAt, direction }],
                    ..Listing::first(7)
                };
                let (mut by_cursor, mut by_number) = (Vec::new(), Vec::new());
                loop {
                    let (wanted, asked) = (filter.clone(), listing.clone());
                    let page = storage
                        .read(async move |read| read.events().list(tenant, &wanted, &asked).await)
                        .await
                        .unwrap();
                    by_cursor.extend(ids(&page.items));
                    let Some(next) = page.next else { break };
                    listing.start = Start::After(next.to_string().parse().unwrap());
                }
                for page in 0..4 {
                    listing.start = Start::Skip(page * 7);
                    let (wanted, asked) = (filter.clone(), listing.clone());
                    let page = storage
                        .read(async move |read| read.events().list(tenant, &wanted, &asked).await)
                        .await
                        .unwrap();
                    by_number.extend(ids(&page.items));
                }
                assert_eq!(by_cursor, expected);
                assert_eq!(by_number, expected);
            }
        }
    }
}
