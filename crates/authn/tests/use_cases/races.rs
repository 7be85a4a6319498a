//! What happens at once, on both databases.

use citizenry_authn::PasswordError;
use citizenry_identity::{EventKind, LockReason};
use citizenry_storage::{StorageError, end_access};
use citizenry_testkit::on_both_databases;
use futures_util::future::{join, join_all};

use super::{
    recovery::ticket,
    world::{PASSWORD, World, from, word},
};

on_both_databases! {
    async fn a_ticket_is_good_once_under_twenty_uses_at_once(database: TestDatabase) {
        let world = World::on(database).await;
        let user = world.user("fioman").await;
        let (tenant, origin) = (world.tenant.id, from("192.0.2.7"));
        let asked = world.authn.request_password_reset(
            tenant, None, "fioman@example.com", None, &origin,
        );
        asked.await.unwrap();
        let ticket = ticket(&world.mails().await[0]);
        let uses = (0..20).map(|number| {
            let password = format!("new password {number}").into();
            world.authn.reset_password(tenant, &ticket, password, &origin)
        });
        let results = join_all(uses).await;
        let set = results.iter().filter(|result| result.is_ok()).count();
        let gone = results
            .iter()
            .filter(|result| matches!(result, Err(PasswordError::TicketGone)))
            .count();
        assert_eq!((set, gone), (1, 19));
        assert_eq!(world.told(EventKind::PASSWORD_RESET).await, 1);
        assert_ne!(world.password(user.id).await.hash.as_str(), format!("$plain${PASSWORD}"));
    }

    async fn a_verification_is_told_once_under_twenty_uses_at_once(database: TestDatabase) {
        let world = World::on(database).await;
        let user = world.user("fioman").await;
        let (tenant, origin) = (world.tenant.id, from("192.0.2.7"));
        world.authn.request_email_verification(tenant, user.id, None, &origin).await.unwrap();
        let ticket = ticket(&world.mails().await[0]);
        let uses = (0..20).map(|_| world.authn.verify_email(tenant, &ticket, &origin));
        let results = join_all(uses).await;
        let verified = results.into_iter().filter(|result| result.as_ref().unwrap().is_some());
        assert_eq!(verified.count(), 1);
        assert_eq!(world.told(EventKind::EMAIL_VERIFIED).await, 1);
    }

    async fn a_user_locked_while_he_signs_in_has_no_session(database: TestDatabase) {
        let world = World::on(database).await;
        for number in 0..8 {
            let name = format!("user{number}");
            let user = world.user(&name).await;
            let (tenant, id, moment) = (user.tenant, user.id, world.moment());
            let lock = world.storage.transact::<_, StorageError, _>(async move |tx| {
                let mut user = tx.users().find_for_update(tenant, id).await?.unwrap();
                user.block(moment.now());
                tx.users().save(&user).await?;
                end_access(tx, &user, &moment).await
            });
            let enter = world.try_in(&name, PASSWORD);
            // In either order of beginning.
            let (entered, locked) = if number % 2 == 0 {
                join(enter, lock).await
            } else {
                let (locked, entered) = join(lock, enter).await;
                (entered, locked)
            };
            locked.unwrap();
            let how = word(&entered);
            assert!(how == "in" || how == "blocked", "{how}");
            assert!(world.sessions_of(id).await.is_empty(), "{how}");
            if let Ok(entered) = entered {
                assert!(!world.opens(&entered.secret).await);
            }
        }
    }

    async fn guesses_at_once_are_all_counted(database: TestDatabase) {
        let world = World::on(database).await;
        let user = world.user("fioman").await;
        // The first failure makes the counter, which the others then wait for.
        world.try_in("fioman", "guess").await.unwrap_err();
        let guesses = (0..20).map(|_| world.try_in("fioman", "guess"));
        join_all(guesses).await;
        let stored = world.stored(user.id).await;
        assert!(stored.locks.get(LockReason::FailedAttempts).is_some());
        let right = word(&world.try_in("fioman", PASSWORD).await);
        assert!(right.starts_with("locked "), "{right}");
    }

    async fn a_user_may_sign_in_many_times_at_once(database: TestDatabase) {
        let world = World::on(database).await;
        let user = world.unsaved("fioman", &world.connection);
        let user = world.add(user, &format!("$outdated${PASSWORD}"), false).await;
        let results = join_all((0..10).map(|_| world.try_in("fioman", PASSWORD))).await;
        assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().map(word).collect::<Vec<_>>());
        assert_eq!(world.stored(user.id).await.logins_count, 10);
        assert_eq!(world.sessions_of(user.id).await.len(), 10);
        assert_eq!(world.password(user.id).await.hash.as_str(), format!("$plain${PASSWORD}"));
    }
}
