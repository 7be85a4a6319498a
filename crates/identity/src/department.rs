//! Departments: the tree that the people of a tenant sit in.

use crate::{DepartmentId, Error, Kind, Number, TenantId, Text, Timestamp, UserId};

/// A department: a node of the tenant's tree. A tenant may have several roots.
#[derive(Debug, Clone, PartialEq)]
pub struct Department {
    /// The identifier.
    pub id: DepartmentId,
    /// The number.
    pub number: Number,
    /// The tenant.
    pub tenant: TenantId,
    /// Those above it, the root first; the last is its parent. Empty for a root.
    pub ancestors: Vec<DepartmentId>,
    /// The code, unique per tenant as it is written.
    pub code: Text<80>,
    /// The name.
    pub name: Text<255>,
    /// How many users sit in it, not counting those below.
    pub member_count: u64,
    /// The user who made it; none when it was no user of the tenant.
    pub created_by: Option<UserId>,
    /// The user who last changed it.
    pub updated_by: Option<UserId>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Department {
    /// How deep a tree may be, whatever a tenant's quota says: it bounds every walk upwards.
    pub const MAX_LEVEL: usize = 32;

    /// Its parent; none for a root.
    pub fn parent(&self) -> Option<DepartmentId> {
        self.ancestors.last().copied()
    }

    /// Where it stands: 1 for a root.
    pub fn level(&self) -> usize {
        self.ancestors.len() + 1
    }

    /// Itself and those above it, the root first: the ancestors of its children.
    pub fn path(&self) -> Vec<DepartmentId> {
        let mut path = self.ancestors.clone();
        path.push(self.id);
        path
    }

    /// The ancestors that the department would have under `parent` (a root without one), if its
    /// tree may hang there. `height` is how many levels there are from it downwards, itself
    /// included.
    ///
    /// # Errors
    /// `Conflict` on `parent` when `parent` is the department itself or below it; `Conflict` on
    /// `level` when the tree would become too deep.
    pub fn ancestors_under(
        &self,
        parent: Option<&Self>,
        height: usize,
    ) -> Result<Vec<DepartmentId>, Error> {
        let ancestors = parent.map(Self::path).unwrap_or_default();
        if ancestors.contains(&self.id) {
            return Err(Error::conflict(Kind::Department, "parent"));
        }
        if ancestors.len() + height > Self::MAX_LEVEL {
            return Err(Error::conflict(Kind::Department, "level"));
        }
        Ok(ancestors)
    }
}

/// A user's place in a department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentMember {
    /// The number of the membership itself.
    pub number: Number,
    /// The department.
    pub department: DepartmentId,
    /// The user.
    pub user: UserId,
    /// Whether this is the user's main department; at most one is.
    pub is_main: bool,
    /// Whether the user leads the department.
    pub is_head: bool,
    /// The user who put him there.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use crate::Id as _;

    use super::*;

    fn department(id: u128, ancestors: &[u128]) -> Department {
        let at = Timestamp::from_unix_micros(1).unwrap();
        Department {
            id: DepartmentId::from_ulid(id.into()),
            number: Number::new(1).unwrap(),
            tenant: TenantId::from_ulid(1.into()),
            ancestors: ancestors.iter().map(|id| DepartmentId::from_ulid((*id).into())).collect(),
            code: Text::parse("code", "D").unwrap(),
            name: Text::parse("name", "研发部").unwrap(),
            member_count: 0,
            created_by: None,
            updated_by: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn a_department_hangs_neither_under_itself_nor_under_its_own() {
        let (root, child, grandchild) =
            (department(1, &[]), department(2, &[1]), department(3, &[1, 2]));
        for below in [&child, &grandchild] {
            let refused = child.ancestors_under(Some(below), 2).unwrap_err();
            assert!(matches!(refused, Error::Conflict { field: "parent", .. }));
        }
        assert_eq!(grandchild.ancestors_under(Some(&root), 1).unwrap(), [root.id]);
        assert_eq!(grandchild.ancestors_under(None, 1).unwrap(), []);
    }

    #[test]
    fn a_tree_that_would_become_too_deep_stays_where_it_is() {
        let deep: Vec<u128> = (10..41).collect();
        let deepest = department(99, &deep);
        assert_eq!(deepest.level(), Department::MAX_LEVEL);
        let refused = department(1, &[]).ancestors_under(Some(&deepest), 1).unwrap_err();
        assert!(matches!(refused, Error::Conflict { field: "level", .. }));
    }
}
