//! Conditions of lists of users and of tenants: every test of every field.

use std::collections::BTreeSet;

use citizenry_identity::{
    Email, Id as _, Listing, LockWindow, Number, Phone, Status, TagTarget, Tenant, TenantId,
    TenantKind, TenantName, TenantStatus, User, UserId, Username,
};
use citizenry_storage::{
    Condition, Conditions, Search, StorageError, Test, Value,
    ports::{NumberedSort, TenantField, UserField, UserFilter, UserSort},
};
use citizenry_testkit::on_both_databases;

use crate::{
    builders::{group, link, member, tag},
    matching::{Values, cases},
    support::{World, at, moment, role, text},
};

fn some(text: Option<&str>) -> Values {
    text.map(Value::from).into_iter().collect()
}

fn crowd(world: &World) -> Vec<User> {
    let mut users: Vec<User> = (1..=6).map(|number| world.user(number)).collect();
    users[0] = world.full_user(1);
    let names = ["Han_Meimei", "100% Ada", "ÉCLAIR", "a"];
    for (nth, name) in names.into_iter().enumerate() {
        let user = &mut users[nth + 1];
        user.profile.name = Some(text(name));
        user.profile.title = Some(text(names[nth / 2]));
        user.profile.given_name = (nth % 2 == 0).then(|| text(name));
        user.profile.family_name = (nth % 2 == 1).then(|| text("Ａ"));
        user.profile.source = (nth > 1).then(|| text(["PLATFORM_SIGNUP", "platform"][nth % 2]));
        user.profile.landline = (nth == 2).then(|| text("0755-1%"));
        user.username = Some(Username::parse(&format!("Han{nth}")).unwrap());
        user.created_at = at(10 * i64::try_from(nth).unwrap());
    }
    users[1].email = Some(Email::parse("Han@qq.com").unwrap());
    users[2].phone = Some(Phone::parse("+1 650 253 0000", 86).unwrap());
    users[3].status = Status::Suspended;
    let first = users[0].id;
    users[2].created_by = Some(first);
    users[3].created_by = Some(users[2].id);
    // Somebody who is gone, who is as nobody.
    users[4].created_by = Some(UserId::from_ulid(7_u128.into()));
    users
}

async fn found(
    world: &World,
    conditions: &Conditions<UserField>,
    listing: Listing<UserSort>,
) -> (Vec<i64>, Option<u64>) {
    let tenant = world.tenant;
    let filter = UserFilter { conditions: conditions.clone(), ..UserFilter::default() };
    let page = world
        .storage
        .read(async move |read| read.users().list(tenant, &filter, &listing).await)
        .await
        .unwrap();
    let mut numbers: Vec<i64> = page.items.iter().map(|user| user.number.get()).collect();
    numbers.sort_unstable();
    (numbers, page.total)
}

fn counted<F>() -> Listing<F> {
    Listing { with_total: true, ..Listing::first(100) }
}

const USER_FIELDS: [UserField; 26] = [
    UserField::Number,
    UserField::Username,
    UserField::Email,
    UserField::Phone,
    UserField::Name,
    UserField::GivenName,
    UserField::FamilyName,
    UserField::Title,
    UserField::Landline,
    UserField::Source,
    UserField::Enabled,
    UserField::Status,
    UserField::Administrator,
    UserField::CreatedBy,
    UserField::CreatedAt,
    UserField::Tag,
    UserField::E164,
    UserField::Nickname,
    UserField::UpdatedAt,
    UserField::LastLoginAt,
    UserField::LastIp,
    UserField::Logins,
    UserField::Subject,
    UserField::ExternalId,
    UserField::EmailVerified,
    UserField::PhoneVerified,
];

/// What a user has in a field; the first and the third are administrators.
fn user_values(users: &[User], tags: &[(UserId, i64)], user: &User, field: UserField) -> Values {
    let profile = &user.profile;
    match field {
        UserField::Number => vec![Value::from(user.number.get())],
        UserField::Username => some(user.username.as_ref().map(Username::key)),
        UserField::Email => some(user.email.as_ref().map(Email::key)),
        UserField::Phone => some(user.phone.as_ref().map(Phone::national)),
        UserField::Name => some(profile.name.as_deref()),
        UserField::GivenName => some(profile.given_name.as_deref()),
        UserField::FamilyName => some(profile.family_name.as_deref()),
        UserField::Title => some(profile.title.as_deref()),
        UserField::Landline => some(profile.landline.as_deref()),
        UserField::Source => some(profile.source.as_deref()),
        UserField::Enabled => vec![Value::Flag(user.status == Status::Active)],
        UserField::Status => vec![Value::from(user.status.as_str())],
        UserField::Administrator => {
            vec![Value::Flag([users[0].id, users[2].id].contains(&user.id))]
        }
        UserField::CreatedBy => {
            let maker = users.iter().find(|other| Some(other.id) == user.created_by);
            maker.map(|maker| Value::from(maker.number.get())).into_iter().collect()
        }
        UserField::CreatedAt => vec![Value::Time(user.created_at)],
        UserField::E164 => some(user.phone.as_ref().map(Phone::e164)),
        UserField::Nickname => some(profile.nickname.as_deref()),
        UserField::UpdatedAt => vec![Value::Time(user.updated_at)],
        UserField::LastLoginAt => user.last_login_at.map(Value::Time).into_iter().collect(),
        UserField::LastIp => {
            user.last_ip.map(|ip| Value::Text(ip.to_string())).into_iter().collect()
        }
        UserField::Logins => vec![Value::from(user.logins_count)],
        UserField::Subject => vec![Value::from(user.subject.as_str())],
        UserField::ExternalId => some(user.external_id.as_deref()),
        UserField::EmailVerified => vec![Value::Flag(user.email_verified)],
        UserField::PhoneVerified => vec![Value::Flag(user.phone_verified)],
        UserField::Tag => tags
            .iter()
            .filter(|(tagged, _)| *tagged == user.id)
            .map(|(_, tag)| Value::from(*tag))
            .collect(),
    }
}

/// Tenants of all kinds.
fn customers() -> Vec<Tenant> {
    let locks = [None, Some((10, None)), Some((10, Some(20))), Some((30, Some(40)))];
    (0..4_usize)
        .map(|nth| {
            let second = i64::try_from(nth).unwrap();
            let name = TenantName::parse(&format!("customer-{nth}")).unwrap();
            let number = Number::new(9_000 + second).unwrap();
            let id = TenantId::generate(moment());
            let mut tenant = Tenant::new(id, number, name, at(100 + second));
            tenant.kind = TenantKind::ALL[nth];
            tenant.settings.display_name = (nth > 0).then(|| format!("某公司 Ltd. {nth}"));
            tenant.settings.details.real_name_status =
                (nth % 2 == 1).then(|| ["AUDITED", "Failed"][nth / 2].to_owned());
            if nth == 2 {
                tenant.set_status(TenantStatus::Disabled, at(7));
            }
            let window = locks[nth].map(|(from, until): (i64, Option<i64>)| LockWindow {
                from: at(from),
                until: until.map(at),
            });
            tenant.set_lock(window, at(second));
            tenant
        })
        .collect()
}

fn tenant_values(tenant: &Tenant, field: TenantField) -> Values {
    let time = |at: Option<_>| at.map(Value::Time).into_iter().collect();
    match field {
        TenantField::Number => vec![Value::from(tenant.number.get())],
        TenantField::DisplayName => some(Some(tenant.display_name())),
        TenantField::Kind => some(Some(tenant.kind.as_str())),
        TenantField::Status => some(Some(tenant.status.as_str())),
        TenantField::RealNameStatus => some(tenant.settings.details.real_name_status.as_deref()),
        TenantField::LockedFrom => time(tenant.lock.map(|lock| lock.from)),
        TenantField::LockedUntil => time(tenant.lock.and_then(|lock| lock.until)),
        TenantField::LastLockedAt => time(tenant.last_locked_at),
        TenantField::CreatedAt => vec![Value::Time(tenant.created_at)],
        TenantField::LockedAt => panic!("a window"),
    }
}

on_both_databases! {
    async fn users_pass_every_test(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let users = crowd(&world);
        let tags = [tag(tenant, 301, "a"), tag(tenant, 302, "b"), tag(tenant, 303, "c")];
        let on: Vec<(UserId, i64)> =
            vec![(users[0].id, 301), (users[0].id, 302), (users[3].id, 302)];
        let (written, links) = (users.clone(), on.clone());
        world
            .storage
            .transact(async move |tx| {
                for user in &written {
                    tx.users().insert(user).await?;
                }
                for tag in &tags {
                    tx.tags().insert(tag).await?;
                }
                let links: Vec<_> = links
                    .iter()
                    .zip(600..)
                    .map(|((user, tag), number)| {
                        let tag = tags.iter().find(|known| known.number.get() == *tag).unwrap();
                        link(number, tag.id, TagTarget::User(*user))
                    })
                    .collect();
                tx.tags().put_links(tenant, &links).await?;
                let (mut administrators, reader) = (role(tenant, "a"), role(tenant, "r"));
                administrators.is_administrator = true;
                tx.roles().insert(&administrators).await?;
                tx.roles().insert(&reader).await?;
                for (role, user) in [(&administrators, 0), (&administrators, 2), (&reader, 1)] {
                    tx.assignments()
                        .add_roles(tenant, written[user].id, &[role.id], at(0))
                        .await?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let as_written = [
            UserField::Phone,
            UserField::E164,
            UserField::Source,
            UserField::Status,
            UserField::LastIp,
            UserField::Subject,
            UserField::ExternalId,
        ];
        let all = cases(
            &USER_FIELDS,
            &users,
            |user| user.number.get(),
            |user, field| user_values(&users, &on, user, field),
            |field| !as_written.contains(&field),
        );
        assert!(all.len() > 200, "{} cases", all.len());
        for (conditions, expected) in &all {
            let (numbers, total) = found(&world, conditions, counted()).await;
            assert_eq!(&numbers, expected, "{conditions:?}");
            assert_eq!(total, u64::try_from(expected.len()).ok(), "{conditions:?}");
        }
    }

    async fn user_lists_hold_the_members_of_groups(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let users: Vec<_> = (1..=4).map(|number| world.user(number)).collect();
        let expected: Vec<BTreeSet<i64>> =
            vec![BTreeSet::new(), [1, 2].into(), [1, 2, 3].into(), BTreeSet::new()];
        let answers = world
            .storage
            .transact(async move |tx| {
                for user in &users {
                    tx.users().insert(user).await?;
                }
                let groups = [group(tenant, 201, "a"), group(tenant, 202, "b")];
                for group in &groups {
                    tx.groups().insert(group).await?;
                }
                let members = [
                    member(501, groups[0].id, users[0].id),
                    member(502, groups[0].id, users[1].id),
                    member(503, groups[1].id, users[1].id),
                    member(504, groups[1].id, users[2].id),
                ];
                tx.groups().put_members(tenant, &members).await?;
                let mut answers = Vec::new();
                for asked in [vec![], vec![0], vec![0, 1], vec![2]] {
                    let unknown = group(tenant, 203, "c").id;
                    let asked = asked
                        .into_iter()
                        .map(|nth: usize| groups.get(nth).map_or(unknown, |group| group.id));
                    let filter =
                        UserFilter { groups: Some(asked.collect()), ..UserFilter::default() };
                    let page = tx.users().list(tenant, &filter, &counted()).await?;
                    let numbers: BTreeSet<i64> =
                        page.items.iter().map(|user| user.number.get()).collect();
                    assert_eq!(page.items.len(), numbers.len(), "each once");
                    assert_eq!(page.total, u64::try_from(numbers.len()).ok());
                    answers.push(numbers);
                }
                Ok::<_, StorageError>(answers)
            })
            .await
            .unwrap();
        assert_eq!(answers, expected);
    }

    async fn what_is_saved_is_found_by_its_new_keys(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut user = world.full_user(1);
        user.profile.title = Some(text("Engineer"));
        let titled = |title: &str| Conditions {
            all: vec![Condition::equal(UserField::Title, Value::from(title))],
            search: None,
        };
        let written = user.clone();
        world
            .storage
            .transact(async move |tx| tx.users().insert(&written).await)
            .await
            .unwrap();
        assert_eq!(found(&world, &titled("ENGINEER"), counted()).await.0, [1]);
        user.profile.title = None;
        world.storage.transact(async move |tx| tx.users().save(&user).await).await.unwrap();
        assert_eq!(found(&world, &titled("engineer"), counted()).await.0, Vec::<i64>::new());
        let untitled = Conditions {
            all: vec![Condition::new(UserField::Title, Test::IsNull)],
            search: Some(Search { text: "\0".to_owned(), fields: vec![UserField::Name] }),
        };
        assert_eq!(found(&world, &untitled, counted()).await.0, Vec::<i64>::new());
        let untitled = Conditions { search: None, ..untitled };
        assert_eq!(found(&world, &untitled, counted()).await.0, [1]);
    }

    async fn tenants_pass_every_test(database: TestDatabase) {
        let world = World::new(&database).await;
        let made = customers();
        let items = world
            .storage
            .transact(async move |tx| {
                for tenant in &made {
                    tx.tenants().insert(tenant).await?;
                }
                Ok::<_, StorageError>(tx.tenants().list(&Listing::first(100)).await?.items)
            })
            .await
            .unwrap();
        assert_eq!(items.len(), 6, "those of the world too");
        let fields = [
            TenantField::Number,
            TenantField::DisplayName,
            TenantField::Kind,
            TenantField::Status,
            TenantField::RealNameStatus,
            TenantField::LockedFrom,
            TenantField::LockedUntil,
            TenantField::LastLockedAt,
            TenantField::CreatedAt,
        ];
        let mut all = cases(
            &fields,
            &items,
            |tenant| tenant.number.get(),
            tenant_values,
            |field| field == TenantField::DisplayName,
        );
        for second in [9, 10, 19, 20, 30, 40] {
            for (test, locked) in [
                (Test::Equal(Value::Time(at(second))), true),
                (Test::NotEqual(Value::Time(at(second))), false),
            ] {
                let passes = |tenant: &&Tenant| tenant.is_locked(at(second)) == locked;
                let mut expected: Vec<i64> =
                    items.iter().filter(passes).map(|tenant| tenant.number.get()).collect();
                expected.sort_unstable();
                let condition = Condition::new(TenantField::LockedAt, test);
                all.push((Conditions { all: vec![condition], search: None }, expected));
            }
        }
        world
            .storage
            .read(async move |read| {
                for (conditions, expected) in &all {
                    let page = read.tenants().find_all(conditions, &counted()).await?;
                    let mut numbers: Vec<i64> =
                        page.items.iter().map(|tenant| tenant.number.get()).collect();
                    numbers.sort_unstable();
                    assert_eq!(&numbers, expected, "{conditions:?}");
                    assert_eq!(page.total, u64::try_from(expected.len()).ok());
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn tenants_are_paged_in_every_order(database: TestDatabase) {
        use citizenry_identity::{Direction, SortKey, Start};
        let world = World::new(&database).await;
        let made = customers();
        let mut items = world
            .storage
            .transact(async move |tx| {
                for tenant in &made {
                    tx.tenants().insert(tenant).await?;
                }
                Ok::<_, StorageError>(tx.tenants().list(&Listing::first(100)).await?.items)
            })
            .await
            .unwrap();
        for field in [NumberedSort::CreatedAt, NumberedSort::Number, NumberedSort::Name] {
            for direction in [Direction::Ascending, Direction::Descending] {
                items.sort_by_key(|tenant| {
                    let name = citizenry_identity::folded(tenant.display_name());
                    match field {
                        NumberedSort::CreatedAt => {
                            (Some(tenant.created_at), 0, String::new(), tenant.id)
                        }
                        NumberedSort::Number => {
                            (None, tenant.number.get(), String::new(), tenant.id)
                        }
                        NumberedSort::Name => (None, 0, name, tenant.id),
                    }
                });
                if direction == Direction::Descending {
                    items.reverse();
                }
                let expected: Vec<i64> =
                    items.iter().map(|tenant| tenant.number.get()).collect();
                let order = vec![SortKey { field, direction }];
                let mut listing = Listing { order, ..Listing::first(4) };
                let mut numbers = Vec::new();
                loop {
                    let asked = listing.clone();
                    let page = world
                        .storage
                        .read(async move |read| {
                            read.tenants().find_all(&Conditions::default(), &asked).await
                        })
                        .await
                        .unwrap();
                    numbers.extend(page.items.iter().map(|tenant| tenant.number.get()));
                    let Some(next) = page.next else { break };
                    listing.start = Start::After(next);
                }
                assert_eq!(numbers, expected, "{field:?} {direction:?}");
            }
        }
    }

    async fn what_there_was_before_is_found_by_its_keys(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut user = world.full_user(1);
        user.phone = Some(Phone::parse("+1 650 253 0000", 86).unwrap());
        user.profile.given_name = Some(text("Lei"));
        user.profile.title = None;
        let plain = world.user(2);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.users().insert(&plain).await
            })
            .await
            .unwrap();
        while let Some(reverted) = database.database().revert().await.unwrap() {
            if reverted.starts_with("20261123000000") {
                break;
            }
        }
        database.database().migrate().await.unwrap();
        for (field, test, expected) in [
            (UserField::GivenName, Test::Equal(Value::from("LEI")), vec![1]),
            (UserField::FamilyName, Test::Equal(Value::from("李")), vec![1]),
            (UserField::Phone, Test::Equal(Value::from("6502530000")), vec![1]),
            (UserField::Landline, Test::IsNotNull, vec![1]),
            (UserField::Source, Test::Equal(Value::from("import")), vec![1]),
            (UserField::Title, Test::IsNull, vec![1, 2]),
            (UserField::GivenName, Test::IsNull, vec![2]),
            (UserField::CreatedBy, Test::IsNull, vec![1, 2]),
        ] {
            let all = vec![Condition::new(field, test)];
            let conditions = Conditions { all, search: None };
            let numbers = found(&world, &conditions, counted()).await.0;
            assert_eq!(numbers, expected, "{conditions:?}");
        }
        let named = Condition::equal(TenantField::DisplayName, Value::from("ACME"));
        let conditions = Conditions { all: vec![named], search: None };
        let tenant = world.tenant;
        let page = world
            .storage
            .read(async move |read| read.tenants().find_all(&conditions, &counted()).await)
            .await
            .unwrap();
        let ids: Vec<TenantId> = page.items.iter().map(|tenant| tenant.id).collect();
        assert_eq!(ids, [tenant]);
        assert_eq!(page.items[0].kind, TenantKind::Unknown);
    }
}
