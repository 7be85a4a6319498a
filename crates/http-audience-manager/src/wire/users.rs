//! Users.

use citizenry_directory::{
    Conditions, FirstPassword, GroupRef, NewUser, OwnChanges, Search, UserChanges, UserDetail,
    UserField, UserLinks, UserQuery, UserRow, UserSort,
};
use citizenry_identity::{
    AccountState, Email, Error, Number, PasswordPolicy, Patch, Profile, ProfileChanges, Text,
    Timestamp, User as Model, Username,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{
    auth::Call,
    body::{name_patch, nullable_patch, secret},
    ids,
    paging::{ListQuery, Sortable},
};

/// How long a password is good that was mailed, seconds.
pub(crate) const MAILED_PASSWORD_SECONDS: u32 = 24 * 60 * 60;

/// The orders of lists of users.
pub(crate) const SORTABLE: &Sortable<UserSort> =
    &[("userId", UserSort::Number), ("username", UserSort::Username), ("email", UserSort::Email)];

/// Everything of a user that is shown and can be searched.
const SEARCHED: [UserField; 7] = [
    UserField::Number,
    UserField::Username,
    UserField::GivenName,
    UserField::FamilyName,
    UserField::Email,
    UserField::Title,
    UserField::Landline,
];

/// The three states of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Active,
    Inactive,
    Locked,
}

impl From<Status> for AccountState {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Inactive => Self::Inactive,
            Status::Locked => Self::Locked,
        }
    }
}

impl From<AccountState> for Status {
    fn from(state: AccountState) -> Self {
        match state {
            AccountState::Active => Self::Active,
            AccountState::Inactive => Self::Inactive,
            AccountState::Locked => Self::Locked,
        }
    }
}

/// The body of createUser.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct CreateUser {
    username: String,
    status: Status,
    first_name: String,
    last_name: String,
    email: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    phone_number: Option<String>,
    groups: Vec<i64>,
    #[serde(default)]
    is_admin: bool,
}

impl TryFrom<CreateUser> for NewUser {
    type Error = Error;

    fn try_from(body: CreateUser) -> Result<Self, Error> {
        let policy = PasswordPolicy::audience_manager();
        Ok(Self {
            username: Some(Username::parse(&body.username)?),
            email: Some(Email::parse(&body.email)?),
            profile: Profile {
                given_name: Some(Text::parse("given_name", body.first_name)?),
                family_name: Some(Text::parse("family_name", body.last_name)?),
                title: Text::optional("title", body.title)?,
                landline: Text::optional("landline", body.phone_number)?,
                ..Profile::default()
            },
            state: Some(body.status.into()),
            administrator: body.is_admin,
            links: links(&body.groups)?,
            first_password: Some(FirstPassword { policy, valid_seconds: MAILED_PASSWORD_SECONDS }),
            ..Self::default()
        })
    }
}

fn links(groups: &[i64]) -> Result<UserLinks, Error> {
    Ok(UserLinks { groups: Some(ids::groups(groups)?), ..UserLinks::default() })
}

/// The body of updateUser: whatever can be written, the rest of what is read being passed over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct UpdateUser {
    #[serde(default, rename = "pid")]
    _pid: IgnoredAny,
    #[serde(default, rename = "userId")]
    _user_id: IgnoredAny,
    username: String,
    status: Status,
    first_name: String,
    last_name: String,
    email: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    phone_number: Option<String>,
    groups: Vec<i64>,
}

impl TryFrom<UpdateUser> for UserChanges {
    type Error = Error;

    fn try_from(body: UpdateUser) -> Result<Self, Error> {
        Ok(Self {
            username: Patch::Set(Username::parse(&body.username)?),
            email: Patch::Set(Email::parse(&body.email)?),
            profile: ProfileChanges {
                given_name: name_patch("given_name", body.first_name)?,
                family_name: name_patch("family_name", body.last_name)?,
                title: nullable_patch("title", body.title)?,
                landline: nullable_patch("landline", body.phone_number)?,
                ..ProfileChanges::default()
            },
            state: Some(body.status.into()),
            links: links(&body.groups)?,
            ..Self::default()
        })
    }
}

/// The body of updateSelf.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct UpdateSelf {
    #[serde(default, rename = "userId")]
    _user_id: IgnoredAny,
    status: Status,
    first_name: String,
    last_name: String,
    email: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    phone_number: Option<String>,
}

impl TryFrom<UpdateSelf> for OwnChanges {
    type Error = Error;

    fn try_from(body: UpdateSelf) -> Result<Self, Error> {
        Ok(Self {
            email: Patch::Set(Email::parse(&body.email)?),
            profile: ProfileChanges {
                given_name: name_patch("given_name", body.first_name)?,
                family_name: name_patch("family_name", body.last_name)?,
                title: nullable_patch("title", body.title)?,
                landline: nullable_patch("landline", body.phone_number)?,
                ..ProfileChanges::default()
            },
            state: Some(body.status.into()),
            ..Self::default()
        })
    }
}

/// The body of updateSelfPassword.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct UpdatePassword {
    #[serde(deserialize_with = "secret")]
    pub(crate) old_password: SecretString,
    #[serde(deserialize_with = "secret")]
    pub(crate) new_password: SecretString,
}

/// The parameters of listUsers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct UserList {
    page: Option<u64>,
    page_size: Option<u64>,
    sort_by: Option<String>,
    descending: Option<String>,
    search: Option<String>,
    #[serde(default)]
    group_id: Vec<i64>,
    /// The same, as the vendor's example spells the second.
    #[serde(default)]
    groupd_id: Vec<i64>,
}

impl UserList {
    /// What every list method takes, and which users are wanted.
    pub(crate) fn split(self) -> (ListQuery, UserQuery) {
        let Self { page, page_size, sort_by, descending, search, group_id, groupd_id } = self;
        let list = ListQuery { page, page_size, sort_by, descending, search };
        let named = !(group_id.is_empty() && groupd_id.is_empty());
        // What is no number is nobody's.
        let numbers = group_id.into_iter().chain(groupd_id).filter_map(Number::new);
        let groups = named.then(|| numbers.map(GroupRef::Number).collect());
        let search =
            list.search().map(|text| Search { text: text.to_owned(), fields: SEARCHED.to_vec() });
        let conditions = Conditions { search, ..Conditions::default() };
        (list, UserQuery { groups, conditions, ..UserQuery::default() })
    }
}

/// A user.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct User {
    pid: i64,
    user_id: i64,
    username: String,
    status: Status,
    first_name: String,
    last_name: String,
    email: String,
    title: Option<String>,
    phone_number: Option<String>,
    groups: Vec<i64>,
}

/// A user who was made: the one answer that tells whether he is a partner administrator, as text.
#[derive(Debug, Serialize)]
pub(crate) struct CreatedUser {
    #[serde(flatten)]
    user: User,
    #[serde(rename = "isAdmin")]
    is_admin: &'static str,
}

/// The caller's own answer to a change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdatedSelf {
    user_id: i64,
    status: Status,
    first_name: String,
    last_name: String,
    email: String,
    title: Option<String>,
    phone_number: Option<String>,
}

fn shown<const MAX: usize>(text: Option<&Text<MAX>>) -> String {
    text.map(|text| text.as_str().to_owned()).unwrap_or_default()
}

impl User {
    fn new(partner: i64, now: Timestamp, user: &Model, groups: Vec<Number>) -> Self {
        let profile = &user.profile;
        let mut groups: Vec<_> = groups.into_iter().map(Number::get).collect();
        groups.sort_unstable();
        Self {
            pid: partner,
            user_id: user.number.get(),
            username: user.username.as_ref().map(Username::as_str).unwrap_or_default().to_owned(),
            status: user.account_state(now).into(),
            first_name: shown(profile.given_name.as_ref()),
            last_name: shown(profile.family_name.as_ref()),
            email: user.email.as_ref().map(Email::as_str).unwrap_or_default().to_owned(),
            title: profile.title.as_ref().map(|text| text.as_str().to_owned()),
            phone_number: profile.landline.as_ref().map(|text| text.as_str().to_owned()),
            groups,
        }
    }

    /// A user with all that is known of him.
    pub(crate) fn of_detail(call: &Call, detail: &UserDetail) -> Self {
        let now = call.directory.now();
        let groups = detail.groups.iter().map(|group| group.number).collect();
        Self::new(call.partner(), now, &detail.view.user, groups)
    }

    /// A user of a list.
    pub(crate) fn of_row(partner: i64, now: Timestamp, row: UserRow) -> Self {
        Self::new(partner, now, &row.user, row.group_numbers)
    }
}

impl CreatedUser {
    /// The user as the answer to his making.
    pub(crate) fn new(call: &Call, detail: &UserDetail) -> Self {
        let is_admin = if detail.is_administrator { "true" } else { "false" };
        Self { user: User::of_detail(call, detail), is_admin }
    }
}

impl From<User> for UpdatedSelf {
    fn from(user: User) -> Self {
        Self {
            user_id: user.user_id,
            status: user.status,
            first_name: user.first_name,
            last_name: user.last_name,
            email: user.email,
            title: user.title,
            phone_number: user.phone_number,
        }
    }
}
