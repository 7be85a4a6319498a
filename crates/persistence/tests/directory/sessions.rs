//! Sessions, to write, to find and to end.

use citizenry_identity::{Kind, Session};
use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;

use crate::{
    conflicts::refusal,
    support::{World, at, client, family, hash, session, text, user},
};

on_both_databases! {
    async fn sessions_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let user = world.user(1);
        let mut began = session(&user, 1);
        began.ip = Some("2001:db8::1".parse().unwrap());
        began.user_agent = Some(text("Mozilla/5.0 (李)"));
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.sessions().insert(&began).await?;
                assert_eq!(tx.sessions().find(tenant, began.id).await?, Some(began.clone()));
                assert_eq!(tx.sessions().find(other, began.id).await?, None);
                let found = tx.sessions().find_by_secret(tenant, &hash(1)).await?;
                assert_eq!(found, Some(began.clone()));
                assert_eq!(tx.sessions().find_by_secret(other, &hash(1)).await?, None);
                assert_eq!(tx.sessions().find_by_secret(tenant, &hash(2)).await?, None);

                began.secret_hash = hash(2);
                began.factors.clear();
                began.authenticated_at = at(7);
                began.last_used_at = at(8);
                began.idle_until = at(9);
                began.expires_at = at(10);
                assert!(tx.sessions().save(&began).await?);
                assert_eq!(tx.sessions().find_by_secret(tenant, &hash(1)).await?, None);
                let found = tx.sessions().find_by_secret(tenant, &hash(2)).await?;
                assert_eq!(found, Some(began.clone()));

                assert!(!tx.sessions().delete(other, began.id).await?);
                assert!(tx.sessions().delete(tenant, began.id).await?);
                assert!(!tx.sessions().delete(tenant, began.id).await?);
                assert!(!tx.sessions().save(&began).await?, "what has ended stays ended");
                assert_eq!(tx.sessions().find(tenant, began.id).await?, None);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_secret_opens_one_session_of_a_tenant(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = [world.user(1), user(world.other_tenant, world.other_connection, 2)];
        let conflict = world
            .storage
            .transact(async move |tx| {
                let [first, mut second] = [1, 2].map(|second| session(&users[0], second));
                let mut elsewhere = session(&users[1], 1);
                elsewhere.id = second.id;
                for user in &users {
                    tx.users().insert(user).await?;
                }
                tx.sessions().insert(&first).await?;
                tx.sessions().insert(&elsewhere).await?;
                second.secret_hash = first.secret_hash;
                Ok::<_, StorageError>(
                    refusal(tx.nested(async |tx| tx.sessions().insert(&second).await)).await,
                )
            })
            .await
            .unwrap();
        assert_eq!(conflict, Some((Kind::Session, "secret")));
    }

    async fn the_sessions_of_a_user_are_listed_and_ended(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let [one, another] = [world.user(1), world.user(2)];
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&one).await?;
                tx.users().insert(&another).await?;
                let kept = session(&another, 200);
                tx.sessions().insert(&kept).await?;
                let mut sessions: Vec<Session> =
                    (1..=101).map(|second| session(&one, second)).collect();
                for session in &sessions {
                    tx.sessions().insert(session).await?;
                }
                sessions.reverse();
                sessions.truncate(100);
                let listed = tx.sessions().list_of_user(tenant, one.id).await?;
                assert_eq!(listed, sessions, "the newest first");
                let elsewhere = tx.sessions().list_of_user(world.other_tenant, one.id).await?;
                assert_eq!(elsewhere, []);
                assert_eq!(tx.sessions().delete_of_user(world.other_tenant, one.id).await?, 0);
                assert_eq!(tx.sessions().delete_of_user(tenant, one.id).await?, 101);
                assert_eq!(tx.sessions().list_of_user(tenant, one.id).await?, []);
                assert_eq!(tx.sessions().list_of_user(tenant, another.id).await?, [kept]);
                tx.users().delete(tenant, another.id).await?;
                assert_eq!(tx.sessions().list_of_user(tenant, another.id).await?, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn sessions_that_have_ended_are_cleared_away_in_steps(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let users = [world.user(1), user(world.other_tenant, world.other_connection, 2)];
        world
            .storage
            .transact(async move |tx| {
                for user in &users {
                    tx.users().insert(user).await?;
                }
                // Idle until, expires at.
                let ends = [(10, 90), (90, 20), (30, 30), (31, 90), (90, 31)];
                let mut sessions = Vec::new();
                for ((idle, end), second) in ends.into_iter().zip(1..) {
                    let mut ended = session(&users[usize::from(second % 2)], second);
                    (ended.idle_until, ended.expires_at) = (at(idle), at(end));
                    tx.sessions().insert(&ended).await?;
                    sessions.push(ended);
                }
                // One that was used again: what it was written with first counts no longer.
                let mut used = session(&users[0], 9);
                used.idle_until = at(5);
                tx.sessions().insert(&used).await?;
                used.idle_until = at(40);
                assert!(tx.sessions().save(&used).await?);

                assert_eq!(tx.sessions().delete_ended(at(10), 5).await?, 0, "at its end, not after");
                assert_eq!(tx.sessions().delete_ended(at(31), 2).await?, 2);
                let mut left = Vec::new();
                for session in &sessions {
                    left.push(tx.sessions().find(session.tenant, session.id).await?.is_some());
                }
                assert_eq!(left, [false, false, true, true, true], "the first to end first");
                assert_eq!(tx.sessions().delete_ended(at(31), 2).await?, 1);
                assert_eq!(tx.sessions().delete_ended(at(31), 2).await?, 0);
                assert_eq!(tx.sessions().delete_ended(at(41), 9).await?, 3);
                assert_eq!(tx.sessions().list_of_user(tenant, users[0].id).await?, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_session_leaves_its_tokens_to_the_use_case(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let (user, app) = (world.user(1), client(tenant, "app"));
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.clients().insert(&app).await?;
                let began = session(&user, 1);
                tx.sessions().insert(&began).await?;
                let mut issued = family(&user, &app, 2);
                issued.session = Some(began.id);
                tx.token_families().insert(&issued).await?;
                assert!(tx.sessions().delete(tenant, began.id).await?);
                let found = tx.token_families().find(tenant, issued.id).await?;
                assert_eq!(found, Some(issued));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
