//! Users with identities and locks.

use citizenry_identity::{Listing, LockReason, Locks, Status, Strategy, Subject, Username};
use citizenry_storage::{StorageError, ports::UserFilter};
use citizenry_testkit::on_both_databases;

use crate::support::{World, at, identity, lock, role, text, user};

on_both_databases! {
    async fn users_read_back_with_everything_and_with_nothing(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let users = [world.full_user(1), world.user(2)];
        let written = users.clone();
        world
            .storage
            .transact(async move |tx| {
                for user in &written {
                    tx.users().insert(user).await?;
                    assert_eq!(tx.users().find(tenant, user.id).await?.as_ref(), Some(user));
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        world
            .storage
            .read(async move |read| {
                for user in &users {
                    let found = read.users().find(tenant, user.id).await?;
                    assert_eq!(found.as_ref(), Some(user));
                    assert_eq!(read.users().find(other, user.id).await?, None);
                    let found = read.users().find_by_subject(tenant, &user.subject).await?;
                    assert_eq!(found.as_ref(), Some(user));
                    assert_eq!(read.users().find_by_subject(other, &user.subject).await?, None);
                    for known in &user.identities {
                        let (provider, id) = (&known.provider, &known.provider_user_id);
                        let found = read.users().find_by_identity(tenant, provider, id).await?;
                        assert_eq!(found.as_ref(), Some(user));
                        let found = read.users().find_by_identity(other, provider, id).await?;
                        assert_eq!(found, None);
                    }
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn users_are_found_by_their_keys(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let full = world.full_user(1);
        let mut twin = world.full_user(1);
        twin.number = citizenry_identity::Number::new(9).unwrap();
        twin.subject = Subject::new("sms", "twin").unwrap();
        twin.connection = world.second_connection;
        twin.external_id = None;
        twin.created_at = at(-100);
        twin.identities = vec![identity(world.second_connection, "sms", "twin")];
        let plain = world.user(2);
        world
            .storage
            .transact(async move |tx| {
                for user in [&full, &twin, &plain] {
                    tx.users().insert(user).await?;
                }
                let both = [twin.clone(), full.clone()];
                let (email, phone) = ("fioman1@qq.com", "+8618600000001");
                assert_eq!(tx.users().find_by_email(tenant, email).await?, both, "oldest first");
                assert_eq!(tx.users().find_by_username(tenant, "fioman1").await?, both);
                assert_eq!(tx.users().find_by_phone(tenant, phone).await?, both);
                assert_eq!(tx.users().find_by_email(other, email).await?, []);
                assert_eq!(tx.users().find_by_username(other, "fioman1").await?, []);
                assert_eq!(tx.users().find_by_phone(other, phone).await?, []);
                for nothing in ["", "\0", "nobody"] {
                    assert_eq!(tx.users().find_by_email(tenant, nothing).await?, [], "{nothing}");
                    assert_eq!(tx.users().find_by_username(tenant, nothing).await?, []);
                    assert_eq!(tx.users().find_by_phone(tenant, nothing).await?, []);
                    let subject = Subject::from_stored(nothing);
                    assert_eq!(tx.users().find_by_subject(tenant, &subject).await?, None);
                    let provider = Strategy::parse("authok").unwrap();
                    let found = tx.users().find_by_identity(tenant, &provider, nothing).await?;
                    assert_eq!(found, None);
                }
                let subjects =
                    [plain.subject.clone(), Subject::from_stored("authok|\0"), twin.subject.clone()];
                let mut ids = tx.users().ids_of_subjects(tenant, &subjects).await?;
                ids.sort();
                let mut expected = vec![plain.id, twin.id];
                expected.sort();
                assert_eq!(ids, expected);
                assert_eq!(tx.users().ids_of_subjects(other, &subjects).await?, []);
                let ids = tx.users().ids_of_connection(tenant, full.connection, 1).await?;
                assert_eq!(ids, [full.id.min(plain.id)]);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_saved_user_is_written_as_a_whole(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, second) = (world.tenant, world.second_connection);
        let full = world.full_user(1);
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&full).await?;
                let mut user = tx.users().find_for_update(tenant, full.id).await?.unwrap();
                user.status = Status::Active;
                user.username = None;
                user.email = None;
                user.phone = None;
                user.external_id = None;
                user.last_login_at = None;
                user.signed_up_ip = None;
                user.profile = citizenry_identity::Profile::default();
                user.locks = [lock(LockReason::Admin, 20, Some(40))].into_iter().collect();
                user.identities.swap(0, 1);
                user.identities[0].refresh_token = None;
                let gone = user.identities.remove(1);
                user.identities.push(identity(second, "sms", "new"));
                tx.users().save(&user).await?;
                user.version += 1;
                assert_eq!(tx.users().find(tenant, full.id).await?, Some(user.clone()));
                let (provider, id) = (&gone.provider, &gone.provider_user_id);
                assert_eq!(tx.users().find_by_identity(tenant, provider, id).await?, None);
                user.locks = Locks::default();
                user.identities.push(gone);
                tx.users().save(&user).await?;
                user.version += 1;
                assert_eq!(tx.users().find(tenant, full.id).await?, Some(user));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_save_of_what_has_changed_is_stale(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let user = world.user(1);
        let id = user.id;
        let insert = user.clone();
        world
            .storage
            .transact(async move |tx| tx.users().insert(&insert).await)
            .await
            .unwrap();
        let load = async || {
            world
                .storage
                .read(async move |read| read.users().find(tenant, id).await)
                .await
                .unwrap()
                .unwrap()
        };
        let (mut first, mut second) = (load().await, load().await);
        first.logins_count = 1;
        second.logins_count = 2;
        world
            .storage
            .transact(async move |tx| tx.users().save(&first).await)
            .await
            .unwrap();
        let stale =
            world.storage.transact(async move |tx| tx.users().save(&second).await).await;
        assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
        assert_eq!(load().await.logins_count, 1);
        assert_eq!(load().await.version, user.version + 1);
    }

    async fn totals_follow_inserts_and_deletes(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let users: Vec<_> = (1..=40).map(|number| world.user(number)).collect();
        let foreign = user(other, world.other_connection, 41);
        let inserted = users.clone();
        world
            .storage
            .transact(async move |tx| {
                for user in inserted.iter().chain([&foreign]) {
                    tx.users().insert(user).await?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let ids: Vec<_> = users.iter().map(|user| user.id).take(15).collect();
        let undone = ids.clone();
        let refused = world
            .storage
            .transact(async move |tx| {
                tx.users().delete(tenant, undone[0]).await?;
                Err::<(), _>(StorageError::Busy)
            })
            .await;
        assert!(refused.is_err());
        let totals = world
            .storage
            .transact(async move |tx| {
                for id in &ids {
                    assert!(!tx.users().delete(other, *id).await?);
                    assert!(tx.users().delete(tenant, *id).await?);
                    assert!(!tx.users().delete(tenant, *id).await?);
                }
                let listing = Listing { with_total: true, ..Listing::first(1) };
                let any = UserFilter::default();
                let page = tx.users().list(tenant, &any, &listing).await?;
                Ok::<_, StorageError>([
                    tx.users().count(tenant).await?,
                    page.total.unwrap(),
                    tx.users().count(other).await?,
                ])
            })
            .await
            .unwrap();
        assert_eq!(totals, [25, 25, 1]);
    }

    async fn user_lists_are_narrowed(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let full = world.full_user(1);
        let mut named = world.user(2);
        named.username = Some(Username::parse("Ｈａｎ").unwrap());
        named.profile.nickname = Some(text("韩Mei"));
        let mut second = user(tenant, world.second_connection, 3);
        second.subject = Subject::new("sms", "3").unwrap();
        let (reader, writer) = (role(tenant, "reader"), role(tenant, "writer"));
        let second_connection = world.second_connection;
        world
            .storage
            .transact(async move |tx| {
                for role in [&reader, &writer] {
                    tx.roles().insert(role).await?;
                }
                for user in [&full, &named, &second] {
                    tx.users().insert(user).await?;
                }
                tx.assignments().add_roles(tenant, full.id, &[reader.id], at(0)).await?;
                tx.assignments().add_roles(tenant, named.id, &[writer.id], at(0)).await?;
                let any = UserFilter::default();
                let nickname = |part: &str| UserFilter {
                    nickname_contains: Some(part.to_owned()),
                    ..UserFilter::default()
                };
                let phone = |part: &str| UserFilter {
                    phone_contains: Some(part.to_owned()),
                    ..UserFilter::default()
                };
                let cases = [
                    (any.clone(), 3, None),
                    (UserFilter { connection: Some(second_connection), ..any.clone() }, 1, Some(second.id)),
                    (UserFilter { email_key: Some("fioman1@qq.com".into()), ..any.clone() }, 1, Some(full.id)),
                    (UserFilter { username_key: Some("han".into()), ..any.clone() }, 1, Some(named.id)),
                    (nickname("mEI"), 1, Some(named.id)),
                    (nickname("韩"), 1, Some(named.id)),
                    (nickname("_100%"), 1, Some(full.id)),
                    (nickname("1_0"), 0, None),
                    (nickname("\0"), 0, None),
                    (phone("8600"), 1, Some(full.id)),
                    (phone("%"), 0, None),
                    (UserFilter { role: Some(reader.id), ..any.clone() }, 1, Some(full.id)),
                    (UserFilter { without_roles: vec![reader.id, writer.id], ..any.clone() }, 1, Some(second.id)),
                    (UserFilter { without_roles: vec![reader.id], ..any.clone() }, 2, None),
                ];
                for (filter, count, only) in cases {
                    let listing = Listing { with_total: true, ..Listing::first(10) };
                    let page = tx.users().list(tenant, &filter, &listing).await?;
                    assert_eq!((page.items.len() as u64, page.total), (count, Some(count)), "{filter:?}");
                    if let Some(only) = only {
                        assert_eq!(page.items[0].id, only, "{filter:?}");
                    }
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
