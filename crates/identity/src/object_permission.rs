//! Permissions of groups over objects that lie outside of the directory: Audience Manager's
//! (object type, object id, permission) triples, and the wild cards that cover all objects of a
//! kind.

use std::{collections::BTreeSet, fmt};

use crate::Error;

/// The kinds of objects. Their names are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectType {
    /// Segments.
    Segment,
    /// Traits.
    Trait,
    /// Destinations.
    Destination,
    /// Derived signals: no permissions on single objects.
    DerivedSignals,
    /// Tags: no permissions on single objects.
    Tags,
}

impl ObjectType {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] =
        [Self::Segment, Self::Trait, Self::Destination, Self::DerivedSignals, Self::Tags];

    /// The kind on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Segment => "SEGMENT",
            Self::Trait => "TRAIT",
            Self::Destination => "DESTINATION",
            Self::DerivedSignals => "DERIVED_SIGNALS",
            Self::Tags => "TAGS",
        }
    }

    /// The kind that [`ObjectType::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What a group may be permitted to do to one object of the kind.
    pub const fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Segment => {
                &["READ", "WRITE", "CREATE", "DELETE", "MAP_TO_MODELS", "MAP_TO_DESTINATION"]
            }
            Self::Trait => {
                &["READ", "WRITE", "CREATE", "DELETE", "MAP_TO_MODELS", "MAP_TO_SEGMENTS"]
            }
            Self::Destination => &["READ", "WRITE", "CREATE", "DELETE"],
            Self::DerivedSignals | Self::Tags => &[],
        }
    }

    /// What a group may be permitted to do to all objects of the kind.
    pub const fn wildcards(self) -> &'static [&'static str] {
        match self {
            Self::Segment => &[
                "CREATE_ALL_SEGMENTS",
                "VIEW_ALL_SEGMENTS",
                "EDIT_ALL_SEGMENTS",
                "DELETE_ALL_SEGMENTS",
                "MAP_ALL_SEGMENTS_TO_MODELS",
                "MAP_ALL_TO_DESTINATIONS",
            ],
            Self::Trait => &[
                "CREATE_ALL_TRAITS",
                "CREATE_ALL_ALGO_TRAITS",
                "VIEW_ALL_TRAITS",
                "EDIT_ALL_TRAITS",
                "DELETE_ALL_TRAITS",
                "MAP_ALL_TRAITS_TO_MODELS",
                "MAP_ALL_TO_SEGMENTS",
            ],
            Self::Destination => &[
                "CREATE_DESTINATIONS",
                "VIEW_ALL_DESTINATIONS",
                "EDIT_ALL_DESTINATIONS",
                "DELETE_ALL_DESTINATIONS",
            ],
            Self::DerivedSignals => &[
                "VIEW_DERIVED_SIGNALS",
                "CREATE_DERIVED_SIGNALS",
                "EDIT_DERIVED_SIGNALS",
                "DELETE_DERIVED_SIGNALS",
            ],
            Self::Tags => &["VIEW_TAGS"],
        }
    }
}

/// Wild cards whose kind is not in the list of types.
const FURTHER_WILDCARDS: [&str; 3] =
    ["VIEW_MODELS", "MANAGE_SEGMENT_TEST_GROUPS", "VIEW_ALL_SIGNALS"];

/// A permission on all present and future objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wildcard(&'static str);

impl Wildcard {
    /// The wild card of that name.
    ///
    /// # Errors
    /// `Invalid` on `wildcards`.
    pub fn parse(name: &str) -> Result<Self, Error> {
        ObjectType::ALL
            .into_iter()
            .flat_map(ObjectType::wildcards)
            .chain(&FURTHER_WILDCARDS)
            .find(|known| **known == name)
            .map(|known| Self(known))
            .ok_or_else(|| Error::invalid("wildcards", "must be names of wild cards"))
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What the members of a group may do to one object. The object's identifier is opaque: nothing
/// here knows whether there is such an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectPermissions {
    /// The kind of object.
    pub object_type: ObjectType,
    /// The object.
    pub object: i64,
    permissions: BTreeSet<&'static str>,
}

impl ObjectPermissions {
    /// Permissions on an object, by name.
    ///
    /// # Errors
    /// `Invalid` on `permissions` for a name that the kind of object does not know.
    pub fn new<'n>(
        object_type: ObjectType,
        object: i64,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, Error> {
        let known = |name: &str| {
            let found = object_type.permissions().iter().find(|known| **known == name);
            found.copied().ok_or_else(|| {
                let reason = format!("must be permissions on a {}", object_type.as_str());
                Error::invalid("permissions", reason)
            })
        };
        let permissions = names.into_iter().map(known).collect::<Result<_, _>>()?;
        Ok(Self { object_type, object, permissions })
    }

    /// Their names, in alphabetical order.
    pub fn permissions(&self) -> impl Iterator<Item = &'static str> {
        self.permissions.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_belong_to_their_kind_of_object() {
        assert!(ObjectPermissions::new(ObjectType::Segment, 1, ["MAP_TO_DESTINATION"]).is_ok());
        assert!(ObjectPermissions::new(ObjectType::Trait, 1, ["MAP_TO_DESTINATION"]).is_err());
        assert!(ObjectPermissions::new(ObjectType::Tags, 1, ["READ"]).is_err());
    }

    #[test]
    fn wildcards_are_known_by_name() {
        assert_eq!(Wildcard::parse("VIEW_MODELS").unwrap().as_str(), "VIEW_MODELS");
        assert!(Wildcard::parse("VIEW_EVERYTHING").is_err());
    }
}
