//! The tree of departments, and who sits in it.

use citizenry_identity::{Department, Kind, Listing, TagTarget, TenantId};
use citizenry_storage::{
    Conditions, StorageError, Tx,
    ports::{MembersOf, NumberedSort},
};
use citizenry_testkit::on_both_databases;

use crate::{
    builders::{department, link, main_place, number, place, tag},
    support::{World, at, text},
};

/// Two roots: `[east, west]`, and below east `[lab, desk]`, below lab `[bench, vial]`, the latter
/// below the former.
struct Tree {
    east: Department,
    west: Department,
    lab: Department,
    desk: Department,
    bench: Department,
    vial: Department,
}

impl Tree {
    async fn plant(tx: &mut dyn Tx, tenant: TenantId) -> Result<Self, StorageError> {
        let east = department(tenant, 101, None, "East");
        let west = department(tenant, 102, None, "West");
        let lab = department(tenant, 103, Some(&east), "实验室");
        let desk = department(tenant, 104, Some(&east), "Desk");
        let bench = department(tenant, 105, Some(&lab), "Bench");
        let vial = department(tenant, 106, Some(&bench), "Vial");
        tx.departments().lock_tree(tenant).await?;
        for planted in [&east, &west, &lab, &desk, &bench, &vial] {
            tx.departments().insert(planted).await?;
        }
        Ok(Self { east, west, lab, desk, bench, vial })
    }
}

/// The ancestors of a department as they are stored.
async fn ancestors(
    tx: &mut dyn Tx,
    of: &Department,
) -> Result<Vec<citizenry_identity::DepartmentId>, StorageError> {
    Ok(tx.departments().find(of.tenant, of.id).await?.unwrap().ancestors)
}

on_both_databases! {
    async fn a_department_is_found_as_it_was_added(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let maker = world.user(1).id;
        world
            .storage
            .transact(async move |tx| {
                let root = department(tenant, 101, None, "根");
                let mut full = department(tenant, 102, Some(&root), "研发部 R&D");
                full.created_by = Some(maker);
                full.updated_by = Some(maker);
                for added in [&root, &full] {
                    tx.departments().insert(added).await?;
                }
                let all = vec![root.clone(), full.clone()];
                assert_eq!(tx.departments().find(tenant, full.id).await?, Some(full.clone()));
                let found = tx.departments().find_by_number(tenant, full.number).await?;
                assert_eq!(found, Some(full.clone()));
                let asked = [full.number, number(999), root.number];
                assert_eq!(tx.departments().find_by_numbers(tenant, &asked).await?, all);
                let mut found = tx.departments().find_many(tenant, &[full.id, root.id]).await?;
                found.sort_by_key(|found| found.number);
                assert_eq!(found, all);
                assert_eq!(tx.departments().find_many(tenant, &[]).await?, []);
                assert_eq!(tx.departments().find_by_numbers(tenant, &[]).await?, []);
                assert_eq!(tx.departments().count(tenant).await?, 2);

                let mut changed = tx.departments().find_for_update(tenant, full.id).await?.unwrap();
                changed.name = text("Ｄ2");
                changed.code = text("d-102");
                changed.updated_by = None;
                changed.updated_at = at(77);
                // Neither is written by `save`.
                changed.member_count = 9;
                changed.ancestors = Vec::new();
                tx.departments().save(&changed).await?;
                let found = tx.departments().find(tenant, full.id).await?.unwrap();
                let expected = Department {
                    ancestors: vec![root.id],
                    member_count: 0,
                    version: 2,
                    ..changed.clone()
                };
                assert_eq!(found, expected);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let storage = world.storage;
        let stale = storage
            .transact(async move |tx| {
                let mut loaded =
                    tx.departments().find_by_number(tenant, number(102)).await?.unwrap();
                loaded.version -= 1;
                tx.departments().save(&loaded).await
            })
            .await;
        assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
        let taken = storage
            .transact(async move |tx| {
                let mut second = department(tenant, 103, None, "二");
                second.code = text("d-102");
                tx.departments().insert(&second).await
            })
            .await;
        assert!(
            matches!(taken, Err(StorageError::Conflict { kind: Kind::Department, field: "code" })),
            "{taken:?}"
        );
        let taken = storage
            .transact(async move |tx| {
                let mut loaded =
                    tx.departments().find_by_number(tenant, number(102)).await?.unwrap();
                loaded.code = text("D-101");
                tx.departments().save(&loaded).await
            })
            .await;
        assert!(matches!(taken, Err(StorageError::Conflict { field: "code", .. })), "{taken:?}");
    }

    async fn a_tree_moves_as_a_whole(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let storage = world.storage;
        storage
            .transact(async move |tx| {
                let Tree { east, west, lab, desk, bench, vial } = Tree::plant(tx, tenant).await?;
                assert_eq!(tx.departments().height(&east).await?, 4);
                assert_eq!(tx.departments().height(&lab).await?, 3);
                assert_eq!(tx.departments().height(&vial).await?, 1);

                tx.departments().move_subtree(&lab, &[west.id]).await?;
                assert_eq!(ancestors(tx, &lab).await?, [west.id]);
                assert_eq!(ancestors(tx, &bench).await?, [west.id, lab.id]);
                assert_eq!(ancestors(tx, &vial).await?, [west.id, lab.id, bench.id]);
                assert_eq!(ancestors(tx, &desk).await?, [east.id], "a sibling stays");
                assert_eq!(ancestors(tx, &east).await?, []);
                assert_eq!(tx.departments().height(&east).await?, 2);
                assert_eq!(tx.departments().height(&west).await?, 4);
                let asked = [east.id, west.id, lab.id, vial.id, desk.id, bench.id];
                let mut parents = tx.departments().which_have_children(tenant, &asked).await?;
                parents.sort_unstable();
                let mut expected = vec![east.id, west.id, lab.id, bench.id];
                expected.sort_unstable();
                assert_eq!(parents, expected);
                assert_eq!(tx.departments().which_have_children(tenant, &[]).await?, []);

                // Upwards, to the root.
                let moved = tx.departments().find(tenant, bench.id).await?.unwrap();
                tx.departments().move_subtree(&moved, &[]).await?;
                assert_eq!(ancestors(tx, &bench).await?, []);
                assert_eq!(ancestors(tx, &vial).await?, [bench.id]);
                let children = tx.departments().which_have_children(tenant, &[lab.id]).await?;
                assert_eq!(children, []);
                // Its level follows: nothing is deeper than two any more.
                let found = tx.departments().find(tenant, vial.id).await?.unwrap();
                assert_eq!((found.level(), tx.departments().height(&found).await?), (2, 1));
                let found = tx.departments().find(tenant, west.id).await?.unwrap();
                assert_eq!(tx.departments().height(&found).await?, 2);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let stale = storage
            .transact(async move |tx| {
                let mut gone = tx.departments().find_by_number(tenant, number(103)).await?.unwrap();
                // As it was before it was moved.
                gone.ancestors = vec![tx
                    .departments()
                    .find_by_number(tenant, number(101))
                    .await?
                    .unwrap()
                    .id];
                tx.departments().move_subtree(&gone, &[]).await
            })
            .await;
        assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
    }

    async fn a_department_takes_all_below_it(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.user(1);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                let Tree { east, west, lab, desk, bench, vial } = Tree::plant(tx, tenant).await?;
                let label = tag(tenant, 201, "vip");
                tx.tags().insert(&label).await?;
                let links = [
                    link(301, label.id, TagTarget::Department(bench.id)),
                    link(302, label.id, TagTarget::Department(desk.id)),
                ];
                tx.tags().put_links(tenant, &links).await?;
                let places = [
                    main_place(401, vial.id, user.id),
                    place(402, desk.id, user.id),
                    place(403, lab.id, user.id),
                ];
                tx.departments().put_members(tenant, &places).await?;
                assert_eq!(tx.departments().count_below(&east).await?, (4, 1), "once, not thrice");
                assert_eq!(tx.departments().count_below(&bench).await?, (1, 1));
                assert_eq!(tx.departments().count_below(&west).await?, (0, 0));

                assert_eq!(tx.departments().delete_subtree(&lab).await?, 3);
                for gone in [&lab, &bench, &vial] {
                    assert_eq!(tx.departments().find(tenant, gone.id).await?, None);
                }
                assert_eq!(tx.departments().count(tenant).await?, 3);
                let left = tx.departments().memberships_of(tenant, &[user.id]).await?;
                assert_eq!(left, places[1..2]);
                let targets = [bench.id, desk.id].map(TagTarget::Department);
                let left = tx.tags().links_of(tenant, &targets).await?;
                assert_eq!(left, [(links[1].clone(), label.clone())]);
                assert_eq!(tx.departments().delete_subtree(&lab).await?, 0);
                assert_eq!(tx.departments().count_below(&east).await?, (1, 1));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn neighbours_in_the_order_of_paths_are_not_below(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        world
            .storage
            .transact(async move |tx| {
                use citizenry_identity::{DepartmentId, Id as _};
                let mut roots = Vec::new();
                for id in [0x1f_u128, 0x20, 0x21] {
                    let of_number = 100 + i64::try_from(id).unwrap();
                    let mut root = department(tenant, of_number, None, "r");
                    root.id = DepartmentId::from_ulid(id.into());
                    tx.departments().insert(&root).await?;
                    roots.push(root);
                }
                let child = department(tenant, 200, Some(&roots[1]), "c");
                tx.departments().insert(&child).await?;
                assert_eq!(tx.departments().count_below(&roots[1]).await?, (1, 0));
                assert_eq!(tx.departments().count_below(&roots[0]).await?, (0, 0));
                assert_eq!(tx.departments().delete_subtree(&roots[1]).await?, 2);
                assert!(tx.departments().find(tenant, roots[0].id).await?.is_some());
                assert!(tx.departments().find(tenant, roots[2].id).await?.is_some());
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_membership_that_there_is_keeps_its_number(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let [one, two] = [world.user(1), world.full_user(2)];
        world
            .storage
            .transact(async move |tx| {
                for user in [&one, &two] {
                    tx.users().insert(user).await?;
                }
                let Tree { east, west, .. } = Tree::plant(tx, tenant).await?;
                let first = [place(401, east.id, one.id), place(402, east.id, two.id)];
                tx.departments().put_members(tenant, &first).await?;
                let mut again = place(501, east.id, one.id);
                again.is_head = true;
                let further = place(502, west.id, one.id);
                tx.departments().put_members(tenant, &[again, further.clone()]).await?;
                tx.departments().put_members(tenant, &[]).await?;
                let mut kept = first[0].clone();
                kept.is_head = true;
                let asked = [two.id, one.id];
                let mut found = tx.departments().memberships_of(tenant, &asked).await?;
                found.sort_by_key(|member| member.number);
                assert_eq!(found, [kept.clone(), first[1].clone(), further.clone()]);
                let count = tx.departments().find(tenant, east.id).await?.unwrap().member_count;
                assert_eq!(count, 2);

                let of = MembersOf::Owner(east.id);
                let listing = Listing { with_total: true, ..Listing::first(10) };
                let everybody = Conditions::default();
                let page = tx.departments().members(tenant, of, &everybody, &listing).await?;
                assert_eq!(page.total, Some(2));
                let newest: Vec<_> = page.items.iter().map(|item| item.member.clone()).collect();
                assert_eq!(newest, [first[1].clone(), kept]);
                assert_eq!(page.items[0].user, two);
                assert_eq!(page.items[0].owner.id, east.id);

                let taken = [(east.id, one.id), (west.id, two.id)];
                assert_eq!(tx.departments().remove_members(tenant, &taken).await?, 1);
                assert_eq!(tx.departments().remove_members(tenant, &taken).await?, 0);
                assert_eq!(tx.departments().remove_members(tenant, &[]).await?, 0);
                let left = tx.departments().memberships_of(tenant, &asked).await?;
                assert_eq!(left.len(), 2);
                let count = tx.departments().find(tenant, east.id).await?.unwrap().member_count;
                assert_eq!(count, 1);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_user_has_one_main_department(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.user(1);
        let id = user.id;
        let storage = world.storage;
        storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                let Tree { east, west, lab, .. } = Tree::plant(tx, tenant).await?;
                let departments = [east.id, west.id, lab.id];
                tx.departments().put_members(tenant, &[main_place(401, east.id, id)]).await?;
                // The main one moves, in whatever order it is said, to an old place and a new one.
                for (next, before) in [(1, 0), (0, 1), (2, 0), (1, 2)] {
                    let places = [
                        main_place(500 + next, departments[usize::try_from(next).unwrap()], id),
                        place(600 + next, departments[before], id),
                    ];
                    tx.departments().put_members(tenant, &places).await?;
                    let found = tx.departments().memberships_of(tenant, &[id]).await?;
                    let main: Vec<_> =
                        found.iter().filter(|place| place.is_main).collect();
                    assert_eq!(main.len(), 1);
                    assert_eq!(main[0].department, places[0].department);
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let refused = storage
            .transact(async move |tx| {
                let east = tx.departments().find_by_number(tenant, number(101)).await?.unwrap();
                tx.departments().put_members(tenant, &[main_place(700, east.id, id)]).await
            })
            .await;
        let two_main = StorageError::Conflict { kind: Kind::Department, field: "main" };
        assert_eq!(refused.unwrap_err().to_string(), two_main.to_string());
    }

    async fn a_page_of_departments_knows_the_total(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        world
            .storage
            .transact(async move |tx| {
                let Tree { vial, .. } = Tree::plant(tx, tenant).await?;
                let listing =
                    Listing::<NumberedSort> { with_total: true, ..Listing::first(1) };
                let page =
                    tx.departments().list(tenant, &Conditions::default(), &listing).await?;
                assert_eq!(page.total, Some(6));
                let newest = tx.departments().find_by_number(tenant, number(104)).await?;
                assert_eq!(page.items, Vec::from_iter(newest), "made in the fourth second");
                assert_ne!(page.items[0].id, vial.id);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
