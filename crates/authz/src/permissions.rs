//! Sets of management permissions.

use std::fmt;

use citizenry_identity::ManagementPermission;

/// A set of management permissions: a bit each, so that asking costs nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions([u64; 4]);

// The set has a bit for each permission there is.
const _: () = assert!(ManagementPermission::COUNT <= 256);

impl Permissions {
    /// No permission.
    pub const fn none() -> Self {
        Self([0; 4])
    }

    /// Every management permission.
    pub fn all() -> Self {
        ManagementPermission::all().collect()
    }

    /// Whether the set holds `permission`.
    pub fn holds(&self, permission: ManagementPermission) -> bool {
        let (word, bit) = Self::place(permission);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// The permissions of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = *self;
        both.0.iter_mut().zip(other.0).for_each(|(bits, others)| *bits &= others);
        both
    }

    /// The permissions of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut either = *self;
        either.0.iter_mut().zip(other.0).for_each(|(bits, others)| *bits |= others);
        either
    }

    /// The management permissions among the words of a `scope` text (blank-separated); other words
    /// are passed over.
    pub fn from_scope(scope: &str) -> Self {
        scope.split(' ').filter_map(ManagementPermission::parse).collect()
    }

    /// The permissions in the set.
    pub fn iter(&self) -> impl Iterator<Item = ManagementPermission> {
        let set = *self;
        ManagementPermission::all().filter(move |permission| set.holds(*permission))
    }

    fn place(permission: ManagementPermission) -> (usize, u64) {
        (permission.index() / 64, 1 << (permission.index() % 64))
    }
}

impl FromIterator<ManagementPermission> for Permissions {
    fn from_iter<I: IntoIterator<Item = ManagementPermission>>(permissions: I) -> Self {
        let mut set = Self::none();
        for permission in permissions {
            let (word, bit) = Self::place(permission);
            if let Some(bits) = set.0.get_mut(word) {
                *bits |= bit;
            }
        }
        set
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set = Permissions::from_scope("read:users nonsense delete:roles");
        let names: Vec<_> = set.iter().map(ManagementPermission::as_str).collect();
        assert_eq!(names, ["delete:roles", "read:users"]);
        assert_eq!(Permissions::all().iter().count(), ManagementPermission::COUNT);
        assert_eq!(set.intersection(&Permissions::from_scope("read:users")).iter().count(), 1);
    }
}
