//! Tags, and what they are on.

use citizenry_identity::{
    Department, Group, Kind, Listing, Start, Tag, TagLink, TagTarget, TagTargetKind, TenantId, User,
};
use citizenry_storage::{
    Conditions, Storage, StorageError,
    ports::{TagLinkSort, TagLinksOf},
};
use citizenry_testkit::on_both_databases;

use crate::{
    builders::{department, group, link, number, tag},
    support::{World, at, text},
};

/// Two tags on a user, a department and a group, in six links.
#[derive(Clone)]
struct Labelled {
    user: User,
    department: Department,
    group: Group,
    tags: [Tag; 2],
    links: Vec<TagLink>,
}

async fn label(storage: &Storage, tenant: TenantId, user: User) -> Labelled {
    let (department, group) = (department(tenant, 101, None, "Lab"), group(tenant, 102, "Ops"));
    let tags = [tag(tenant, 201, "vip"), tag(tenant, 202, "VIP")];
    let targets = [
        TagTarget::User(user.id),
        TagTarget::Department(department.id),
        TagTarget::Group(group.id),
    ];
    let mut links = Vec::new();
    for (nth, target) in (0..).step_by(2).zip(targets) {
        links.push(link(301 + nth, tags[1].id, target));
        links.push(link(302 + nth, tags[0].id, target));
    }
    let labelled = Labelled { user, department, group, tags, links };
    let (user, department) = (labelled.user.clone(), labelled.department.clone());
    let (group, tags) = (labelled.group.clone(), labelled.tags.clone());
    let links = labelled.links.clone();
    storage
        .transact(async move |tx| {
            tx.users().insert(&user).await?;
            tx.departments().insert(&department).await?;
            tx.groups().insert(&group).await?;
            for tag in &tags {
                tx.tags().insert(tag).await?;
            }
            tx.tags().put_links(tenant, &links).await
        })
        .await
        .unwrap();
    labelled
}

on_both_databases! {
    async fn a_tag_is_found_as_it_was_added(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let maker = world.user(1).id;
        let storage = world.storage;
        storage
            .transact(async move |tx| {
                let mut added = tag(tenant, 201, "重点客户 VIP");
                added.created_by = Some(maker);
                let second = tag(tenant, 202, "b");
                for tag in [&added, &second] {
                    tx.tags().insert(tag).await?;
                }
                let found = tx.tags().find_by_number(tenant, added.number).await?;
                assert_eq!(found, Some(added.clone()));
                let asked = [second.number, number(999), added.number];
                let found = tx.tags().find_by_numbers(tenant, &asked).await?;
                assert_eq!(found, [added.clone(), second.clone()]);
                assert_eq!(tx.tags().find_by_numbers(tenant, &[]).await?, []);
                assert_eq!(tx.tags().count(tenant).await?, 2);
                let mut changed = tx.tags().find_for_update(tenant, added.id).await?.unwrap();
                changed.name = text("c");
                changed.updated_by = Some(maker);
                changed.updated_at = at(50);
                tx.tags().save(&changed).await?;
                let found = tx.tags().find_by_number(tenant, added.number).await?.unwrap();
                assert_eq!(found, Tag { version: 2, ..changed });
                let asked = [second.id, second.id];
                assert_eq!(tx.tags().delete(tenant, &asked).await?, 1);
                assert_eq!(tx.tags().delete(tenant, &asked).await?, 0);
                assert_eq!(tx.tags().delete(tenant, &[]).await?, 0);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let taken = storage
            .transact(async move |tx| tx.tags().insert(&tag(tenant, 203, "c")).await)
            .await;
        assert!(
            matches!(taken, Err(StorageError::Conflict { kind: Kind::Tag, field: "name" })),
            "{taken:?}"
        );
        // Unique as it is written.
        storage
            .transact(async move |tx| tx.tags().insert(&tag(tenant, 204, "C")).await)
            .await
            .unwrap();
        let stale = storage
            .transact(async move |tx| {
                let mut loaded = tx.tags().find_by_number(tenant, number(201)).await?.unwrap();
                loaded.version = 1;
                tx.tags().save(&loaded).await
            })
            .await;
        assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
    }

    async fn links_are_put_once_and_taken_off(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let labelled = label(&world.storage, tenant, world.full_user(11)).await;
        world
            .storage
            .transact(async move |tx| {
                let Labelled { user, department, group, tags, links } = labelled.clone();
                let target = TagTarget::User(user.id);
                let again = [link(900, tags[0].id, target), link(901, tags[0].id, target)];
                tx.tags().put_links(tenant, &again).await?;
                tx.tags().put_links(tenant, &[]).await?;
                let targets =
                    [TagTarget::Group(group.id), target, TagTarget::Department(department.id)];
                let found = tx.tags().links_of(tenant, &targets).await?;
                let expected: Vec<_> = links
                    .iter()
                    .map(|link| {
                        let tag = tags.iter().find(|tag| tag.id == link.tag).unwrap();
                        (link.clone(), tag.clone())
                    })
                    .collect();
                assert_eq!(found, expected);
                assert_eq!(tx.tags().links_of(tenant, &[]).await?, []);

                let taken = [
                    (tags[0].id, target),
                    (tags[1].id, TagTarget::Department(department.id)),
                    (tags[1].id, TagTarget::Department(department.id)),
                ];
                assert_eq!(tx.tags().remove_links(tenant, &taken).await?, 2);
                assert_eq!(tx.tags().remove_links(tenant, &taken).await?, 0);
                assert_eq!(tx.tags().remove_links(tenant, &[]).await?, 0);
                let left = tx.tags().links_of(tenant, &targets).await?;
                let left: Vec<i64> = left.iter().map(|(link, _)| link.number.get()).collect();
                assert_eq!(left, [301, 304, 305, 306]);
                assert_eq!(tx.tags().delete(tenant, &[tags[1].id]).await?, 1);
                let left = tx.tags().links_of(tenant, &targets).await?;
                let left: Vec<i64> = left.iter().map(|(link, _)| link.number.get()).collect();
                assert_eq!(left, [304, 306]);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn links_show_both_of_their_ends(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let labelled = label(&world.storage, tenant, world.full_user(11)).await;
        let Labelled { user, department, group, tags, links } = labelled;
        let names = [
            (TagTargetKind::User, user.number, user.display_name()),
            (TagTargetKind::Department, department.number, department.name.to_string()),
            (TagTargetKind::Group, group.number, group.name.to_string()),
        ];
        for (nth, (kind, target_number, target_name)) in names.into_iter().enumerate() {
            let here = [links[2 * nth].clone(), links[2 * nth + 1].clone()];
            let ways = [
                (TagLinksOf::Kind(kind), 2),
                (TagLinksOf::Target(here[0].target), 2),
                (TagLinksOf::Tag(tags[0].id, kind), 1),
            ];
            for (of, expected) in ways {
                let page = world
                    .storage
                    .read(async move |read| {
                        let listing = Listing { with_total: true, ..Listing::first(10) };
                        read.tags().links(tenant, of, &Conditions::default(), &listing).await
                    })
                    .await
                    .unwrap();
                assert_eq!(page.total, Some(expected));
                // The newest first, which is the one with the first tag.
                assert_eq!(page.items[0].link, here[1]);
                assert_eq!(page.items[0].tag, tags[0]);
                for item in &page.items {
                    assert_eq!(item.target_number, target_number);
                    assert_eq!(item.target_name, target_name);
                }
            }
        }
    }

    async fn a_cursor_of_another_order_leads_nowhere(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        label(&world.storage, tenant, world.full_user(11)).await;
        let of = TagLinksOf::Kind(TagTargetKind::User);
        let by_tag = vec![citizenry_identity::SortKey {
            field: TagLinkSort::Tag,
            direction: citizenry_identity::Direction::Ascending,
        }];
        let page = world
            .storage
            .read(async move |read| {
                let any = Conditions::default();
                let first = Listing::<TagLinkSort>::first(1);
                let cursor = read.tags().links(tenant, of, &any, &first).await?.next.unwrap();
                let other =
                    Listing { order: by_tag.clone(), start: Start::After(cursor), ..first };
                read.tags().links(tenant, of, &any, &other).await
            })
            .await
            .unwrap();
        assert_eq!((page.items, page.next), (Vec::new(), None));
    }

    async fn a_link_needs_both_of_its_ends(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let absent = world.user(99).id;
        let refused = world
            .storage
            .transact(async move |tx| {
                let label = tag(tenant, 201, "vip");
                tx.tags().insert(&label).await?;
                tx.tags().put_links(tenant, &[link(301, label.id, TagTarget::User(absent))]).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
    }
}
