//! The counts of members, whatever happens at once, and what goes along with a user.

use citizenry_identity::{Listing, TagTarget, UserId};
use citizenry_storage::{Conditions, Storage, StorageError, ports::MembersOf};
use citizenry_testkit::on_both_databases;
use futures_util::future::{join, join_all};

use crate::{
    builders::{department, group, link, main_place, member, place, tag},
    support::World,
};

const EACH: i64 = 3;
const USERS: i64 = 6;
const UNITS: i64 = 20;

/// Departments 101 to 103, groups 201 to 203, and users; the identifiers of the users.
async fn populate(world: &World) -> Vec<UserId> {
    let tenant = world.tenant;
    let users: Vec<_> = (1..=USERS).map(|number| world.user(number)).collect();
    let ids = users.iter().map(|user| user.id).collect();
    world
        .storage
        .transact(async move |tx| {
            for user in &users {
                tx.users().insert(user).await?;
            }
            for number in 101..101 + EACH {
                tx.departments().insert(&department(tenant, number, None, "d")).await?;
            }
            for number in 201..201 + EACH {
                tx.groups().insert(&group(tenant, number, "g")).await?;
            }
            Ok::<_, StorageError>(())
        })
        .await
        .unwrap();
    ids
}

/// For each department and group, how many members it says and how many it has.
async fn counts(world: &World) -> Vec<(u64, u64)> {
    let tenant = world.tenant;
    world
        .storage
        .read(async move |read| {
            let everybody = Conditions::default();
            let counted = Listing { with_total: true, ..Listing::first(1) };
            let all = Listing::first(100);
            let mut counts = Vec::new();
            for found in read.departments().list(tenant, &Conditions::default(), &all).await?.items
            {
                let of = MembersOf::Owner(found.id);
                let page = read.departments().members(tenant, of, &everybody, &counted).await?;
                counts.push((found.member_count, page.total.unwrap()));
            }
            let all = Listing::first(100);
            for found in read.groups().list(tenant, &Conditions::default(), &all).await?.items {
                let of = MembersOf::Owner(found.id);
                let page = read.groups().members(tenant, of, &everybody, &counted).await?;
                counts.push((found.member_count, page.total.unwrap()));
            }
            Ok::<_, StorageError>(counts)
        })
        .await
        .unwrap()
}

/// One of the units that run at once: it puts two users into all departments and groups, or takes
/// them out of some, in an order that differs from unit to unit.
async fn disturb(storage: Storage, world: World, users: Vec<UserId>, nth: i64) {
    let tenant = world.tenant;
    let done = storage
        .transact(async move |tx| {
            let start = usize::try_from(nth).unwrap();
            let two = [users[start % users.len()], users[(start + 1) % users.len()]];
            let all = Listing::first(100);
            let groups = tx.groups().list(tenant, &Conditions::default(), &all).await?.items;
            let all = Listing::first(100);
            let departments =
                tx.departments().list(tenant, &Conditions::default(), &all).await?.items;
            let (mut in_groups, mut in_departments) = (Vec::new(), Vec::new());
            for offset in 0..usize::try_from(EACH).unwrap() {
                for user in two {
                    let owner = (offset + start) % groups.len();
                    in_groups.push((groups[owner].id, user));
                    in_departments.push((departments[owner].id, user));
                }
            }
            if nth % 3 == 0 {
                in_groups.truncate(3);
                tx.groups().remove_members(tenant, &in_groups).await?;
                in_departments.truncate(4);
                tx.departments().remove_members(tenant, &in_departments).await?;
                return Ok(());
            }
            let mut members = Vec::new();
            for (group, user) in in_groups {
                members.push(member(tx.numbers().next().await?.get(), group, user));
            }
            tx.groups().put_members(tenant, &members).await?;
            let mut places = Vec::new();
            for (department, user) in in_departments {
                places.push(place(tx.numbers().next().await?.get(), department, user));
            }
            tx.departments().put_members(tenant, &places).await
        })
        .await;
    // A user who has gone in between cannot be put anywhere.
    assert!(matches!(done, Ok(()) | Err(StorageError::Stale)), "{done:?}");
}

on_both_databases! {
    async fn counts_stay_right_when_many_change_them_at_once(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = populate(&world).await;
        let (tenant, leaver) = (world.tenant, users[5]);
        let units = (0..UNITS).map(|nth| {
            disturb(world.storage.clone(), world.clone(), users.clone(), nth)
        });
        let leaving =
            world.storage.transact(async move |tx| tx.users().delete(tenant, leaver).await);
        let (_, left) = join(join_all(units), leaving).await;
        assert!(left.unwrap());
        let counts = counts(&world).await;
        assert_eq!(counts.len(), 6);
        for (said, had) in &counts {
            assert_eq!(said, had, "{counts:?}");
        }
        assert!(counts.iter().any(|(said, _)| *said > 0), "{counts:?}");
    }

    async fn a_user_leaves_everything(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = populate(&world).await;
        let (tenant, gone, stays) = (world.tenant, users[0], users[1]);
        let memberships = world
            .storage
            .transact(async move |tx| {
                let all = Listing::first(10);
                let departments =
                    tx.departments().list(tenant, &Conditions::default(), &all).await?.items;
                let all = Listing::first(10);
                let groups = tx.groups().list(tenant, &Conditions::default(), &all).await?.items;
                let places = [
                    main_place(1_001, departments[0].id, gone),
                    place(1_002, departments[1].id, gone),
                    place(1_003, departments[1].id, stays),
                ];
                tx.departments().put_members(tenant, &places).await?;
                let members = [
                    member(1_004, groups[0].id, gone),
                    member(1_005, groups[0].id, stays),
                    member(1_006, groups[1].id, gone),
                ];
                tx.groups().put_members(tenant, &members).await?;
                let label = tag(tenant, 900, "vip");
                tx.tags().insert(&label).await?;
                let links = [
                    link(1_007, label.id, TagTarget::User(gone)),
                    link(1_008, label.id, TagTarget::User(stays)),
                ];
                tx.tags().put_links(tenant, &links).await?;

                assert!(!tx.users().delete(world.other_tenant, gone).await?);
                assert!(tx.users().delete(tenant, gone).await?);
                assert!(!tx.users().delete(tenant, gone).await?);
                let both = [gone, stays];
                let places = tx.departments().memberships_of(tenant, &both).await?;
                let members = tx.groups().memberships_of(tenant, &both).await?;
                let targets = both.map(TagTarget::User);
                let links = tx.tags().links_of(tenant, &targets).await?;
                Ok::<_, StorageError>((places, members, links))
            })
            .await
            .unwrap();
        let (places, members, links) = memberships;
        assert_eq!((places.len(), places[0].user), (1, stays));
        assert_eq!((members.len(), members[0].user), (1, stays));
        assert_eq!((links.len(), links[0].0.target), (1, TagTarget::User(stays)));
        let mut counts = counts(&world).await;
        counts.sort_unstable();
        assert_eq!(counts, [(0, 0), (0, 0), (0, 0), (0, 0), (1, 1), (1, 1)]);
    }
}
