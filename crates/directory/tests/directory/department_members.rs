//! Who sits in which department, who leads it, and which is whose main one.

use citizenry_directory::{
    ByAge, Condition, Conditions, DepartmentMemberView, DepartmentPlace, DepartmentRef,
    MemberField, UserRef, Value,
};
use citizenry_identity::{Direction, Listing, Number, SortKey};
use citizenry_testkit::{block_on, on_both_databases};
use tokio::task::JoinSet;

use super::{
    structure::{ALL_RULES, NO_RULES, refusal},
    world::World,
};

fn place(department: Number, is_main: bool, is_head: bool) -> DepartmentPlace {
    DepartmentPlace { department: department.into(), is_main, is_head }
}

fn oldest_first() -> Listing<ByAge> {
    let order = vec![SortKey { field: ByAge::CreatedAt, direction: Direction::Ascending }];
    Listing { order, ..Listing::first(10) }
}

impl World {
    async fn places(&self, user: &UserRef) -> Vec<DepartmentMemberView> {
        let listing = oldest_first();
        let page =
            self.directory.user_departments(&self.operator, user, Conditions::default(), listing);
        page.await.unwrap().items
    }

    /// The numbers of the heads of a department.
    async fn heads(&self, department: Number) -> Vec<Number> {
        let department = DepartmentRef::from(department);
        let heads = Condition::equal(MemberField::IsHead, Value::Flag(true));
        let conditions = Conditions { all: vec![heads], search: None };
        let listing = oldest_first();
        let page =
            self.directory.department_members(&self.operator, &department, conditions, listing);
        page.await.unwrap().items.into_iter().map(|it| it.user.number).collect()
    }

    async fn two_departments(&self) -> (Number, Number) {
        let a = self.department("a", None).await.department.number;
        (a, self.department("b", Some(a)).await.department.number)
    }
}

#[test]
fn a_user_has_exactly_one_main_department_when_his_places_are_set() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let user = UserRef::from(world.user("fioman").await.user.number);
        let (a, b) = world.two_departments().await;
        let set = async |places: Vec<DepartmentPlace>| {
            directory.set_user_departments(caller, &user, places, NO_RULES).await
        };
        for places in [
            vec![place(a, false, false)],
            vec![place(a, true, false), place(b, true, false)],
            vec![place(a, true, false), place(a, false, false)],
        ] {
            assert_eq!(refusal(set(places).await), "invalid departments");
        }
        let unknown = Number::new(999_999).unwrap();
        let refused = set(vec![place(a, false, false), place(unknown, true, false)]).await;
        assert_eq!(refusal(refused), "no department");
        assert!(world.places(&user).await.is_empty());
        let places =
            vec![place(a, true, false), place(b, false, true), place(unknown, false, true)];
        world.tick();
        set(places).await.unwrap();
        let first = world.places(&user).await;
        let shown = |it: &DepartmentMemberView| {
            (it.department.number, it.member.is_main, it.member.is_head, it.has_children)
        };
        let shown_first: Vec<_> = first.iter().map(shown).collect();
        assert_eq!(shown_first, [(a, true, false, true), (b, false, true, false)]);
        let kinds = ["department.members_changed", "department.members_changed"];
        assert_eq!(world.told_now().await, kinds);
        // The main one changes; the places keep their numbers.
        set(vec![place(a, false, false), place(b, true, false)]).await.unwrap();
        let second = world.places(&user).await;
        let shown_second: Vec<_> = second.iter().map(shown).collect();
        assert_eq!(shown_second, [(a, false, false, true), (b, true, false, false)]);
        let numbers = |places: &[DepartmentMemberView]| {
            places.iter().map(|it| it.member.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&first), numbers(&second));
        directory.remove_user_departments(caller, &user, vec![b.into()]).await.unwrap();
        let left = world.places(&user).await;
        assert_eq!(left.iter().map(shown).collect::<Vec<_>>(), [(a, false, false, true)]);
        let refused = directory.remove_user_departments(caller, &user, vec![unknown.into()]).await;
        assert_eq!(refusal(refused), "no department");
        set(Vec::new()).await.unwrap();
        assert!(world.places(&user).await.is_empty());
    });
}

#[test]
fn who_is_added_is_neither_at_home_there_nor_head_and_who_is_there_stays_as_he_is() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let user = UserRef::from(world.user("fioman").await.user.number);
        let (a, b) = world.two_departments().await;
        let both = || vec![DepartmentRef::from(a), DepartmentRef::from(b)];
        let put = directory.add_user_departments(caller, &user, vec![a.into()], NO_RULES).await;
        let put = put.unwrap();
        assert_eq!((put[0].member.is_main, put[0].member.is_head), (false, false));
        assert_eq!(put[0].department.member_count, 1);
        let places = vec![place(a, true, true)];
        directory.set_user_departments(caller, &user, places, NO_RULES).await.unwrap();
        let put = directory.add_user_departments(caller, &user, both(), NO_RULES).await.unwrap();
        assert_eq!(put.len(), 2);
        let to = DepartmentRef::from(a);
        let put = directory.add_department_members(caller, &to, vec![user.clone()], NO_RULES).await;
        let put = put.unwrap();
        assert_eq!((put[0].member.is_main, put[0].member.is_head), (true, true));
        let counts = directory.department_counts(caller, &a.into()).await.unwrap();
        assert_eq!(counts, (1, 1));
        directory.remove_department_members(caller, &a.into(), vec![user.clone()]).await.unwrap();
        assert_eq!(world.places(&user).await.len(), 1);
    });
}

#[test]
fn a_new_head_takes_the_place_of_the_others_where_a_dialect_asks_for_it() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let (a, _) = world.two_departments().await;
        let mut users = Vec::new();
        for name in ["one", "two", "three"] {
            users.push(world.user(name).await.user.number);
        }
        let lead = async |number: Number, head, rules| {
            directory.set_department_head(caller, &a.into(), &number.into(), head, rules).await
        };
        assert_eq!(refusal(lead(users[0], true, NO_RULES).await), "no user");
        let members = users.iter().map(|it| UserRef::from(*it)).collect();
        directory.add_department_members(caller, &a.into(), members, NO_RULES).await.unwrap();
        lead(users[0], true, NO_RULES).await.unwrap();
        lead(users[1], true, NO_RULES).await.unwrap();
        assert_eq!(world.heads(a).await, users[..2]);
        world.tick();
        lead(users[2], true, ALL_RULES).await.unwrap();
        assert_eq!(world.heads(a).await, users[2..]);
        assert_eq!(world.told_now().await, ["department.members_changed"]);
        let places = vec![place(a, true, true)];
        let user = users[0].into();
        directory.set_user_departments(caller, &user, places, ALL_RULES).await.unwrap();
        assert_eq!(world.heads(a).await, users[..1]);
        lead(users[0], false, ALL_RULES).await.unwrap();
        assert!(world.heads(a).await.is_empty());
    });
}

#[test]
fn quotas_of_departments_and_their_people_hold_exactly() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let quotas = serde_json::json!({"department_users": 1, "user_departments": 1});
        world.set(serde_json::json!({ "quotas": quotas })).await;
        let (a, b) = world.two_departments().await;
        let one = UserRef::from(world.user("one").await.user.number);
        let two = UserRef::from(world.user("two").await.user.number);
        let both = vec![one.clone(), two.clone()];
        let refused = directory.add_department_members(caller, &a.into(), both, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.department_users");
        let put = vec![a.into()];
        directory.add_user_departments(caller, &one, put, ALL_RULES).await.unwrap();
        let refused = directory.add_user_departments(caller, &one, vec![b.into()], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.user_departments");
        let places = vec![place(a, true, false)];
        let refused = directory.set_user_departments(caller, &two, places, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.department_users");
        let places = vec![place(a, true, false), place(b, false, false)];
        let refused = directory.set_user_departments(caller, &one, places, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.user_departments");
        let places = vec![place(b, true, false)];
        directory.set_user_departments(caller, &one, places, ALL_RULES).await.unwrap();
        let places = vec![place(a, true, false)];
        directory.set_user_departments(caller, &two, places, ALL_RULES).await.unwrap();
    });
}

on_both_databases! {
    async fn counts_stay_right_when_many_come_and_go_at_once(database: TestDatabase) {
        let world = World::on(database).await;
        let department = world.department("a", None).await.department.number;
        let mut users = Vec::new();
        for index in 0..20 {
            users.push(world.user(&format!("user{index}")).await.user.number);
        }
        let there = users.iter().take(10).map(|it| UserRef::from(*it)).collect();
        let named = DepartmentRef::from(department);
        let put = world.directory.add_department_members(&world.operator, &named, there, NO_RULES);
        put.await.unwrap();
        let mut tasks = JoinSet::new();
        for (index, number) in users.iter().copied().enumerate() {
            let (directory, caller) = (world.directory.clone(), world.operator.clone());
            let user = UserRef::from(number);
            tasks.spawn(async move {
                if index < 10 {
                    directory.remove_department_members(&caller, &named, vec![user]).await
                } else {
                    let places = vec![place(department, true, false)];
                    directory.set_user_departments(&caller, &user, places, NO_RULES).await
                }
            });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
        let view = world.directory.department(&world.operator, &named).await.unwrap();
        let listing = Listing::first(100);
        let page = world.directory.department_members(
            &world.operator,
            &named,
            Conditions::default(),
            listing,
        );
        let members: Vec<_> = page.await.unwrap().items.iter().map(|it| it.user.number).collect();
        assert_eq!((view.department.member_count, members.len()), (10, 10));
        assert!(users.iter().skip(10).all(|user| members.contains(user)));
    }
}
