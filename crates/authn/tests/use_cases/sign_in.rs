use std::sync::Arc;

use async_trait::async_trait;
use citizenry_authn::SignInError;
use citizenry_identity::{
    Error, EventKind, LockReason, LockWindow, PasswordHash, PasswordStrength, Status,
    StoredPassword, UserId,
};
use citizenry_storage::{PasswordHasher, Storage, StorageError, Verification};
use citizenry_testkit::{PlainHasher, block_on};
use secrecy::SecretString;

use super::world::{PASSWORD, World, from, phone, word};

#[test]
fn username_email_and_phone_sign_in_and_the_account_tells_of_it() {
    block_on(async {
        let world = World::new().await;
        let mut user = world.unsaved("fioman", &world.connection);
        user.phone = Some(phone("18600002222"));
        let user = world.add(user, &format!("$plain${PASSWORD}"), false).await;
        for identifier in ["Fioman", "FIOMAN@example.com", "18600002222", "+8618600002222"] {
            world.pass(1);
            let entered = world.signed_in(identifier).await;
            assert_eq!(entered.user.id, user.id, "{identifier}");
            assert!(world.opens(&entered.secret).await);
        }
        let stored = world.stored(user.id).await;
        assert_eq!((stored.logins_count, stored.last_ip), (4, from("192.0.2.7").ip));
        assert_eq!(stored.last_login_at, Some(world.moment().now()));
        assert_eq!(world.told(EventKind::USER_SIGNED_IN).await, 4);
    });
}

#[test]
fn a_password_is_checked_without_a_session() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let checked = world.authn.check_password(world.attempt("fioman", PASSWORD)).await.unwrap();
        assert_eq!(checked.id, user.id);
        assert!(world.sessions_of(user.id).await.is_empty());
        let wrong = world.authn.check_password(world.attempt("fioman", "guess")).await;
        assert!(matches!(wrong, Err(SignInError::Wrong)));
    });
}

#[test]
fn unknown_users_and_wrong_passwords_are_one_answer_and_one_amount_of_work() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let without_password = world.unsaved("social", &world.connection);
        world
            .storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut user = without_password.clone();
                user.number = tx.numbers().next().await?;
                tx.users().insert(&user).await
            })
            .await
            .unwrap();
        let long = "x".repeat(10_000);
        for (identifier, password) in [
            ("fioman", "guess"),
            ("nobody", "guess"),
            ("nobody@example.com", "guess"),
            ("social", "guess"),
            ("fioman", ""),
            ("fioman", &long),
            ("nobody", &long),
            ("", "guess"),
            ("\u{0}", "guess"),
        ] {
            world.hasher.take();
            let events = world.trail().await.len();
            let result = world.try_in(identifier, password).await;
            assert_eq!(word(&result), "wrong", "{identifier}");
            assert_eq!(world.hasher.take(), (0, 1), "{identifier}");
            assert_eq!(world.trail().await.len(), events + 1, "{identifier}");
        }
    });
}

#[test]
fn a_hash_of_another_system_is_replaced_at_the_first_sign_in() {
    block_on(async {
        let world = World::new().await;
        let user = world.unsaved("fioman", &world.connection);
        let user = world.add(user, &format!("$outdated${PASSWORD}"), false).await;
        let before = world.password(user.id).await;
        world.pass(1);
        world.try_in("fioman", "guess").await.unwrap_err();
        assert_eq!(world.password(user.id).await, before);
        world.hasher.take();
        world.signed_in("fioman").await;
        assert_eq!(world.hasher.take(), (1, 1));
        let after = world.password(user.id).await;
        assert_eq!(after.hash.as_str(), format!("$plain${PASSWORD}"));
        assert_eq!(after.changed_at, before.changed_at);
        world.signed_in("fioman").await;
        assert_eq!(world.hasher.take(), (0, 1));
    });
}

#[test]
fn a_password_that_must_be_changed_gives_a_ticket_and_no_session() {
    block_on(async {
        let world = World::new().await;
        let user = world.unsaved("fioman", &world.connection);
        let user = world.add(user, &format!("$plain${PASSWORD}"), true).await;
        let Err(SignInError::MustChange { ticket }) = world.try_in("fioman", PASSWORD).await else {
            panic!("signed in");
        };
        assert!(world.sessions_of(user.id).await.is_empty());
        let (tenant, origin) = (world.tenant.id, from("192.0.2.7"));
        let set = world.authn.reset_password(tenant, &ticket, "another one".into(), &origin);
        // The ticket came by no mail: it says nothing of the address.
        assert!(!set.await.unwrap().email_verified);
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "wrong");
        assert_eq!(word(&world.try_in("fioman", "another one").await), "in");
    });
}

#[test]
fn the_ticket_to_change_a_password_ends_after_ten_minutes() {
    block_on(async {
        let world = World::new().await;
        let user = world.unsaved("fioman", &world.connection);
        world.add(user, &format!("$plain${PASSWORD}"), true).await;
        let Err(SignInError::MustChange { ticket }) = world.try_in("fioman", PASSWORD).await else {
            panic!("signed in");
        };
        world.pass(599);
        assert!(world.authn.reset_ticket(world.tenant.id, &ticket).await.unwrap().is_some());
        world.pass(1);
        assert!(world.authn.reset_ticket(world.tenant.id, &ticket).await.unwrap().is_none());
    });
}

#[test]
fn only_who_knows_the_password_learns_that_the_account_is_blocked() {
    block_on(async {
        let world = World::new().await;
        let (locked, suspended) = (world.user("locked").await, world.user("suspended").await);
        world.change(locked.id, |user, moment| _ = user.block(moment.now())).await;
        world.change(suspended.id, |user, _| user.status = Status::Suspended).await;
        for name in ["locked", "suspended"] {
            assert_eq!(word(&world.try_in(name, "guess").await), "wrong");
            assert_eq!(word(&world.try_in(name, PASSWORD).await), "blocked");
        }
        assert_eq!(world.told(EventKind::USER_SIGN_IN_FAILED).await, 4);
        assert!(world.sessions_of(locked.id).await.is_empty());
    });
}

#[test]
fn the_same_user_keeps_his_session_with_a_new_secret() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let first = world.signed_in("fioman").await;
        world.pass(100);
        let mut again = world.attempt("fioman", PASSWORD);
        again.previous = Some(first.secret.clone());
        let second = world.authn.sign_in(again).await.unwrap();
        assert_eq!(second.session.id, first.session.id);
        assert!(second.session.authenticated_at > first.session.authenticated_at);
        assert!(!world.opens(&first.secret).await);
        assert!(world.opens(&second.secret).await);
        assert_eq!(world.sessions_of(user.id).await, [second.session]);
    });
}

#[test]
fn another_user_in_the_same_browser_ends_the_session_before() {
    block_on(async {
        let world = World::new().await;
        let (first, second) = (world.user("first").await, world.user("second").await);
        let before = world.signed_in("first").await;
        let mut request = world.attempt("second", PASSWORD);
        request.previous = Some(before.secret.clone());
        let after = world.authn.sign_in(request).await.unwrap();
        assert!(!world.opens(&before.secret).await);
        assert!(world.sessions_of(first.id).await.is_empty());
        assert_eq!(world.sessions_of(second.id).await, [after.session]);
        assert_eq!(world.told(EventKind::USER_SIGNED_OUT).await, 1);
    });
}

#[test]
fn a_closed_tenant_lets_nobody_in() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        world.set_tenant(|tenant| tenant.status = citizenry_identity::TenantStatus::Disabled).await;
        let refused = world.try_in("fioman", PASSWORD).await;
        assert!(matches!(refused, Err(SignInError::Other(Error::NotFound { .. }))));
    });
}

/// What happens to the user while his password is verified.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Lock,
    NewPassword,
    Deleted,
}

/// A hasher that is slow enough for something to happen, once.
#[derive(Debug)]
struct Slow {
    storage: Storage,
    user: (citizenry_identity::TenantId, UserId),
    meanwhile: Meanwhile,
    moment: citizenry_identity::Moment,
}

impl Slow {
    async fn happen(&self) -> Result<(), StorageError> {
        let ((tenant, id), meanwhile) = (self.user, self.meanwhile);
        let moment = self.moment.clone();
        self.storage
            .transact(async move |tx| {
                let Some(mut user) = tx.users().find_for_update(tenant, id).await? else {
                    return Ok(());
                };
                // A clock that is ahead of ours: the lock holds from the moment it was opened.
                let now = moment.now().plus_seconds(5);
                match meanwhile {
                    Meanwhile::Lock => {
                        let window = LockWindow { from: now, until: None };
                        user.lock(LockReason::Admin, window, now);
                        tx.users().save(&user).await
                    }
                    Meanwhile::NewPassword => {
                        let hash = PasswordHash::new("$plain$a new one".to_owned());
                        let password = StoredPassword::new(hash, PasswordStrength::Unknown, now);
                        tx.passwords().set(tenant, id, &password).await
                    }
                    Meanwhile::Deleted => tx.users().delete(tenant, id).await.map(drop),
                }
            })
            .await
    }
}

#[async_trait]
impl PasswordHasher for Slow {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        PlainHasher.hash(password).await
    }

    async fn verify(
        &self,
        password: &SecretString,
        hash: &PasswordHash,
    ) -> Result<Verification, Error> {
        self.happen().await?;
        PlainHasher.verify(password, hash).await
    }

    async fn verify_nothing(&self, _password: &SecretString) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn what_changes_while_a_password_is_verified_counts() {
    block_on(async {
        for (meanwhile, expected) in [
            (Meanwhile::Lock, "blocked"),
            (Meanwhile::NewPassword, "wrong"),
            (Meanwhile::Deleted, "wrong"),
        ] {
            let world = World::new().await;
            let user = world.user("fioman").await;
            let slow = Slow {
                storage: world.storage.clone(),
                user: (user.tenant, user.id),
                meanwhile,
                moment: world.moment(),
            };
            let authn = world.with_hasher(Arc::new(slow));
            let result = authn.sign_in(world.attempt("fioman", PASSWORD)).await;
            assert_eq!(word(&result), expected, "{meanwhile:?}");
            assert!(world.sessions_of(user.id).await.is_empty(), "{meanwhile:?}");
        }
    });
}

/// A hasher whose queue is full.
#[derive(Debug)]
struct Full;

#[async_trait]
impl PasswordHasher for Full {
    async fn hash(&self, _password: &SecretString) -> Result<PasswordHash, Error> {
        Err(Error::Unavailable)
    }

    async fn verify(
        &self,
        _password: &SecretString,
        _hash: &PasswordHash,
    ) -> Result<Verification, Error> {
        Err(Error::Unavailable)
    }

    async fn verify_nothing(&self, _password: &SecretString) -> Result<(), Error> {
        Err(Error::Unavailable)
    }
}

#[test]
fn a_full_queue_of_passwords_asks_to_come_back_and_counts_nothing() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let authn = world.with_hasher(Arc::new(Full));
        for identifier in ["fioman", "nobody"] {
            for _ in 0..10 {
                let result = authn.sign_in(world.attempt(identifier, PASSWORD)).await;
                let is_busy = matches!(result, Err(SignInError::Other(Error::Unavailable)));
                assert!(is_busy, "{result:?}");
            }
        }
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "in");
    });
}

#[test]
fn a_password_that_has_expired_is_a_wrong_one() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        world
            .change_password(user.id, |password, moment| {
                password.expires_at = Some(moment.now().plus_seconds(60));
            })
            .await;
        world.pass(59);
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "in");
        world.pass(1);
        for _ in 0..5 {
            assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "wrong");
        }
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "locked 60");
        let reasons = world.reasons(EventKind::USER_SIGN_IN_FAILED).await;
        assert_eq!(reasons, ["password_expired"; 5]);
    });
}

#[test]
fn a_rehash_keeps_the_end_and_the_strength() {
    block_on(async {
        let world = World::new().await;
        let user = world.unsaved("fioman", &world.connection);
        let user = world.add(user, &format!("$outdated${PASSWORD}"), false).await;
        world
            .change_password(user.id, |password, moment| {
                password.expires_at = Some(moment.now().plus_seconds(60));
            })
            .await;
        let before = world.password(user.id).await;
        world.signed_in("fioman").await;
        let after = world.password(user.id).await;
        assert_eq!(after.hash.as_str(), format!("$plain${PASSWORD}"));
        assert_eq!(StoredPassword { hash: before.hash.clone(), ..after }, before);
    });
}

#[test]
fn a_door_may_name_the_user_by_his_number_and_is_told_of_the_last_guess() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let check = |number: i64, password: &str| {
            let number = citizenry_identity::Number::new(number).unwrap();
            world.authn.check_password_by_number(number, world.attempt("somebody", password))
        };
        let number = user.number.get();
        assert_eq!(check(number, PASSWORD).await.unwrap().id, user.id);
        assert!(world.sessions_of(user.id).await.is_empty());
        for number in [number, 999_999] {
            for _ in 0..4 {
                assert!(matches!(check(number, "guess").await, Err(SignInError::Wrong)));
            }
            let last = check(number, "guess").await;
            assert!(matches!(last, Err(SignInError::LimitReached { retry_after: 60 })));
            let refused = check(number, PASSWORD).await;
            assert!(matches!(refused, Err(SignInError::Locked { retry_after: 60 })));
        }
    });
}

#[test]
fn a_locked_tenant_lets_nobody_in() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        world
            .set_tenant(|tenant| {
                let from = tenant.created_at;
                tenant.lock = Some(LockWindow { from, until: Some(from.plus_seconds(60)) });
            })
            .await;
        assert!(word(&world.try_in("fioman", PASSWORD).await).starts_with("error: "));
        world.pass(60);
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "in");
    });
}
