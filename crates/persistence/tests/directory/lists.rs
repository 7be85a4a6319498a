//! Lists: every order, both ways, by cursor and by number, and the same on both databases.

use std::cmp::Ordering;

use citizenry_identity::{
    Cursor, CursorKey, Direction, Email, Id as _, Listing, SortKey, Start, User, Username, folded,
};
use citizenry_storage::{
    StorageError,
    ports::{ByName, ClientFilter, UserFilter, UserSort},
};
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, client, text};

const SORTS: [UserSort; 7] = [
    UserSort::CreatedAt,
    UserSort::UpdatedAt,
    UserSort::LastLoginAt,
    UserSort::Email,
    UserSort::Name,
    UserSort::Number,
    UserSort::Username,
];

/// Users whose values are missing, shared and different, in no order.
fn crowd(world: &World) -> Vec<User> {
    let names = ["李雷", "韩梅梅", "Ａda", "zoë", "Zoe", "éclair", "_", "a b", "阿", "𠮷野"];
    (1..=250_i64)
        .map(|number| {
            let mut user = world.user(number);
            let mixed = number * 7_919 % 251;
            let nth = usize::try_from(mixed).unwrap();
            user.created_at = at(mixed % 40);
            user.updated_at = at(mixed % 60 - 30);
            user.last_login_at = (mixed % 3 != 0).then(|| at(mixed % 20 - 1_000_000_000));
            if mixed % 4 != 0 {
                let address = format!("{}{}@例子.example", ["Han", "lei", "用户"][nth % 3], mixed);
                user.email = Some(Email::parse(&address).unwrap());
            }
            if mixed % 3 != 1 {
                let name = format!("{}{mixed}", ["Han", "lei", "用户"][nth % 3]);
                user.username = Some(Username::parse(&name).unwrap());
            }
            if mixed % 5 != 0 {
                user.profile.name = Some(text(names[nth % names.len()]));
            }
            user
        })
        .collect()
}

/// The order that the ports promise: no value before any value, texts by code point.
fn compare(a: &User, b: &User, field: UserSort) -> Ordering {
    let email = |user: &User| user.email.as_ref().map(|email| email.key().to_owned());
    let username = |user: &User| user.username.as_ref().map(|name| name.key().to_owned());
    let name = |user: &User| user.profile.name.as_ref().map(|name| folded(name));
    match field {
        UserSort::CreatedAt => a.created_at.cmp(&b.created_at),
        UserSort::UpdatedAt => a.updated_at.cmp(&b.updated_at),
        UserSort::LastLoginAt => a.last_login_at.cmp(&b.last_login_at),
        UserSort::Email => email(a).cmp(&email(b)),
        UserSort::Name => name(a).cmp(&name(b)),
        UserSort::Number => a.number.cmp(&b.number),
        UserSort::Username => username(a).cmp(&username(b)),
    }
}

fn sorted(users: &[User], order: &[SortKey<UserSort>]) -> Vec<String> {
    let mut users: Vec<&User> = users.iter().collect();
    let turned = |ordering: Ordering, direction| match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    };
    users.sort_by(|a, b| {
        let by_keys = order
            .iter()
            .map(|key| turned(compare(a, b, key.field), key.direction))
            .find(|ordering| ordering.is_ne());
        let last = order.last().map_or(Direction::Descending, |key| key.direction);
        by_keys.unwrap_or_else(|| turned(a.id.cmp(&b.id), last))
    });
    users.iter().map(|user| user.subject.to_string()).collect()
}

async fn page(
    world: &World,
    filter: UserFilter,
    listing: Listing<UserSort>,
) -> (Vec<String>, Option<Cursor>) {
    let tenant = world.tenant;
    let page = world
        .storage
        .read(async move |read| read.users().list(tenant, &filter, &listing).await)
        .await
        .unwrap();
    (page.items.iter().map(|user| user.subject.to_string()).collect(), page.next)
}

async fn populate(world: &World) -> Vec<User> {
    let users = crowd(world);
    let inserted = users.clone();
    world
        .storage
        .transact(async move |tx| {
            for user in &inserted {
                tx.users().insert(user).await?;
            }
            Ok::<_, StorageError>(())
        })
        .await
        .unwrap();
    users
}

on_both_databases! {
    async fn users_are_paged_in_every_order(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = populate(&world).await;
        for field in SORTS {
            for direction in [Direction::Ascending, Direction::Descending] {
                let order = vec![SortKey { field, direction }];
                let expected = sorted(&users, &order);
                let mut listing = Listing { order, ..Listing::first(37) };
                let (mut by_cursor, mut by_number) = (Vec::new(), Vec::new());
                loop {
                    let (subjects, next) =
                        page(&world, UserFilter::default(), listing.clone()).await;
                    by_cursor.extend(subjects);
                    let Some(next) = next else { break };
                    listing.start = Start::After(next.to_string().parse().unwrap());
                }
                for number in 0..7 {
                    listing.start = Start::Skip(number * 37);
                    let (subjects, _) = page(&world, UserFilter::default(), listing.clone()).await;
                    by_number.extend(subjects);
                }
                assert_eq!(by_cursor, expected, "{field:?} {direction:?}");
                assert_eq!(by_number, expected, "{field:?} {direction:?}");
            }
        }
    }

    async fn several_keys_order_numbered_pages_only(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = populate(&world).await;
        let order = vec![
            SortKey { field: UserSort::Name, direction: Direction::Descending },
            SortKey { field: UserSort::Email, direction: Direction::Ascending },
        ];
        let expected = sorted(&users, &order);
        let mut listing = Listing { order, ..Listing::first(100) };
        let mut subjects = Vec::new();
        for number in 0..3 {
            listing.start = Start::Skip(number * 100);
            let (page, next) = page(&world, UserFilter::default(), listing.clone()).await;
            assert_eq!(next, None, "no cursor names a position in several keys");
            subjects.extend(page);
        }
        assert_eq!(subjects, expected);
        let id = users[0].id.ulid();
        listing.start = Start::After(Cursor { key: CursorKey::None, id });
        let tenant = world.tenant;
        let refused = world
            .storage
            .read(async move |read| {
                read.users().list(tenant, &UserFilter::default(), &listing).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Backend(_))), "{refused:?}");
    }

    async fn the_default_is_the_newest_first(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = populate(&world).await;
        let newest = [SortKey { field: UserSort::CreatedAt, direction: Direction::Descending }];
        let (subjects, next) = page(&world, UserFilter::default(), Listing::first(100)).await;
        assert_eq!(subjects, sorted(&users, &newest)[..100]);
        assert!(next.is_some());
        let past = Listing { start: Start::Skip(250), ..Listing::first(100) };
        assert_eq!(page(&world, UserFilter::default(), past).await, (vec![], None));
        let last = Listing { start: Start::Skip(150), ..Listing::first(100) };
        assert_eq!(page(&world, UserFilter::default(), last).await.1, None, "full, but the last");
    }

    async fn a_cursor_of_another_order_leads_nowhere(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = populate(&world).await;
        for key in [CursorKey::None, CursorKey::Text("a\0".to_owned())] {
            let cursor = Cursor { key, id: users[0].id.ulid() };
            let listing = Listing { start: Start::After(cursor), ..Listing::first(10) };
            assert_eq!(page(&world, UserFilter::default(), listing).await, (vec![], None));
        }
        let order = vec![SortKey { field: UserSort::Name, direction: Direction::Ascending }];
        let nul = Cursor { key: CursorKey::Text("a\0".to_owned()), id: users[0].id.ulid() };
        let listing = Listing { order, start: Start::After(nul), ..Listing::first(10) };
        assert_eq!(page(&world, UserFilter::default(), listing).await.0.len(), 10);
    }

    async fn named_things_are_paged_in_every_order(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let names = ["b", "B", "a b", "a", "ab", "李", "é", "_", "𠮷", "0"];
        let mut clients: Vec<_> = names.iter().map(|name| client(tenant, name)).collect();
        for (client, second) in clients.iter_mut().zip([3, 1, 4, 1, 5, 9, 2, 6, 5, 3]) {
            client.created_at = at(second);
        }
        let inserted = clients.clone();
        world
            .storage
            .transact(async move |tx| {
                for client in &inserted {
                    tx.clients().insert(client).await?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        for field in [ByName::CreatedAt, ByName::Name] {
            for direction in [Direction::Ascending, Direction::Descending] {
                match field {
                    ByName::CreatedAt => clients.sort_by_key(|client| (client.created_at, client.id)),
                    ByName::Name => clients.sort_by_key(|client| client.name.clone()),
                }
                if direction == Direction::Descending {
                    clients.reverse();
                }
                let expected: Vec<_> = clients.iter().map(|client| client.id).collect();
                let order = vec![SortKey { field, direction }];
                let mut listing = Listing { order, ..Listing::first(3) };
                let mut found = Vec::new();
                loop {
                    let asked = listing.clone();
                    let page = world
                        .storage
                        .read(async move |read| {
                            read.clients().list(tenant, &ClientFilter::default(), &asked).await
                        })
                        .await
                        .unwrap();
                    found.extend(page.items.iter().map(|client| client.id));
                    let Some(next) = page.next else { break };
                    listing.start = Start::After(next);
                }
                assert_eq!(found, expected, "{field:?} {direction:?}");
            }
        }
    }
}
