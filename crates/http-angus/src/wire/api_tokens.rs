//! Tokens that people make for themselves, and administrators for systems.

use citizenry_directory::Author;
use citizenry_identity::{ApiToken, Text, TimeZone};
use citizenry_oauth::{
    AccessKind, AccessRight, ApiTokenView, NewPersonalToken, NewSystemToken, ResourceAccess,
    TokenAccess,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    answer::Answers, authors, body::required, error::Fault, secrets::Secret, user_bodies::time,
};
use crate::RULES;

/// A token that somebody makes for himself.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddUserToken {
    #[validate(required, length(min = 1, max = 100))]
    name: Option<String>,
    expired_date: Option<String>,
    #[validate(required, length(max = 80))]
    password: Option<Secret>,
}

impl AddUserToken {
    /// The token to be made; `zone` is that of the date.
    pub(crate) fn read(self, zone: &TimeZone) -> Result<NewPersonalToken, Fault> {
        Ok(NewPersonalToken {
            name: Text::parse("name", required("name", self.name)?)?,
            expires_at: time("expiredDate", self.expired_date.as_deref(), zone)?,
            password: required("password", self.password)?.into_inner(),
            quotas: RULES.quotas,
        })
    }
}

/// How the access of a system token is spelt.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum AuthType {
    Api,
    Acl,
}

/// A right of a system token.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Acl {
    All,
    OnlyRead,
    OnlyWrite,
    ReadWrite,
    Delete,
}

impl From<Acl> for AccessRight {
    fn from(acl: Acl) -> Self {
        match acl {
            Acl::All => Self::All,
            Acl::OnlyRead => Self::OnlyRead,
            Acl::OnlyWrite => Self::OnlyWrite,
            Acl::ReadWrite => Self::ReadWrite,
            Acl::Delete => Self::Delete,
        }
    }
}

impl From<AccessRight> for Acl {
    fn from(right: AccessRight) -> Self {
        match right {
            AccessRight::All => Self::All,
            AccessRight::OnlyRead => Self::OnlyRead,
            AccessRight::OnlyWrite => Self::OnlyWrite,
            AccessRight::ReadWrite => Self::ReadWrite,
            AccessRight::Delete => Self::Delete,
        }
    }
}

/// What a system token may do with one resource.
#[derive(Debug, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct ResourceAuth {
    #[validate(required, length(min = 1, max = 100))]
    resource: Option<String>,
    api_ids: Option<Vec<String>>,
    acls: Option<Vec<Acl>>,
}

/// A token for a system.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddSystemToken {
    #[validate(required, length(min = 1, max = 100))]
    name: Option<String>,
    expired_date: Option<String>,
    #[validate(required)]
    auth_type: Option<AuthType>,
    #[validate(required, nested, length(min = 1, max = 200))]
    resources: Option<Vec<ResourceAuth>>,
}

impl AddSystemToken {
    /// The token to be made; `zone` is that of the date.
    pub(crate) fn read(self, zone: &TimeZone) -> Result<NewSystemToken, Fault> {
        let kind = match required("authType", self.auth_type)? {
            AuthType::Api => AccessKind::Operations,
            AuthType::Acl => AccessKind::Rights,
        };
        let access = |entry: ResourceAuth| ResourceAccess {
            resource: entry.resource.unwrap_or_default(),
            operations: entry.api_ids.unwrap_or_default(),
            rights: entry.acls.unwrap_or_default().into_iter().map(AccessRight::from).collect(),
        };
        let resources = required("resources", self.resources)?.into_iter().map(access).collect();
        Ok(NewSystemToken {
            name: Text::parse("name", required("name", self.name)?)?,
            expires_at: time("expiredDate", self.expired_date.as_deref(), zone)?,
            access: TokenAccess { kind, resources },
            quotas: RULES.quotas,
        })
    }
}

/// What a system token may do, as it was asked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SystemTokenAuth {
    auth_type: AuthType,
    resources: Vec<ResourceAuth>,
}

impl From<TokenAccess> for SystemTokenAuth {
    fn from(access: TokenAccess) -> Self {
        let is_api = access.kind == AccessKind::Operations;
        let entry = |entry: ResourceAccess| ResourceAuth {
            resource: Some(entry.resource),
            api_ids: is_api.then_some(entry.operations),
            acls: (!is_api).then(|| entry.rights.into_iter().map(Acl::from).collect()),
        };
        Self {
            auth_type: if is_api { AuthType::Api } else { AuthType::Acl },
            resources: access.resources.into_iter().map(entry).collect(),
        }
    }
}

/// A token with its value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenValue {
    id: i64,
    value: String,
    expired_date: Option<String>,
}

impl TokenValue {
    /// `token` with `value`.
    pub(crate) fn new(token: &ApiToken, value: &SecretString, call: &impl Answers) -> Self {
        Self {
            id: token.number.get(),
            value: value.expose_secret().to_owned(),
            expired_date: token.expires_at.map(|at| call.voice().time(at)),
        }
    }
}

/// A token as lists show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenRow {
    id: i64,
    name: String,
    expired_date: Option<String>,
    created_by: i64,
    created_by_name: Option<String>,
    created_date: String,
}

impl TokenRow {
    /// The token of `view`.
    pub(crate) fn new(view: &ApiTokenView, call: &impl Answers) -> Self {
        let token = &view.token;
        let author = view.created_by.as_ref();
        let author = author.map(|it| Author { number: it.number, name: it.name.clone() });
        Self {
            id: token.number.get(),
            name: token.name.as_str().to_owned(),
            expired_date: token.expires_at.map(|at| call.voice().time(at)),
            created_by: authors::number(author.as_ref()),
            created_by_name: authors::name(author.as_ref()),
            created_date: call.voice().time(token.created_at),
        }
    }
}
