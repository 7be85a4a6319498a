//! Tokens of which only the keyed hash is kept.

use citizenry_identity::{Kind, TokenKind};
use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;

use crate::{
    conflicts::refusal,
    support::{World, at, client, family, hash, token, token_of},
};

on_both_databases! {
    async fn tokens_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let (user, app) = (world.user(1), client(tenant, "app"));
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.clients().insert(&app).await?;
                let issued = family(&user, &app, 1);
                tx.token_families().insert(&issued).await?;
                let mut full = token_of(&issued, TokenKind::Refresh, 1);
                full.scopes = vec!["openid".to_owned(), "read:书".to_owned()];
                full.audiences = vec!["https://api.example/".to_owned()];
                full.dpop_thumbprint = Some("t".to_owned());
                full.rotated_at = Some(at(4));
                let plain = token(&app, TokenKind::Access, 2);
                for made in [&full, &plain] {
                    tx.tokens().insert(made).await?;
                    let found = tx.tokens().find(made.kind, &made.hash).await?;
                    assert_eq!(found.as_ref(), Some(made));
                    let found = tx.tokens().find_for_update(made.kind, &made.hash).await?;
                    assert_eq!(found.as_ref(), Some(made));
                }
                assert_eq!(tx.tokens().find(TokenKind::Access, &hash(1)).await?, None, "its kind");
                let other_kind = tx.tokens().find_for_update(TokenKind::Refresh, &hash(2)).await?;
                assert_eq!(other_kind, None);
                assert!(!tx.tokens().delete(TokenKind::Access, &hash(1)).await?);

                let mut changed = plain.clone();
                changed.rotated_at = Some(at(5));
                changed.expires_at = at(6);
                tx.tokens().save(&changed).await?;
                let found = tx.tokens().find(TokenKind::Access, &hash(2)).await?;
                assert_eq!(found, Some(changed.clone()));
                assert!(tx.tokens().delete(TokenKind::Access, &hash(2)).await?);
                assert!(!tx.tokens().delete(TokenKind::Access, &hash(2)).await?);
                let absent = tx.tokens().save(&changed).await;
                assert!(matches!(absent, Err(StorageError::Stale)), "{absent:?}");
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_hash_is_of_one_token_of_the_installation(database: TestDatabase) {
        let world = World::new(&database).await;
        let apps = [client(world.tenant, "app"), client(world.other_tenant, "app")];
        let conflicts = world
            .storage
            .transact(async move |tx| {
                for app in &apps {
                    tx.clients().insert(app).await?;
                }
                tx.tokens().insert(&token(&apps[0], TokenKind::Refresh, 1)).await?;
                let mut conflicts = Vec::new();
                for (app, kind) in [(&apps[1], TokenKind::Refresh), (&apps[0], TokenKind::Access)] {
                    let same = token(app, kind, 1);
                    let added = tx.nested(async |tx| tx.tokens().insert(&same).await);
                    conflicts.push(refusal(added).await);
                }
                Ok::<_, StorageError>(conflicts)
            })
            .await
            .unwrap();
        assert_eq!(conflicts, [Some((Kind::Token, "hash")); 2]);
    }

    async fn expired_tokens_are_cleared_away_in_steps(database: TestDatabase) {
        let world = World::new(&database).await;
        let apps = [client(world.tenant, "app"), client(world.other_tenant, "app")];
        world
            .storage
            .transact(async move |tx| {
                for app in &apps {
                    tx.clients().insert(app).await?;
                }
                for (which, end, byte) in [(0, 30, 3), (1, 10, 1), (0, 20, 2), (1, 40, 4)] {
                    let mut expired = token(&apps[which], TokenKind::Access, byte);
                    expired.expires_at = at(end);
                    tx.tokens().insert(&expired).await?;
                }
                assert_eq!(tx.tokens().delete_expired(at(10), 9).await?, 0, "at its end, not after");
                assert_eq!(tx.tokens().delete_expired(at(40), 2).await?, 2);
                let mut left = Vec::new();
                for byte in 1..=4 {
                    let found = tx.tokens().find(TokenKind::Access, &hash(byte)).await?;
                    left.push(found.is_some());
                }
                assert_eq!(left, [false, false, true, true]);
                assert_eq!(tx.tokens().delete_expired(at(40), 2).await?, 1);
                assert_eq!(tx.tokens().delete_expired(at(40), 2).await?, 0);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn a_clients_own_tokens_go_with_it(database: TestDatabase) {
        let world = World::new(&database).await;
        let app = client(world.tenant, "app");
        let mut stray = token(&app, TokenKind::Access, 2);
        stray.tenant = world.other_tenant;
        let refused = world
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&app).await?;
                tx.tokens().insert(&token(&app, TokenKind::Access, 1)).await?;
                assert!(tx.clients().delete(world.tenant, app.id).await?);
                assert_eq!(tx.tokens().find(TokenKind::Access, &hash(1)).await?, None);
                tx.clients().insert(&app).await?;
                // None can be of a client of another tenant.
                tx.tokens().insert(&stray).await
            })
            .await;
        assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
    }
}
