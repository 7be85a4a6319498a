//! What a token without a person may do, as whoever makes it asks for it.

use citizenry_authz::Permissions;
use citizenry_identity::{ApiToken, ClientId, Error, ManagementPermission};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most resources of one token, and the most operations and rights of one resource.
const MAX_ENTRIES: usize = 200;
/// The longest name of a resource or an operation, characters.
const MAX_NAME: usize = 100;

/// How a system token's access is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessKind {
    /// By operations of an API that are named one by one. None has a name here that would open
    /// anything, so that such a token shows who it is and may do nothing.
    Operations,
    /// By rights on resources.
    Rights,
}

/// A right on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessRight {
    /// Everything.
    All,
    /// To look at it.
    OnlyRead,
    /// To make and to change it.
    OnlyWrite,
    /// To look at it, to make and to change it.
    ReadWrite,
    /// To delete it.
    Delete,
}

impl AccessRight {
    /// The verbs of the permissions that it comes to.
    const fn verbs(self) -> &'static [&'static str] {
        match self {
            Self::All => &["create", "read", "update", "delete"],
            Self::OnlyRead => &["read"],
            Self::OnlyWrite => &["create", "update"],
            Self::ReadWrite => &["create", "read", "update"],
            Self::Delete => &["delete"],
        }
    }
}

/// What is asked for on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceAccess {
    /// The resource as the dialect calls it: `User`, `Dept`, `Group` and `OrgTag` mean something
    /// here, whatever their case.
    pub resource: String,
    /// The operations, where the kind is [`AccessKind::Operations`].
    #[serde(default)]
    pub operations: Vec<String>,
    /// The rights, where the kind is [`AccessKind::Rights`].
    #[serde(default)]
    pub rights: Vec<AccessRight>,
}

impl ResourceAccess {
    /// The resource as permissions name it; none for what no such token may touch.
    fn noun(&self) -> Option<&'static str> {
        Some(match self.resource.to_ascii_lowercase().as_str() {
            "user" => "users",
            "dept" => "departments",
            "group" => "groups",
            "orgtag" => "tags",
            _ => return None,
        })
    }
}

/// What a system token may do, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenAccess {
    /// How it is spelt.
    pub kind: AccessKind,
    /// Resource by resource.
    pub resources: Vec<ResourceAccess>,
}

impl TokenAccess {
    /// The permissions that it comes to: never more than to create, read, update and delete users,
    /// departments, groups and tags. What else was asked for opens nothing.
    pub fn permissions(&self) -> Permissions {
        if self.kind == AccessKind::Operations {
            return Permissions::none();
        }
        let permissions = self.resources.iter().filter_map(|it| Some((it.noun()?, &it.rights)));
        permissions
            .flat_map(|(noun, rights)| {
                let verbs = rights.iter().flat_map(|right| right.verbs());
                verbs.filter_map(move |verb| ManagementPermission::parse(&format!("{verb}:{noun}")))
            })
            .collect()
    }

    /// The same, if it keeps the limits.
    ///
    /// # Errors
    /// `Invalid` on `resources`.
    pub(super) fn checked(self) -> Result<Self, Error> {
        let is_name = |name: &String| (1..=MAX_NAME).contains(&name.chars().count());
        let fits = |entry: &ResourceAccess| {
            is_name(&entry.resource)
                && entry.operations.len() <= MAX_ENTRIES
                && entry.rights.len() <= MAX_ENTRIES
                && entry.operations.iter().all(is_name)
        };
        if (1..=MAX_ENTRIES).contains(&self.resources.len()) && self.resources.iter().all(fits) {
            Ok(self)
        } else {
            let reason = format!(
                "must be 1 to {MAX_ENTRIES} resources, each with a name of 1 to {MAX_NAME} \
                 characters and at most {MAX_ENTRIES} entries"
            );
            Err(Error::invalid("resources", reason))
        }
    }
}

/// The same as it is stored, with the client that the token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAccess {
    /// The client.
    pub(crate) client: ClientId,
    /// What it may do.
    pub(crate) access: TokenAccess,
}

/// The member that names the client.
const CLIENT: &str = "client";

impl StoredAccess {
    /// The access of a system token.
    ///
    /// # Errors
    /// `Internal` when it is none that was stored here.
    pub(crate) fn of(token: &ApiToken) -> Result<Self, Error> {
        let client = token.access.get(CLIENT).and_then(Value::as_str);
        let client = client.ok_or_else(|| Error::internal("a system token without a client"))?;
        let access = Value::Object(token.access.clone());
        Ok(Self {
            client: client.parse()?,
            access: serde_json::from_value(access).map_err(Error::internal)?,
        })
    }

    /// The document.
    ///
    /// # Errors
    /// `Internal` when it cannot be written.
    pub(super) fn into_map(self) -> Result<Map<String, Value>, Error> {
        match serde_json::to_value(&self.access).map_err(Error::internal)? {
            Value::Object(mut document) => {
                document.insert(CLIENT.to_owned(), Value::from(self.client.to_string()));
                Ok(document)
            }
            _ => Err(Error::internal("access is written as an object")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(kind: AccessKind, resources: &[(&str, &[AccessRight])]) -> TokenAccess {
        let resource = |(name, rights): &(&str, &[AccessRight])| ResourceAccess {
            resource: (*name).to_owned(),
            operations: vec!["1".to_owned()],
            rights: rights.to_vec(),
        };
        TokenAccess { kind, resources: resources.iter().map(resource).collect() }
    }

    fn names(access: &TokenAccess) -> Vec<&'static str> {
        access.permissions().iter().map(ManagementPermission::as_str).collect()
    }

    #[test]
    fn rights_come_to_permissions_of_people_and_structure_alone() {
        use AccessRight::{All, Delete, OnlyRead, OnlyWrite, ReadWrite};
        let each: [(&[AccessRight], &[&str]); 6] = [
            (&[], &[]),
            (&[OnlyRead], &["read:groups"]),
            (&[OnlyWrite], &["create:groups", "update:groups"]),
            (&[ReadWrite], &["create:groups", "read:groups", "update:groups"]),
            (&[OnlyRead, Delete], &["delete:groups", "read:groups"]),
            (&[All], &["create:groups", "delete:groups", "read:groups", "update:groups"]),
        ];
        for (rights, expected) in each {
            assert_eq!(names(&access(AccessKind::Rights, &[("Group", rights)])), expected);
            assert!(names(&access(AccessKind::Operations, &[("Group", rights)])).is_empty());
        }
        let read = access(
            AccessKind::Rights,
            &[("USER", &[OnlyRead]), ("dept", &[OnlyRead]), ("OrgTag", &[OnlyRead])],
        );
        assert_eq!(names(&read), ["read:departments", "read:tags", "read:users"]);
        let others = ["Client", "roles", "Tenant", "api_tokens", "users", "User:x", "*", ""];
        for other in others {
            let access = access(AccessKind::Rights, &[(other, &[All])]);
            assert!(names(&access).is_empty(), "{other}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let one = || access(AccessKind::Rights, &[("User", &[AccessRight::All])]);
        assert!(one().checked().is_ok());
        let mut none = one();
        none.resources.clear();
        let mut many = one();
        many.resources = vec![one().resources.remove(0); 201];
        let mut long = one();
        long.resources[0].resource = "x".repeat(101);
        let mut unnamed = one();
        unnamed.resources[0].resource.clear();
        let mut operations = one();
        operations.resources[0].operations = vec!["x".to_owned(); 201];
        for refused in [none, many, long, unnamed, operations] {
            let error = refused.checked().unwrap_err();
            assert!(matches!(&error, Error::Invalid { field, .. } if field == "resources"));
        }
    }
}
