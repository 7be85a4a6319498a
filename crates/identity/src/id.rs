//! Typed identifiers: ULIDs, one type an entity, so that none can be taken for another.

use std::{fmt, hash::Hash, str::FromStr};

use ulid::Ulid;

use crate::{Error, Kind, Moment};

/// What all typed identifiers have in common.
pub trait Id: Copy + Eq + Ord + Hash + fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// The kind of entity that this type identifies.
    const KIND: Kind;
    /// The identifier with this value.
    fn from_ulid(value: Ulid) -> Self;
    /// The value.
    fn ulid(self) -> Ulid;
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// A new identifier: the moment's time and its randomness.
            pub fn generate(moment: &Moment) -> Self {
                Self(moment.ulid())
            }
        }

        impl Id for $name {
            const KIND: Kind = Kind::$kind;
            fn from_ulid(value: Ulid) -> Self {
                Self(value)
            }
            fn ulid(self) -> Ulid {
                self.0
            }
        }

        impl fmt::Display for $name {
            /// The ULID in lower case, as it travels.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_lower(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            /// Reads a ULID in either case; anything else is `NotFound`, since no entity has it.
            fn from_str(text: &str) -> Result<Self, Error> {
                Ulid::from_string(text)
                    .map(Self)
                    .map_err(|_invalid| Error::not_found(Kind::$kind, text))
            }
        }
    )* };
}

typed_id! {
    /// Identifies a tenant.
    TenantId => Tenant;
    /// Identifies a user, in every door.
    UserId => User;
    /// Identifies one way in of a user.
    IdentityId => Identity;
    /// Identifies an identity source.
    ConnectionId => Connection;
    /// Identifies a role.
    RoleId => Role;
    /// Identifies a resource server.
    ResourceServerId => ResourceServer;
    /// Identifies a client inside; outside it is known by its `ClientIdentifier`.
    ClientId => Client;
    /// Identifies a client grant.
    ClientGrantId => ClientGrant;
    /// Identifies a signing key; travels as its `kid`.
    SigningKeyId => SigningKey;
    /// Identifies an audit event.
    EventId => Event;
    /// Identifies a group of users.
    GroupId => Group;
    /// Identifies a department.
    DepartmentId => Department;
    /// Identifies a tag.
    TagId => Tag;
    /// Identifies a token that a person or an administrator has made.
    ApiTokenId => ApiToken;
    /// Identifies an organization.
    OrganizationId => Organization;
    /// Identifies a session; travels as `sid`.
    SessionId => Session;
    /// Identifies a consent.
    ConsentId => Consent;
    /// Identifies the tokens of one authorization.
    TokenFamilyId => TokenFamily;
    /// Identifies a message in the outbox.
    MessageId => Message;
    /// Identifies an import or an export.
    JobId => Job;
}

fn write_lower(value: Ulid, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut buffer = [0_u8; ulid::ULID_LEN];
    let text = value.array_to_str(&mut buffer);
    text.make_ascii_lowercase();
    f.write_str(text)
}

/// A number of a user, group, department, tag or tenant: positive, below 2^53, from one sequence of
/// the installation, never used again. Some dialects know entities by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i64);

impl Number {
    /// The greatest number: the largest integer that every JSON reader keeps exactly.
    pub const MAX: i64 = (1 << 53) - 1;
    /// The first number.
    pub const FIRST: Self = Self(1);

    /// `value` as a number, if it is one.
    pub fn new(value: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&value).then_some(Self(value))
    }

    /// The value, 1 to 2^53 - 1.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_travel_in_lower_case_and_are_read_in_both() {
        let id = UserId::from_ulid(Ulid::from_parts(1, 2));
        let text = id.to_string();
        assert_eq!(text, text.to_lowercase());
        assert_eq!(text.parse::<UserId>().unwrap(), id);
        assert_eq!(text.to_uppercase().parse::<UserId>().unwrap(), id);
    }

    #[test]
    fn what_is_no_ulid_is_not_found() {
        let error = "role_x".parse::<RoleId>().unwrap_err();
        assert!(matches!(error, Error::NotFound { kind: Kind::Role, .. }));
    }

    #[test]
    fn numbers_stay_positive_and_exact_in_json() {
        assert_eq!(Number::new(0), None);
        assert_eq!(Number::new(-1), None);
        assert_eq!(Number::new(1 << 53), None);
        assert_eq!(Number::new(Number::MAX).map(Number::get), Some(9_007_199_254_740_991));
    }
}
