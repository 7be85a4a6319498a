//! What happens at once, on both databases.

use citizenry_authn::{CodePurpose, LinkOwner, PasswordError};
use citizenry_identity::{EventKind, LockReason};
use citizenry_storage::{StorageError, end_access};
use citizenry_testkit::on_both_databases;
use futures_util::future::{join, join_all};

use super::{
    codes::mailbox,
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

    async fn a_code_and_its_link_secret_are_good_once_under_many_uses_at_once(
        database: TestDatabase
    ) {
        let world = World::on(database).await;
        let user = world.user("fioman").await;
        let (purpose, address) = (CodePurpose::SignIn, mailbox("fioman@example.com"));
        let code = world.mailed_code(purpose, &address).await;
        let checks = join_all((0..4).map(|_| world.check(purpose, &address, &code))).await;
        let mut accounts = checks.into_iter().filter_map(Result::ok).collect::<Vec<_>>();
        assert_eq!(accounts.len(), 1);
        let link = accounts.remove(0).remove(0).link_secret;
        let uses = (0..10).map(|_| world.link_in(LinkOwner::Number(user.number), &link));
        let entered = join_all(uses).await.into_iter().flatten().count();
        assert_eq!(entered, 1);
        assert_eq!(world.stored(user.id).await.logins_count, 1);
    }

    async fn codes_that_are_asked_for_at_once_are_one_in_the_end(database: TestDatabase) {
        let world = World::on(database).await;
        world.user("fioman").await;
        let (purpose, address) = (CodePurpose::SignIn, mailbox("fioman@example.com"));
        let asked = join_all((0..4).map(|_| world.ask_code(purpose, &address))).await;
        assert!(asked.iter().all(Result::is_ok), "{asked:?}");
        let mails = world.mails().await;
        assert_eq!(mails.len(), 4);
        let mut good = 0;
        for mail in &mails {
            let code = mail.secret.as_ref().unwrap();
            good += usize::from(world.check(purpose, &address, code).await.is_ok());
        }
        assert_eq!(good, 1);
    }

    async fn guesses_at_a_code_at_once_are_all_counted(database: TestDatabase) {
        let world = World::on(database).await;
        world.user("fioman").await;
        let (purpose, address) = (CodePurpose::SignIn, mailbox("fioman@example.com"));
        let code = world.mailed_code(purpose, &address).await;
        let guesses = (0..5).map(|_| world.check(purpose, &address, "guess"));
        assert!(join_all(guesses).await.iter().all(Result::is_err));
        assert!(world.check(purpose, &address, &code).await.is_err());
    }

    async fn a_password_is_changed_by_one_of_many_at_once(database: TestDatabase) {
        let world = World::on(database).await;
        let user = world.user("fioman").await;
        let caller = world.himself(&user);
        let changes = (0..4).map(|number| {
            let (authn, caller) = (world.authn.clone(), caller.clone());
            async move {
                let new = format!("new password {number}").into();
                authn.change_own_password(&caller, &PASSWORD.into(), &new, None).await
            }
        });
        let changed = join_all(changes).await.into_iter().flatten().count();
        assert_eq!(changed, 1);
        assert_eq!(world.told(EventKind::USER_PASSWORD_CHANGED).await, 1);
    }
}
