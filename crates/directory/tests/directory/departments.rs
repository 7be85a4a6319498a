//! The tree of departments: its shape, moves, deletion, and what bounds it.

use citizenry_directory::{
    Condition, Conditions, DepartmentChanges, DepartmentField, DepartmentRef, DepartmentSave, Test,
    Unknown, Value,
};
use citizenry_identity::{Department, DepartmentId, Error, Listing, Number};
use citizenry_testkit::{block_on, on_both_databases};

use super::{
    structure::{ALL_RULES, NO_RULES, new_department, refusal, text},
    world::World,
};

impl World {
    async fn chain(&self, department: Number) -> Vec<DepartmentId> {
        let found = self.directory.department_navigation(&self.operator, &department.into()).await;
        found.unwrap().into_iter().map(|it| it.id).collect()
    }

    async fn move_to(&self, moves: &[(Number, Option<Number>)]) -> Result<(), Error> {
        let change = |(department, parent): &(Number, Option<Number>)| DepartmentChanges {
            parent: Some(parent.map(DepartmentRef::from)),
            ..DepartmentChanges::of(*department)
        };
        let changes = moves.iter().map(change).collect();
        self.directory.update_departments(&self.operator, changes, NO_RULES).await.map(drop)
    }

    /// Departments of those names, each under the one before.
    async fn line(&self, names: &[&str]) -> Vec<Department> {
        let mut line: Vec<Department> = Vec::new();
        for name in names {
            let parent = line.last().map(|it| it.number);
            line.push(self.department(name, parent).await.department);
        }
        line
    }
}

#[test]
fn a_department_knows_its_place_and_moves_with_all_below_it() {
    block_on(async {
        let world = World::new().await;
        let (admin, caller) = (&world.provisioned.administrator, world.administrator());
        let line = world.line(&["a", "b", "c"]).await;
        let other = world.department("other", None).await.department;
        let [a, b, c] = [0, 1, 2].map(|index: usize| line[index].id);
        assert_eq!(world.chain(line[2].number).await, [a, b, c]);
        world.pass(5);
        let changes = DepartmentChanges {
            name: Some(text("研发部")),
            parent: Some(Some(other.id.into())),
            ..DepartmentChanges::of(line[1].number)
        };
        let moved = world.directory.update_departments(&caller, vec![changes], NO_RULES).await;
        let moved = moved.unwrap().remove(0);
        assert_eq!(moved.parent.map(|it| it.id), Some(other.id));
        assert_eq!(
            (moved.department.name.as_str(), moved.department.code.as_str()),
            ("研发部", "b")
        );
        assert_eq!(moved.department.updated_at, world.directory.now());
        assert_eq!(moved.updated_by.map(|it| it.number), Some(admin.number));
        assert!(moved.has_children && moved.created_by.is_none());
        assert_eq!(world.told_now().await, ["department.updated"]);
        assert_eq!(world.chain(line[2].number).await, [other.id, b, c]);
        let counts = world.directory.department_counts(&caller, &other.id.into()).await.unwrap();
        assert_eq!(counts, (2, 0));
        world.move_to(&[(line[1].number, None)]).await.unwrap();
        assert_eq!(world.chain(line[2].number).await, [b, c]);
        // Where it is already, nothing is written.
        world.tick();
        world.move_to(&[(line[1].number, None)]).await.unwrap();
        assert!(world.told_now().await.is_empty());
    });
}

#[test]
fn a_cycle_is_refused_and_nothing_has_changed() {
    block_on(async {
        let world = World::new().await;
        let line = world.line(&["a", "b", "c"]).await;
        let other = world.department("other", None).await.department;
        let [a, b, c] = [0, 1, 2].map(|index: usize| line[index].number);
        for below in [a, b, c] {
            let refused = world.move_to(&[(other.number, Some(c)), (a, Some(below))]).await;
            assert_eq!(refusal(refused), "conflict parent");
            assert_eq!(world.chain(c).await, [line[0].id, line[1].id, line[2].id]);
            assert_eq!(world.chain(other.number).await, [other.id]);
        }
        // Each is judged in the state that those before it have left.
        world.move_to(&[(c, None), (a, Some(c))]).await.unwrap();
        assert_eq!(world.chain(b).await, [line[2].id, line[0].id, line[1].id]);
    });
}

#[test]
fn a_tree_grows_to_its_depth_and_not_below() {
    block_on(async {
        let world = World::new().await;
        let names: Vec<String> =
            (1..=Department::MAX_LEVEL).map(|level| format!("level{level}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let line = world.line(&names).await;
        let deepest = line.last().unwrap();
        let new = vec![new_department("below", Some(deepest.number))];
        let refused = world.directory.create_departments(&world.operator, new, NO_RULES).await;
        assert_eq!(refusal(refused), "conflict level");
        let pair = world.line(&["x", "y"]).await;
        let last_but_one = line[line.len() - 2].number;
        let refused = world.move_to(&[(pair[0].number, Some(last_but_one))]).await;
        assert_eq!(refusal(refused), "conflict level");
        assert_eq!(world.chain(pair[1].number).await, [pair[0].id, pair[1].id]);
        world.move_to(&[(pair[1].number, Some(last_but_one))]).await.unwrap();
    });
}

#[test]
fn quotas_of_the_tree_hold_exactly() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let quotas = serde_json::json!({"departments": 4, "department_levels": 2});
        world.set(serde_json::json!({ "quotas": quotas })).await;
        let new = vec![new_department("a", None), new_department("b", None)];
        let made = directory.create_departments(caller, new, ALL_RULES).await.unwrap();
        let [a, b] = [0, 1].map(|index: usize| made[index].department.number);
        let new = vec![new_department("c", Some(a))];
        let c = directory.create_departments(caller, new, ALL_RULES).await.unwrap().remove(0);
        let c = c.department.number;
        let new = vec![new_department("d", Some(c))];
        let refused = directory.create_departments(caller, new, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.department_levels");
        let change = |parent: Number| DepartmentChanges {
            parent: Some(Some(parent.into())),
            ..DepartmentChanges::of(a)
        };
        let refused = directory.update_departments(caller, vec![change(b)], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.department_levels");
        let new = vec![new_department("d", None), new_department("e", None)];
        let refused = directory.create_departments(caller, new, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.departments");
        let save = vec![DepartmentSave::New(new_department("d", None))];
        directory.save_departments(caller, save, ALL_RULES).await.unwrap();
        let save = vec![DepartmentSave::New(new_department("e", None))];
        let refused = directory.save_departments(caller, save, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.departments");
        // A dialect without quotas has none.
        directory.update_departments(caller, vec![change(b)], NO_RULES).await.unwrap();
        world.department("e", None).await;
    });
}

#[test]
fn a_batch_is_bounded_and_names_none_twice() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let a = world.department("a", None).await.department;
        let rename = |to: &str, of: DepartmentRef| DepartmentChanges {
            name: Some(text(to)),
            ..DepartmentChanges::of(of)
        };
        let twice = vec![rename("x", a.id.into()), rename("y", a.number.into())];
        let refused = directory.update_departments(caller, twice, NO_RULES).await;
        assert_eq!(refusal(refused), "invalid departments");
        let many = (0..201).map(|it| new_department(&it.to_string(), None)).collect();
        let refused = directory.create_departments(caller, many, NO_RULES).await;
        assert_eq!(refusal(refused), "invalid departments");
        let new = vec![new_department("b", None), new_department("a", None)];
        let refused = directory.create_departments(caller, new, NO_RULES).await;
        assert_eq!(refusal(refused), "conflict code");
        let equal = Condition::equal(DepartmentField::Name, Value::from("A"));
        let conditions = Conditions { all: vec![equal], search: None };
        let listing = Listing { with_total: true, ..Listing::first(10) };
        let page = directory.departments(caller, conditions, listing.clone()).await.unwrap();
        assert_eq!((page.total, page.items[0].department.id), (Some(1), a.id));
        let roots = Condition::new(DepartmentField::Parent, Test::IsNull);
        let conditions = Conditions { all: vec![roots], search: None };
        let page = directory.departments(caller, conditions, listing).await.unwrap();
        assert_eq!(page.total, Some(1));
    });
}

#[test]
fn deletion_takes_all_below_and_parents_and_children_go_in_one_call() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let line = world.line(&["a", "b", "c"]).await;
        let user = world.user("fioman").await.user;
        let named = |index: usize| DepartmentRef::from(line[index].number);
        let (last, users) = (named(2), vec![user.id.into()]);
        directory.add_department_members(caller, &last, users, NO_RULES).await.unwrap();
        let unknown = DepartmentRef::from(Number::new(999_999).unwrap());
        let refused = directory.delete_departments(caller, vec![unknown], Unknown::RefuseIfAll);
        assert_eq!(refusal(refused.await), "no department");
        let refused =
            directory.delete_departments(caller, vec![named(1), unknown], Unknown::Refuse);
        assert_eq!(refusal(refused.await), "no department");
        directory.delete_departments(caller, vec![unknown], Unknown::PassOver).await.unwrap();
        let gone = vec![named(2), named(1), unknown];
        world.tick();
        directory.delete_departments(caller, gone, Unknown::RefuseIfAll).await.unwrap();
        assert_eq!(world.told_now().await, ["department.deleted"]);
        let page = directory.departments(caller, Conditions::default(), Listing::first(10)).await;
        let page = page.unwrap();
        assert_eq!((page.items.len(), page.items[0].department.id), (1, line[0].id));
        assert!(!page.items[0].has_children);
        let (user, all) = (user.id.into(), Conditions::default());
        let places = directory.user_departments(caller, &user, all, Listing::first(10)).await;
        assert!(places.unwrap().items.is_empty());
    });
}

on_both_databases! {
    async fn two_moves_that_make_a_cycle_together_are_not_both_kept(database: TestDatabase) {
        let world = World::on(database).await;
        for round in 0..5 {
            let a = world.department(&format!("a{round}"), None).await.department.number;
            let b = world.department(&format!("b{round}"), None).await.department.number;
            let (there, back) = ([(a, Some(b))], [(b, Some(a))]);
            let moved: [Result<(), Error>; 2] =
                tokio::join!(world.move_to(&there), world.move_to(&back)).into();
            let (kept, refused): (Vec<_>, Vec<_>) = moved.into_iter().partition(Result::is_ok);
            assert_eq!(kept.len(), 1);
            assert_eq!(refusal(refused.into_iter().next().unwrap()), "conflict parent");
            let lengths = [world.chain(a).await.len(), world.chain(b).await.len()];
            assert!(lengths == [1, 2] || lengths == [2, 1], "{lengths:?}");
        }
    }
}
