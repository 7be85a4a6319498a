//! How this door says no: the envelope with a code and a key. Rules of business have status 200.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use citizenry_http_kit::{Asked, CredentialsProblem, ErrorShape, Refusal};
use citizenry_identity::{Error, Kind, Quota};
use serde_json::json;

use super::{answer::Voice, language::Words};

/// What proves somebody: a wrong one is refused by a rule, not by its form.
const PROOFS: [&str; 3] = ["verification_code", "link_secret", "old_password"];

/// A fault of the request.
const PROTOCOL: &str = "E0";
/// A rule of business.
const BUSINESS: &str = "E1";
/// A fault of the server.
const SYSTEM: &str = "E2";

/// Why a handler does not do what it was asked.
#[derive(Debug)]
pub(crate) enum Fault {
    /// What any door may say.
    Refusal(Refusal),
    /// What this door alone says.
    Own(Box<Own>),
}

/// A refusal in this dialect's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) key: &'static str,
    pub(crate) words: Words,
    /// What is known of the cause, in English; the envelope's `data`.
    pub(crate) detail: Option<String>,
}

impl Own {
    /// A refusal with `status` and the code and key of the vendor's table.
    pub(crate) const fn new(
        status: StatusCode,
        code: &'static str,
        key: &'static str,
        words: Words,
    ) -> Self {
        Self { status, code, key, words, detail: None }
    }

    fn input(key: &'static str, words: Words, field: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, PROTOCOL, key, words.about(field))
    }

    pub(crate) fn because(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// A parameter that must be there and is not.
    pub(crate) fn missing(name: &str) -> Self {
        Self::input("param_missing", Words::new("缺少参数", "missing parameter"), name)
    }

    /// A value that breaks a rule on its field.
    pub(crate) fn invalid(field: &str, reason: &str) -> Self {
        let words = Words::new("参数不合法", "not a valid value");
        let own = Self::input("param_validation_error", words, field);
        own.because(format!("{field}: {reason}"))
    }

    /// A value of the wrong type, or a body that is none.
    pub(crate) fn unreadable(field: &str, reason: &str) -> Self {
        let words = Words::new("参数无法解析", "cannot be read");
        let own = Self::input("param_parsing_error", words, field);
        own.because(if field.is_empty() { reason.to_owned() } else { format!("{field}: {reason}") })
    }

    /// A filter or an order that the list does not have, by the key of the vendor's table.
    pub(crate) fn unsupported(key: &'static str, name: &str) -> Self {
        Self::input(key, Words::new("不支持的查询条件", "not supported by this list"), name)
    }

    /// A request that a rule forbids as it stands.
    pub(crate) fn protocol(words: Words) -> Self {
        Self::new(StatusCode::BAD_REQUEST, PROTOCOL, "protocol_error", words)
    }

    /// The same for a password that is wrong, or not good enough: `error` when it is about one.
    pub(crate) fn of_password(error: Error) -> Fault {
        match error {
            Error::Invalid { field, reason } if field == "password" => {
                let words = Words::new("密码不正确或不符合要求", "the password is not good");
                Self::protocol(words).because(reason).into()
            }
            error => error.into(),
        }
    }

    /// Something that there is not.
    pub(crate) fn not_found(words: Words) -> Self {
        Self::new(StatusCode::NOT_FOUND, PROTOCOL, "resource_not_found", words)
    }

    /// A rule of business, by its own code.
    pub(crate) const fn business(code: &'static str, words: Words) -> Self {
        Self::new(StatusCode::OK, code, code, words)
    }
}

impl std::fmt::Display for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key)
    }
}

impl ResponseError for Own {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// An answer without a body: [`Errors`] puts the envelope in its place.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status)
    }
}

impl From<Own> for Fault {
    fn from(own: Own) -> Self {
        Self::Own(Box::new(own))
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refusal(error.into())
    }
}

impl From<Fault> for actix_web::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refusal(refusal) => refusal.into(),
            Fault::Own(own) => (*own).into(),
        }
    }
}

/// The error shape of the door: the envelope, and OAuth's own below `/oauth2`.
#[derive(Debug, Clone, Copy)]
pub struct Errors;

impl ErrorShape for Errors {
    fn render(&self, refusal: &Refusal) -> HttpResponse {
        Voice::unknown().failure(&own(refusal))
    }

    fn render_to(&self, refusal: &Refusal, asked: &Asked<'_>) -> HttpResponse {
        if asked.request.is_some_and(|request| request.path().contains("/oauth2/")) {
            return oauth_error(refusal);
        }
        let voice = Voice::of_asked(asked);
        match asked.error.and_then(|error| error.as_error::<Own>()) {
            Some(fault) => voice.failure(fault),
            None => voice.failure(&own(refusal)),
        }
    }
}

/// What the OAuth 2 routes answer: RFC 6749, section 5.2.
fn oauth_error(refusal: &Refusal) -> HttpResponse {
    let status = refusal.status();
    let error = match status {
        StatusCode::UNAUTHORIZED => "invalid_client",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            "temporarily_unavailable"
        }
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    };
    let description = refusal.message();
    HttpResponse::build(status).json(json!({ "error": error, "error_description": description }))
}

/// What any door may say, in this door's words.
fn own(refusal: &Refusal) -> Own {
    let status = refusal.status();
    match refusal {
        Refusal::UseCase(error) => use_case(error),
        Refusal::RouteNotFound => Own::new(
            status,
            PROTOCOL,
            "handler_not_found",
            Words::new("接口不存在", "no such route"),
        ),
        Refusal::MethodNotAllowed { .. } => {
            let words = Words::new("请求方法不支持", "method not supported");
            Own::new(status, PROTOCOL, "method_not_supported", words)
        }
        Refusal::InvalidTarget { reason } => Own::invalid("path", reason),
        Refusal::InvalidQuery { field, reason } => {
            Own::invalid(field.as_deref().unwrap_or("query"), reason)
        }
        Refusal::InvalidBody { field, reason } => {
            Own::unreadable(field.as_deref().unwrap_or_default(), reason)
        }
        Refusal::TooLarge { .. } => {
            let words = Words::new("请求体过大", "the body is too large");
            Own::new(status, PROTOCOL, "param_parsing_error", words).because(refusal.message())
        }
        Refusal::UnsupportedMediaType { .. } => {
            let words = Words::new("媒体类型不支持", "media type not supported");
            Own::new(status, PROTOCOL, "media_type_not_supported", words).because(refusal.message())
        }
        Refusal::Credentials(CredentialsProblem::Missing) => {
            let words = Words::new("未认证", "not authenticated");
            Own::new(status, PROTOCOL, "unauthorized", words)
        }
        Refusal::Credentials(CredentialsProblem::Malformed) => invalid_token(),
        Refusal::Credentials(CredentialsProblem::Several) => {
            Own::invalid("Authorization", "stands several times")
        }
        Refusal::RateLimited { .. } => too_many_requests(),
        Refusal::TimedOut => unavailable(),
        Refusal::Panicked => unknown_error(),
        Refusal::Framework { .. } if status.is_server_error() => unknown_error(),
        Refusal::Framework { reason, .. } => Own { status, ..Own::unreadable("", reason) },
    }
}

fn use_case(error: &Error) -> Own {
    match error {
        Error::NotFound { kind, .. } => Own::not_found(thing(*kind).not_found()),
        Error::Conflict { kind, field } => conflict(*kind, field),
        Error::Invalid { field, reason } if field == "departments" => {
            Own::protocol(Words::new("必须且只能有一个主部门", "exactly one main department"))
                .because(format!("depts: {reason}"))
        }
        Error::Invalid { field, reason } if field == "lock_end" => {
            let words = Words::new("锁定时间不合法", "not a window of time");
            Own::protocol(words).because(format!("lockEndDate: {reason}"))
        }
        Error::Invalid { field, reason } if PROOFS.contains(&field.as_ref()) => {
            let words = Words::new("验证失败", "not the right one").about(wire_name(field));
            Own::protocol(words).because(reason.as_str())
        }
        Error::Invalid { field, reason } => Own::invalid(wire_name(field), reason),
        Error::Unauthenticated => invalid_token(),
        Error::Forbidden { permission } => {
            let words = Words::new("没有权限", "not allowed");
            Own::new(StatusCode::FORBIDDEN, PROTOCOL, "forbidden", words).because(*permission)
        }
        Error::RateLimited { .. } => too_many_requests(),
        Error::Stale => {
            let words = Words::new("数据已被他人修改", "changed by somebody else in between");
            Own::new(StatusCode::CONFLICT, BUSINESS, "business_error", words)
        }
        Error::Unavailable => unavailable(),
        Error::Internal(_) => {
            let words = Words::new("系统错误", "internal error");
            Own::new(StatusCode::INTERNAL_SERVER_ERROR, SYSTEM, "server_error", words)
        }
    }
}

fn invalid_token() -> Own {
    let words = Words::new("令牌无效", "the token is not good");
    Own::new(StatusCode::UNAUTHORIZED, PROTOCOL, "invalid_token", words)
}

fn too_many_requests() -> Own {
    let words = Words::new("请求过于频繁", "too many requests");
    Own::new(StatusCode::TOO_MANY_REQUESTS, PROTOCOL, "too_many_requests", words)
}

fn unavailable() -> Own {
    let words = Words::new("服务暂不可用", "temporarily unavailable");
    Own::new(StatusCode::SERVICE_UNAVAILABLE, SYSTEM, "service_unavailable", words)
}

fn unknown_error() -> Own {
    let words = Words::new("未知错误", "unknown error");
    Own::new(StatusCode::INTERNAL_SERVER_ERROR, SYSTEM, "unknown_error", words)
}

/// What stands against a change: a quota, a rule, or another thing of the same name.
fn conflict(kind: Kind, field: &'static str) -> Own {
    if let Some(quota) = Quota::of_field(field) {
        return too_many(quota);
    }
    match (kind, field) {
        (Kind::Group, "disabled") => {
            Own::business("BUC301", Words::new("用户组已禁用", "the group is disabled"))
        }
        (Kind::Department, "level") => too_many(Quota::DepartmentLevels),
        (Kind::Department, "parent") => Own::protocol(Words::new(
            "部门不能移动到自身或其下级",
            "a department cannot hang under itself",
        )),
        (_, "last_administrator") => Own::protocol(Words::new(
            "必须保留至少一个有效的系统管理员",
            "at least one administrator who can sign in must remain",
        )),
        (Kind::User, "status") => {
            Own::protocol(Words::new("用户状态不允许此操作", "the user has left for good"))
        }
        (_, "password") => Own::protocol(Words::new("密码已存在", "there is a password already")),
        (Kind::User, "connection") => Own::protocol(Words::new(
            "该用户由外部身份源管理",
            "the user comes from a source that keeps the password itself",
        )),
        (Kind::User, "self") => Own::protocol(Words::new("不能删除自己", "nobody deletes himself")),
        (Kind::Tenant, "own") => {
            Own::protocol(Words::new("不能关闭自己的租户", "nobody closes his own tenant"))
        }
        (kind, field) => {
            let words = thing(kind).taken().about(wire_name(field));
            Own::new(StatusCode::CONFLICT, PROTOCOL, "resource_already_exists", words)
        }
    }
}

/// The breach of a quota, by the vendor's codes.
fn too_many(quota: Quota) -> Own {
    let (code, words) = match quota {
        Quota::TargetTags => ("BCO110", Words::new("标签数超出配额", "too many tags on it")),
        Quota::Users => ("BCO111", Words::new("用户数超出配额", "too many users")),
        Quota::UserDepartments => {
            ("BCO112", Words::new("用户所属部门数超出配额", "too many departments of the user"))
        }
        Quota::UserGroups => {
            ("BCO113", Words::new("用户所属组数超出配额", "too many groups of the user"))
        }
        Quota::Departments => ("BCO114", Words::new("部门数超出配额", "too many departments")),
        Quota::DepartmentLevels => {
            ("BCO115", Words::new("部门层级超出配额", "the department tree is too deep"))
        }
        Quota::DepartmentUsers => {
            ("BCO116", Words::new("部门用户数超出配额", "too many users in the department"))
        }
        Quota::Groups => ("BCO117", Words::new("组数超出配额", "too many groups")),
        Quota::GroupUsers => {
            ("BCO118", Words::new("组用户数超出配额", "too many users in the group"))
        }
        Quota::Tags => ("BCO119", Words::new("标签总数超出配额", "too many tags")),
        Quota::SystemTokens => {
            ("BCO121", Words::new("系统令牌数超出配额", "too many system tokens"))
        }
        Quota::UserTokens => ("BCO122", Words::new("用户令牌数超出配额", "too many user tokens")),
    };
    Own::new(StatusCode::OK, code, "quota_error", words)
}

/// A kind of thing in both languages.
struct Thing(&'static str, &'static str);

impl Thing {
    fn not_found(&self) -> Words {
        Words::new("不存在", "not found").about_in(self.0, self.1)
    }

    fn taken(&self) -> Words {
        Words::new("已存在", "exists already").about_in(self.0, self.1)
    }
}

fn thing(kind: Kind) -> Thing {
    match kind {
        Kind::Tenant => Thing("租户", "tenant"),
        Kind::User => Thing("用户", "user"),
        Kind::Group => Thing("组", "group"),
        Kind::Department => Thing("部门", "department"),
        Kind::Tag => Thing("标签", "tag"),
        Kind::ApiToken | Kind::Token | Kind::TokenFamily => Thing("令牌", "token"),
        Kind::Client => Thing("客户端", "client"),
        Kind::Ticket => Thing("验证码", "code"),
        Kind::Identity
        | Kind::Connection
        | Kind::Role
        | Kind::Permission
        | Kind::ResourceServer
        | Kind::ClientGrant
        | Kind::SigningKey
        | Kind::Event
        | Kind::Organization
        | Kind::Session
        | Kind::Consent
        | Kind::Message
        | Kind::Job => Thing("资源", kind.as_str()),
    }
}

/// The canonical name of a field as this dialect calls it.
fn wire_name(field: &str) -> &str {
    match field {
        "phone" => "mobile",
        "display_name" => "name",
        "departments" => "depts",
        "groups" => "groupIds",
        "tags" => "tagIds",
        "parent" => "pid",
        "description" => "remark",
        "expires_at" => "expiredDate",
        "filter" => "filters",
        "invitation_code" => "invitationCode",
        "lock_end" => "lockEndDate",
        "link_secret" => "linkSecret",
        "verification_code" => "verificationCode",
        "old_password" => "oldPassword",
        field => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_business_have_status_200_and_a_code_of_their_own() {
        let disabled = use_case(&Error::conflict(Kind::Group, "disabled"));
        assert_eq!(
            (disabled.status.as_u16(), disabled.code, disabled.key),
            (200, "BUC301", "BUC301")
        );
        for quota in Quota::ALL {
            let own = use_case(&Error::conflict(quota.kind(), quota.field()));
            assert_eq!((own.status.as_u16(), own.key), (200, "quota_error"), "{quota:?}");
            assert!(own.code.starts_with("BCO1"), "{quota:?}");
        }
    }

    #[test]
    fn conflicts_of_rules_are_400_and_of_names_409() {
        for (kind, field, status, key) in [
            (Kind::User, "last_administrator", 400, "protocol_error"),
            (Kind::User, "status", 400, "protocol_error"),
            (Kind::Department, "parent", 400, "protocol_error"),
            (Kind::User, "phone", 409, "resource_already_exists"),
            (Kind::Group, "code", 409, "resource_already_exists"),
        ] {
            let own = use_case(&Error::conflict(kind, field));
            assert_eq!((own.status.as_u16(), own.code, own.key), (status, "E0", key), "{field}");
        }
    }

    #[test]
    fn the_cause_of_an_internal_error_is_not_told() {
        let own = use_case(&Error::internal("opensesame"));
        assert_eq!((own.status.as_u16(), own.code, own.detail), (500, "E2", None));
    }
}
