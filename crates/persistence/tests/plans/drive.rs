//! Calls every method of every port, lists with every order, start and filter.

use citizenry_identity::{
    Actor, ClientGrantId, Cursor, CursorKey, Direction, EventKind, ForeignId, Id as _, KeyState,
    Kind, Listing, PasswordHash, PasswordStrength, PermissionRef, SigningAlgorithm, SortKey, Start,
    StoredPassword, TenantName,
};
use citizenry_storage::{
    StorageError, Tx,
    ports::{
        ByAge, ByName, ClientFilter, ClientGrantFilter, ConnectionFilter, EventFilter,
        ResourceServerFilter, RoleFilter, UserFilter, UserSort,
    },
};
use citizenry_testkit::TestDatabase;
use ulid::Ulid;

use crate::{
    label,
    support::{World, at, client, event, grant, resource_server, role, scope, signing_key, text},
};

/// The ports and their source.
pub(crate) const PORTS: [(&str, &str); 27] = [
    ("api_tokens", include_str!("../../../storage/src/ports/api_tokens.rs")),
    ("assignments", include_str!("../../../storage/src/ports/assignments.rs")),
    ("attempts", include_str!("../../../storage/src/ports/attempts.rs")),
    ("bulk", include_str!("../../../storage/src/ports/bulk.rs")),
    ("client_grants", include_str!("../../../storage/src/ports/client_grants.rs")),
    ("clients", include_str!("../../../storage/src/ports/clients.rs")),
    ("connections", include_str!("../../../storage/src/ports/connections.rs")),
    ("consents", include_str!("../../../storage/src/ports/consents.rs")),
    ("departments", include_str!("../../../storage/src/ports/departments.rs")),
    ("events", include_str!("../../../storage/src/ports/events.rs")),
    ("foreign_ids", include_str!("../../../storage/src/ports/foreign_ids.rs")),
    ("groups", include_str!("../../../storage/src/ports/groups.rs")),
    ("jobs", include_str!("../../../storage/src/ports/jobs.rs")),
    ("numbers", include_str!("../../../storage/src/ports/numbers.rs")),
    ("operators", include_str!("../../../storage/src/ports/operators.rs")),
    ("outbox", include_str!("../../../storage/src/ports/outbox.rs")),
    ("passwords", include_str!("../../../storage/src/ports/passwords.rs")),
    ("resource_servers", include_str!("../../../storage/src/ports/resource_servers.rs")),
    ("roles", include_str!("../../../storage/src/ports/roles.rs")),
    ("sessions", include_str!("../../../storage/src/ports/sessions.rs")),
    ("signing_keys", include_str!("../../../storage/src/ports/signing_keys.rs")),
    ("tags", include_str!("../../../storage/src/ports/tags.rs")),
    ("tenants", include_str!("../../../storage/src/ports/tenants.rs")),
    ("tickets", include_str!("../../../storage/src/ports/tickets.rs")),
    ("token_families", include_str!("../../../storage/src/ports/token_families.rs")),
    ("tokens", include_str!("../../../storage/src/ports/tokens.rs")),
    ("users", include_str!("../../../storage/src/ports/users.rs")),
];

pub(crate) type Done = Result<(), StorageError>;

pub(crate) async fn every_query(database: &TestDatabase) {
    label("");
    let world = World::new(database).await;
    let driven = world.clone();
    world
        .storage
        .transact(async move |tx| {
            tenants(tx, &driven).await?;
            clients_and_servers(tx, &driven).await?;
            connections(tx, &driven).await?;
            roles(tx, &driven).await?;
            users(tx, &driven).await?;
            user_lists(tx, &driven).await?;
            assignments(tx, &driven).await?;
            the_rest(tx, &driven).await?;
            crate::drive_sign_in::every_query(tx, &driven).await?;
            crate::drive_structure::every_query(tx, &driven).await?;
            crate::drive_people::every_query(tx, &driven).await?;
            crate::drive_bulk::every_query(tx, &driven).await?;
            deletions(tx, &driven).await
        })
        .await
        .expect("every query runs");
}

/// The listings of a list whose keys are `fields`: every order, every start.
pub(crate) fn listings<F: Copy>(fields: &[(F, CursorKey)]) -> Vec<(&'static str, Listing<F>)> {
    let mut listings = vec![("walk first", Listing::first(10))];
    for (field, key) in fields {
        for direction in [Direction::Ascending, Direction::Descending] {
            let order = vec![SortKey { field: *field, direction }];
            let cursor = Cursor { key: key.clone(), id: Ulid::nil() };
            let starts = [
                ("walk", Start::Skip(0)),
                ("walk skip", Start::Skip(5)),
                ("walk after", Start::After(cursor)),
            ];
            for (label, start) in starts {
                let listing = Listing { order: order.clone(), start, ..Listing::first(10) };
                listings.push((label, listing));
            }
        }
    }
    listings
}

fn by_name() -> Vec<(&'static str, Listing<ByName>)> {
    listings(&[
        (ByName::CreatedAt, CursorKey::Time(at(0))),
        (ByName::Name, CursorKey::Text("a".to_owned())),
    ])
}

pub(crate) fn by_age() -> Vec<(&'static str, Listing<ByAge>)> {
    listings(&[(ByAge::CreatedAt, CursorKey::Text("a".to_owned()))])
}

pub(crate) fn counted<F>() -> Listing<F> {
    Listing { with_total: true, ..Listing::first(10) }
}

async fn tenants(tx: &mut dyn Tx, world: &World) -> Done {
    label("find tenants");
    tx.tenants().find(world.tenant).await?;
    tx.tenants().find_by_name(&TenantName::parse("acme").expect("a name")).await?;
    let tenant = tx.tenants().find_for_update(world.tenant).await?.expect("a tenant");
    tx.tenants().save(&tenant).await?;
    let mut second = tenant.clone();
    second.id = citizenry_identity::TenantId::from_ulid(Ulid::from_parts(1, 1));
    second.name = TenantName::parse("second").expect("a name");
    label("all numbers");
    second.number = tx.numbers().next().await?;
    label("find tenants.insert");
    tx.tenants().insert(&second).await?;
    label("all tenants.list");
    for (_, listing) in by_name() {
        tx.tenants().list(&listing).await?;
    }
    tx.tenants().list(&counted()).await?;
    Ok(())
}

async fn clients_and_servers(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let mut app = client(tenant, "app");
    app.settings.web_origins = vec!["https://app.example".to_owned()];
    let mut api = resource_server(tenant, "api", &["a", "b"]);
    label("find clients");
    tx.clients().insert(&app).await?;
    tx.clients().find(tenant, app.id).await?;
    tx.clients().find_by_identifier(tenant, &app.identifier).await?;
    tx.clients().find_anywhere(&app.identifier).await?;
    tx.clients().find_many(tenant, &[app.id, app.id]).await?;
    tx.clients().find_for_update(tenant, app.id).await?;
    app.settings.web_origins = vec!["https://moved.example".to_owned()];
    tx.clients().save(&app).await?;
    app.version += 1;
    tx.clients().has_origin(tenant, "https://moved.example").await?;
    for (start, listing) in by_name() {
        label(&start.replace("walk", "walk clients.list"));
        tx.clients().list(tenant, &ClientFilter::default(), &listing).await?;
    }
    label("list clients.list");
    let narrowed = ClientFilter {
        identifiers: vec![app.identifier.clone()],
        kinds: vec![app.kind],
        authentication_methods: vec![app.authentication_method],
        is_first_party: Some(true),
    };
    tx.clients().list(tenant, &narrowed, &counted()).await?;

    label("find resource_servers");
    tx.resource_servers().insert(&api).await?;
    tx.resource_servers().find(tenant, api.id).await?;
    tx.resource_servers().find_by_identifier(tenant, &api.identifier).await?;
    tx.resource_servers().find_system(tenant).await?;
    tx.resource_servers().find_many(tenant, &[api.id, api.id]).await?;
    tx.resource_servers().find_by_identifiers(tenant, &[api.identifier.to_string()]).await?;
    tx.resource_servers().find_for_update(tenant, api.id).await?;
    for (start, listing) in by_name() {
        label(&start.replace("walk", "walk resource_servers.list"));
        let any = ResourceServerFilter::default();
        tx.resource_servers().list(tenant, &any, &listing).await?;
    }
    label("list resource_servers.list");
    let narrowed = ResourceServerFilter {
        ids: vec![api.id],
        identifiers: vec![api.identifier.to_string()],
        is_system: Some(false),
        enforce_policies: Some(false),
    };
    tx.resource_servers().list(tenant, &narrowed, &counted()).await?;

    label("find client_grants");
    let granted = grant(&app, &api, &["a", "b"]);
    tx.client_grants().insert(&granted).await?;
    tx.client_grants().find(tenant, granted.id).await?;
    tx.client_grants().find_for(tenant, app.id, api.id).await?;
    tx.client_grants().find_for_update(tenant, granted.id).await?;
    tx.client_grants().save(&granted).await?;
    for (start, listing) in by_age() {
        label(&start.replace("walk", "walk client_grants.list"));
        tx.client_grants().list(tenant, &ClientGrantFilter::default(), &listing).await?;
    }
    label("list client_grants.list");
    let narrowed = ClientGrantFilter {
        clients: Some(vec![app.id, app.id]),
        resource_servers: Some(vec![api.id, api.id]),
    };
    tx.client_grants().list(tenant, &narrowed, &counted()).await?;
    label("find resource_servers.save");
    api.scopes.remove(0);
    api.scopes[0].description = Some(text("changed"));
    api.scopes.push(citizenry_identity::Scope { name: scope("c"), description: None });
    tx.resource_servers().save(&api).await?;
    label("find client_grants.delete");
    tx.client_grants().delete(tenant, ClientGrantId::from_ulid(Ulid::nil())).await?;
    Ok(())
}

async fn connections(tx: &mut dyn Tx, world: &World) -> Done {
    let (tenant, id) = (world.tenant, world.connection);
    let app = client(tenant, "of the connection");
    label("");
    tx.clients().insert(&app).await?;
    label("find connections");
    tx.connections().find(tenant, id).await?;
    let mut connection = tx.connections().find_for_update(tenant, id).await?.expect("it is there");
    tx.connections().find_by_name(tenant, &connection.name).await?;
    tx.connections().find_many(tenant, &[id, id]).await?;
    connection.enabled_clients = [app.identifier.clone()].into();
    tx.connections().save(&connection).await?;
    connection.version += 1;
    connection.enabled_clients.clear();
    tx.connections().save(&connection).await?;
    let mut second = crate::support::connection(
        tenant,
        citizenry_identity::ConnectionId::from_ulid(Ulid::from_parts(2, 2)),
        "second",
    );
    second.enabled_clients = [app.identifier.clone()].into();
    tx.connections().insert(&second).await?;
    tx.connections().disable_client(tenant, &app.identifier).await?;
    tx.connections().delete(tenant, second.id).await?;
    for (start, listing) in by_name() {
        label(&start.replace("walk", "walk connections.list"));
        tx.connections().list(tenant, &ConnectionFilter::default(), &listing).await?;
    }
    label("list connections.list");
    let narrowed = ConnectionFilter {
        names: vec![connection.name.clone()],
        strategies: vec![connection.strategy.clone()],
        without_strategies: vec![connection.strategy.clone()],
    };
    tx.connections().list(tenant, &narrowed, &counted()).await?;
    Ok(())
}

async fn roles(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let reader = role(tenant, "reader");
    label("find roles");
    tx.roles().insert(&reader).await?;
    tx.roles().find(tenant, reader.id).await?;
    tx.roles().find_administrator(tenant).await?;
    tx.roles().find_many(tenant, &[reader.id, reader.id]).await?;
    tx.roles().find_for_update(tenant, reader.id).await?;
    tx.roles().save(&reader).await?;
    for (start, listing) in by_name() {
        label(&start.replace("walk", "walk roles.list"));
        tx.roles().list(tenant, &RoleFilter::default(), &listing).await?;
    }
    label("list roles.list");
    let narrowed = RoleFilter { name_contains: Some("a".to_owned()) };
    tx.roles().list(tenant, &narrowed, &counted()).await?;
    label("find roles.delete");
    tx.roles().delete(tenant, reader.id).await?;
    Ok(())
}

async fn users(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let mut user = world.full_user(1);
    label("find users");
    tx.users().insert(&user).await?;
    tx.users().find(tenant, user.id).await?;
    tx.users().find_by_subject(tenant, &user.subject).await?;
    tx.users().ids_of_subjects(tenant, &[user.subject.clone(), user.subject.clone()]).await?;
    tx.users().find_by_identity(tenant, &user.identities[0].provider, "u1").await?;
    tx.users().find_by_email(tenant, "fioman1@qq.com").await?;
    tx.users().find_by_username(tenant, "fioman1").await?;
    tx.users().find_by_phone(tenant, "+8618600000001").await?;
    tx.users().find_for_update(tenant, user.id).await?;
    tx.users().hold(tenant, &[user.id, user.id]).await?;
    tx.users().hold_for_deletion(tenant, &[user.id, user.id]).await?;
    tx.users().count(tenant).await?;
    user.identities[0].is_social = true;
    user.identities.remove(1);
    user.locks = citizenry_identity::Locks::default();
    tx.users().save(&user).await?;
    user.version += 1;
    user.locks = crate::support::locks();
    tx.users().save(&user).await?;
    label("walk users.ids_of_connection");
    tx.users().ids_of_connection(tenant, user.connection, 10).await?;
    label("find users.delete");
    tx.users().delete(tenant, user.id).await?;
    Ok(())
}

async fn user_lists(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    label("");
    tx.users().insert(&world.full_user(1)).await?;
    let (time, word) = (CursorKey::Time(at(0)), CursorKey::Text("a".to_owned()));
    let keys = [
        (UserSort::CreatedAt, time.clone()),
        (UserSort::UpdatedAt, time.clone()),
        (UserSort::LastLoginAt, time),
        (UserSort::Email, word.clone()),
        (UserSort::Name, word.clone()),
        (UserSort::Number, CursorKey::Number(1)),
        (UserSort::Username, word),
    ];
    for (start, listing) in listings(&keys) {
        label(&start.replace("walk", "walk users.list"));
        tx.users().list(tenant, &UserFilter::default(), &listing).await?;
    }
    label("walk users.list of a connection");
    let any = UserFilter::default();
    let of_connection = UserFilter { connection: Some(world.connection), ..any.clone() };
    tx.users().list(tenant, &of_connection, &Listing::first(10)).await?;
    label("find users.list by key");
    let email = UserFilter { email_key: Some("fioman1@qq.com".to_owned()), ..any.clone() };
    let username = UserFilter { username_key: Some("fioman1".to_owned()), ..any.clone() };
    for narrowed in [email, username] {
        tx.users().list(tenant, &narrowed, &counted()).await?;
    }
    label("list users.list");
    let role = citizenry_identity::RoleId::from_ulid(Ulid::nil());
    for narrowed in [
        UserFilter { nickname_contains: Some("a".to_owned()), ..any.clone() },
        UserFilter { phone_contains: Some("1".to_owned()), ..any.clone() },
        UserFilter { role: Some(role), ..any.clone() },
        UserFilter { without_roles: vec![role, role], ..any.clone() },
    ] {
        tx.users().list(tenant, &narrowed, &counted()).await?;
    }
    let several = Listing {
        order: vec![
            SortKey { field: UserSort::Name, direction: Direction::Ascending },
            SortKey { field: UserSort::Email, direction: Direction::Descending },
        ],
        ..counted()
    };
    tx.users().list(tenant, &any, &several).await?;
    Ok(())
}

async fn assignments(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let (user, reader) = (world.user(2), role(tenant, "of somebody"));
    let api = resource_server(tenant, "assigned", &["a", "b"]);
    label("");
    tx.users().insert(&user).await?;
    tx.roles().insert(&reader).await?;
    tx.resource_servers().insert(&api).await?;
    let (role, users) = (reader.id, [user.id, user.id]);
    let permissions =
        ["a", "b"].map(|name| PermissionRef { resource_server: api.id, scope: scope(name) });
    label("find assignments");
    tx.assignments().add_roles(tenant, user.id, &[role, role], at(0)).await?;
    tx.assignments().add_users(tenant, role, &users, at(0)).await?;
    tx.assignments().add_user_permissions(tenant, user.id, &permissions).await?;
    tx.assignments().add_role_permissions(tenant, role, &permissions).await?;
    tx.assignments().role_ids_of_user(tenant, user.id).await?;
    tx.assignments().permissions_of_user(tenant, user.id).await?;
    tx.assignments().permissions_of_roles(tenant, &[role, role]).await?;
    tx.assignments().has_able_user(tenant, role, &users, at(0)).await?;
    tx.assignments().which_have_role(tenant, role, &users).await?;
    for (start, listing) in by_age() {
        label(&start.replace("walk", "walk assignments.permissions_of_role"));
        tx.assignments().permissions_of_role(tenant, role, &listing).await?;
    }
    label("find assignments counted");
    tx.assignments().permissions_of_role(tenant, role, &counted()).await?;
    label("list assignments");
    for (_, listing) in by_name() {
        tx.assignments().roles_of_user(tenant, user.id, &listing).await?;
    }
    tx.assignments().roles_of_user(tenant, user.id, &counted()).await?;
    tx.assignments().users_of_role(tenant, role, &counted()).await?;
    label("find assignments removed");
    tx.assignments().remove_roles(tenant, user.id, &[role, role]).await?;
    tx.assignments().remove_users(tenant, role, &users).await?;
    tx.assignments().remove_user_permissions(tenant, user.id, &permissions).await?;
    tx.assignments().remove_role_permissions(tenant, role, &permissions).await?;
    Ok(())
}

async fn the_rest(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(3);
    label("");
    tx.users().insert(&user).await?;
    label("find passwords");
    let password =
        StoredPassword::new(PasswordHash::new("$".to_owned()), PasswordStrength::Weak, at(0));
    tx.passwords().set(tenant, user.id, &password).await?;
    tx.passwords().find(tenant, user.id).await?;

    label("find signing_keys");
    let key = signing_key(tenant, KeyState::Current);
    tx.signing_keys().insert(&key).await?;
    tx.signing_keys().find(tenant, key.id).await?;
    tx.signing_keys().find_anywhere(key.id).await?;
    tx.signing_keys().find_current(tenant, SigningAlgorithm::Es256).await?;
    tx.signing_keys().list_published(tenant).await?;
    tx.signing_keys().save(&key).await?;

    label("find foreign_ids");
    let foreign = ForeignId { source: text("authing"), kind: Kind::User, id: text("x") };
    tx.foreign_ids().insert(tenant, &foreign, user.id.ulid()).await?;
    tx.foreign_ids().find(tenant, &foreign).await?;
    tx.foreign_ids().of(tenant, user.id.ulid()).await?;

    label("find events");
    let target = (Kind::User, user.id.to_string());
    let happened = event(tenant, 1, EventKind::USER_CREATED, Actor::System, target);
    tx.events().append(&happened).await?;
    tx.events().find(tenant, happened.id).await?;
    let kind = Some(vec![EventKind::USER_CREATED]);
    let kinds = Some(vec![EventKind::USER_CREATED, EventKind::USER_DELETED]);
    for (start, listing) in by_age() {
        for (name, filter) in [
            ("walk events.list", EventFilter::default()),
            ("walk events.list of a kind", EventFilter { kinds: kind.clone(), user: None }),
            ("walk events.list of a user", EventFilter { kinds: None, user: Some(user.id) }),
        ] {
            label(&start.replace("walk", name));
            tx.events().list(tenant, &filter, &listing).await?;
        }
    }
    label("list events.list");
    for filter in [
        EventFilter::default(),
        EventFilter { kinds: kinds.clone(), user: None },
        EventFilter { kinds, user: Some(user.id) },
    ] {
        tx.events().list(tenant, &filter, &counted()).await?;
    }
    Ok(())
}

async fn deletions(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let app = client(tenant, "to go");
    let api = resource_server(tenant, "to-go", &[]);
    label("");
    tx.clients().insert(&app).await?;
    tx.resource_servers().insert(&api).await?;
    label("find deletions");
    tx.clients().delete(tenant, app.id).await?;
    tx.resource_servers().delete(tenant, api.id).await?;
    Ok(())
}
