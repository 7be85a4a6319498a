use citizenry_authz::Subject;
use citizenry_identity::{Error, EventKind, LockReason, LockWindow, Status};
use citizenry_testkit::block_on;

use super::world::{World, from};

const HOUR: i64 = 3_600;

#[test]
fn a_session_ends_when_it_is_idle_and_at_its_end() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let idle = world.signed_in("fioman").await;
        world.pass(72 * HOUR - 1);
        assert!(world.opens(&idle.secret).await);
        world.pass(72 * HOUR);
        assert!(!world.opens(&idle.secret).await);
        let used = world.signed_in("fioman").await;
        for _ in 0..3 {
            world.pass(55 * HOUR);
            assert!(world.opens(&used.secret).await);
        }
        world.pass(3 * HOUR);
        assert!(!world.opens(&used.secret).await, "168 hours are over");
    });
}

#[test]
fn a_use_is_noted_at_most_once_a_minute() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        world.pass(59);
        assert!(world.opens(&entered.secret).await);
        assert_eq!(world.sessions_of(user.id).await, std::slice::from_ref(&entered.session));
        world.pass(1);
        assert!(world.opens(&entered.secret).await);
        let noted = world.sessions_of(user.id).await;
        assert_eq!(noted[0].last_used_at, world.moment().now());
        assert_eq!(noted[0].idle_until, world.moment().now().plus_seconds(72 * HOUR));
    });
}

#[test]
fn a_user_who_is_locked_or_not_active_has_no_session_at_the_next_use() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        world
            .change(user.id, |user, moment| {
                let from = moment.now().plus_seconds(10);
                let until = Some(moment.now().plus_seconds(20));
                user.lock(LockReason::Admin, LockWindow { from, until }, moment.now());
            })
            .await;
        assert!(world.opens(&entered.secret).await);
        world.pass(10);
        assert!(!world.opens(&entered.secret).await);
        world.pass(10);
        assert!(world.opens(&entered.secret).await);
        world.change(user.id, |user, _| user.status = Status::Suspended).await;
        assert!(!world.opens(&entered.secret).await);
    });
}

#[test]
fn a_secret_of_another_tenant_or_none_at_all_opens_nothing() {
    block_on(async {
        let (world, other) = (World::new().await, World::new().await);
        world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        assert!(other.authn.session(world.tenant.id, &entered.secret).await.unwrap().is_none());
        let foreign = citizenry_identity::Id::from_ulid(9.into());
        assert!(world.authn.session(foreign, &entered.secret).await.unwrap().is_none());
        for secret in ["", "x", &"x".repeat(10_000)] {
            assert!(!world.opens(&(*secret).into()).await);
        }
    });
}

#[test]
fn administrators_and_the_user_himself_list_and_end_sessions() {
    block_on(async {
        let world = World::new().await;
        let (user, other) = (world.user("fioman").await, world.user("other").await);
        let (first, second) = (world.signed_in("fioman").await, world.signed_in("fioman").await);
        let third = world.signed_in("fioman").await;
        let own = world.caller(Subject::User(user.id), "");
        let admin = world.client_caller("read:users update:users");
        let reader = world.client_caller("read:users");
        let stranger = world.caller(Subject::User(other.id), "");
        assert_eq!(world.authn.sessions(&own, user.id).await.unwrap().len(), 3);
        assert_eq!(world.authn.sessions(&admin, user.id).await.unwrap().len(), 3);
        let refused = world.authn.sessions(&stranger, user.id).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden { .. }));
        for caller in [&stranger, &reader] {
            let refused = world.authn.end_session(caller, first.session.id).await.unwrap_err();
            assert!(matches!(refused, Error::Forbidden { .. }));
            let refused = world.authn.end_sessions(caller, user.id).await.unwrap_err();
            assert!(matches!(refused, Error::Forbidden { .. }));
        }
        world.authn.end_session(&own, first.session.id).await.unwrap();
        assert!(!world.opens(&first.secret).await && world.opens(&second.secret).await);
        let gone = world.authn.end_session(&admin, first.session.id).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }));
        assert_eq!(world.authn.end_sessions(&admin, user.id).await.unwrap(), 2);
        assert!(!world.opens(&second.secret).await && !world.opens(&third.secret).await);
        assert_eq!(world.told(EventKind::USER_SIGNED_OUT).await, 3);
    });
}

#[test]
fn signing_out_ends_the_session_once() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        let origin = from("192.0.2.7");
        let out = || world.authn.sign_out(world.tenant.id, entered.session.id, &origin);
        assert!(out().await.unwrap());
        assert!(!world.opens(&entered.secret).await);
        assert!(!out().await.unwrap());
        assert_eq!(world.told(EventKind::USER_SIGNED_OUT).await, 1);
    });
}

#[test]
fn what_has_ended_is_cleaned_up_in_batches() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        for _ in 0..3 {
            world.signed_in("fioman").await;
        }
        world.try_in("nobody", "guess").await.unwrap_err();
        assert_eq!(world.authn.clean_up(2).await.unwrap(), 0);
        world.pass(30 * 86_400);
        let kept = world.signed_in("fioman").await;
        assert_eq!(world.authn.clean_up(2).await.unwrap(), 2);
        assert_eq!(world.authn.clean_up(2).await.unwrap(), 1);
        assert_eq!(world.authn.clean_up(2).await.unwrap(), 0);
        assert_eq!(world.sessions_of(user.id).await, [kept.session]);
    });
}
