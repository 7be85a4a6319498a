//! Quotas: how much of each thing a tenant may have.

use serde::{Deserialize, Serialize};

use crate::{Error, Kind};

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quota {
    /// Users of the tenant.
    Users,
    /// Departments of one user.
    UserDepartments,
    /// Groups of one user.
    UserGroups,
    /// Departments of the tenant.
    Departments,
    /// Levels of the department tree.
    DepartmentLevels,
    /// Users of one department.
    DepartmentUsers,
    /// Groups of the tenant.
    Groups,
    /// Users of one group.
    GroupUsers,
    /// Tags of the tenant.
    Tags,
    /// Tags of one user, department or group.
    TargetTags,
    /// Tokens that one user has made.
    UserTokens,
    /// System tokens of the tenant.
    SystemTokens,
}

impl Quota {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Users,
        Self::UserDepartments,
        Self::UserGroups,
        Self::Departments,
        Self::DepartmentLevels,
        Self::DepartmentUsers,
        Self::Groups,
        Self::GroupUsers,
        Self::Tags,
        Self::TargetTags,
        Self::UserTokens,
        Self::SystemTokens,
    ];

    /// The field of the `Conflict` that a breach is.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Users => "quota.users",
            Self::UserDepartments => "quota.user_departments",
            Self::UserGroups => "quota.user_groups",
            Self::Departments => "quota.departments",
            Self::DepartmentLevels => "quota.department_levels",
            Self::DepartmentUsers => "quota.department_users",
            Self::Groups => "quota.groups",
            Self::GroupUsers => "quota.group_users",
            Self::Tags => "quota.tags",
            Self::TargetTags => "quota.target_tags",
            Self::UserTokens => "quota.user_tokens",
            Self::SystemTokens => "quota.system_tokens",
        }
    }

    /// The quota whose breach a `Conflict` on `field` is.
    pub fn of_field(field: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quota| quota.field() == field)
    }

    /// The kind of thing that there would be too many of.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Users | Self::DepartmentUsers | Self::GroupUsers => Kind::User,
            Self::UserDepartments | Self::Departments | Self::DepartmentLevels => Kind::Department,
            Self::UserGroups | Self::Groups => Kind::Group,
            Self::Tags | Self::TargetTags => Kind::Tag,
            Self::UserTokens | Self::SystemTokens => Kind::ApiToken,
        }
    }
}

/// How much of each thing a tenant may have; no limit where there is none. Only dialects that
/// promise quotas ask for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each member limits what the quota of the same name counts")]
pub struct Quotas {
    pub users: Option<u64>,
    pub user_departments: Option<u64>,
    pub user_groups: Option<u64>,
    pub departments: Option<u64>,
    pub department_levels: Option<u64>,
    pub department_users: Option<u64>,
    pub groups: Option<u64>,
    pub group_users: Option<u64>,
    pub tags: Option<u64>,
    pub target_tags: Option<u64>,
    pub user_tokens: Option<u64>,
    pub system_tokens: Option<u64>,
}

impl Default for Quotas {
    /// Those that the AngusGM dialect publishes, but for users, of whom there may be any number.
    fn default() -> Self {
        Self {
            users: None,
            user_departments: Some(5),
            user_groups: Some(200),
            departments: Some(200),
            department_levels: Some(5),
            department_users: Some(200),
            groups: Some(200),
            group_users: Some(200),
            tags: Some(200),
            target_tags: Some(10),
            user_tokens: Some(3),
            system_tokens: Some(10),
        }
    }
}

impl Quotas {
    /// The limit of `quota`.
    pub const fn limit(&self, quota: Quota) -> Option<u64> {
        match quota {
            Quota::Users => self.users,
            Quota::UserDepartments => self.user_departments,
            Quota::UserGroups => self.user_groups,
            Quota::Departments => self.departments,
            Quota::DepartmentLevels => self.department_levels,
            Quota::DepartmentUsers => self.department_users,
            Quota::Groups => self.groups,
            Quota::GroupUsers => self.group_users,
            Quota::Tags => self.tags,
            Quota::TargetTags => self.target_tags,
            Quota::UserTokens => self.user_tokens,
            Quota::SystemTokens => self.system_tokens,
        }
    }

    /// Passes when `count` of them is not too many.
    ///
    /// # Errors
    /// `Conflict` on [`Quota::field`].
    pub fn check(&self, quota: Quota, count: u64) -> Result<(), Error> {
        match self.limit(quota) {
            Some(limit) if count > limit => Err(Error::conflict(quota.kind(), quota.field())),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_names_its_quota() {
        let quotas = Quotas { tags: Some(2), ..Quotas::default() };
        assert!(quotas.check(Quota::Tags, 2).is_ok());
        let refused = quotas.check(Quota::Tags, 3).unwrap_err();
        let Error::Conflict { kind: Kind::Tag, field } = refused else { panic!("{refused}") };
        assert_eq!(Quota::of_field(field), Some(Quota::Tags));
        assert!(quotas.check(Quota::Users, u64::MAX).is_ok());
    }
}
