//! Who is in which group, from either end and under concurrency.

use citizenry_directory::{Conditions, GroupRef, Unknown, UserRef};
use citizenry_identity::{Listing, Number};
use citizenry_testkit::{block_on, on_both_databases};
use tokio::task::JoinSet;

use super::{
    structure::{NO_RULES, refusal},
    world::World,
};

fn unknown() -> Number {
    Number::new(999_999).unwrap()
}

#[test]
fn a_membership_that_there_is_stays_as_it_is() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let user = world.user("fioman").await.user;
        let other = world.user("other").await.user;
        let group = GroupRef::from(world.group("g").await.group.number);
        let put = async |users: Vec<UserRef>| {
            directory.add_group_members(caller, &group, users, NO_RULES).await.unwrap()
        };
        let first = put(vec![user.number.into()]).await.remove(0);
        assert_eq!((first.user.id, first.group.member_count), (user.id, 1));
        world.pass(5);
        let both = put(vec![other.id.into(), user.id.into(), unknown().into()]).await;
        assert_eq!(both.iter().map(|it| it.user.id).collect::<Vec<_>>(), [user.id, other.id]);
        assert_eq!(both[0].member, first.member);
        directory.set_user_groups(caller, &user.id.into(), vec![group], NO_RULES).await.unwrap();
        let listing = Listing::first(10);
        let (user, all) = (user.id.into(), Conditions::default());
        let page = directory.user_groups(caller, &user, all, listing).await.unwrap();
        assert_eq!((page.items.len(), &page.items[0].member), (1, &first.member));
    });
}

#[test]
fn unknown_ones_are_passed_over_unless_nobody_is_left() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let user = UserRef::from(world.user("fioman").await.user.number);
        let group = GroupRef::from(world.group("g").await.group.number);
        let nobody = || vec![UserRef::from(unknown())];
        let put = directory.add_group_members(caller, &group, nobody(), NO_RULES).await;
        assert_eq!(refusal(put), "no user");
        let put = directory.add_user_groups(caller, &user, vec![unknown().into()], NO_RULES).await;
        assert_eq!(refusal(put), "no group");
        let set = directory.set_user_groups(caller, &user, vec![unknown().into()], NO_RULES).await;
        assert_eq!(refusal(set), "no group");
        let groups = vec![unknown().into(), group];
        world.tick();
        let put = directory.add_user_groups(caller, &user, groups, NO_RULES).await.unwrap();
        assert_eq!(put.len(), 1);
        assert_eq!(world.told_now().await, ["group.members_changed"]);
        directory.remove_group_members(caller, &group, nobody()).await.unwrap();
        directory.remove_user_groups(caller, &user, vec![unknown().into()]).await.unwrap();
        let group_number = put[0].group.number;
        assert_eq!(world.members_of(group_number).await.0, 1);
        directory.remove_user_groups(caller, &user, vec![group]).await.unwrap();
        assert_eq!(world.members_of(group_number).await, (0, Vec::new()));
        let gone = directory.delete_groups(caller, vec![unknown().into()], Unknown::RefuseIfAll);
        assert_eq!(refusal(gone.await), "no group");
        let gone = vec![group, unknown().into(), group];
        world.tick();
        directory.delete_groups(caller, gone, Unknown::RefuseIfAll).await.unwrap();
        assert_eq!(world.told_now().await, ["group.deleted"]);
    });
}

on_both_databases! {
    async fn counts_stay_right_when_many_come_and_go_at_once(database: TestDatabase) {
        let world = World::on(database).await;
        let group = world.group("g").await.group;
        let named = GroupRef::from(group.number);
        let mut users = Vec::new();
        for index in 0..20 {
            users.push(world.user(&format!("user{index}")).await.user.number);
        }
        let there: Vec<UserRef> = users.iter().take(10).map(|it| (*it).into()).collect();
        let put = world.directory.add_group_members(&world.operator, &named, there, NO_RULES);
        put.await.unwrap();
        let mut tasks = JoinSet::new();
        for (index, number) in users.iter().copied().enumerate() {
            let (directory, caller) = (world.directory.clone(), world.operator.clone());
            let user = UserRef::from(number);
            tasks.spawn(async move {
                match (index < 10, index % 2) {
                    (true, 0) => directory.remove_group_members(&caller, &named, vec![user]).await,
                    (true, _) => directory.remove_user_groups(&caller, &user, vec![named]).await,
                    (false, 0) => {
                        let put = directory.add_group_members(&caller, &named, vec![user], NO_RULES);
                        put.await.map(drop)
                    }
                    (false, _) => {
                        let put = directory.add_user_groups(&caller, &user, vec![named], NO_RULES);
                        put.await.map(drop)
                    }
                }
            });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
        let mut expected = users.split_off(10);
        expected.sort();
        assert_eq!(world.members_of(group.number).await, (10, expected));
    }

    async fn two_calls_cannot_both_take_the_last_place(database: TestDatabase) {
        let world = World::on(database).await;
        world.set(serde_json::json!({"quotas": {"group_users": 3}})).await;
        let group = world.group("g").await.group;
        let named = GroupRef::from(group.number);
        let mut users = Vec::new();
        for index in 0..6 {
            users.push(world.user(&format!("user{index}")).await.user.number);
        }
        let mut tasks = JoinSet::new();
        for number in users {
            let (directory, caller) = (world.directory.clone(), world.operator.clone());
            tasks.spawn(async move {
                let users = vec![UserRef::from(number)];
                let rules = super::structure::ALL_RULES;
                directory.add_group_members(&caller, &named, users, rules).await.map(drop)
            });
        }
        let (put, refused): (Vec<_>, Vec<_>) =
            tasks.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!(put.len(), 3);
        for refused in refused {
            assert_eq!(refusal(refused), "conflict quota.group_users");
        }
        assert_eq!(world.members_of(group.number).await.0, 3);
    }
}
