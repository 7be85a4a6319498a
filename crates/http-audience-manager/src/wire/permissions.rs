//! Permissions of groups.

use citizenry_http_kit::Object;
use citizenry_identity::{Error, ObjectPermissions, ObjectType};
use serde::{Deserialize, Deserializer, Serialize, de::Visitor};

/// The body of setGroupPermissions.
pub(crate) type PermissionsBody = Vec<Object<PermissionBody>>;

/// What the members of a group are to be permitted to do to one object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PermissionBody {
    object_type: String,
    #[serde(deserialize_with = "object_id")]
    object_id: i64,
    permissions: Vec<String>,
}

/// Reads an object's identifier: a number; one published sample has it as text.
fn object_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct ObjectId;

    impl Visitor<'_> for ObjectId {
        type Value = i64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object's number")
        }

        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<i64, E> {
            Ok(number)
        }

        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<i64, E> {
            i64::try_from(number).map_err(|_too_large| E::custom("expected an object's number"))
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<i64, E> {
            text.parse().map_err(|_unparsable| E::custom("expected an object's number"))
        }
    }

    deserializer.deserialize_any(ObjectId)
}

impl TryFrom<PermissionBody> for ObjectPermissions {
    type Error = Error;

    fn try_from(body: PermissionBody) -> Result<Self, Error> {
        let object_type = ObjectType::parse(&body.object_type);
        let object_type = object_type
            .ok_or_else(|| Error::invalid("objectType", "must be a permissionable object type"))?;
        Self::new(object_type, body.object_id, body.permissions.iter().map(String::as_str))
    }
}

/// What the members of a group may do to one object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Permission {
    object_type: &'static str,
    object_id: i64,
    permissions: Vec<&'static str>,
}

impl From<ObjectPermissions> for Permission {
    fn from(permissions: ObjectPermissions) -> Self {
        Self {
            object_type: permissions.object_type.as_str(),
            object_id: permissions.object,
            permissions: permissions.permissions().collect(),
        }
    }
}

/// The permissions that objects of a type know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypePermissions {
    wildcard: &'static [&'static str],
    per_object: &'static [&'static str],
}

impl From<ObjectType> for TypePermissions {
    fn from(object_type: ObjectType) -> Self {
        Self { wildcard: object_type.wildcards(), per_object: object_type.permissions() }
    }
}
