//! A directory for one test: a database in memory, a tenant, and who asks.

use std::sync::Arc;

use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_directory::{Directory, Environment, NewTenant, NewUser, Provisioned, UserView};
use citizenry_identity::{
    ClientId, Email, Error, EventKind, Id, Listing, Origin, Tenant, TenantName, Text, Username,
};
use citizenry_testkit::{FrozenClock, TestDatabase, environment};

pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) provisioned: Provisioned,
    pub(crate) operator: Caller,
    clock: Arc<FrozenClock>,
    _database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::memory().await;
        let clock = Arc::new(FrozenClock::default());
        let environment = Environment { clock: Arc::<FrozenClock>::clone(&clock), ..environment() };
        let directory = Directory::new(database.storage(), environment);
        let provisioned = tenant(&directory, TenantName::DEFAULT).await;
        let operator = Caller::operator(&provisioned.tenant);
        Self { directory, provisioned, operator, clock, _database: database }
    }

    /// A client of the tenant with exactly the permissions of `scope`.
    pub(crate) fn client(&self, scope: &str) -> Caller {
        caller(&self.provisioned.tenant, scope)
    }

    pub(crate) async fn user(&self, name: &str) -> UserView {
        self.directory.create_user(&self.operator, new_user(name)).await.unwrap()
    }

    /// Lets a microsecond pass, so that what follows is told to come later.
    pub(crate) fn tick(&self) {
        self.clock.advance(time::Duration::microseconds(1));
    }

    /// The kinds of the last events, newest first.
    pub(crate) async fn trail(&self, many: u32) -> Vec<&'static str> {
        let page = self.directory.events(&self.operator, None, Listing::first(many)).await.unwrap();
        page.items.iter().map(|view| EventKind::as_str(view.event.kind)).collect()
    }
}

pub(crate) fn caller(tenant: &Tenant, scope: &str) -> Caller {
    Caller::new(
        CallerTenant::from(tenant),
        Subject::Client(ClientId::from_ulid(7.into())),
        Credential::AccessToken,
        Permissions::from_scope(scope),
        Origin::default(),
    )
}

pub(crate) async fn tenant(directory: &Directory, name: &str) -> Provisioned {
    let new = NewTenant {
        name: TenantName::parse(name).unwrap(),
        management_identifier: Text::parse("identifier", format!("https://{name}.example/api"))
            .unwrap(),
        administrator: Username::parse("admin").unwrap(),
        administrator_password: None,
    };
    directory.create_tenant(new).await.unwrap()
}

/// A user called `name`, with a username and an email address made from it.
pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        username: Some(Username::parse(name).unwrap()),
        email: Some(Email::parse(&format!("{name}@example.com")).unwrap()),
        ..NewUser::default()
    }
}

pub(crate) fn conflict(error: &Error) -> Option<&'static str> {
    match error {
        Error::Conflict { field, .. } => Some(field),
        _ => None,
    }
}
