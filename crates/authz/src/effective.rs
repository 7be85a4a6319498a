//! What a user may do in the end: permissions of his own and by his roles.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_identity::{
    GroupId, OrganizationId, PermissionRef, PermissionSource, ResourceServerId, RoleId,
};

/// How a user comes to have a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleAssignment {
    /// Given to the user himself.
    Direct(RoleId),
    /// Given to a group that he is a member of.
    ByGroup(GroupId, RoleId),
    /// Given to him inside an organization; counts only while he acts in it.
    InOrganization(OrganizationId, RoleId),
}

impl RoleAssignment {
    /// The role.
    pub const fn role(self) -> RoleId {
        match self {
            Self::Direct(role) | Self::ByGroup(_, role) | Self::InOrganization(_, role) => role,
        }
    }

    const fn source(self) -> PermissionSource {
        match self {
            Self::Direct(role) => PermissionSource::Role(role),
            Self::ByGroup(group, role) => PermissionSource::GroupRole(group, role),
            Self::InOrganization(organization, role) => {
                PermissionSource::OrganizationRole(organization, role)
            }
        }
    }

    fn counts_in(self, acting_in: Option<OrganizationId>) -> bool {
        match self {
            Self::Direct(_) | Self::ByGroup(..) => true,
            Self::InOrganization(organization, _) => acting_in == Some(organization),
        }
    }
}

/// What is granted to a user, as it is stored.
#[derive(Debug, Clone, Default)]
pub struct Granted {
    /// Permissions of his own.
    pub permissions: Vec<PermissionRef>,
    /// His roles and how he comes to have them.
    pub roles: Vec<RoleAssignment>,
    /// The permissions of those roles.
    pub role_permissions: BTreeMap<RoleId, Vec<PermissionRef>>,
}

/// The permissions that a user has in the end, each with every reason for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EffectivePermissions(BTreeMap<PermissionRef, BTreeSet<PermissionSource>>);

impl EffectivePermissions {
    /// Works out what `granted` comes to for a user who acts in the organization `acting_in`, or in
    /// none. Costs one step a permission of each of his roles.
    pub fn of(granted: &Granted, acting_in: Option<OrganizationId>) -> Self {
        let mut effective: BTreeMap<PermissionRef, BTreeSet<PermissionSource>> = BTreeMap::new();
        for permission in &granted.permissions {
            effective.entry(permission.clone()).or_default().insert(PermissionSource::Direct);
        }
        for assignment in granted.roles.iter().filter(|it| it.counts_in(acting_in)) {
            let permissions = granted.role_permissions.get(&assignment.role());
            for permission in permissions.into_iter().flatten() {
                effective.entry(permission.clone()).or_default().insert(assignment.source());
            }
        }
        Self(effective)
    }

    /// Whether `permission` is among them.
    pub fn holds(&self, permission: &PermissionRef) -> bool {
        self.0.contains_key(permission)
    }

    /// The permissions and their reasons, ordered by resource server and scope.
    pub fn iter(&self) -> impl Iterator<Item = (&PermissionRef, &BTreeSet<PermissionSource>)> {
        self.0.iter()
    }

    /// The scopes of one resource server.
    pub fn scopes_of(&self, resource_server: ResourceServerId) -> impl Iterator<Item = &str> {
        self.0
            .keys()
            .filter(move |permission| permission.resource_server == resource_server)
            .map(|permission| permission.scope.as_str())
    }
}

#[cfg(test)]
mod tests {
    use citizenry_identity::{Id, ScopeName};

    use super::*;

    fn id<I: Id>(number: u128) -> I {
        I::from_ulid(number.into())
    }

    fn permission(scope: &str) -> PermissionRef {
        PermissionRef { resource_server: id(1), scope: ScopeName::parse("scope", scope).unwrap() }
    }

    fn granted() -> Granted {
        let (reader, writer): (RoleId, RoleId) = (id(10), id(11));
        Granted {
            permissions: vec![permission("read:books")],
            roles: vec![
                RoleAssignment::ByGroup(id(20), reader),
                RoleAssignment::InOrganization(id(30), writer),
            ],
            role_permissions: BTreeMap::from([
                (reader, vec![permission("read:books")]),
                (writer, vec![permission("write:books")]),
            ]),
        }
    }

    #[test]
    fn a_permission_keeps_every_reason() {
        let effective = EffectivePermissions::of(&granted(), None);
        let (_, sources) = effective.iter().next().unwrap();
        let expected =
            BTreeSet::from([PermissionSource::Direct, PermissionSource::GroupRole(id(20), id(10))]);
        assert_eq!(*sources, expected);
    }

    #[test]
    fn a_role_inside_an_organization_counts_only_there() {
        let write = permission("write:books");
        assert!(!EffectivePermissions::of(&granted(), None).holds(&write));
        assert!(!EffectivePermissions::of(&granted(), Some(id(31))).holds(&write));
        assert!(EffectivePermissions::of(&granted(), Some(id(30))).holds(&write));
    }
}
