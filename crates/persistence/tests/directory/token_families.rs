//! The tokens of one authorization.

use citizenry_identity::{Authorized, Factor, TokenKind};
use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;
use serde_json::json;

use crate::support::{World, at, client, family, hash, object, session, token_of, user};

on_both_databases! {
    async fn families_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let (user, app) = (world.user(1), client(tenant, "app"));
        let mut full = family(&user, &app, 1);
        full.session = Some(session(&user, 1).id);
        full.is_offline = true;
        full.revoked_at = Some(at(3));
        full.authorized = Authorized {
            scopes: vec!["openid".to_owned(), "offline_access".to_owned()],
            audiences: vec!["https://api.example/".to_owned()],
            claims: Some(object(json!({"id_token": {"email": null}}))),
            // A client may send any character.
            nonce: Some("a\0李".to_owned()),
            auth_time: 1_700_000_000,
            factors: vec![Factor::Password],
            acr: Some("1".to_owned()),
            wants_auth_time: true,
            dpop_thumbprint: Some("t".to_owned()),
            locale: Some("zh-CN".to_owned()),
        };
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.clients().insert(&app).await?;
                let plain = family(&user, &app, 2);
                for made in [&full, &plain] {
                    tx.token_families().insert(made).await?;
                    let found = tx.token_families().find(tenant, made.id).await?;
                    assert_eq!(found.as_ref(), Some(made));
                    assert_eq!(tx.token_families().find(other, made.id).await?, None);
                    let found = tx.token_families().find_for_update(other, made.id).await?;
                    assert_eq!(found, None);
                }
                let mut changed =
                    tx.token_families().find_for_update(tenant, plain.id).await?.unwrap();
                changed.authorized = full.authorized.clone();
                changed.expires_at = at(9);
                assert!(changed.revoke(at(8)));
                tx.token_families().save(&changed).await?;
                let found = tx.token_families().find(tenant, plain.id).await?;
                assert_eq!(found, Some(changed.clone()));
                changed.tenant = other;
                let absent = tx.token_families().save(&changed).await;
                assert!(matches!(absent, Err(StorageError::Stale)), "{absent:?}");
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn families_are_listed_and_revoked_by_user_and_client(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let [one, another] = [world.user(1), world.user(2)];
        let [app, second_app] = [client(tenant, "app"), client(tenant, "second")];
        world
            .storage
            .transact(async move |tx| {
                for user in [&one, &another] {
                    tx.users().insert(user).await?;
                }
                for client in [&app, &second_app] {
                    tx.clients().insert(client).await?;
                }
                let mut first = family(&one, &app, 1);
                let second = family(&one, &second_app, 2);
                let mut revoked = family(&one, &app, 3);
                revoked.revoked_at = Some(at(1));
                let foreign = family(&another, &app, 4);
                for family in [&first, &second, &revoked, &foreign] {
                    tx.token_families().insert(family).await?;
                }
                let listed = tx.token_families().list_of_user(tenant, one.id).await?;
                assert_eq!(listed, [second.clone(), first.clone()], "the newest first");
                let elsewhere =
                    tx.token_families().list_of_user(world.other_tenant, one.id).await?;
                assert_eq!(elsewhere, []);

                let by_client = Some(app.id);
                let families = tx.token_families();
                assert_eq!(families.revoke_of_user(tenant, one.id, by_client, at(50)).await?, 1);
                assert_eq!(families.revoke_of_user(tenant, one.id, by_client, at(51)).await?, 0);
                first.revoked_at = Some(at(50));
                assert_eq!(families.find(tenant, first.id).await?, Some(first));
                assert_eq!(families.find(tenant, revoked.id).await?, Some(revoked), "once");
                assert_eq!(families.list_of_user(tenant, one.id).await?, [second]);
                assert_eq!(families.revoke_of_user(tenant, one.id, None, at(52)).await?, 1);
                assert_eq!(families.list_of_user(tenant, one.id).await?, []);
                assert_eq!(families.list_of_user(tenant, another.id).await?, [foreign]);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn what_outlives_its_session_is_not_revoked_with_it(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let (user, app) = (world.user(1), client(tenant, "app"));
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.clients().insert(&app).await?;
                let [here, there] = [session(&user, 1), session(&user, 2)].map(|made| made.id);
                let of = |session, is_offline, second| {
                    let mut made = family(&user, &app, second);
                    made.session = Some(session);
                    made.is_offline = is_offline;
                    made
                };
                let mut online = of(here, false, 3);
                let offline = of(here, true, 4);
                let mut revoked = of(here, false, 5);
                revoked.revoked_at = Some(at(1));
                let elsewhere = of(there, false, 6);
                for family in [&offline, &online, &revoked, &elsewhere] {
                    tx.token_families().insert(family).await?;
                }
                let families = tx.token_families();
                let listed = families.list_of_session(tenant, here).await?;
                assert_eq!(listed, [online.clone(), offline.clone()], "the oldest first");
                assert_eq!(families.list_of_session(world.other_tenant, here).await?, []);
                assert_eq!(families.revoke_of_session(tenant, here, at(60)).await?, 1);
                assert_eq!(families.revoke_of_session(tenant, here, at(61)).await?, 0);
                online.revoked_at = Some(at(60));
                assert_eq!(families.find(tenant, online.id).await?, Some(online));
                assert_eq!(families.list_of_session(tenant, here).await?, [offline]);
                assert_eq!(families.list_of_session(tenant, there).await?, [elsewhere]);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn expired_families_take_their_tokens_along(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = [world.user(1), user(world.other_tenant, world.other_connection, 2)];
        let apps = [client(world.tenant, "app"), client(world.other_tenant, "app")];
        world
            .storage
            .transact(async move |tx| {
                let mut families = Vec::new();
                for (user, app) in users.iter().zip(&apps) {
                    tx.users().insert(user).await?;
                    tx.clients().insert(app).await?;
                }
                for (which, end, byte) in [(0, 10, 1), (1, 20, 2), (0, 30, 3), (0, 40, 4)] {
                    let mut made = family(&users[which], &apps[which], i64::from(byte));
                    made.expires_at = at(end);
                    tx.token_families().insert(&made).await?;
                    let token = token_of(&made, TokenKind::Refresh, byte);
                    tx.tokens().insert(&token).await?;
                    families.push(made);
                }
                assert_eq!(tx.token_families().delete_expired(at(40), 2).await?, 2);
                let mut left = Vec::new();
                for (family, byte) in families.iter().zip(1..) {
                    let found = tx.token_families().find(family.tenant, family.id).await?;
                    let token = tx.tokens().find(TokenKind::Refresh, &hash(byte)).await?;
                    left.push((found.is_some(), token.is_some()));
                }
                let (gone, there) = ((false, false), (true, true));
                assert_eq!(left, [gone, gone, there, there]);
                assert_eq!(tx.token_families().delete_expired(at(40), 2).await?, 1);
                assert_eq!(tx.token_families().delete_expired(at(40), 2).await?, 0);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn families_go_with_their_user_and_with_their_client(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let users = [world.user(1), world.user(2)];
        let apps = [client(tenant, "app"), client(tenant, "second")];
        world
            .storage
            .transact(async move |tx| {
                for (user, app) in users.iter().zip(&apps) {
                    tx.users().insert(user).await?;
                    tx.clients().insert(app).await?;
                }
                let [first, second] = [
                    family(&users[0], &apps[1], 1),
                    family(&users[1], &apps[0], 2),
                ];
                for (family, byte) in [(&first, 1), (&second, 2)] {
                    tx.token_families().insert(family).await?;
                    tx.tokens().insert(&token_of(family, TokenKind::Access, byte)).await?;
                }
                assert!(tx.users().delete(tenant, users[0].id).await?);
                assert_eq!(tx.token_families().find(tenant, first.id).await?, None);
                assert_eq!(tx.tokens().find(TokenKind::Access, &hash(1)).await?, None);
                assert!(tx.tokens().find(TokenKind::Access, &hash(2)).await?.is_some());
                assert!(tx.clients().delete(tenant, apps[0].id).await?);
                assert_eq!(tx.token_families().find(tenant, second.id).await?, None);
                assert_eq!(tx.tokens().find(TokenKind::Access, &hash(2)).await?, None);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
