//! Who made something, and who changed it last.

use citizenry_directory::Author;

use super::ids::NOBODY;

/// The number of an author; -1 for who is no user of the tenant.
pub(crate) fn number(author: Option<&Author>) -> i64 {
    author.map_or(NOBODY, |author| author.number.get())
}

/// The name of an author.
pub(crate) fn name(author: Option<&Author>) -> Option<String> {
    author.map(|author| author.name.clone())
}
