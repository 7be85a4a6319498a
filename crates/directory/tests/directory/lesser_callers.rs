//! Whoever may change people, and does not stand as high as an administrator, leaves those alone.

use citizenry_authz::Caller;
use citizenry_directory::{
    Deletion, IdentitySelector, LockDates, LoginKey, NamedPermission, NewConnection, NewIdentity,
    NewRole, NewUser, OwnChanges, UserChanges, UserRef, jobs::NewImport,
};
use citizenry_identity::{
    AccountState, ConnectionName, Email, Error, Listing, LockWindow, Metadata, Patch, RoleId,
    Strategy, User, UserId,
};
use citizenry_testkit::block_on;

use super::{
    structure::refusal,
    world::{World, new_user},
};

/// Every right over people, their roles and connections, and no other.
const SCOPE: &str = "create:users read:users update:users delete:users update:roles \
                     create:roles update:connections delete:connections";

/// Two administrators, so that neither is the last one, and an ordinary user who has two
/// identities.
struct People {
    world: World,
    administrator: UserId,
    ordinary: UserId,
    role: RoleId,
    administrators: RoleId,
}

impl People {
    async fn new() -> Self {
        let world = World::new().await;
        let operator = &world.operator;
        let first = UserRef::Id(world.provisioned.administrator.id);
        let roles = world.directory.user_roles(operator, &first, Listing::first(1));
        let administrators = roles.await.unwrap().items.first().unwrap().id;
        let administrator = world.user("second").await.user.id;
        let second = UserRef::Id(administrator);
        world.directory.set_administrator(operator, &second, true).await.unwrap();
        let ordinary = world.user("ordinary").await.user.id;
        let connection = NewConnection {
            name: ConnectionName::parse("wechat").unwrap(),
            strategy: Strategy::parse("wechat:pc").unwrap(),
            display_name: None,
            options: Metadata::default(),
            metadata: Metadata::default(),
            enabled_clients: Vec::new(),
            is_domain_connection: false,
            realms: Vec::new(),
        };
        world.directory.create_connection(operator, connection).await.unwrap();
        for (id, provided) in [(administrator, "26"), (ordinary, "27")] {
            let made = world.directory.create_user_by_identity(operator, identity(provided));
            let secondary = made.await.unwrap().user.id.into();
            let any = IdentitySelector::Any;
            world.directory.link_user(operator, &id.into(), &secondary, any).await.unwrap();
        }
        let new = NewRole { name: super::structure::text("reader"), description: None };
        let role = world.directory.create_role(operator, new).await.unwrap().id;
        world.tick();
        Self { world, administrator, ordinary, role, administrators }
    }

    async fn found(&self, id: UserId) -> User {
        self.world.directory.user(&self.world.operator, &id.into()).await.unwrap().user
    }

    async fn able(&self) -> usize {
        self.world.directory.able_administrators(&self.world.operator).await.unwrap().len()
    }
}

fn identity(provider_user_id: &str) -> NewIdentity {
    NewIdentity {
        connection: ConnectionName::parse("wechat").unwrap(),
        provider_user_id: provider_user_id.to_owned(),
        is_social: None,
        access_token: Some("a planted token".into()),
        refresh_token: None,
        expires_in: None,
        profile_data: Metadata::default(),
    }
}

/// Everything that can be done to an account, to the one of `id`; each that was refused is named
/// with what for. The last ends the account.
async fn everything(people: &People, caller: &Caller, id: UserId) -> Vec<(&'static str, String)> {
    let mut refused = Vec::new();
    let mut note = |name, result: Result<(), Error>| {
        if result.is_err() {
            refused.push((name, refusal(result)));
        }
    };
    changes(people, caller, id, &mut note).await;
    rights(people, caller, id, &mut note).await;
    ends(people, caller, id, &mut note).await;
    refused
}

async fn changes(
    people: &People,
    caller: &Caller,
    id: UserId,
    note: &mut impl FnMut(&'static str, Result<(), Error>),
) {
    let (directory, user) = (&people.world.directory, UserRef::Id(id));
    let email = Patch::Set(Email::parse("thief@example.com").unwrap());
    let change = |changes| async { directory.update_user(caller, &user, changes).await.map(drop) };
    note("email", change(UserChanges { email, ..UserChanges::default() }).await);
    let password = Some("a planted password".into());
    note("password", change(UserChanges { password, ..UserChanges::default() }).await);
    let set = directory.set_password(caller, &user, "another planted one".into(), None, false);
    note("set password", set.await);
    let short = directory.set_password(caller, &user, "x".into(), None, false).await;
    if matches!(short, Err(Error::Forbidden { .. })) {
        note("short password", short);
    }
    let enabled = |on| directory.set_users_enabled(caller, vec![(user.clone(), on)]);
    note("disable", enabled(false).await);
    note("enable", enabled(true).await);
    let window = LockWindow { from: directory.now(), until: None };
    note("lock", directory.lock_user(caller, &user, window).await.map(drop));
    let dates = LockDates { start: None, end: Some(directory.now().plus_seconds(60)) };
    note("lock between", directory.lock_user_between(caller, &user, dates).await.map(drop));
    note("lift", directory.lift_admin_lock(caller, &user).await.map(drop));
    note("unlock", directory.unlock_user(caller, &user).await.map(drop));
    let state = Some(AccountState::Inactive);
    note("state", change(UserChanges { state, ..UserChanges::default() }).await);
    let blocked = Some(false);
    note("unblock", change(UserChanges { blocked, ..UserChanges::default() }).await);
    let provided = if id == people.ordinary { "27" } else { "26" };
    let refreshed = directory.create_user_by_identity(caller, identity(provided)).await;
    note("identity", refreshed.map(drop));
}

async fn rights(
    people: &People,
    caller: &Caller,
    id: UserId,
    note: &mut impl FnMut(&'static str, Result<(), Error>),
) {
    let (directory, user) = (&people.world.directory, UserRef::Id(id));
    let (role, users) = (people.role, vec![user.clone()]);
    note("roles", directory.add_user_roles(caller, &user, vec![role]).await);
    note("no roles", directory.remove_user_roles(caller, &user, vec![role]).await);
    note("role's users", directory.add_role_users(caller, role, users.clone()).await);
    note("no role's users", directory.remove_role_users(caller, role, users.clone()).await);
    let named = vec![NamedPermission {
        audience: "https://default.example/api".to_owned(),
        scope: "read:users".to_owned(),
    }];
    note("permissions", directory.add_user_permissions(caller, &user, named.clone()).await);
    note("no permissions", directory.remove_user_permissions(caller, &user, named).await);
    note("demotion", directory.set_administrator(caller, &user, false).await);
    let fixed = people.administrators;
    note("demotion by role", directory.remove_role_users(caller, fixed, users).await);
    let demoted = directory.remove_user_roles(caller, &user, vec![fixed]).await;
    note("demotion by roles", demoted);
    let changes = UserChanges { administrator: Some(false), ..UserChanges::default() };
    note("demotion by change", directory.update_user(caller, &user, changes).await.map(drop));
}

async fn ends(
    people: &People,
    caller: &Caller,
    id: UserId,
    note: &mut impl FnMut(&'static str, Result<(), Error>),
) {
    let (world, user) = (&people.world, UserRef::Id(id));
    let directory = &world.directory;
    let provided = if id == people.ordinary { "27" } else { "26" };
    let unlinked = directory.unlink_user(caller, &user, "wechat", provided).await;
    note("unlink", unlinked.map(drop));
    let other = UserRef::Id(world.user("a-primary").await.user.id);
    let any = IdentitySelector::Any;
    let secondary = UserRef::Id(world.user("a-secondary").await.user.id);
    let taken = directory.link_user(caller, &user, &secondary, any.clone()).await;
    note("link", taken.map(drop));
    let found = people.found(id).await;
    let key = LoginKey::Username("nobody".to_owned());
    let nobody = directory.delete_user_of_connection(caller, found.connection, key).await;
    assert_eq!(refusal(nobody), "no user");
    if caller.administers() || id == people.ordinary {
        // One way of these is enough for an account that goes.
        note("linked away", directory.link_user(caller, &other, &user, any).await.map(drop));
        return;
    }
    note("linked away", directory.link_user(caller, &other, &user, any).await.map(drop));
    note("delete", directory.delete_user(caller, &user).await);
    let both = vec![other.clone(), user.clone()];
    note("delete many", directory.delete_users(caller, both, Deletion::default()).await);
    assert!(directory.user(caller, &other).await.is_ok(), "all or none");
    let key = LoginKey::Username("second".to_owned());
    let deleted = directory.delete_user_of_connection(caller, found.connection, key).await;
    note("delete of connection", deleted);
}

#[test]
fn an_administrator_is_out_of_reach_of_who_may_change_people() {
    block_on(async {
        let people = People::new().await;
        let (world, id) = (&people.world, people.administrator);
        let (before, password) = (people.found(id).await, world.password(id).await);
        let passer_by = world.user("passer-by").await.user.id;
        for lesser in [world.client(SCOPE), world.person(passer_by, SCOPE)] {
            let refused = everything(&people, &lesser, id).await;
            let expected = "needs administrator".to_owned();
            assert_eq!(refused.len(), 29, "{refused:?}");
            assert!(refused.iter().all(|(_, reason)| *reason == expected), "{refused:?}");
            for name in ["a-primary", "a-secondary"] {
                let found = world.directory.users_by_username(&world.operator, name).await.unwrap();
                let found = found[0].user.id.into();
                world.directory.delete_user(&world.operator, &found).await.unwrap();
            }
        }
        assert_eq!(people.found(id).await, before);
        assert_eq!(world.password(id).await, password);
        assert_eq!(people.able().await, 2);
    });
}

#[test]
fn who_may_change_people_goes_on_changing_all_others() {
    block_on(async {
        let people = People::new().await;
        let lesser = people.world.client(SCOPE);
        assert_eq!(everything(&people, &lesser, people.ordinary).await, []);
    });
}

#[test]
fn administrators_and_clients_with_every_scope_change_administrators() {
    block_on(async {
        let every = citizenry_authz::Permissions::all();
        let every: Vec<_> =
            every.iter().map(citizenry_identity::ManagementPermission::as_str).collect();
        let people = People::new().await;
        let client = people.world.client(&every.join(" "));
        assert_eq!(everything(&people, &client, people.administrator).await, []);
        let people = People::new().await;
        let first = people.world.administrator();
        assert_eq!(everything(&people, &first, people.administrator).await, []);
        let short = people.world.client(&every[1..].join(" "));
        let first = people.world.provisioned.administrator.id;
        let demoted = people.world.directory.set_administrator(&short, &first.into(), false).await;
        assert_eq!(refusal(demoted), "needs administrator");
    });
}

#[test]
fn an_administrator_changes_himself_with_a_token_that_may_do_little() {
    block_on(async {
        let people = People::new().await;
        let (directory, id) = (&people.world.directory, people.administrator);
        let own = people.world.person(id, "update:users delete:users");
        let email = Patch::Set(Email::parse("own@example.com").unwrap());
        let changes = UserChanges { email, ..UserChanges::default() };
        directory.update_user(&own, &id.into(), changes).await.unwrap();
        let username = Patch::Set(citizenry_identity::Username::parse("my-own").unwrap());
        let changes = OwnChanges { username, ..OwnChanges::default() };
        directory.update_own_user(&own, changes).await.unwrap();
        let first = UserRef::Id(people.world.provisioned.administrator.id);
        assert_eq!(refusal(directory.delete_user(&own, &first).await), "needs administrator");
        let both = vec![UserRef::Id(id), first];
        let deleted = directory.delete_users(&own, both, Deletion::default()).await;
        assert_eq!(refusal(deleted), "needs administrator");
        directory.delete_user(&own, &id.into()).await.unwrap();
        assert_eq!(people.able().await, 1);
    });
}

#[test]
fn a_connection_is_not_deleted_under_its_administrators() {
    block_on(async {
        let people = People::new().await;
        let world = &people.world;
        let connection = NewConnection {
            name: ConnectionName::parse("other").unwrap(),
            strategy: Strategy::parse("authok").unwrap(),
            display_name: None,
            options: Metadata::default(),
            metadata: Metadata::default(),
            enabled_clients: Vec::new(),
            is_domain_connection: false,
            realms: Vec::new(),
        };
        let made = world.directory.create_connection(&world.operator, connection).await.unwrap();
        let new = NewUser {
            connection: Some(ConnectionName::parse("other").unwrap()),
            administrator: true,
            ..new_user("third")
        };
        let third = world.directory.create_user(&world.operator, new).await.unwrap().user.id;
        let lesser = world.client(SCOPE);
        let deleted = world.directory.delete_connection(&lesser, made.id).await;
        assert_eq!(refusal(deleted), "needs administrator");
        assert_eq!(people.found(third).await.id, third);
        world.directory.delete_connection(&world.operator, made.id).await.unwrap();
        assert_eq!(people.able().await, 2);
    });
}

#[test]
fn an_import_in_the_background_leaves_administrators_to_those_who_stand_as_high() {
    block_on(async {
        let people = People::new().await;
        let (directory, administrator) = (&people.world.directory, people.administrator);
        let before = people.found(administrator).await;
        let every = citizenry_authz::Permissions::all();
        let every: Vec<_> =
            every.iter().map(citizenry_identity::ManagementPermission::as_str).collect();
        let row = |user: &User| {
            serde_json::json!({
                "email": user.email.as_ref().unwrap().as_str(),
                "given_name": "Mallory",
            })
        };
        let ordinary = people.found(people.ordinary).await;
        let users = serde_json::to_vec(&[row(&before), row(&ordinary)]).unwrap();
        let import = async |scope: &str| {
            let caller = people.world.client(scope);
            let new = NewImport {
                connection: before.connection,
                users: users.clone(),
                upsert: true,
                reference: None,
                send_completion_email: false,
            };
            let job = directory.submit_import(&caller, new).await.unwrap();
            assert!(directory.run_due_job().await.unwrap());
            let progress = directory.job(&caller, job.id).await.unwrap().progress;
            let errors = directory.job_errors(&caller, job.id, 0, 10).await.unwrap();
            (progress, errors)
        };

        let (progress, errors) = import(SCOPE).await;
        assert_eq!((progress.updated, progress.failed), (1, 1), "{errors:?}");
        let refused: Vec<_> = errors.iter().flat_map(|row| &row.errors).collect();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].code, "FORBIDDEN");
        assert_eq!(people.found(administrator).await, before);
        let given_name = people.found(people.ordinary).await.profile.given_name;
        assert_eq!(given_name.as_deref(), Some("Mallory"));

        let (progress, errors) = import(&every.join(" ")).await;
        assert_eq!((progress.updated, progress.unchanged, errors.len()), (1, 1, 0));
        let changed = people.found(administrator).await.profile.given_name;
        assert_eq!(changed.as_deref(), Some("Mallory"));
    });
}
