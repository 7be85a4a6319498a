//! Tokens that people make for themselves, and administrators for systems.

use citizenry_identity::{ApiToken, ApiTokenId, ApiTokenOwner, Kind, Number, TenantId};
use citizenry_storage::StorageError;
use citizenry_testkit::on_both_databases;
use serde_json::json;

use crate::{
    conflicts::refusal,
    support::{World, at, hash, later, object, text},
};

/// The `nth` token: later ones are newer.
fn token(tenant: TenantId, nth: u8, owner: ApiTokenOwner, name: &str) -> ApiToken {
    ApiToken {
        id: ApiTokenId::generate(&later(nth.into())),
        number: Number::new(1_000 + i64::from(nth)).unwrap(),
        tenant,
        owner,
        name: text(name),
        hash: hash(nth),
        sealed: vec![nth, 0, 255],
        access: object(json!({"resources": [{"name": "用户", "read": true}]})),
        expires_at: nth.is_multiple_of(2).then(|| at(500)),
        created_by: match owner {
            ApiTokenOwner::User(user) => Some(user),
            ApiTokenOwner::System => None,
        },
        created_at: at(nth.into()),
    }
}

on_both_databases! {
    async fn tokens_read_back_and_belong_to_their_owners(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let (user, second) = (world.user(1), world.user(2));
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                tx.users().insert(&second).await?;
                let of_user = ApiTokenOwner::User(user.id);
                let of_second = ApiTokenOwner::User(second.id);
                let tokens = [
                    token(tenant, 1, of_user, "ci"),
                    token(tenant, 2, of_user, "CI"),
                    token(tenant, 3, of_second, "ci"),
                    token(tenant, 4, ApiTokenOwner::System, "ci"),
                    token(other, 5, ApiTokenOwner::System, "ci"),
                ];
                for token in &tokens {
                    tx.api_tokens().insert(token).await?;
                    let found = tx.api_tokens().find_by_hash(&token.hash).await?;
                    assert_eq!(found.as_ref(), Some(token));
                    let found = tx.api_tokens().find_by_number(token.tenant, token.number).await?;
                    assert_eq!(found.as_ref(), Some(token));
                }
                let elsewhere = tx.api_tokens().find_by_number(other, tokens[0].number).await?;
                assert_eq!(elsewhere, None);
                assert_eq!(tx.api_tokens().find_by_hash(&hash(99)).await?, None);
                let listed = tx.api_tokens().list(tenant, of_user).await?;
                assert_eq!(listed, [tokens[1].clone(), tokens[0].clone()], "the newest first");
                let listed = tx.api_tokens().list(tenant, ApiTokenOwner::System).await?;
                assert_eq!(listed, [tokens[3].clone()]);
                assert_eq!(tx.api_tokens().list(other, of_user).await?, []);

                // Names are unique per owner, also where there is no user.
                for owner in [of_user, ApiTokenOwner::System] {
                    let twin = token(tenant, 6, owner, "ci");
                    let refused =
                        refusal(tx.nested(async |tx| tx.api_tokens().insert(&twin).await)).await;
                    assert_eq!(refused, Some((Kind::ApiToken, "name")));
                }

                let gone = tx.api_tokens().delete(other, &[tokens[0].id]).await?;
                assert_eq!(gone, [], "of another tenant");
                let asked = [tokens[0].id, tokens[3].id, token(tenant, 7, of_user, "x").id];
                let mut gone = tx.api_tokens().delete(tenant, &asked).await?;
                gone.sort_unstable();
                assert_eq!(gone, [tokens[0].id, tokens[3].id]);
                assert_eq!(tx.api_tokens().delete_of_user(tenant, user.id).await?, 1);
                assert_eq!(tx.api_tokens().delete_of_user(tenant, user.id).await?, 0);

                // With its user a token is gone.
                assert!(tx.users().delete(tenant, second.id).await?);
                assert_eq!(tx.api_tokens().find_by_hash(&tokens[2].hash).await?, None);
                let left = tx.api_tokens().find_by_hash(&tokens[4].hash).await?;
                assert_eq!(left.as_ref(), Some(&tokens[4]));
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}
