//! Locks between two dates.

use citizenry_directory::{LockDates, UserRef};
use citizenry_identity::{Error, LockReason, LockWindow, Timestamp};
use citizenry_testkit::block_on;

use super::world::World;

fn is_refused<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Invalid { field, .. }) if field == "lock_end")
}

#[test]
fn dates_mean_a_window() {
    let now = Timestamp::from_unix_micros(1_000_000_000_000).unwrap();
    let window = |start, end| LockDates { start, end }.window(None, now);
    let made = |from: i64, until: Option<i64>| LockWindow {
        from: now.plus_seconds(from),
        until: until.map(|seconds| now.plus_seconds(seconds)),
    };
    assert_eq!(window(None, None).unwrap(), made(0, None));
    assert_eq!(window(None, Some(now.plus_seconds(60))).unwrap(), made(0, Some(60)));
    assert_eq!(
        window(Some(now.plus_seconds(30)), Some(now.plus_seconds(60))).unwrap(),
        made(30, Some(60))
    );
    // A little late is as it was said; later than that is now.
    assert_eq!(window(Some(now.plus_seconds(-30)), None).unwrap(), made(-30, None));
    assert_eq!(window(Some(now.plus_seconds(-31)), None).unwrap(), made(0, None));
    assert!(is_refused(window(None, Some(now.plus_seconds(0)))));
    assert!(is_refused(window(None, Some(now.plus_seconds(-1)))));
    assert!(is_refused(window(Some(now.plus_seconds(60)), Some(now.plus_seconds(60)))));
    assert!(is_refused(window(Some(now.plus_seconds(60)), Some(now.plus_seconds(30)))));
}

#[test]
fn a_lock_begins_and_ends_by_itself_and_saying_it_again_changes_nothing() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let user = world.user("fioman").await.user;
        let reference = UserRef::Number(user.number);
        world.tick();
        let now = directory.now();
        let dates =
            LockDates { start: Some(now.plus_seconds(60)), end: Some(now.plus_seconds(120)) };
        let locked = directory.lock_user_between(operator, &reference, dates).await.unwrap().user;
        assert!(locked.can_sign_in(now) && !locked.can_sign_in(now.plus_seconds(60)));
        assert!(locked.can_sign_in(now.plus_seconds(120)));
        world.pass(90);
        let again = directory.lock_user_between(operator, &reference, dates).await.unwrap().user;
        assert_eq!(again, locked);
        let dates = LockDates { start: None, ..dates };
        let again = directory.lock_user_between(operator, &reference, dates).await.unwrap().user;
        assert_eq!(again, locked);
        assert_eq!(world.trail(2).await, ["user.locked", "user.created"]);
        let ended = LockDates { start: None, end: Some(now.plus_seconds(80)) };
        assert!(is_refused(directory.lock_user_between(operator, &reference, ended).await));
    });
}

#[test]
fn the_administrators_lock_is_lifted_alone() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let id = world.user("fioman").await.user.id;
        let reference = UserRef::Id(id);
        world.sign_in(id).await;
        let dates = LockDates::default();
        directory.lock_user_between(operator, &reference, dates).await.unwrap();
        assert_eq!(world.access(id).await, (0, 0));
        let (tenant, now) = (world.tenant(), directory.now());
        world
            .storage
            .transact::<_, citizenry_storage::StorageError, _>(async move |tx| {
                let mut user = tx.users().find_for_update(tenant, id).await?.unwrap();
                user.lock(LockReason::FailedAttempts, LockWindow { from: now, until: None }, now);
                tx.users().save(&user).await
            })
            .await
            .unwrap();
        world.tick();
        let user = directory.lift_admin_lock(operator, &reference).await.unwrap().user;
        let reasons: Vec<_> = user.locks.iter().map(|lock| lock.reason).collect();
        assert_eq!(reasons, [LockReason::FailedAttempts]);
        assert_eq!(world.trail(1).await, ["user.unlocked"]);
        let again = directory.lift_admin_lock(operator, &reference).await.unwrap().user;
        assert_eq!(again, user);
        let user = directory.unlock_user(operator, &reference).await.unwrap().user;
        assert!(user.locks.is_empty());
    });
}
