//! Calls that need the same rows from opposite ends, at the same time, on PostgreSQL: they wait for
//! each other in a row and never crosswise. The server counts the deadlocks that it had to end.

use citizenry_directory::{
    Deletion, DepartmentChanges, DepartmentPlace, DepartmentSave, GroupChanges, GroupSave,
    IdentitySelector, TagRef, UserChanges, UserLinks, UserRef,
};
use citizenry_identity::{Error, UserId};
use citizenry_testkit::{TestDatabase, block_on_threads};

use super::{
    structure::{ALL_RULES, NO_RULES, text},
    world::World,
};

const ROUNDS: usize = 12;

/// Runs two calls at the same time, a few times over, and tells how many deadlocks there were.
/// What a call is refused for does not matter here, unless it had to give up.
async fn crossing<S, A, B, T, U>(
    set_up: impl AsyncFn(&World, usize) -> S,
    one: impl Fn(Asking, S) -> A,
    other: impl Fn(Asking, S) -> B,
) -> u64
where
    S: Clone,
    A: Future<Output = Result<T, Error>> + Send + 'static,
    B: Future<Output = Result<U, Error>> + Send + 'static,
    T: Send + 'static,
    U: Send + 'static,
{
    let world = World::on(TestDatabase::postgres().await).await;
    for round in 0..ROUNDS {
        let things = set_up(&world, round).await;
        let handles =
            || Asking { directory: world.directory.clone(), operator: world.operator.clone() };
        let one = tokio::spawn(one(handles(), things.clone()));
        let other = tokio::spawn(other(handles(), things));
        let results = [one.await.unwrap().map(drop), other.await.unwrap().map(drop)];
        for result in results {
            let gave_up = matches!(result, Err(Error::Unavailable | Error::Internal(_)));
            assert!(!gave_up, "round {round}: {result:?}");
        }
    }
    world.deadlocks().await
}

/// What a call in a task of its own needs of the world.
struct Asking {
    directory: citizenry_directory::Directory,
    operator: citizenry_authz::Caller,
}

async fn users(world: &World, round: usize, many: usize) -> Vec<UserId> {
    let mut made = Vec::new();
    for n in 0..many {
        made.push(world.user(&format!("user-{round}-{n}")).await.user.id);
    }
    made
}

fn refs(users: &[UserId]) -> Vec<UserRef> {
    users.iter().copied().map(UserRef::Id).collect()
}

#[test]
fn a_user_with_his_groups_and_his_groups_alone() {
    block_on_threads(async {
        let deadlocks = crossing(
            async |world, round| {
                let group = world.group(&format!("group-{round}")).await.group.number;
                (world.user(&format!("user-{round}")).await.user.id, group)
            },
            |at, (user, group)| async move {
                let groups = Some(vec![group.into()]);
                let links = UserLinks { groups, rules: ALL_RULES, ..UserLinks::default() };
                let changes = UserChanges { links, ..UserChanges::default() };
                at.directory.update_user(&at.operator, &user.into(), changes).await
            },
            |at, (user, group)| async move {
                let groups = vec![group.into()];
                at.directory.add_user_groups(&at.operator, &user.into(), groups, ALL_RULES).await
            },
        );
        assert_eq!(deadlocks.await, 0);
    });
}

#[test]
fn a_group_with_its_members_and_members_who_go() {
    block_on_threads(async {
        let deadlocks = crossing(
            async |world, round| {
                let group = world.group(&format!("group-{round}")).await.group.number;
                let users = users(world, round, 3).await;
                let (directory, operator) = (&world.directory, &world.operator);
                let (reference, there) = (group.into(), refs(&users[..2]));
                let added = directory.add_group_members(operator, &reference, there, NO_RULES);
                added.await.unwrap();
                (group, users)
            },
            |at, (group, users)| async move {
                let members = Some(refs(&users));
                let changes = GroupChanges {
                    name: Some(text("renamed")),
                    members,
                    ..GroupChanges::of(group)
                };
                let saves = vec![GroupSave::Existing(changes)];
                at.directory.save_groups(&at.operator, saves, NO_RULES).await
            },
            |at, (_, users)| async move {
                let gone = refs(&users[..2]);
                at.directory.delete_users(&at.operator, gone, Deletion::default()).await
            },
        );
        assert_eq!(deadlocks.await, 0);
    });
}

#[test]
fn a_new_head_and_an_old_one_who_goes() {
    block_on_threads(async {
        let deadlocks = crossing(
            async |world, round| {
                let department = world.department(&format!("d-{round}"), None).await;
                let number = department.department.number;
                let users = users(world, round, 2).await;
                let (directory, operator) = (&world.directory, &world.operator);
                let reference = number.into();
                let added =
                    directory.add_department_members(operator, &reference, refs(&users), NO_RULES);
                added.await.unwrap();
                let old = users[0].into();
                let head =
                    directory.set_department_head(operator, &reference, &old, true, NO_RULES);
                head.await.unwrap();
                (number, users)
            },
            |at, (department, users)| async move {
                let (department, user) = (department.into(), users[1].into());
                let (directory, operator) = (&at.directory, &at.operator);
                directory.set_department_head(operator, &department, &user, true, ALL_RULES).await
            },
            |at, (_, users)| async move {
                at.directory.delete_user(&at.operator, &users[0].into()).await
            },
        );
        assert_eq!(deadlocks.await, 0);
    });
}

#[test]
fn two_users_who_change_places() {
    block_on_threads(async {
        let deadlocks = crossing(
            async |world, round| {
                let mut numbers = Vec::new();
                for n in 0..2 {
                    let made = world.department(&format!("d-{round}-{n}"), None).await;
                    numbers.push(made.department.number);
                }
                let users = users(world, round, 2).await;
                for (user, number) in users.iter().zip(&numbers) {
                    let to = vec![(*number).into()];
                    let user = UserRef::Id(*user);
                    let added =
                        world.directory.add_user_departments(&world.operator, &user, to, NO_RULES);
                    added.await.unwrap();
                }
                (users, numbers)
            },
            |at, (users, numbers)| async move { move_to(&at, users[0], numbers[1]).await },
            |at, (users, numbers)| async move { move_to(&at, users[1], numbers[0]).await },
        );
        assert_eq!(deadlocks.await, 0);
    });
}

async fn move_to(
    at: &Asking,
    user: UserId,
    department: citizenry_identity::Number,
) -> Result<(), Error> {
    let place = DepartmentPlace { department: department.into(), is_main: true, is_head: false };
    let (directory, operator) = (&at.directory, &at.operator);
    directory.set_user_departments(operator, &user.into(), vec![place], NO_RULES).await
}

#[test]
fn two_users_who_change_groups() {
    block_on_threads(async {
        let deadlocks = crossing(
            async |world, round| {
                let mut numbers = Vec::new();
                for n in 0..2 {
                    numbers.push(world.group(&format!("g-{round}-{n}")).await.group.number);
                }
                let users = users(world, round, 2).await;
                for (user, number) in users.iter().zip(&numbers) {
                    let (user, to) = (UserRef::Id(*user), vec![(*number).into()]);
                    let (directory, operator) = (&world.directory, &world.operator);
                    directory.add_user_groups(operator, &user, to, NO_RULES).await.unwrap();
                }
                (users, numbers)
            },
            |at, (users, numbers)| async move {
                let (user, to) = (users[0].into(), vec![numbers[1].into()]);
                at.directory.set_user_groups(&at.operator, &user, to, NO_RULES).await
            },
            |at, (users, numbers)| async move {
                let (user, to) = (users[1].into(), vec![numbers[0].into()]);
                at.directory.set_user_groups(&at.operator, &user, to, NO_RULES).await
            },
        );
        assert_eq!(deadlocks.await, 0);
    });
}

#[test]
fn departments_that_are_renamed_and_a_user_who_joins_them() {
    block_on_threads(async {
        let deadlocks = crossing(
            async |world, round| {
                let mut numbers = Vec::new();
                for n in 0..4 {
                    let made = world.department(&format!("d-{round}-{n}"), None).await;
                    numbers.push(made.department.number);
                }
                (world.user(&format!("user-{round}")).await.user.id, numbers)
            },
            |at, (_, numbers)| async move {
                let change = |number: &citizenry_identity::Number| {
                    let name = Some(text("renamed"));
                    let changes = DepartmentChanges { name, ..DepartmentChanges::of(*number) };
                    DepartmentSave::Existing(changes)
                };
                let saves = numbers.iter().rev().map(change).collect();
                at.directory.save_departments(&at.operator, saves, NO_RULES).await
            },
            |at, (user, numbers)| async move {
                let to = numbers.into_iter().map(Into::into).collect();
                at.directory.add_user_departments(&at.operator, &user.into(), to, NO_RULES).await
            },
        );
        assert_eq!(deadlocks.await, 0);
    });
}

#[test]
fn administrators_who_go_together_and_one_who_is_put_out() {
    block_on_threads(async {
        let deadlocks = crossing(
            async |world, round| {
                let users = users(world, round, 3).await;
                for user in &users {
                    let user = UserRef::Id(*user);
                    world.directory.set_administrator(&world.operator, &user, true).await.unwrap();
                }
                users
            },
            |at, users| async move {
                let users = refs(&users);
                at.directory.delete_users(&at.operator, users, Deletion::default()).await
            },
            |at, users| async move {
                let changes = UserChanges { enabled: Some(false), ..UserChanges::default() };
                at.directory.update_user(&at.operator, &users[2].into(), changes).await
            },
        );
        assert_eq!(deadlocks.await, 0);
    });
}

#[test]
fn users_who_are_linked_both_ways_and_tags_that_are_renamed_both_ways() {
    block_on_threads(async {
        let any = IdentitySelector::Any;
        let deadlocks = crossing(
            async |world, round| {
                let users = users(world, round, 2).await;
                (UserRef::Id(users[0]), UserRef::Id(users[1]))
            },
            |at, (a, b)| {
                let any = any.clone();
                async move { at.directory.link_user(&at.operator, &a, &b, any).await }
            },
            |at, (a, b)| {
                let any = any.clone();
                async move { at.directory.link_user(&at.operator, &b, &a, any).await }
            },
        );
        assert_eq!(deadlocks.await, 0);
        let deadlocks = crossing(
            async |world, round| {
                let mut numbers = Vec::new();
                for n in 0..2 {
                    numbers.push(world.tag(&format!("tag-{round}-{n}")).await.tag.number);
                }
                numbers
            },
            |at, numbers| async move {
                let names = [(numbers[0], "x"), (numbers[1], "y")];
                let names = names.map(|(tag, name)| (TagRef::Number(tag), text(name)));
                at.directory.rename_tags(&at.operator, names.to_vec()).await
            },
            |at, numbers| async move {
                let names = [(numbers[1], "u"), (numbers[0], "v")];
                let names = names.map(|(tag, name)| (TagRef::Number(tag), text(name)));
                at.directory.rename_tags(&at.operator, names.to_vec()).await
            },
        );
        assert_eq!(deadlocks.await, 0);
    });
}
