//! Who made the items of a list, and who changed them last.

use std::collections::{BTreeMap, BTreeSet};

use citizenry_identity::{Error, Number, TenantId, UserId};
use citizenry_storage::ports::ReadUsers;

/// A user as lists name the maker of their items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The number.
    pub number: Number,
    /// The name to show.
    pub name: String,
}

/// The authors of a page of items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authors(BTreeMap<UserId, Author>);

impl Authors {
    /// The author of that identifier; none when it was no user, or one who has been deleted.
    pub fn of(&self, id: Option<UserId>) -> Option<&Author> {
        self.0.get(&id?)
    }

    /// As [`Authors::of`], to be kept.
    pub(crate) fn get(&self, id: Option<UserId>) -> Option<Author> {
        self.of(id).cloned()
    }

    /// Looks those users up, all in one statement.
    pub(crate) async fn find(
        users: &mut dyn ReadUsers,
        tenant: TenantId,
        ids: impl IntoIterator<Item = Option<UserId>>,
    ) -> Result<Self, Error> {
        let distinct: BTreeSet<UserId> = ids.into_iter().flatten().collect();
        if distinct.is_empty() {
            return Ok(Self::default());
        }
        let ids: Vec<_> = distinct.into_iter().collect();
        let names = users.names(tenant, &ids).await?;
        let author = |it: citizenry_storage::ports::UserName| {
            (it.id, Author { number: it.number, name: it.name })
        };
        Ok(Self(names.into_iter().map(author).collect()))
    }
}
