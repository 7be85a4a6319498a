//! What is written is read again, as a whole, and only in its own tenant.

use citizenry_identity::{
    AuthenticationMethod, ClientIdentifier, ClientKind, ClientSettings, ConnectionName, ForeignId,
    KeyState, Kind, Listing, LockWindow, PasswordHash, PasswordStrength, Scope, SigningAlgorithm,
    StoredPassword, TenantKind, TenantName, TenantStatus, TokenDialect, TokenFormat, UserId,
};
use citizenry_storage::{
    StorageError,
    ports::{
        ByName, ClientFilter, ClientGrantFilter, ConnectionFilter, ResourceServerFilter, RoleFilter,
    },
};
use citizenry_testkit::on_both_databases;
use serde_json::json;

use crate::support::{
    World, at, client, connection, grant, metadata, moment, object, resource_server, role, scope,
    signing_key, text,
};

on_both_databases! {
    async fn tenants_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let id = world.tenant;
        world
            .storage
            .transact(async move |tx| {
                let mut tenant = tx.tenants().find_for_update(id).await?.unwrap();
                tenant.status = TenantStatus::Disabled;
                tenant.settings.display_name = Some("某某".to_owned());
                tenant.settings.allowed_logout_urls = vec!["https://example.com/".to_owned()];
                tenant.settings.other = object(json!({"flags": {"a": true}, "x": null}));
                tenant.settings.details.real_name_status = Some("AUDITED".to_owned());
                tenant.kind = TenantKind::Government;
                tenant.set_lock(Some(LockWindow { from: at(1), until: Some(at(2)) }), at(3));
                tenant.created_by = Some(UserId::generate(moment()));
                tenant.updated_by = Some(UserId::generate(moment()));
                tenant.updated_at = at(9);
                tx.tenants().save(&tenant).await?;
                tenant.version += 1;
                let number = tenant.number;
                let found = tx.tenants().find_by_number(number).await?;
                assert_eq!(found, Some(tenant.clone()));
                assert_eq!(tx.tenants().find(id).await?, Some(tenant.clone()));
                assert_eq!(tx.tenants().find_by_name(&tenant.name).await?, Some(tenant.clone()));
                let absent = TenantName::parse("absent").unwrap();
                assert_eq!(tx.tenants().find_by_name(&absent).await?, None);
                tenant.version -= 1;
                let stale = tx.tenants().save(&tenant).await;
                assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn clients_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut app = client(world.tenant, "手机应用");
        app.kind = ClientKind::Native;
        app.authentication_method = AuthenticationMethod::PrivateKeyJwt;
        app.is_first_party = false;
        app.settings = ClientSettings {
            redirect_uris: vec!["https://app.example/back".to_owned()],
            client_metadata: object(json!({"team": "a"})),
            ..ClientSettings::default()
        };
        let (tenant, other) = (world.tenant, world.other_tenant);
        world
            .storage
            .transact(async move |tx| {
                tx.clients().insert(&app).await?;
                assert_eq!(tx.clients().find(tenant, app.id).await?, Some(app.clone()));
                assert_eq!(tx.clients().find(other, app.id).await?, None);
                assert_eq!(tx.clients().find_for_update(other, app.id).await?, None);
                let known = &app.identifier;
                let found = tx.clients().find_by_identifier(tenant, known).await?;
                assert_eq!(found, Some(app.clone()));
                assert_eq!(tx.clients().find_by_identifier(other, known).await?, None);
                assert_eq!(tx.clients().find_anywhere(known).await?, Some(app.clone()));
                let absent = ClientIdentifier::from_stored("\0".to_owned());
                assert_eq!(tx.clients().find_anywhere(&absent).await?, None);
                let many = tx.clients().find_many(tenant, &[app.id, app.id]).await?;
                assert_eq!(many, [app.clone()]);
                assert_eq!(tx.clients().find_many(other, &[app.id]).await?, []);
                app.kind = ClientKind::Spa;
                tx.clients().save(&app).await?;
                assert!(matches!(tx.clients().save(&app).await, Err(StorageError::Stale)));
                let saved = tx.clients().find_for_update(tenant, app.id).await?.unwrap();
                assert_eq!((saved.kind, saved.version), (ClientKind::Spa, 2));
                assert!(!tx.clients().delete(other, app.id).await?);
                assert!(tx.clients().delete(tenant, app.id).await?);
                assert!(!tx.clients().delete(tenant, app.id).await?);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn client_origins_are_those_of_the_settings(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let mut apps = ["a", "b"].map(|name| client(tenant, name));
        apps[0].authentication_method = AuthenticationMethod::None;
        apps[0].settings.redirect_uris = vec!["https://a.example/cb".to_owned()];
        apps[0].settings.web_origins = vec!["https://both.example/".to_owned()];
        apps[1].settings.allowed_origins = vec!["https://BOTH.example".to_owned()];
        world
            .storage
            .transact(async move |tx| {
                for app in &apps {
                    tx.clients().insert(app).await?;
                }
                let [mut app, another] = apps;
                for (tenant, origin, expected) in [
                    (tenant, "https://a.example", true),
                    (tenant, "https://both.example", true),
                    (tenant, "https://BOTH.example", false),
                    (tenant, "https://c.example", false),
                    (tenant, "\0", false),
                    (tenant, "", false),
                    (other, "https://a.example", false),
                ] {
                    let found = tx.clients().has_origin(tenant, origin).await?;
                    assert_eq!(found, expected, "{origin}");
                }
                app.settings.redirect_uris = vec!["https://a.example/elsewhere".to_owned()];
                app.settings.web_origins = vec!["https://c.example".to_owned()];
                tx.clients().save(&app).await?;
                app.version += 1;
                assert!(tx.clients().has_origin(tenant, "https://a.example").await?);
                assert!(tx.clients().has_origin(tenant, "https://both.example").await?);
                assert!(tx.clients().has_origin(tenant, "https://c.example").await?);
                // It has a secret from now on.
                app.authentication_method = AuthenticationMethod::ClientSecretBasic;
                tx.clients().save(&app).await?;
                assert!(!tx.clients().has_origin(tenant, "https://a.example").await?);
                assert!(tx.clients().delete(tenant, another.id).await?);
                assert!(!tx.clients().has_origin(tenant, "https://both.example").await?);
                assert!(tx.clients().delete(tenant, app.id).await?);
                assert!(!tx.clients().has_origin(tenant, "https://c.example").await?);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn client_lists_are_narrowed(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let mut apps: Vec<_> =
            ["a", "b", "c"].into_iter().map(|name| client(tenant, name)).collect();
        apps[1].kind = ClientKind::Spa;
        apps[1].authentication_method = AuthenticationMethod::None;
        apps[2].is_first_party = false;
        let identifier = apps[0].identifier.clone();
        let listed = world
            .storage
            .transact(async move |tx| {
                for app in &apps {
                    tx.clients().insert(app).await?;
                }
                let narrow = |filter: fn(&mut ClientFilter)| {
                    let mut narrowed = ClientFilter::default();
                    filter(&mut narrowed);
                    narrowed
                };
                let filters = [
                    ClientFilter { identifiers: vec![identifier.clone()], ..narrow(|_| ()) },
                    narrow(|filter| filter.kinds = vec![ClientKind::Spa, ClientKind::Web]),
                    narrow(|filter| filter.authentication_methods = vec![AuthenticationMethod::None]),
                    narrow(|filter| filter.is_first_party = Some(false)),
                ];
                let mut listed = Vec::new();
                for filter in &filters {
                    let listing = Listing { with_total: true, ..Listing::first(10) };
                    let page = tx.clients().list(tenant, filter, &listing).await?;
                    assert_eq!(page.total, Some(page.items.len() as u64));
                    let names: Vec<_> =
                        page.items.iter().map(|app| app.name.as_str().to_owned()).collect();
                    listed.push(names.join(","));
                }
                Ok::<_, StorageError>(listed)
            })
            .await
            .unwrap();
        assert_eq!(listed, ["a", "b", "b", "c"]);
    }

    async fn connections_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let id = citizenry_identity::ConnectionId::generate(moment());
        let apps = ["a", "b", "c"].map(|name| client(tenant, name));
        let foreign = client(other, "a");
        let mut wechat = connection(tenant, id, "wechat:pc");
        wechat.display_name = Some(text("微信"));
        wechat.options = metadata(json!({"app_id": "wx"}));
        wechat.metadata = metadata(json!({"a": "b"}));
        wechat.is_domain_connection = true;
        wechat.realms = vec![text("r1"), text("r2")];
        wechat.enabled_clients = apps[..2].iter().map(|app| app.identifier.clone()).collect();
        let storage = world.storage.clone();
        storage
            .transact(async move |tx| {
                for app in apps.iter().chain([&foreign]) {
                    tx.clients().insert(app).await?;
                }
                tx.connections().insert(&wechat).await?;
                assert_eq!(tx.connections().find(tenant, id).await?, Some(wechat.clone()));
                assert_eq!(tx.connections().find(other, id).await?, None);
                let found = tx.connections().find_by_name(tenant, &wechat.name).await?;
                assert_eq!(found, Some(wechat.clone()));
                assert_eq!(tx.connections().find_by_name(other, &wechat.name).await?, None);
                assert_eq!(tx.connections().find_many(tenant, &[id]).await?, [wechat.clone()]);

                wechat.enabled_clients =
                    apps[1..].iter().map(|app| app.identifier.clone()).collect();
                tx.connections().save(&wechat).await?;
                wechat.version += 1;
                let found = tx.connections().find_for_update(tenant, id).await?;
                assert_eq!(found, Some(wechat.clone()));

                tx.connections().disable_client(other, &apps[1].identifier).await?;
                assert_eq!(tx.connections().find(tenant, id).await?, Some(wechat.clone()));
                tx.connections().disable_client(tenant, &apps[1].identifier).await?;
                let enabled = tx.connections().find(tenant, id).await?.unwrap().enabled_clients;
                assert_eq!(enabled, [apps[2].identifier.clone()].into());

                wechat.enabled_clients = [foreign.identifier.clone()].into();
                let refused = tx.connections().save(&wechat).await;
                assert!(matches!(refused, Err(StorageError::Stale)), "{refused:?}");
                assert!(tx.connections().delete(tenant, id).await?);
                assert!(!tx.connections().delete(tenant, id).await?);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn connection_lists_are_narrowed(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let names = world
            .storage
            .read(async move |read| {
                let name = |name: &str| ConnectionName::from_stored(name.to_owned());
                let strategy = |name: &str| citizenry_identity::Strategy::parse(name).unwrap();
                let filters = [
                    ConnectionFilter { names: vec![name("sms"), name("x")], ..Default::default() },
                    ConnectionFilter { strategies: vec![strategy("authok")], ..Default::default() },
                    ConnectionFilter {
                        without_strategies: vec![strategy("authok")],
                        ..Default::default()
                    },
                ];
                let mut names = Vec::new();
                for filter in &filters {
                    let listing = Listing { with_total: true, ..Listing::first(10) };
                    let page = read.connections().list(tenant, filter, &listing).await?;
                    assert_eq!(page.total, Some(1));
                    names.push(page.items[0].name.to_string());
                }
                Ok::<_, StorageError>(names)
            })
            .await
            .unwrap();
        assert_eq!(names, ["sms", "authok", "sms"]);
    }

    async fn resource_servers_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let mut api = resource_server(tenant, "api", &["b:x", "a:x", "c:x"]);
        api.scopes[1].description = Some(text("读取"));
        api.signing_algorithm = SigningAlgorithm::Hs256;
        api.signing_secret = Some(vec![0, 200]);
        api.allow_offline_access = true;
        api.skip_consent_for_verifiable_first_party_clients = true;
        api.token_lifetime = 2_592_000;
        api.token_lifetime_for_web = Some(60);
        api.enforce_policies = true;
        api.token_dialect = TokenDialect::AccessTokenAuthz;
        api.token_format = TokenFormat::Opaque;
        api.is_system = true;
        let plain = resource_server(tenant, "plain", &[]);
        world
            .storage
            .transact(async move |tx| {
                for server in [&api, &plain] {
                    tx.resource_servers().insert(server).await?;
                    let found = tx.resource_servers().find(tenant, server.id).await?;
                    assert_eq!(found.as_ref(), Some(server));
                }
                assert_eq!(tx.resource_servers().find(other, api.id).await?, None);
                let found = tx.resource_servers().find_by_identifier(tenant, &api.identifier).await?;
                assert_eq!(found, Some(api.clone()));
                let found = tx.resource_servers().find_by_identifier(other, &api.identifier).await?;
                assert_eq!(found, None);
                assert_eq!(tx.resource_servers().find_system(tenant).await?, Some(api.clone()));
                assert_eq!(tx.resource_servers().find_system(other).await?, None);
                let many = tx.resource_servers().find_many(tenant, &[api.id]).await?;
                assert_eq!(many, [api.clone()]);
                let wanted = [plain.identifier.to_string(), "\0".to_owned()];
                let many = tx.resource_servers().find_by_identifiers(tenant, &wanted).await?;
                assert_eq!(many, std::slice::from_ref(&plain));

                api.scopes.remove(0);
                api.scopes.insert(0, Scope { name: scope("d:x"), description: None });
                api.scopes[1].description = None;
                tx.resource_servers().save(&api).await?;
                let stale = tx.resource_servers().save(&api).await;
                assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
                api.version += 1;
                let found = tx.resource_servers().find_for_update(tenant, api.id).await?;
                assert_eq!(found, Some(api.clone()));
                assert!(tx.resource_servers().delete(tenant, api.id).await?);
                assert!(!tx.resource_servers().delete(tenant, api.id).await?);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn resource_server_lists_are_narrowed(database: TestDatabase) {
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let mut servers = ["a", "b", "c"].map(|name| resource_server(tenant, name, &["r:x"]));
        servers[1].is_system = true;
        servers[2].enforce_policies = true;
        let names = world
            .storage
            .transact(async move |tx| {
                for server in &servers {
                    tx.resource_servers().insert(server).await?;
                }
                let any = ResourceServerFilter::default();
                let filters = [
                    ResourceServerFilter { ids: vec![servers[0].id], ..any.clone() },
                    ResourceServerFilter {
                        identifiers: vec![servers[1].identifier.to_string()],
                        ..any.clone()
                    },
                    ResourceServerFilter { is_system: Some(true), ..any.clone() },
                    ResourceServerFilter { enforce_policies: Some(true), ..any.clone() },
                ];
                let mut names = Vec::new();
                for filter in &filters {
                    let listing = Listing { with_total: true, ..Listing::first(10) };
                    let page = tx.resource_servers().list(tenant, filter, &listing).await?;
                    assert_eq!(page.total, Some(1));
                    assert_eq!(page.items[0].scopes.len(), 1);
                    names.push(page.items[0].name.to_string());
                }
                Ok::<_, StorageError>(names)
            })
            .await
            .unwrap();
        assert_eq!(names, ["a", "b", "b", "c"]);
    }

    async fn client_grants_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let apps = ["a", "b"].map(|name| client(tenant, name));
        let api = resource_server(tenant, "api", &["r:x", "w:x"]);
        let grants = [grant(&apps[0], &api, &["w:x", "r:x"]), grant(&apps[1], &api, &[])];
        world
            .storage
            .transact(async move |tx| {
                tx.resource_servers().insert(&api).await?;
                for (app, grant) in apps.iter().zip(&grants) {
                    tx.clients().insert(app).await?;
                    tx.client_grants().insert(grant).await?;
                    let found = tx.client_grants().find(tenant, grant.id).await?;
                    assert_eq!(found.as_ref(), Some(grant), "with its scopes in order");
                    assert_eq!(tx.client_grants().find(other, grant.id).await?, None);
                    let found = tx.client_grants().find_for(tenant, app.id, api.id).await?;
                    assert_eq!(found.as_ref(), Some(grant));
                    assert_eq!(tx.client_grants().find_for(other, app.id, api.id).await?, None);
                }
                let mut changed = tx.client_grants().find_for_update(tenant, grants[1].id).await?
                    .unwrap();
                changed.scopes = vec![scope("r:x")];
                changed.updated_at = at(7);
                tx.client_grants().save(&changed).await?;
                assert_eq!(tx.client_grants().find(tenant, changed.id).await?, Some(changed));
                let of = async |tx: &mut dyn citizenry_storage::Tx, filter: ClientGrantFilter| {
                    let listing = Listing { with_total: true, ..Listing::first(10) };
                    let page = tx.client_grants().list(tenant, &filter, &listing).await?;
                    assert_eq!(page.total, Some(page.items.len() as u64));
                    Ok::<_, StorageError>(page.items.iter().map(|g| g.id).collect::<Vec<_>>())
                };
                let by_client =
                    ClientGrantFilter { clients: Some(vec![apps[1].id]), resource_servers: None };
                assert_eq!(of(tx, by_client).await?, [grants[1].id]);
                let none = ClientGrantFilter { clients: Some(vec![]), resource_servers: None };
                assert_eq!(of(tx, none).await?, []);
                let by_server =
                    ClientGrantFilter { clients: None, resource_servers: Some(vec![api.id]) };
                assert_eq!(of(tx, by_server).await?.len(), 2);
                assert!(tx.client_grants().delete(tenant, grants[0].id).await?);
                assert!(!tx.client_grants().delete(tenant, grants[0].id).await?);
                let gone = tx.client_grants().save(&grants[0]).await;
                assert!(matches!(gone, Err(StorageError::Stale)), "{gone:?}");
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn roles_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let mut fixed = role(tenant, "administrator");
        fixed.is_administrator = true;
        fixed.description = Some(text("一切"));
        let editor = role(tenant, "Editor_50%");
        world
            .storage
            .transact(async move |tx| {
                for role in [&fixed, &editor] {
                    tx.roles().insert(role).await?;
                    assert_eq!(tx.roles().find(tenant, role.id).await?.as_ref(), Some(role));
                    assert_eq!(tx.roles().find(other, role.id).await?, None);
                }
                assert_eq!(tx.roles().find_administrator(tenant).await?, Some(fixed.clone()));
                assert_eq!(tx.roles().find_administrator(other).await?, None);
                let many = tx.roles().find_many(tenant, &[editor.id]).await?;
                assert_eq!(many, std::slice::from_ref(&editor));
                for (part, found) in
                    [("EDIT", 1), ("_", 1), ("%", 1), ("x_", 0), ("e", 1), ("R", 2), ("\0", 0)]
                {
                    let filter = RoleFilter { name_contains: Some(part.to_owned()) };
                    let listing = Listing { with_total: true, ..Listing::first(10) };
                    let page = tx.roles().list(tenant, &filter, &listing).await?;
                    assert_eq!((page.items.len(), page.total), (found, Some(found as u64)), "{part}");
                }
                let mut changed = tx.roles().find_for_update(tenant, editor.id).await?.unwrap();
                changed.name = text("author");
                tx.roles().save(&changed).await?;
                assert!(matches!(tx.roles().save(&changed).await, Err(StorageError::Stale)));
                assert!(tx.roles().delete(tenant, editor.id).await?);
                assert!(!tx.roles().delete(tenant, editor.id).await?);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn signing_keys_read_back(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let states = [KeyState::Previous, KeyState::Current, KeyState::Next, KeyState::Revoked];
        let mut keys = states.map(|state| signing_key(tenant, state));
        keys[3].algorithm = SigningAlgorithm::EdDsa;
        for (key, second) in keys.iter_mut().zip([3, 2, 1, 0]) {
            key.created_at = at(second);
        }
        world
            .storage
            .transact(async move |tx| {
                for key in &keys {
                    tx.signing_keys().insert(key).await?;
                    assert_eq!(tx.signing_keys().find(tenant, key.id).await?.as_ref(), Some(key));
                    assert_eq!(tx.signing_keys().find(other, key.id).await?, None);
                    let found = tx.signing_keys().find_anywhere(key.id).await?;
                    assert_eq!(found.as_ref(), Some(key));
                }
                let algorithm = SigningAlgorithm::Es256;
                let current = tx.signing_keys().find_current(tenant, algorithm).await?;
                assert_eq!(current, Some(keys[1].clone()));
                let other_algorithm = SigningAlgorithm::Rs256;
                assert_eq!(tx.signing_keys().find_current(tenant, other_algorithm).await?, None);
                assert_eq!(tx.signing_keys().find_current(other, algorithm).await?, None);
                let published = tx.signing_keys().list_published(tenant).await?;
                assert_eq!(published, [keys[2].clone(), keys[1].clone(), keys[0].clone()]);
                keys[1].state = KeyState::Previous;
                keys[1].updated_at = at(50);
                tx.signing_keys().save(&keys[1]).await?;
                let found = tx.signing_keys().find(tenant, keys[1].id).await?;
                assert_eq!(found.as_ref(), Some(&keys[1]));
                assert_eq!(tx.signing_keys().find_current(tenant, algorithm).await?, None);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn passwords_are_set_and_replaced(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let user = world.user(1);
        let password = |hash: &str, must_change| StoredPassword {
            hash: PasswordHash::new(hash.to_owned()),
            must_change,
            changed_at: at(1),
            expires_at: must_change.then(|| at(86_400)),
            strength: PasswordStrength::Strong,
        };
        let [first, second] = [password("$a$1", true), password("$b$2", false)];
        world
            .storage
            .transact(async move |tx| {
                tx.users().insert(&user).await?;
                assert_eq!(tx.passwords().find(tenant, user.id).await?, None);
                tx.passwords().set(tenant, user.id, &first).await?;
                assert_eq!(tx.passwords().find(tenant, user.id).await?, Some(first));
                tx.passwords().set(tenant, user.id, &second).await?;
                assert_eq!(tx.passwords().find(tenant, user.id).await?, Some(second));
                assert_eq!(tx.passwords().find(other, user.id).await?, None);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn foreign_ids_name_one_entity(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        let [a, b] = [moment().ulid(), moment().ulid()];
        let foreign = ForeignId { source: text("authing"), kind: Kind::User, id: text("6139…") };
        world
            .storage
            .transact(async move |tx| {
                tx.foreign_ids().insert(tenant, &foreign, a).await?;
                tx.foreign_ids().insert(tenant, &foreign, a).await?;
                tx.foreign_ids().insert(other, &foreign, b).await?;
                assert_eq!(tx.foreign_ids().find(tenant, &foreign).await?, Some(a));
                assert_eq!(tx.foreign_ids().find(other, &foreign).await?, Some(b));
                assert_eq!(tx.foreign_ids().of(tenant, a).await?, std::slice::from_ref(&foreign));
                assert_eq!(tx.foreign_ids().of(tenant, b).await?, []);
                let taken = tx.foreign_ids().insert(tenant, &foreign, b).await;
                assert!(
                    matches!(
                        taken,
                        Err(StorageError::Conflict { kind: Kind::User, field: "foreign_id" })
                    ),
                    "{taken:?}"
                );
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }

    async fn numbers_and_ids_of_users_are_the_installations(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, connection) = (world.tenant, world.connection);
        let listing = Listing::<ByName>::first(1);
        let first = world
            .storage
            .read(async move |read| read.tenants().list(&listing).await)
            .await
            .unwrap();
        assert!(first.next.is_some(), "two tenants and one a page");
        let none = world
            .storage
            .read(async move |read| read.users().find(tenant, UserId::generate(moment())).await)
            .await
            .unwrap();
        assert_eq!(none, None);
        let ids = world
            .storage
            .transact(async move |tx| tx.users().ids_of_connection(tenant, connection, 5).await)
            .await
            .unwrap();
        assert_eq!(ids, []);
    }
}
