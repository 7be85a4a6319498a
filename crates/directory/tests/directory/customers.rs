//! Tenants and operators as an operator keeps them.

use citizenry_authz::Caller;
use citizenry_directory::{
    Condition, Conditions, FirstPassword, LockDates, NewCustomer, NewUser, TenantChanges,
    TenantField, Test, UserRef, Value,
};
use citizenry_identity::{
    Error, Listing, ManagementDoor, Number, PasswordPolicy, Patch, TenantKind, TenantName,
    TenantStatus, Text,
};
use citizenry_storage::MailKind;
use citizenry_testkit::block_on;

use super::world::{World, conflict, new_user, tenant};

fn customer(name: &str) -> NewCustomer {
    let policy = PasswordPolicy::default();
    NewCustomer {
        display_name: Text::parse("name", name).unwrap(),
        kind: TenantKind::Enterprise,
        address: Some("深圳".to_owned()),
        remark: None,
        administrator: NewUser {
            first_password: Some(FirstPassword { policy, valid_seconds: 600 }),
            ..new_user("lilei")
        },
        name: None,
    }
}

/// An operator who has signed in.
async fn operator(world: &World) -> Caller {
    let admin = world.administrator();
    let own = UserRef::Id(world.provisioned.administrator.id);
    world.directory.set_operator(&world.operator, &own, true).await.unwrap();
    admin.as_operator()
}

#[test]
fn a_customer_gets_a_tenant_with_an_administrator_and_clients() {
    block_on(async {
        let world = World::new().await;
        let operator = operator(&world).await;
        let directory = &world.directory;
        let new = customer("某某公司");
        let (made, administrator) = directory.create_customer_tenant(&operator, new).await.unwrap();
        assert_eq!(made.name.as_str(), format!("t{}", made.number));
        assert_eq!((made.display_name(), made.kind), ("某某公司", TenantKind::Enterprise));
        assert_eq!(administrator.tenant, made.id);
        assert_eq!(administrator.created_by, None);
        let mails = world.mails().await;
        assert_eq!(
            mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(),
            [MailKind::TemporaryPassword]
        );
        let inside = Caller::operator(&made);
        let able = directory.able_administrators(&inside).await.unwrap();
        assert_eq!(able, [administrator]);
        for door in ManagementDoor::ALL {
            let view = directory.door_client(&inside, door).await.unwrap();
            assert_eq!(view.client.tenant, made.id);
        }
        let view = directory.tenant_view(&operator, made.number).await.unwrap();
        assert_eq!((view.user_count, view.tenant.clone()), (1, made.clone()));
        assert_eq!(view.created_by.unwrap().number, world.provisioned.administrator.number);
        let events = directory.events(&inside, None, Listing::first(100)).await.unwrap().items;
        let made_by = events.iter().find(|it| it.event.kind.as_str() == "tenant.created").unwrap();
        let actor = citizenry_identity::Actor::User(world.provisioned.administrator.id);
        assert_eq!(made_by.event.actor, actor);
        let taken = NewCustomer { name: Some(made.name), ..customer("another") };
        let taken = directory.create_customer_tenant(&operator, taken).await.unwrap_err();
        assert_eq!(conflict(&taken), Some("name"));
    });
}

#[test]
fn a_tenant_is_changed_listed_locked_and_closed() {
    block_on(async {
        let world = World::new().await;
        let operator = operator(&world).await;
        let directory = &world.directory;
        let other = tenant(directory, "other").await.tenant;
        let changes = TenantChanges {
            display_name: Some(Text::parse("name", "Other").unwrap()),
            real_name_status: Patch::Set("AUDITED".to_owned()),
            ..TenantChanges::default()
        };
        world.tick();
        let changed = directory.update_tenant_of(&operator, other.number, changes.clone()).await;
        let changed = changed.unwrap();
        assert_eq!(changed.settings.details.real_name_status.as_deref(), Some("AUDITED"));
        world.tick();
        let same = directory.update_tenant_of(&operator, other.number, changes).await.unwrap();
        assert_eq!(same, changed);
        let condition = Condition::new(TenantField::DisplayName, Test::Contains("THER".to_owned()));
        let conditions = Conditions { all: vec![condition], search: None };
        let page = directory.tenant_views(&operator, conditions, Listing::first(10)).await.unwrap();
        let names: Vec<_> = page.items.iter().map(|view| view.tenant.display_name()).collect();
        assert_eq!(names, ["Other"]);
        let now = directory.now();
        let dates = LockDates { start: None, end: Some(now.plus_seconds(60)) };
        let locked = directory.set_tenant_lock(&operator, other.number, Some(dates)).await.unwrap();
        assert!(!locked.is_open(now) && locked.is_open(now.plus_seconds(60)));
        world.tick();
        let again = directory.set_tenant_lock(&operator, other.number, Some(dates)).await.unwrap();
        assert_eq!(again, locked);
        let condition = Condition::equal(TenantField::LockedAt, Value::Time(directory.now()));
        let conditions = Conditions { all: vec![condition], search: None };
        let page = directory.tenant_views(&operator, conditions, Listing::first(10)).await.unwrap();
        assert_eq!(page.items.len(), 1);
        world.tick();
        let open = directory.set_tenant_lock(&operator, other.number, None).await.unwrap();
        assert!(open.is_open(now) && open.last_locked_at.is_some());
        world.tick();
        let closed = directory.set_tenant_enabled(&operator, other.number, false).await.unwrap();
        assert_eq!(closed.status, TenantStatus::Disabled);
        let inside = Caller::operator(&other);
        let trail = directory.events(&inside, None, Listing::first(4)).await.unwrap().items;
        let kinds: Vec<_> = trail.iter().map(|it| it.event.kind.as_str()).collect();
        let expected = ["tenant.updated", "tenant.locked", "tenant.locked", "tenant.updated"];
        assert_eq!(kinds, expected);
    });
}

#[test]
fn nobody_shuts_himself_out_and_only_operators_come_here() {
    block_on(async {
        let world = World::new().await;
        let operator = operator(&world).await;
        let (directory, own) = (&world.directory, world.provisioned.tenant.number);
        let refused = directory.set_tenant_enabled(&operator, own, false).await.unwrap_err();
        assert_eq!(conflict(&refused), Some("own"));
        let dates = Some(LockDates::default());
        let refused = directory.set_tenant_lock(&operator, own, dates).await.unwrap_err();
        assert_eq!(conflict(&refused), Some("own"));
        let unknown = Number::new(999_999).unwrap();
        let absent = directory.tenant_view(&operator, unknown).await;
        assert!(matches!(absent, Err(Error::NotFound { .. })));
        // Holding every permission of a tenant makes nobody an operator.
        let admin = world.administrator();
        let forbidden = |result: Result<(), Error>| matches!(result, Err(Error::Forbidden { .. }));
        let all = Conditions::default();
        assert!(forbidden(directory.tenant_view(&admin, own).await.map(drop)));
        let listed = directory.tenant_views(&admin, all, Listing::first(1)).await;
        assert!(forbidden(listed.map(drop)));
        let changes = TenantChanges::default();
        assert!(forbidden(directory.update_tenant_of(&admin, own, changes).await.map(drop)));
        assert!(forbidden(directory.set_tenant_enabled(&admin, own, true).await.map(drop)));
        assert!(forbidden(directory.set_tenant_lock(&admin, own, None).await.map(drop)));
        let made = directory.create_customer_tenant(&admin, customer("x")).await;
        assert!(forbidden(made.map(drop)));
        let user = UserRef::Id(world.provisioned.administrator.id);
        assert!(forbidden(directory.set_operator(&admin, &user, true).await));
        assert!(forbidden(directory.operators(&admin).await.map(drop)));
        assert!(TenantName::parse("t1").is_ok());
    });
}

#[test]
fn operators_come_and_go() {
    block_on(async {
        let world = World::new().await;
        let operator = operator(&world).await;
        let (directory, user) = (&world.directory, world.user("fioman").await.user);
        let reference = UserRef::Number(user.number);
        world.tick();
        directory.set_operator(&operator, &reference, true).await.unwrap();
        directory.set_operator(&operator, &reference, true).await.unwrap();
        assert_eq!(world.trail(2).await, ["user.operator_changed", "user.created"]);
        let found = directory.operators(&operator).await.unwrap();
        let ids: Vec<_> = found.iter().map(|(tenant, user)| (tenant.id, user.id)).collect();
        let own = (world.tenant(), world.provisioned.administrator.id);
        assert_eq!(ids, [own, (world.tenant(), user.id)]);
        directory.set_operator(&operator, &reference, false).await.unwrap();
        assert_eq!(directory.operators(&operator).await.unwrap().len(), 1);
    });
}

#[test]
fn quotas_and_details_are_the_operators() {
    block_on(async {
        let world = World::new().await;
        let admin = world.administrator();
        let set = async |caller: &Caller, members: serde_json::Value| {
            let members = members.as_object().cloned().unwrap();
            world.directory.update_tenant(caller, members).await
        };
        for members in [
            serde_json::json!({ "quotas": { "users": 9 } }),
            serde_json::json!({ "details": { "real_name_status": "AUDITED" } }),
        ] {
            let refused = set(&admin, members.clone()).await;
            assert!(matches!(refused, Err(Error::Forbidden { permission: "operator" })));
            set(&world.operator, members.clone()).await.unwrap();
            // What is so already may be said by everybody.
            set(&admin, members).await.unwrap();
        }
        set(&admin, serde_json::json!({ "support_url": "https://a.example/" })).await.unwrap();
    });
}
