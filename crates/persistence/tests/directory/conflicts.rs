//! Every unique value that is taken is a conflict of its own kind and field.

use std::future::Future;

use citizenry_identity::{KeyState, Kind, Subject, Tenant, TenantId, TenantName, User};
use citizenry_storage::{StorageError, Tx};
use citizenry_testkit::on_both_databases;

use crate::support::{
    World, at, client, connection, grant, identity, moment, resource_server, role, signing_key,
    user,
};

pub(crate) type Conflict = Option<(Kind, &'static str)>;

/// What a statement that may be refused was refused for.
pub(crate) async fn refusal<R>(result: impl Future<Output = Result<R, StorageError>>) -> Conflict {
    match result.await {
        Ok(_) => None,
        Err(StorageError::Conflict { kind, field }) => Some((kind, field)),
        Err(other) => panic!("no conflict: {other:?}"),
    }
}

/// Inserts a user in a savepoint.
async fn try_user(tx: &mut dyn Tx, user: &User) -> Conflict {
    refusal(tx.nested(async |tx| tx.users().insert(user).await)).await
}

on_both_databases! {
    async fn users_conflict_by_field(database: TestDatabase) {
        let world = World::new(&database).await;
        let first = world.full_user(1);
        let conflicts = world
            .storage
            .clone()
            .transact(async move |tx| {
                tx.users().insert(&first).await?;
                let other = |change: fn(&mut User, &User)| {
                    let mut other = world.user(2);
                    change(&mut other, &first);
                    other
                };
                let candidates = [
                    other(|user, first| user.username.clone_from(&first.username)),
                    other(|user, first| user.email.clone_from(&first.email)),
                    other(|user, first| user.phone.clone_from(&first.phone)),
                    other(|user, first| user.external_id.clone_from(&first.external_id)),
                    other(|user, first| user.subject.clone_from(&first.subject)),
                    other(|user, first| {
                        user.identities.push(identity(
                            user.connection,
                            "sms",
                            &first.identities[1].provider_user_id,
                        ));
                    }),
                ];
                let mut conflicts = Vec::new();
                for candidate in &candidates {
                    conflicts.push(try_user(tx, candidate).await);
                }
                // Without what is taken, the same user is welcome; also twice without anything.
                assert_eq!(try_user(tx, &other(|_, _| ())).await, None);
                assert_eq!(try_user(tx, &world.user(3)).await, None);
                // The same names in another connection, and in another tenant.
                let mut elsewhere = world.full_user(1);
                elsewhere.number = citizenry_identity::Number::new(4).unwrap();
                elsewhere.connection = world.second_connection;
                elsewhere.subject = Subject::new("sms", "4").unwrap();
                elsewhere.identities = vec![identity(world.second_connection, "sms", "4")];
                elsewhere.external_id = None;
                assert_eq!(try_user(tx, &elsewhere).await, None);
                let mut foreign = user(world.other_tenant, world.other_connection, 5);
                foreign.username.clone_from(&first.username);
                foreign.email.clone_from(&first.email);
                foreign.phone.clone_from(&first.phone);
                foreign.external_id.clone_from(&first.external_id);
                foreign.subject.clone_from(&first.subject);
                foreign.identities[0]
                    .provider_user_id
                    .clone_from(&first.identities[0].provider_user_id);
                assert_eq!(try_user(tx, &foreign).await, None);
                assert_eq!(tx.users().count(world.tenant).await?, 4, "what was refused counts not");

                // The same when an existing one is changed.
                let mut changed = tx.users().find_for_update(world.tenant, elsewhere.id).await?
                    .unwrap();
                changed.external_id.clone_from(&first.external_id);
                let saved = refusal(tx.nested(async |tx| tx.users().save(&changed).await)).await;
                conflicts.push(saved);
                Ok::<_, StorageError>(conflicts)
            })
            .await
            .unwrap();
        let fields = ["username", "email", "phone", "external_id", "user_id", "user_id", "external_id"];
        assert_eq!(conflicts, fields.map(|field| Some((Kind::User, field))));
    }

    async fn everything_else_conflicts_by_field(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let conflicts = world
            .storage
            .transact(async move |tx| {
                let mut conflicts = Vec::new();
                let number = tx.numbers().next().await?;
                let name = TenantName::parse("acme").unwrap();
                let acme = Tenant::new(TenantId::generate(moment()), number, name, at(0));
                conflicts.push(
                    refusal(tx.nested(async |tx| tx.tenants().insert(&acme).await)).await,
                );

                let app = client(tenant, "app");
                tx.clients().insert(&app).await?;
                let mut twin = client(tenant, "app");
                conflicts.push(
                    refusal(tx.nested(async |tx| tx.clients().insert(&twin).await)).await,
                );
                twin = client(world.other_tenant, "app");
                twin.identifier.clone_from(&app.identifier);
                conflicts.push(
                    refusal(tx.nested(async |tx| tx.clients().insert(&twin).await)).await,
                );

                let id = citizenry_identity::ConnectionId::generate(moment());
                let sms = connection(tenant, id, "sms");
                conflicts.push(
                    refusal(tx.nested(async |tx| tx.connections().insert(&sms).await)).await,
                );

                let mut api = resource_server(tenant, "api", &["r:x"]);
                api.is_system = true;
                tx.resource_servers().insert(&api).await?;
                let same = resource_server(tenant, "api", &["r:x"]);
                conflicts.push(
                    refusal(tx.nested(async |tx| tx.resource_servers().insert(&same).await)).await,
                );
                let mut system = resource_server(tenant, "second", &[]);
                system.is_system = true;
                conflicts.push(
                    refusal(tx.nested(async |tx| tx.resource_servers().insert(&system).await)).await,
                );

                tx.client_grants().insert(&grant(&app, &api, &["r:x"])).await?;
                let again = grant(&app, &api, &[]);
                conflicts.push(
                    refusal(tx.nested(async |tx| tx.client_grants().insert(&again).await)).await,
                );

                let mut fixed = role(tenant, "administrator");
                fixed.is_administrator = true;
                tx.roles().insert(&fixed).await?;
                let same = role(tenant, "administrator");
                conflicts.push(refusal(tx.nested(async |tx| tx.roles().insert(&same).await)).await);
                let mut second = role(tenant, "second");
                second.is_administrator = true;
                conflicts
                    .push(refusal(tx.nested(async |tx| tx.roles().insert(&second).await)).await);
                second.is_administrator = false;
                tx.roles().insert(&second).await?;
                second.name.clone_from(&fixed.name);
                conflicts.push(refusal(tx.nested(async |tx| tx.roles().save(&second).await)).await);

                tx.signing_keys().insert(&signing_key(tenant, KeyState::Current)).await?;
                let mut key = signing_key(tenant, KeyState::Current);
                conflicts
                    .push(refusal(tx.nested(async |tx| tx.signing_keys().insert(&key).await)).await);
                key.state = KeyState::Next;
                tx.signing_keys().insert(&key).await?;
                key.state = KeyState::Current;
                conflicts
                    .push(refusal(tx.nested(async |tx| tx.signing_keys().save(&key).await)).await);
                Ok::<_, StorageError>(conflicts)
            })
            .await
            .unwrap();
        let expected = [
            (Kind::Tenant, "name"),
            (Kind::Client, "name"),
            (Kind::Client, "client_id"),
            (Kind::Connection, "name"),
            (Kind::ResourceServer, "identifier"),
            (Kind::ResourceServer, "is_system"),
            (Kind::ClientGrant, "audience"),
            (Kind::Role, "name"),
            (Kind::Role, "administrator"),
            (Kind::Role, "name"),
            (Kind::SigningKey, "state"),
            (Kind::SigningKey, "state"),
        ];
        assert_eq!(conflicts, expected.map(Some));
    }
}
