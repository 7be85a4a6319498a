//! Lists: every order, both ways, by cursor and by number, and the same on both databases.

use std::cmp::Ordering;

use citizenry_identity::{
    Direction, Listing, Number, SortKey, Start, TagTarget, TagTargetKind, Timestamp, folded,
};
use citizenry_storage::{
    Conditions, StorageError,
    ports::{ByAge, MembersOf, NumberedSort, TagLinkSort, TagLinksOf},
};
use citizenry_testkit::on_both_databases;
use ulid::Ulid;

use crate::{
    builders::{department, group, link, member, place, tag},
    support::World,
};

const DIRECTIONS: [Direction; 2] = [Direction::Ascending, Direction::Descending];
const NAMES: [&str; 8] = ["李雷", "Ａda", "zoë", "Zoe", "_", "a b", "𠮷野", "阿"];
const LIMIT: u32 = 7;

fn turned(ordering: Ordering, direction: Direction) -> Ordering {
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

/// What a list is ordered by: a thing's number, the time of its making, its name and identifier.
type Place = (Number, Timestamp, String, Ulid);

/// The numbers of things in the order that the ports promise.
fn sorted(things: &[Place], field: NumberedSort, direction: Direction) -> Vec<i64> {
    let mut things: Vec<&Place> = things.iter().collect();
    things.sort_by(|a, b| {
        let by_key = match field {
            NumberedSort::CreatedAt => a.1.cmp(&b.1),
            NumberedSort::Number => a.0.cmp(&b.0),
            NumberedSort::Name => folded(&a.2).cmp(&folded(&b.2)),
        };
        turned(by_key.then(a.3.cmp(&b.3)), direction)
    });
    things.iter().map(|thing| thing.0.get()).collect()
}

/// All pages of a list, first by cursors as they travel and then by number. `$page` answers the
/// numbers of a page's items and where the next begins.
macro_rules! paged {
    (
        $storage:expr, $order:expr, $pages:expr,
        |$read:ident, $listing:ident| $page:expr, $number:expr
    ) => {{
        let order = $order;
        $storage
            .read(async move |$read| {
                let (mut by_cursor, mut by_number) = (Vec::<i64>::new(), Vec::<i64>::new());
                let mut listing = Listing { order: order.clone(), ..Listing::first(LIMIT) };
                loop {
                    let $listing = &listing;
                    let page = $page.await?;
                    by_cursor.extend(page.items.iter().map($number));
                    let Some(next) = page.next else { break };
                    listing.start = Start::After(next.to_string().parse().unwrap());
                }
                for nth in 0..$pages {
                    listing.start = Start::Skip(nth * u64::from(LIMIT));
                    let $listing = &listing;
                    let page = $page.await?;
                    by_number.extend(page.items.iter().map($number));
                }
                Ok::<_, StorageError>((by_cursor, by_number))
            })
            .await
            .unwrap()
    }};
}

/// Departments, groups and tags of the numbers 1 to 40, 101 to 140 and 201 to 240.
async fn populate(world: &World) -> [Vec<Place>; 3] {
    let tenant = world.tenant;
    let mut things: [Vec<Place>; 3] = Default::default();
    for nth in 1..=40_i64 {
        let mixed = nth * 7 % 41;
        let name = format!("{}{}", NAMES[usize::try_from(mixed % 8).unwrap()], mixed % 3);
        let department = department(tenant, nth, None, &name);
        let group = group(tenant, 100 + nth, &name);
        // The name of a tag is its own.
        let tag = tag(tenant, 200 + nth, &format!("{name}{mixed}"));
        let place = (department.number, department.created_at, name.clone());
        things[0].push((place.0, place.1, place.2, ulid_of(department.id)));
        things[1].push((group.number, group.created_at, name, ulid_of(group.id)));
        things[2].push((tag.number, tag.created_at, tag.name.to_string(), ulid_of(tag.id)));
        world
            .storage
            .transact(async move |tx| {
                tx.departments().insert(&department).await?;
                tx.groups().insert(&group).await?;
                tx.tags().insert(&tag).await
            })
            .await
            .unwrap();
    }
    things
}

fn ulid_of(id: impl citizenry_identity::Id) -> Ulid {
    id.ulid()
}

on_both_databases! {
    async fn numbered_things_are_paged_in_every_order(database: TestDatabase) {
        let world = World::new(&database).await;
        let [departments, groups, tags] = populate(&world).await;
        let tenant = world.tenant;
        for field in [NumberedSort::CreatedAt, NumberedSort::Number, NumberedSort::Name] {
            for direction in DIRECTIONS {
                let order = vec![SortKey { field, direction }];
                let found = paged!(
                    world.storage,
                    order.clone(),
                    6,
                    |read, listing| read
                        .departments()
                        .list(tenant, &Conditions::default(), listing),
                    |item| item.number.get()
                );
                let expected = sorted(&departments, field, direction);
                assert_eq!(found, (expected.clone(), expected), "{field:?} {direction:?}");
                let found = paged!(
                    world.storage,
                    order.clone(),
                    6,
                    |read, listing| read.groups().list(tenant, &Conditions::default(), listing),
                    |item| item.number.get()
                );
                let expected = sorted(&groups, field, direction);
                assert_eq!(found, (expected.clone(), expected), "{field:?} {direction:?}");
                let found = paged!(
                    world.storage,
                    order.clone(),
                    6,
                    |read, listing| read.tags().list(tenant, &Conditions::default(), listing),
                    |item| item.number.get()
                );
                let expected = sorted(&tags, field, direction);
                assert_eq!(found, (expected.clone(), expected), "{field:?} {direction:?}");
            }
        }
    }

    async fn memberships_are_paged_by_age(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.user(1);
        let id = user.id;
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                for nth in 1..=20_i64 {
                    let (mixed, number) = (nth * 7 % 41, 500 + nth * 13 % 21);
                    let department = department(tenant, mixed, None, "d");
                    tx.departments().insert(&department).await?;
                    let places = [place(number, department.id, id)];
                    tx.departments().put_members(tenant, &places).await?;
                    let group = group(tenant, 100 + mixed, "g");
                    tx.groups().insert(&group).await?;
                    tx.groups().put_members(tenant, &[member(number, group.id, id)]).await?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        for order in [None, Some(Direction::Ascending), Some(Direction::Descending)] {
            let mut expected: Vec<i64> = (501..=520).collect();
            if order != Some(Direction::Ascending) {
                expected.reverse();
            }
            let order: Vec<_> = order
                .map(|direction| SortKey { field: ByAge::CreatedAt, direction })
                .into_iter()
                .collect();
            let of = MembersOf::User(id);
            let found = paged!(
                world.storage,
                order.clone(),
                3,
                |read, listing| read
                    .departments()
                    .members(tenant, of, &Conditions::default(), listing),
                |item| item.member.number.get()
            );
            assert_eq!(found, (expected.clone(), expected.clone()), "{order:?}");
            let of = MembersOf::User(id);
            let found = paged!(
                world.storage,
                order.clone(),
                3,
                |read, listing| read.groups().members(tenant, of, &Conditions::default(), listing),
                |item| item.member.number.get()
            );
            assert_eq!(found, (expected.clone(), expected), "{order:?}");
        }
    }

    async fn tags_on_things_are_paged_in_every_order(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        // The tag, the thing and the link: by their numbers.
        let mut links = Vec::<(i64, i64, i64)>::new();
        let (mut tags, mut groups) = (Vec::new(), Vec::new());
        for nth in 0..6_i64 {
            tags.push(tag(tenant, 101 + nth * 5 % 6, &format!("t{nth}")));
            groups.push(group(tenant, 201 + nth * 5 % 6, &format!("g{nth}")));
        }
        let mut put = Vec::new();
        for (nth, tag) in tags.iter().enumerate() {
            for (other, group) in groups.iter().enumerate().skip(nth % 2) {
                let mixed = i64::try_from((nth * 6 + other) * 17 % 37).unwrap();
                put.push(link(301 + mixed, tag.id, TagTarget::Group(group.id)));
                links.push((tag.number.get(), group.number.get(), 301 + mixed));
            }
        }
        let (one_tag, one_group) = (tags[1].clone(), groups[1].clone());
        world
            .storage
            .transact(async move |tx| {
                for tag in &tags {
                    tx.tags().insert(tag).await?;
                }
                for group in &groups {
                    tx.groups().insert(group).await?;
                }
                tx.tags().put_links(tenant, &put).await
            })
            .await
            .unwrap();
        let of_all = [
            TagLinksOf::Kind(TagTargetKind::Group),
            TagLinksOf::Tag(one_tag.id, TagTargetKind::Group),
            TagLinksOf::Target(TagTarget::Group(one_group.id)),
        ];
        for of in of_all {
            for field in [TagLinkSort::CreatedAt, TagLinkSort::Tag, TagLinkSort::Target] {
                for direction in DIRECTIONS {
                    let mut expected: Vec<(i64, i64, i64)> = links
                        .iter()
                        .copied()
                        .filter(|(tag, group, _)| match of {
                            TagLinksOf::Kind(_) => true,
                            TagLinksOf::Tag(..) => *tag == one_tag.number.get(),
                            TagLinksOf::Target(_) => *group == one_group.number.get(),
                        })
                        .collect();
                    expected.sort_by(|a, b| {
                        let by_key = match field {
                            TagLinkSort::CreatedAt => Ordering::Equal,
                            TagLinkSort::Tag => a.0.cmp(&b.0),
                            TagLinkSort::Target => a.1.cmp(&b.1),
                        };
                        turned(by_key.then(a.2.cmp(&b.2)), direction)
                    });
                    let expected: Vec<i64> = expected.into_iter().map(|link| link.2).collect();
                    assert!(expected.len() >= 5);
                    let order = vec![SortKey { field, direction }];
                    let found = paged!(
                        world.storage,
                        order,
                        6,
                        |read, listing| read
                            .tags()
                            .links(tenant, of, &Conditions::default(), listing),
                        |item| item.link.number.get()
                    );
                    let both = (expected.clone(), expected);
                    assert_eq!(found, both, "{of:?} {field:?} {direction:?}");
                }
            }
        }
    }

    async fn several_keys_order_numbered_pages_only(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        world
            .storage
            .transact(async move |tx| {
                let tags = [tag(tenant, 101, "a"), tag(tenant, 102, "b")];
                let groups = [group(tenant, 201, "a"), group(tenant, 202, "b")];
                let mut links = Vec::new();
                for nth in 0..4_usize {
                    let target = TagTarget::Group(groups[nth / 2].id);
                    let number = 301 + i64::try_from(nth).unwrap();
                    links.push(link(number, tags[nth % 2].id, target));
                }
                for tag in &tags {
                    tx.tags().insert(tag).await?;
                }
                for group in &groups {
                    tx.groups().insert(group).await?;
                }
                tx.tags().put_links(tenant, &links).await?;
                let order = vec![
                    SortKey { field: TagLinkSort::Tag, direction: Direction::Descending },
                    SortKey { field: TagLinkSort::Target, direction: Direction::Ascending },
                ];
                let of = TagLinksOf::Kind(TagTargetKind::Group);
                let any = Conditions::default();
                let listing = Listing { order, ..Listing::first(3) };
                let page = tx.tags().links(tenant, of, &any, &listing).await?;
                let found: Vec<i64> =
                    page.items.iter().map(|item| item.link.number.get()).collect();
                assert_eq!(found, [302, 304, 301]);
                assert_eq!(page.next, None, "no cursor names a position in several keys");
                let cursor = citizenry_identity::Cursor {
                    key: citizenry_identity::CursorKey::Number(1),
                    id: Ulid::nil(),
                };
                let listing = Listing { start: Start::After(cursor), ..listing };
                let refused = tx.tags().links(tenant, of, &any, &listing).await;
                assert!(matches!(refused, Err(StorageError::Backend(_))), "{refused:?}");
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
