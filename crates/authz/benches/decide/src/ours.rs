//! `citizenry-authz`.

use std::collections::BTreeMap;
use std::hint::black_box;

use citizenry_authz::{
    Action, Caller, CallerTenant, Credential, EffectivePermissions, Granted, Permissions, Resource,
    RoleAssignment, Subject,
};
use citizenry_identity::{
    ClientId, Id, Number, Origin, PermissionRef, ResourceServerId, RoleId, ScopeName, TenantId,
    TenantName, TimeZone,
};
use ulid::Ulid;

use crate::directory::{Directory, Question};

/// What each user may do in the end, worked out once, as for a token.
pub(crate) struct Ours {
    users: Vec<EffectivePermissions>,
    permissions: Vec<PermissionRef>,
}

fn id<I: Id>(number: usize) -> I {
    I::from_ulid(Ulid::from(number as u128))
}

fn permission(number: usize) -> PermissionRef {
    let scope = ScopeName::from_stored(format!("read:books-{number}"));
    PermissionRef { resource_server: id::<ResourceServerId>(1), scope }
}

/// What is granted to a user, as it is stored.
fn granted(directory: &Directory, user: usize) -> Granted {
    let roles = directory.users[user];
    let permissions =
        |role: usize| directory.roles[role].into_iter().map(permission).collect::<Vec<_>>();
    Granted {
        permissions: Vec::new(),
        roles: roles.into_iter().map(|role| RoleAssignment::Direct(id(role))).collect(),
        role_permissions: BTreeMap::from(roles.map(|role| (id::<RoleId>(role), permissions(role)))),
    }
}

impl Ours {
    pub(crate) fn new(directory: &Directory) -> Self {
        let users = 0..directory.users.len();
        Self {
            users: users
                .map(|user| EffectivePermissions::of(&granted(directory, user), None))
                .collect(),
            permissions: (0..directory.roles.len()).map(permission).collect(),
        }
    }

    pub(crate) fn decide(&self, question: &Question) -> bool {
        self.users[question.user].holds(black_box(&self.permissions[question.permission]))
    }

    /// Works out what one user may do.
    pub(crate) fn effective(&self, directory: &Directory) -> bool {
        let effective = EffectivePermissions::of(black_box(&granted(directory, 7)), None);
        effective.holds(&self.permissions[0])
    }
}

/// An application that may read users.
pub(crate) fn management() -> Caller {
    let tenant = CallerTenant {
        id: TenantId::from_ulid(Ulid::from(1_u128)),
        number: Number::FIRST,
        name: TenantName::from_stored(TenantName::DEFAULT.to_owned()),
        display_name: TenantName::DEFAULT.to_owned(),
        time_zone: TimeZone::utc(),
        phone_country: 86,
    };
    let client = Subject::Client(id::<ClientId>(1));
    let permissions = Permissions::from_scope("read:users create:users");
    Caller::new(tenant, client, Credential::AccessToken, permissions, Origin::default())
}

pub(crate) fn may(caller: &Caller) -> bool {
    black_box(caller).may(black_box(Action::Read), black_box(Resource::User)).is_ok()
}
