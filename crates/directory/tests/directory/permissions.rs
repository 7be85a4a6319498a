use citizenry_directory::{NamedPermission, NewResourceServer, NewRole, UserRef};
use citizenry_identity::{Error, Listing, PermissionSource, RoleId, Scope, ScopeName, Text};
use citizenry_testkit::block_on;

use super::world::World;

const AUDIENCE: &str = "https://books.example";

fn named(scope: &str) -> NamedPermission {
    NamedPermission { audience: AUDIENCE.to_owned(), scope: scope.to_owned() }
}

async fn books(world: &World) {
    let scope = |name: &str| Scope {
        name: ScopeName::parse("scopes", name).unwrap(),
        description: Text::optional("description", Some(format!("may {name}"))).unwrap(),
    };
    let new = NewResourceServer {
        identifier: Text::parse("identifier", AUDIENCE).unwrap(),
        name: Text::parse("name", "Books").unwrap(),
        scopes: vec![scope("read:books"), scope("write:books")],
        signing_algorithm: None,
        signing_secret: None,
        allow_offline_access: false,
        skip_consent_for_verifiable_first_party_clients: false,
        token_lifetime: None,
        token_lifetime_for_web: None,
        enforce_policies: true,
        token_dialect: None,
        token_format: None,
    };
    world.directory.create_resource_server(&world.operator, new).await.unwrap();
}

async fn role(world: &World, name: &str) -> RoleId {
    let new = NewRole { name: Text::parse("name", name).unwrap(), description: None };
    world.directory.create_role(&world.operator, new).await.unwrap().id
}

#[test]
fn a_users_permissions_are_his_own_and_those_of_his_roles_with_every_reason() {
    block_on(async {
        let world = World::new().await;
        books(&world).await;
        let (directory, operator) = (&world.directory, &world.operator);
        let user = UserRef::Id(world.user("fioman").await.user.id);
        let reader = role(&world, "reader").await;
        let scopes = vec![named("read:books"), named("burn:books")];
        directory.add_role_permissions(operator, reader, scopes).await.unwrap();
        let unknown = "01arz3ndektsv4rrffq69g5fav".parse().unwrap();
        directory.add_user_roles(operator, &user, vec![reader, unknown]).await.unwrap();
        let own = vec![named("read:books"), named("write:books")];
        directory.add_user_permissions(operator, &user, own).await.unwrap();

        let page = directory.user_permissions(operator, &user, None, Listing::first(50)).await;
        let permissions = page.unwrap().items;
        let told: Vec<_> = permissions
            .iter()
            .map(|it| {
                let sources: Vec<_> = it.sources.iter().map(|source| source.source).collect();
                (
                    it.permission.permission.scope.as_str(),
                    it.permission.description.clone(),
                    sources,
                )
            })
            .collect();
        let (direct, by_role) = (PermissionSource::Direct, PermissionSource::Role(reader));
        assert_eq!(
            told,
            [
                ("read:books", Some("may read:books".to_owned()), vec![direct, by_role]),
                ("write:books", Some("may write:books".to_owned()), vec![direct]),
            ]
        );

        directory
            .remove_user_permissions(operator, &user, vec![named("write:books")])
            .await
            .unwrap();
        directory.delete_role(operator, reader).await.unwrap();
        let page = directory.user_permissions(operator, &user, None, Listing::first(50)).await;
        let left = page.unwrap().items;
        let left: Vec<_> = left.iter().map(|it| it.permission.permission.scope.as_str()).collect();
        assert_eq!(left, ["read:books"]);
    });
}

#[test]
fn management_permissions_are_given_only_by_who_holds_them() {
    block_on(async {
        let world = World::new().await;
        let user = UserRef::Id(world.user("fioman").await.user.id);
        let giver = world.client("update:users update:roles");
        let audience = "https://default.example/api".to_owned();
        let wanted = vec![NamedPermission { audience, scope: "delete:users".to_owned() }];
        let given = world.directory.add_user_permissions(&giver, &user, wanted.clone()).await;
        assert!(matches!(given, Err(Error::Forbidden { permission: "delete:users" })));
        let reader = role(&world, "reader").await;
        let given = world.directory.add_role_permissions(&giver, reader, wanted).await;
        assert!(matches!(given, Err(Error::Forbidden { permission: "delete:users" })));
    });
}
