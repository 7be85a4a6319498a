//! Secrets that are good once.

use citizenry_identity::{Kind, TicketKind};
use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;
use serde_json::json;

use crate::{
    conflicts::refusal,
    support::{World, at, client, family, hash, object, ticket},
};

const CODE: TicketKind = TicketKind::AuthorizationCode;
const DEVICE: TicketKind = TicketKind::DeviceCode;
const RESET: TicketKind = TicketKind::PasswordReset;

on_both_databases! {
    async fn tickets_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let (user, app) = (world.user(1), client(tenant, "app"));
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.clients().insert(&app).await?;
                let mut full = ticket(tenant, DEVICE, 1);
                full.second_hash = Some(hash(9));
                full.user = Some(user.id);
                full.client = Some(app.id);
                // No such family is there yet.
                full.family = Some(family(&user, &app, 1).id);
                full.details = object(json!({"状态": "a\0", "n": [1, null, {"x": true}]}));
                full.used_at = Some(at(3));
                let plain = ticket(tenant, DEVICE, 2);
                for made in [&full, &plain] {
                    tx.tickets().insert(made).await?;
                    let found = tx.tickets().find(DEVICE, &made.hash).await?;
                    assert_eq!(found.as_ref(), Some(made));
                    let found = tx.tickets().find_for_update(DEVICE, &made.hash).await?;
                    assert_eq!(found.as_ref(), Some(made));
                }
                let found = tx.tickets().find_by_second(DEVICE, &hash(9)).await?;
                assert_eq!(found.as_ref(), Some(&full));
                assert_eq!(tx.tickets().find_by_second(CODE, &hash(9)).await?, None);
                assert_eq!(tx.tickets().find_by_second(DEVICE, &hash(1)).await?, None);
                assert_eq!(tx.tickets().find(CODE, &hash(1)).await?, None, "of another kind");
                assert_eq!(tx.tickets().find_for_update(CODE, &hash(1)).await?, None);

                let mut changed = plain;
                changed.user = full.user;
                changed.family = full.family;
                changed.details = full.details.clone();
                changed.expires_at = at(700);
                changed.used_at = Some(at(6));
                tx.tickets().save(&changed).await?;
                assert_eq!(tx.tickets().find(DEVICE, &hash(2)).await?, Some(changed.clone()));
                assert!(!tx.tickets().delete(CODE, &hash(2)).await?);
                assert!(tx.tickets().delete(DEVICE, &hash(2)).await?);
                assert!(!tx.tickets().delete(DEVICE, &hash(2)).await?);
                let absent = tx.tickets().save(&changed).await;
                assert!(matches!(absent, Err(StorageError::Stale)), "{absent:?}");
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_hash_is_of_one_ticket_of_its_kind(database: TestDatabase) {
        let world = World::new(&database).await;
        let conflicts = world
            .storage
            .transact(async move |tx| {
                let mut first = ticket(world.tenant, DEVICE, 1);
                first.second_hash = Some(hash(9));
                tx.tickets().insert(&first).await?;
                // Of another kind it is another ticket.
                first.kind = RESET;
                tx.tickets().insert(&first).await?;
                let same = ticket(world.other_tenant, DEVICE, 1);
                let mut twin = ticket(world.other_tenant, DEVICE, 2);
                twin.second_hash = Some(hash(9));
                let mut conflicts = Vec::new();
                for made in [&same, &twin] {
                    let added = tx.nested(async |tx| tx.tickets().insert(made).await);
                    conflicts.push(refusal(added).await);
                }
                // Those without a second key do not take it from each other.
                for byte in [3, 4] {
                    tx.tickets().insert(&ticket(world.tenant, DEVICE, byte)).await?;
                }
                Ok::<_, StorageError>(conflicts)
            })
            .await
            .unwrap();
        assert_eq!(conflicts, ["hash", "second_hash"].map(|field| Some((Kind::Ticket, field))));
    }

    async fn tickets_go_with_whom_they_are_for(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let users = [world.user(1), world.user(2)];
        let app = client(tenant, "app");
        world
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&app).await?;
                for (user, which) in users.iter().zip([1, 2]) {
                    tx.users().insert(user).await?;
                    for (kind, byte) in [(RESET, 10), (RESET, 20), (CODE, 30)] {
                        let mut made = ticket(tenant, kind, byte + which);
                        made.user = Some(user.id);
                        tx.tickets().insert(&made).await?;
                    }
                }
                let mut of_app = ticket(tenant, CODE, 1);
                of_app.client = Some(app.id);
                tx.tickets().insert(&of_app).await?;
                let tickets = tx.tickets();
                let elsewhere = world.other_tenant;
                assert_eq!(tickets.delete_of_user(elsewhere, users[0].id, RESET).await?, 0);
                assert_eq!(tickets.delete_of_user(tenant, users[0].id, RESET).await?, 2);
                assert_eq!(tickets.delete_of_user(tenant, users[0].id, RESET).await?, 0);
                assert!(tickets.find(CODE, &hash(31)).await?.is_some(), "of another kind");
                assert!(tickets.find(RESET, &hash(12)).await?.is_some(), "of another user");
                assert!(tx.users().delete(tenant, users[1].id).await?);
                assert_eq!(tx.tickets().find(RESET, &hash(12)).await?, None);
                assert_eq!(tx.tickets().find(CODE, &hash(32)).await?, None);
                assert!(tx.tickets().find(CODE, &hash(1)).await?.is_some());
                assert!(tx.clients().delete(tenant, app.id).await?);
                assert_eq!(tx.tickets().find(CODE, &hash(1)).await?, None);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn expired_tickets_are_cleared_away_in_steps(database: TestDatabase) {
        let world = World::new(&database).await;
        world
            .storage
            .transact(async move |tx| {
                let made = [
                    (world.tenant, CODE, 30),
                    (world.other_tenant, DEVICE, 10),
                    (world.tenant, RESET, 20),
                    (world.tenant, CODE, 40),
                ];
                for (tenant, kind, end) in made {
                    let mut expired = ticket(tenant, kind, end);
                    expired.expires_at = at(i64::from(end));
                    tx.tickets().insert(&expired).await?;
                }
                assert_eq!(tx.tickets().delete_expired(at(10), 9).await?, 0, "not before its end");
                assert_eq!(tx.tickets().delete_expired(at(40), 2).await?, 2);
                let mut left = Vec::new();
                for (_, kind, end) in made {
                    left.push(tx.tickets().find(kind, &hash(end)).await?.is_some());
                }
                assert_eq!(left, [true, false, false, true], "the first to end first");
                assert_eq!(tx.tickets().delete_expired(at(40), 2).await?, 1);
                assert_eq!(tx.tickets().delete_expired(at(40), 2).await?, 0);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
