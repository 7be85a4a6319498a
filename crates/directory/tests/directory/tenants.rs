use citizenry_directory::{ClientGrantQuery, ConnectionFilter, NewUser};
use citizenry_identity::{Error, Listing, TenantStatus};
use citizenry_testkit::block_on;
use serde_json::json;

use super::world::{World, caller, tenant};

#[test]
fn a_tenant_starts_with_connections_an_administrator_and_a_client_that_may_everything() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let connections =
            directory.connections(operator, ConnectionFilter::default(), Listing::first(10));
        let connections = connections.await.unwrap().items;
        let mut names: Vec<_> = connections.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["authok", "email", "sms"]);
        let administrators = directory.administrators(operator).await.unwrap();
        assert_eq!(administrators.len(), 1);
        let query = ClientGrantQuery::default();
        let grants = directory.client_grants(operator, query, Listing::first(10)).await.unwrap();
        let grant = grants.items.first().unwrap();
        assert_eq!(grant.client, world.provisioned.client.identifier);
        assert_eq!(grant.grant.scopes.len(), citizenry_identity::ManagementPermission::COUNT);
    });
}

#[test]
fn the_management_client_is_found_again_and_made_anew_when_it_is_gone() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        let found = directory.management_client(operator).await.unwrap();
        assert_eq!(found.client, world.provisioned.client);
        directory.delete_client(operator, &found.client.identifier).await.unwrap();
        let anew = directory.management_client(operator).await.unwrap();
        assert_ne!(anew.client.identifier, found.client.identifier);
        let grants = directory
            .client_grants(operator, ClientGrantQuery::default(), Listing::first(10))
            .await;
        // The other grant is that of the Audience Manager door's client.
        assert_eq!(grants.unwrap().items.len(), 2);
    });
}

#[test]
fn only_the_operator_sees_and_closes_tenants() {
    block_on(async {
        let world = World::new().await;
        let directory = &world.directory;
        let other = tenant(directory, "other").await.tenant;
        let everything: Vec<_> = citizenry_identity::ManagementPermission::all()
            .map(citizenry_identity::ManagementPermission::as_str)
            .collect();
        let administrator = caller(&world.provisioned.tenant, &everything.join(" "));
        let listed = directory.tenants(&administrator, Listing::first(10)).await;
        assert!(matches!(listed, Err(Error::Forbidden { .. })));
        let closed = TenantStatus::Disabled;
        let denied = directory.set_tenant_status(&administrator, other.id, closed).await;
        assert!(matches!(denied, Err(Error::Forbidden { .. })));
        let changed = directory.set_tenant_status(&world.operator, other.id, closed).await.unwrap();
        assert_eq!(changed.status, closed);
        assert_eq!(
            directory.tenants(&world.operator, Listing::first(10)).await.unwrap().items.len(),
            2
        );
    });
}

#[test]
fn settings_change_member_by_member() {
    block_on(async {
        let world = World::new().await;
        let change = async |members: serde_json::Value| {
            let serde_json::Value::Object(members) = members else { panic!("no object") };
            world.directory.update_tenant(&world.operator, members).await
        };
        let tenant = change(json!({"support_email": "help@example.com", "flags": {"a": true}}));
        let tenant = tenant.await.unwrap();
        assert_eq!(tenant.settings.support_email.as_deref(), Some("help@example.com"));
        assert_eq!(tenant.settings.other.get("flags"), Some(&json!({"a": true})));
        let tenant = change(json!({"session_lifetime": 1})).await.unwrap();
        assert_eq!(tenant.settings.support_email.as_deref(), Some("help@example.com"));
        let error = change(json!({"session_lifetime": "long"})).await.unwrap_err();
        assert!(matches!(error, Error::Invalid { field, .. } if field == "session_lifetime"));
    });
}

#[test]
fn numbers_are_never_given_twice_across_tenants() {
    block_on(async {
        let world = World::new().await;
        let other = tenant(&world.directory, "other").await;
        let operator = citizenry_authz::Caller::operator(&other.tenant);
        let mine = world.directory.create_user(&world.operator, NewUser::default()).await.unwrap();
        let theirs = world.directory.create_user(&operator, NewUser::default()).await.unwrap();
        assert!(mine.user.number < theirs.user.number);
        assert_ne!(other.tenant.number, other.administrator.number);
    });
}
