//! Groups, who is in them, and what their members may do.

use citizenry_identity::{
    Group, Kind, Listing, ObjectPermissions, ObjectType, TagTarget, Wildcard,
};
use citizenry_storage::{Conditions, StorageError, ports::MembersOf};
use citizenry_testkit::on_both_databases;

use crate::{
    builders::{group, link, member, number, tag},
    support::{World, at, text},
};

fn wildcards(names: &[&str]) -> std::collections::BTreeSet<Wildcard> {
    names.iter().map(|name| Wildcard::parse(name).unwrap()).collect()
}

fn full(world: &World, of_number: i64) -> Group {
    let maker = world.user(1).id;
    let mut group = group(world.tenant, of_number, "Segment Editors 组");
    group.description = Some(text("Edits “all” segments\nand 100%"));
    group.enabled = false;
    group.source = Some(text("BACKGROUND_ADDED"));
    group.wildcards = wildcards(&["EDIT_ALL_SEGMENTS", "VIEW_MODELS"]);
    group.created_by = Some(maker);
    group.updated_by = Some(maker);
    group
}

on_both_databases! {
    async fn a_group_is_found_as_it_was_added(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let (plain, full) = (group(tenant, 101, "g"), full(&world, 102));
        let storage = world.storage;
        storage
            .transact(async move |tx| {
                for added in [&plain, &full] {
                    tx.groups().insert(added).await?;
                }
                let all = vec![plain.clone(), full.clone()];
                assert_eq!(tx.groups().find(tenant, full.id).await?, Some(full.clone()));
                let found = tx.groups().find_by_number(tenant, plain.number).await?;
                assert_eq!(found, Some(plain.clone()));
                let asked = [full.number, number(999), plain.number];
                assert_eq!(tx.groups().find_by_numbers(tenant, &asked).await?, all);
                let mut found = tx.groups().find_many(tenant, &[full.id, plain.id]).await?;
                found.sort_by_key(|found| found.number);
                assert_eq!(found, all);
                assert_eq!(tx.groups().find_many(tenant, &[]).await?, []);
                assert_eq!(tx.groups().find_by_numbers(tenant, &[]).await?, []);
                assert_eq!(tx.groups().count(tenant).await?, 2);

                let mut changed = tx.groups().find_for_update(tenant, full.id).await?.unwrap();
                changed.code = text("Редакторы");
                changed.name = text("Editors");
                changed.description = None;
                changed.enabled = true;
                changed.source = None;
                changed.updated_by = None;
                changed.updated_at = at(99);
                changed.wildcards = wildcards(&["VIEW_MODELS", "VIEW_TAGS", "VIEW_ALL_SIGNALS"]);
                changed.member_count = 5;
                tx.groups().save(&changed).await?;
                let found = tx.groups().find(tenant, full.id).await?.unwrap();
                assert_eq!(found, Group { version: 2, member_count: 0, ..changed });
                assert!(tx.groups().delete(tenant, plain.id).await?);
                assert!(!tx.groups().delete(tenant, plain.id).await?);
                assert_eq!(tx.groups().find(tenant, plain.id).await?, None);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let taken = storage
            .transact(async move |tx| {
                let mut second = group(tenant, 103, "g");
                second.code = text("Редакторы");
                tx.groups().insert(&second).await
            })
            .await;
        assert!(
            matches!(taken, Err(StorageError::Conflict { kind: Kind::Group, field: "code" })),
            "{taken:?}"
        );
        let stale = storage
            .transact(async move |tx| {
                let mut loaded = tx.groups().find_by_number(tenant, number(102)).await?.unwrap();
                loaded.version = 1;
                tx.groups().save(&loaded).await
            })
            .await;
        assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
    }

    async fn members_come_and_go(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let [one, two] = [world.user(11), world.full_user(12)];
        world
            .storage
            .transact(async move |tx| {
                for user in [&one, &two] {
                    tx.users().insert(user).await?;
                }
                let [a, b] = [group(tenant, 101, "a"), group(tenant, 102, "b")];
                for group in [&a, &b] {
                    tx.groups().insert(group).await?;
                }
                let members = [
                    member(301, a.id, one.id),
                    member(302, b.id, one.id),
                    member(303, a.id, two.id),
                ];
                tx.groups().put_members(tenant, &members).await?;
                // Whoever is there stays as he is, also when he is named twice.
                let again = [member(401, a.id, two.id), member(402, a.id, two.id)];
                tx.groups().put_members(tenant, &again).await?;
                tx.groups().put_members(tenant, &[]).await?;
                let mut found = tx.groups().memberships_of(tenant, &[two.id, one.id]).await?;
                found.sort_by_key(|member| member.number);
                assert_eq!(found, members);
                let numbers = tx.groups().member_numbers(tenant, &[b.id, a.id]).await?;
                let mut expected =
                    vec![(a.id, one.number), (a.id, two.number), (b.id, one.number)];
                expected.sort_unstable();
                assert_eq!(numbers, expected);

                let listing = Listing { with_total: true, ..Listing::first(10) };
                let of = MembersOf::User(one.id);
                let everything = Conditions::default();
                let page = tx.groups().members(tenant, of, &everything, &listing).await?;
                assert_eq!(page.total, Some(2));
                let newest: Vec<_> = page.items.iter().map(|item| item.owner.number).collect();
                assert_eq!(newest, [b.number, a.number]);
                assert_eq!(page.items[0].user, one);
                let counted = page.items.iter().map(|item| item.owner.member_count);
                assert_eq!(counted.collect::<Vec<_>>(), [1, 2]);

                let taken = [(a.id, one.id), (b.id, two.id), (a.id, two.id)];
                assert_eq!(tx.groups().remove_members(tenant, &taken).await?, 2);
                assert_eq!(tx.groups().remove_members(tenant, &[]).await?, 0);
                let left = tx.groups().memberships_of(tenant, &[one.id, two.id]).await?;
                assert_eq!(left, members[1..2]);
                let count = tx.groups().find(tenant, a.id).await?.unwrap().member_count;
                assert_eq!(count, 0);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_group_takes_what_hangs_on_it(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.user(11);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                let mut gone = group(tenant, 101, "a");
                gone.wildcards = wildcards(&["VIEW_MODELS"]);
                tx.groups().insert(&gone).await?;
                let label = tag(tenant, 201, "vip");
                tx.tags().insert(&label).await?;
                let target = TagTarget::Group(gone.id);
                tx.tags().put_links(tenant, &[link(301, label.id, target)]).await?;
                tx.groups().put_members(tenant, &[member(302, gone.id, user.id)]).await?;
                let on_one = ObjectPermissions::new(ObjectType::Trait, 7, ["READ"]).unwrap();
                tx.groups().set_object_permissions(tenant, gone.id, &[on_one]).await?;
                assert!(tx.groups().delete(tenant, gone.id).await?);
                assert_eq!(tx.groups().memberships_of(tenant, &[user.id]).await?, []);
                assert_eq!(tx.groups().object_permissions(tenant, gone.id).await?, []);
                assert_eq!(tx.tags().links_of(tenant, &[target]).await?, []);
                // The same group can come again, with nothing on it.
                gone.wildcards.clear();
                tx.groups().insert(&gone).await?;
                assert_eq!(tx.groups().find(tenant, gone.id).await?, Some(gone));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn permissions_on_objects_are_replaced(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let storage = world.storage;
        storage
            .transact(async move |tx| {
                let [a, b] = [group(tenant, 101, "a"), group(tenant, 102, "b")];
                for group in [&a, &b] {
                    tx.groups().insert(group).await?;
                }
                let on = |kind, object, names: &[&str]| {
                    ObjectPermissions::new(kind, object, names.iter().copied()).unwrap()
                };
                let first = [
                    on(ObjectType::Segment, 12, &["WRITE", "READ"]),
                    on(ObjectType::Segment, i64::MAX, &["MAP_TO_MODELS"]),
                    on(ObjectType::Trait, -1, &["READ"]),
                    on(ObjectType::Destination, 0, &["DELETE"]),
                ];
                let mixed = [3, 1, 0, 2].map(|nth: usize| first[nth].clone());
                tx.groups().set_object_permissions(tenant, a.id, &mixed).await?;
                tx.groups().set_object_permissions(tenant, b.id, &first[..1]).await?;
                assert_eq!(tx.groups().object_permissions(tenant, a.id).await?, first);
                let second = [on(ObjectType::Segment, 12, &["READ"])];
                tx.groups().set_object_permissions(tenant, a.id, &second).await?;
                assert_eq!(tx.groups().object_permissions(tenant, a.id).await?, second);
                assert_eq!(tx.groups().object_permissions(tenant, b.id).await?, first[..1]);
                // More than one statement holds.
                let many: Vec<ObjectPermissions> = (0..3_000)
                    .map(|object| on(ObjectType::Trait, object, &["READ", "WRITE"]))
                    .collect();
                tx.groups().set_object_permissions(tenant, a.id, &many).await?;
                assert_eq!(tx.groups().object_permissions(tenant, a.id).await?, many);
                tx.groups().set_object_permissions(tenant, a.id, &[]).await?;
                assert_eq!(tx.groups().object_permissions(tenant, a.id).await?, []);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
