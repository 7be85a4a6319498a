//! Groups: batches, disabled ones, quotas, permissions, lists.

use std::collections::BTreeSet;

use citizenry_directory::{
    Condition, Conditions, GroupChanges, GroupField, GroupInclude, GroupRef, GroupSave, NewGroup,
    Search, Test, UserRef, Value,
};
use citizenry_identity::{
    Direction, Listing, ObjectPermissions, ObjectType, Patch, SortKey, Wildcard,
};
use citizenry_testkit::block_on;

use super::{
    structure::{ALL_RULES, NO_RULES, new_group, refusal, text},
    world::World,
};

const ALL: GroupInclude = GroupInclude { members: true, tags: true };

async fn names(world: &World) -> Vec<String> {
    let order = vec![SortKey {
        field: citizenry_directory::NumberedSort::Name,
        direction: Direction::Ascending,
    }];
    let listing = Listing { order, ..Listing::first(2_000) };
    let page = world.directory.groups(&world.operator, Conditions::default(), listing, ALL).await;
    page.unwrap().items.into_iter().map(|it| it.group.name.into_string()).collect()
}

#[test]
fn a_group_keeps_what_it_was_made_with_and_tells_who_made_it() {
    block_on(async {
        let world = World::new().await;
        let (admin, caller) = (&world.provisioned.administrator, world.administrator());
        let user = world.user("fioman").await.user;
        let tag = world.tag("vip").await.tag;
        let wildcards = BTreeSet::from([Wildcard::parse("VIEW_ALL_SEGMENTS").unwrap()]);
        let new = NewGroup {
            code: None,
            description: Some(text("reads segments")),
            source: Some(text("BACKGROUND_ADDED")),
            wildcards: wildcards.clone(),
            members: vec![user.number.into(), UserRef::Id(user.id)],
            tags: vec![tag.number.into()],
            ..new_group("分析师")
        };
        world.tick();
        let made = world.directory.create_groups(&caller, vec![new], ALL_RULES).await.unwrap();
        let made = &made[0];
        assert_eq!(made.group.code.as_str(), made.group.id.to_string());
        assert_eq!((made.group.member_count, made.group.enabled), (1, true));
        assert_eq!(made.group.wildcards, wildcards);
        assert_eq!((made.members.as_slice(), made.tags[0].id), ([user.number].as_slice(), tag.id));
        let author = made.created_by.clone().unwrap();
        assert_eq!((author.number, author.name), (admin.number, admin.display_name()));
        let kinds = ["group.created", "group.members_changed", "tag.targets_changed"];
        assert_eq!(world.told_now().await, kinds);
        let by_number = GroupRef::from(made.group.number);
        let found = world.directory.group(&caller, &by_number, ALL).await.unwrap();
        assert_eq!(&found, made);
    });
}

#[test]
fn a_change_keeps_what_it_does_not_name_and_one_that_comes_to_nothing_writes_nothing() {
    block_on(async {
        let world = World::new().await;
        let caller = world.administrator();
        let user = world.user("fioman").await.user;
        let group = world.group("first").await.group;
        let (group, number) = (GroupRef::from(group.id), group.number);
        let put =
            world.directory.add_group_members(&caller, &group, vec![user.id.into()], NO_RULES);
        put.await.unwrap();
        world.pass(5);
        let changes = GroupChanges {
            name: Some(text("second")),
            description: Patch::Set(text("d")),
            ..GroupChanges::of(number)
        };
        let changed = world.directory.update_groups(&caller, vec![changes.clone()], NO_RULES);
        let changed = changed.await.unwrap().remove(0);
        assert_eq!((changed.group.code.as_str(), changed.group.name.as_str()), ("first", "second"));
        assert_eq!((changed.group.version, changed.members.len()), (2, 1));
        assert_eq!(changed.group.updated_at, world.directory.now());
        assert!(changed.created_by.is_none() && changed.updated_by.is_some());
        assert_eq!(world.told_now().await, ["group.updated"]);
        world.pass(5);
        let again = world.directory.update_groups(&caller, vec![changes], NO_RULES).await.unwrap();
        assert_eq!(again[0].group, changed.group);
        assert!(world.told_now().await.is_empty());
        let clear = GroupChanges {
            description: Patch::Clear,
            members: Some(Vec::new()),
            ..GroupChanges::of(number)
        };
        let cleared = world.directory.update_groups(&caller, vec![clear], NO_RULES).await.unwrap();
        assert_eq!(
            (cleared[0].group.description.clone(), cleared[0].group.member_count),
            (None, 0)
        );
        assert_eq!(world.told_now().await, ["group.members_changed", "group.updated"]);
    });
}

#[test]
fn a_batch_is_kept_as_a_whole_or_not_at_all() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        world.group("taken").await;
        let new = vec![new_group("a"), new_group("taken")];
        let made = directory.create_groups(caller, new, NO_RULES).await;
        assert_eq!(refusal(made), "conflict code");
        let many = (0..201).map(|index| new_group(&index.to_string())).collect();
        let made = directory.create_groups(caller, many, NO_RULES).await;
        assert_eq!(refusal(made), "invalid groups");
        assert_eq!(names(&world).await, ["taken"]);
        let group = world.group("b").await.group;
        let rename =
            |to: &str, of: GroupRef| GroupChanges { name: Some(text(to)), ..GroupChanges::of(of) };
        let twice = vec![rename("x", group.id.into()), rename("y", group.number.into())];
        let changed = directory.update_groups(caller, twice, NO_RULES).await;
        assert_eq!(refusal(changed), "invalid groups");
        let unknown = citizenry_identity::Number::new(999_999).unwrap();
        let saves = vec![
            GroupSave::New(new_group("c")),
            GroupSave::Existing(rename("x", group.id.into())),
            GroupSave::Existing(rename("y", unknown.into())),
        ];
        let saved = directory.save_groups(caller, saves.clone(), NO_RULES).await;
        assert_eq!(refusal(saved), "no group");
        assert_eq!(names(&world).await, ["b", "taken"]);
        let saves = saves[..2].to_vec();
        let saved = directory.save_groups(caller, saves, NO_RULES).await.unwrap();
        let saved: Vec<_> = saved.iter().map(|it| it.group.name.as_str()).collect();
        assert_eq!(saved, ["c", "x"]);
    });
}

#[test]
fn a_disabled_group_is_refused_only_where_a_dialect_asks_for_it() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let user = UserRef::from(world.user("fioman").await.user.id);
        let other = UserRef::from(world.user("other").await.user.id);
        let group = GroupRef::from(world.group("g").await.group.number);
        let put = directory.add_group_members(caller, &group, vec![other.clone()], NO_RULES).await;
        put.unwrap();
        world.tick();
        directory.set_groups_enabled(caller, vec![(group, false)]).await.unwrap();
        assert_eq!(world.told_now().await, ["group.updated"]);
        let rename = || GroupChanges { name: Some(text("new")), ..GroupChanges::of(group) };
        let users = || vec![user.clone()];
        let refused = directory.update_groups(caller, vec![rename()], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict disabled");
        let refused = directory.add_group_members(caller, &group, users(), ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict disabled");
        let refused = directory.set_user_groups(caller, &user, vec![group], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict disabled");
        // Who is in it stays in it.
        directory.set_user_groups(caller, &other, vec![group], ALL_RULES).await.unwrap();
        directory.update_groups(caller, vec![rename()], NO_RULES).await.unwrap();
        directory.add_group_members(caller, &group, users(), NO_RULES).await.unwrap();
        directory.set_groups_enabled(caller, vec![(group, true)]).await.unwrap();
        directory.update_groups(caller, vec![rename()], ALL_RULES).await.unwrap();
    });
}

#[test]
fn quotas_hold_exactly_and_only_where_a_dialect_asks_for_them() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let quotas = serde_json::json!({"groups": 3, "group_users": 2, "user_groups": 2});
        world.set(serde_json::json!({ "quotas": quotas })).await;
        let made = directory.create_groups(caller, vec![new_group("a"), new_group("b")], ALL_RULES);
        let made = made.await.unwrap();
        let two = vec![new_group("c"), new_group("d")];
        let refused = directory.create_groups(caller, two, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.groups");
        let third = directory.create_groups(caller, vec![new_group("c")], ALL_RULES).await.unwrap();
        let over = vec![GroupSave::New(new_group("d"))];
        let refused = directory.save_groups(caller, over, ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.groups");
        world.group("beyond").await;
        let mut users = Vec::new();
        for name in ["one", "two", "three"] {
            users.push(UserRef::from(world.user(name).await.user.number));
        }
        let [a, b, c] =
            [&made[0], &made[1], &third[0]].map(|view| GroupRef::from(view.group.number));
        let refused = directory.add_group_members(caller, &a, users.clone(), ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.group_users");
        let put = directory.add_group_members(caller, &a, users[..2].to_vec(), ALL_RULES).await;
        assert_eq!(put.unwrap().len(), 2);
        // Who is in it already takes no further place.
        let put = directory.add_group_members(caller, &a, users[..2].to_vec(), ALL_RULES).await;
        assert!(put.is_ok());
        let refused = directory.add_user_groups(caller, &users[2], vec![b, a], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.group_users");
        let put = directory.add_user_groups(caller, &users[0], vec![b], ALL_RULES).await;
        assert_eq!(put.unwrap().len(), 1);
        let refused = directory.add_user_groups(caller, &users[0], vec![c], ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.user_groups");
        let refused = directory.add_group_members(caller, &c, users[..1].to_vec(), ALL_RULES).await;
        assert_eq!(refusal(refused), "conflict quota.user_groups");
        // Who leaves one makes room for another.
        directory.set_user_groups(caller, &users[0], vec![b, c], ALL_RULES).await.unwrap();
        directory.add_group_members(caller, &a, users, NO_RULES).await.unwrap();
    });
}

#[test]
fn permissions_on_objects_are_replaced_as_a_whole() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        let group = GroupRef::from(world.group("g").await.group.number);
        let on = |kind, object, names: &[&str]| {
            ObjectPermissions::new(kind, object, names.iter().copied()).unwrap()
        };
        let first = vec![
            on(ObjectType::Trait, 2, &["WRITE", "READ"]),
            on(ObjectType::Segment, 1, &["READ"]),
            on(ObjectType::Segment, 9, &[]),
        ];
        world.tick();
        let set = directory.set_group_permissions(caller, &group, first.clone()).await.unwrap();
        assert_eq!(BTreeSet::from_iter(&set), BTreeSet::from_iter(&first[..2]));
        assert_eq!(world.told_now().await, ["group.permissions_changed"]);
        assert_eq!(directory.group_permissions(caller, &group).await.unwrap(), set);
        world.tick();
        directory.set_group_permissions(caller, &group, first).await.unwrap();
        assert!(world.told_now().await.is_empty());
        let twice = vec![on(ObjectType::Segment, 1, &["READ"]), on(ObjectType::Segment, 1, &[])];
        let refused = directory.set_group_permissions(caller, &group, twice).await;
        assert_eq!(refusal(refused), "invalid permissions");
        let second = vec![on(ObjectType::Destination, 3, &["DELETE"])];
        let set = directory.set_group_permissions(caller, &group, second.clone()).await.unwrap();
        assert_eq!(set, second);
    });
}

#[test]
fn lists_are_narrowed_by_conditions_and_searched_by_parts() {
    block_on(async {
        let world = World::new().await;
        let (directory, caller) = (&world.directory, &world.operator);
        for name in ["north", "south", "50%", "east_1"] {
            world.group(name).await;
        }
        let found = async |conditions| {
            let page = directory.groups(caller, conditions, Listing::first(10), ALL).await.unwrap();
            page.items.into_iter().map(|it| it.group.name.into_string()).collect::<Vec<_>>()
        };
        let one =
            |test| Conditions { all: vec![Condition::new(GroupField::Name, test)], search: None };
        assert_eq!(found(one(Test::Equal(Value::from("NORTH")))).await, ["north"]);
        assert_eq!(found(one(Test::Contains("%".to_owned()))).await, ["50%"]);
        assert_eq!(found(one(Test::Contains("_".to_owned()))).await, ["east_1"]);
        assert_eq!(found(one(Test::StartsWith("S".to_owned()))).await, ["south"]);
        let search = Search { text: "th".to_owned(), fields: vec![GroupField::Name] };
        let searched = found(Conditions { all: Vec::new(), search: Some(search) }).await;
        assert_eq!(
            BTreeSet::from_iter(searched),
            BTreeSet::from(["north", "south"].map(String::from))
        );
    });
}
