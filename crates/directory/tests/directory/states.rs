//! The states of an account as every door reads and writes them, row by row.

use citizenry_directory::{UserChanges, UserRef};
use citizenry_identity::{AccountState, Error, LockReason, LockWindow, Status, User, UserId};
use citizenry_storage::StorageError;
use citizenry_testkit::block_on;

use super::world::{World, conflict};

/// Where an account may stand: a status, and a lock's reason if one holds.
const STATES: [(Status, Option<LockReason>); 8] = [
    (Status::Active, None),
    (Status::Active, Some(LockReason::Admin)),
    (Status::Active, Some(LockReason::FailedAttempts)),
    (Status::Suspended, None),
    (Status::Suspended, Some(LockReason::Admin)),
    (Status::Deactivated, None),
    (Status::Resigned, None),
    (Status::Archived, None),
];

/// Puts the account there, whatever it was.
async fn put(world: &World, id: UserId, state: (Status, Option<LockReason>)) -> User {
    let (tenant, now) = (world.tenant(), world.directory.now());
    world
        .storage
        .transact::<_, StorageError, _>(async move |tx| {
            let mut user = tx.users().find_for_update(tenant, id).await?.unwrap();
            user.status = state.0;
            user.locks = citizenry_identity::Locks::default();
            if let Some(reason) = state.1 {
                user.lock(reason, LockWindow { from: now, until: None }, now);
            }
            tx.users().save(&user).await?;
            user.version += 1;
            Ok(user)
        })
        .await
        .unwrap()
}

/// What is left of a change: the status, and the reasons of the locks that hold; or the field of
/// the conflict.
fn outcome(result: &Result<User, Error>) -> Result<(Status, Vec<LockReason>), &'static str> {
    match result {
        Ok(user) => Ok((user.status, user.locks.iter().map(|lock| lock.reason).collect())),
        Err(error) => Err(conflict(error).unwrap_or("no conflict")),
    }
}

/// Writes `changes` to an account in each of [`STATES`]; what comes of it.
async fn table(
    changes: UserChanges,
) -> Vec<(Result<(Status, Vec<LockReason>), &'static str>, bool)> {
    let world = World::new().await;
    let id = world.user("fioman").await.user.id;
    let mut rows = Vec::new();
    for state in STATES {
        let before = put(&world, id, state).await;
        world.tick();
        let (reference, changes) = (id.into(), changes.clone());
        let changed = world.directory.update_user(&world.operator, &reference, changes).await;
        let changed = changed.map(|view| view.user);
        let is_same = changed.as_ref().is_ok_and(|user| *user == before);
        rows.push((outcome(&changed), is_same));
    }
    rows
}

const FREE: Vec<LockReason> = Vec::new();

fn active() -> (Result<(Status, Vec<LockReason>), &'static str>, bool) {
    (Ok((Status::Active, FREE)), false)
}

fn kept(
    status: Status,
    lock: Option<LockReason>,
) -> (Result<(Status, Vec<LockReason>), &'static str>, bool) {
    (Ok((status, lock.into_iter().collect())), true)
}

fn refused() -> (Result<(Status, Vec<LockReason>), &'static str>, bool) {
    (Err("status"), false)
}

fn locked() -> (Result<(Status, Vec<LockReason>), &'static str>, bool) {
    (Ok((Status::Active, vec![LockReason::Admin])), false)
}

#[test]
fn three_states_read_locks_first_and_then_the_status() {
    block_on(async {
        let world = World::new().await;
        let id = world.user("fioman").await.user.id;
        let mut read = Vec::new();
        for state in STATES {
            let user = put(&world, id, state).await;
            read.push(user.account_state(world.directory.now()));
        }
        let (active, inactive, locked) =
            (AccountState::Active, AccountState::Inactive, AccountState::Locked);
        let expected = [active, locked, locked, inactive, locked, inactive, inactive, inactive];
        assert_eq!(read, expected);
    });
}

#[test]
fn three_state_doors_write_active() {
    block_on(async {
        let changes = UserChanges { state: Some(AccountState::Active), ..UserChanges::default() };
        let rows = table(changes).await;
        let expected = [
            kept(Status::Active, None),
            active(),
            active(),
            active(),
            active(),
            active(),
            refused(),
            refused(),
        ];
        assert_eq!(rows, expected);
    });
}

#[test]
fn three_state_doors_write_inactive() {
    block_on(async {
        let changes = UserChanges { state: Some(AccountState::Inactive), ..UserChanges::default() };
        let rows = table(changes).await;
        let suspended = || (Ok((Status::Suspended, FREE)), false);
        let expected = [
            suspended(),
            suspended(),
            suspended(),
            kept(Status::Suspended, None),
            suspended(),
            kept(Status::Deactivated, None),
            kept(Status::Resigned, None),
            kept(Status::Archived, None),
        ];
        assert_eq!(rows, expected);
    });
}

#[test]
fn three_state_doors_write_locked() {
    block_on(async {
        let changes = UserChanges { state: Some(AccountState::Locked), ..UserChanges::default() };
        let rows = table(changes).await;
        let expected = [
            locked(),
            kept(Status::Active, Some(LockReason::Admin)),
            kept(Status::Active, Some(LockReason::FailedAttempts)),
            locked(),
            kept(Status::Suspended, Some(LockReason::Admin)),
            locked(),
            refused(),
            refused(),
        ];
        assert_eq!(rows, expected);
    });
}

#[test]
fn enabling_and_disabling_leaves_locks_alone() {
    block_on(async {
        let changes = UserChanges { enabled: Some(true), ..UserChanges::default() };
        let rows = table(changes).await;
        let expected = [
            kept(Status::Active, None),
            kept(Status::Active, Some(LockReason::Admin)),
            kept(Status::Active, Some(LockReason::FailedAttempts)),
            active(),
            locked(),
            active(),
            refused(),
            refused(),
        ];
        assert_eq!(rows, expected);
        let changes = UserChanges { enabled: Some(false), ..UserChanges::default() };
        let rows = table(changes).await;
        let suspended = |locks: &[LockReason]| (Ok((Status::Suspended, locks.to_vec())), false);
        let expected = [
            suspended(&[]),
            suspended(&[LockReason::Admin]),
            suspended(&[LockReason::FailedAttempts]),
            kept(Status::Suspended, None),
            kept(Status::Suspended, Some(LockReason::Admin)),
            kept(Status::Deactivated, None),
            kept(Status::Resigned, None),
            kept(Status::Archived, None),
        ];
        assert_eq!(rows, expected);
    });
}

#[test]
fn whatever_ends_access_ends_sessions_and_tokens() {
    block_on(async {
        let world = World::new().await;
        let changes = |state, enabled| UserChanges { state, enabled, ..UserChanges::default() };
        for (name, changes) in [
            ("inactive", changes(Some(AccountState::Inactive), None)),
            ("locked", changes(Some(AccountState::Locked), None)),
            ("disabled", changes(None, Some(false))),
        ] {
            let id = world.user(name).await.user.id;
            world.sign_in(id).await;
            assert_eq!(world.access(id).await, (1, 1), "{name}");
            world.directory.update_user(&world.operator, &id.into(), changes).await.unwrap();
            assert_eq!(world.access(id).await, (0, 0), "{name}");
        }
    });
}

#[test]
fn several_are_enabled_and_disabled_at_once_or_none() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let (one, two) = (world.user("one").await.user, world.user("two").await.user);
        world.sign_in(one.id).await;
        let unknown = citizenry_identity::Number::new(999_999).unwrap();
        let users = vec![
            (UserRef::Number(one.number), false),
            (UserRef::Number(two.number), false),
            (UserRef::Number(unknown), false),
        ];
        world.tick();
        directory.set_users_enabled(operator, users).await.unwrap();
        assert_eq!(world.access(one.id).await, (0, 0));
        assert_eq!(world.trail(2).await, ["user.updated", "user.updated"]);
        let found = directory.user(operator, &two.id.into()).await.unwrap().user;
        assert_eq!(found.status, Status::Suspended);
        put(&world, two.id, (Status::Archived, None)).await;
        let users = vec![(UserRef::Id(one.id), true), (UserRef::Id(two.id), true)];
        let refused = directory.set_users_enabled(operator, users).await.unwrap_err();
        assert_eq!(conflict(&refused), Some("status"));
        let found = directory.user(operator, &one.id.into()).await.unwrap().user;
        assert_eq!(found.status, Status::Suspended);
        let none = directory.set_users_enabled(operator, vec![(unknown.into(), true)]).await;
        assert!(matches!(none, Err(Error::NotFound { .. })));
        let twice = vec![(UserRef::Id(one.id), true), (UserRef::Number(one.number), false)];
        let twice = directory.set_users_enabled(operator, twice).await;
        assert!(matches!(twice, Err(Error::Invalid { field, .. }) if field == "users"));
    });
}
