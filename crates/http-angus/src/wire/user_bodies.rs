//! Users as callers write them.

use citizenry_authz::Caller;
use citizenry_directory::{
    DepartmentPlace, DepartmentRef, GroupRef, LockDates, NewUser, OwnChanges, TagRef, UserChanges,
    UserLinks, UserRef,
};
use citizenry_identity::{
    Email, Error, Gender, Moment, PasswordPolicy, Patch, Phone, Profile, ProfileChanges, Text,
    TimeZone, Timestamp, Username, WebUrl,
};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::{
    body::{given, required, text_patch, text_replaced},
    error::{Fault, Own},
    ids,
    language::Words,
    secrets::Secret,
    times,
    users::ADDED,
};
use crate::RULES;

/// A gender as it is written.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum GenderWord {
    Male,
    Female,
    Unknown,
}

impl From<GenderWord> for Gender {
    fn from(word: GenderWord) -> Self {
        match word {
            GenderWord::Male => Self::Male,
            GenderWord::Female => Self::Female,
            GenderWord::Unknown => Self::Unknown,
        }
    }
}

/// By what somebody has signed up. Read, and of no effect for users whom an administrator makes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum SignupType {
    Mobile,
    Email,
    Noop,
}

/// A department of a user. A `name` is passed over.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct Dept {
    #[validate(required)]
    pub(crate) id: Option<i64>,
    pub(crate) main_dept: Option<bool>,
    pub(crate) dept_head: Option<bool>,
}

/// The departments that a user is to have.
pub(crate) fn places(field: &str, depts: &[Dept]) -> Result<Vec<DepartmentPlace>, Own> {
    let numbers: Vec<i64> = depts.iter().filter_map(|dept| dept.id).collect();
    let numbers = ids::distinct(field, &numbers)?;
    let place = |(number, dept): (_, &Dept)| DepartmentPlace {
        department: DepartmentRef::Number(number),
        is_main: dept.main_dept.unwrap_or_default(),
        is_head: dept.dept_head.unwrap_or_default(),
    };
    Ok(numbers.into_iter().zip(depts).map(place).collect())
}

/// What POST, PUT and PATCH have in common.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody {
    /// PUT without it makes a user.
    id: Option<i64>,
    #[validate(length(max = 100))]
    username: Option<String>,
    #[validate(length(max = 100))]
    first_name: Option<String>,
    #[validate(length(max = 100))]
    last_name: Option<String>,
    #[validate(length(max = 100))]
    full_name: Option<String>,
    #[validate(length(max = 16))]
    country: Option<String>,
    #[validate(length(max = 8), custom(function = "calling_code"))]
    itc: Option<String>,
    #[validate(length(max = 16), custom(function = "mobile_syntax"))]
    mobile: Option<String>,
    #[validate(length(max = 100))]
    email: Option<String>,
    #[validate(length(max = 40))]
    landline: Option<String>,
    #[validate(length(min = 6, max = 49))]
    password: Option<Secret>,
    #[validate(length(max = 400))]
    avatar: Option<String>,
    #[validate(length(max = 100))]
    title: Option<String>,
    gender: Option<GenderWord>,
    #[validate(length(max = 200))]
    address: Option<String>,
    #[serde(rename = "signupType")]
    _signup_type: Option<SignupType>,
    #[validate(length(max = 100))]
    signup_account: Option<String>,
    sys_admin: Option<bool>,
    enabled: Option<bool>,
    #[validate(length(max = 80))]
    invitation_code: Option<String>,
    #[validate(nested, length(max = 2000))]
    depts: Option<Vec<Dept>>,
    #[validate(length(max = 2000))]
    group_ids: Option<Vec<i64>>,
    #[validate(length(max = 2000))]
    tag_ids: Option<Vec<i64>>,
}

/// Up to three digits, `+` before them or not.
fn calling_code(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() || code_of(text).is_some() {
        Ok(())
    } else {
        Err(ValidationError::new("calling_code").with_message("must be a calling code".into()))
    }
}

fn code_of(text: &str) -> Option<u16> {
    let digits = text.trim().trim_start_matches('+');
    digits.parse().ok().filter(|code| (1..=999).contains(code))
}

/// 7 to 15 digits, each but the last with a blank behind it or not.
pub(crate) fn mobile_syntax(text: &str) -> Result<(), ValidationError> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let only = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
    let single = !text.contains("  ") && !text.starts_with(' ') && !text.ends_with(' ');
    if text.trim().is_empty() || ((7..=15).contains(&digits) && only && single) {
        Ok(())
    } else {
        let message = "must be 7 to 15 digits, with single blanks between them or not";
        Err(ValidationError::new("mobile").with_message(message.into()))
    }
}

/// A number with its calling code: `itc`, else that of `country`, else `usual`.
pub(crate) fn phone(
    mobile: &str,
    itc: Option<&str>,
    country: Option<&str>,
    usual: u16,
) -> Result<Phone, Error> {
    let of_country = || country.and_then(Phone::calling_code);
    Phone::parse(mobile, itc.and_then(code_of).or_else(of_country).unwrap_or(usual))
}

fn avatar(url: &str) -> Result<(), Error> {
    WebUrl::parse("avatar", url).map(|_url| ())
}

fn group_refs(group_ids: &[i64]) -> Result<Vec<GroupRef>, Own> {
    Ok(ids::distinct("groupIds", group_ids)?.into_iter().map(GroupRef::from).collect())
}

fn tag_refs(tag_ids: &[i64]) -> Result<Vec<TagRef>, Own> {
    Ok(ids::distinct("tagIds", tag_ids)?.into_iter().map(TagRef::from).collect())
}

fn no_contact() -> Own {
    Own::protocol(Words::new("手机号和邮箱不能同时为空", "mobile or email must be given"))
}

impl UserBody {
    /// The user whom a PUT replaces; none when it makes one.
    pub(crate) fn replaced(&self) -> Option<UserRef> {
        self.id.map(|id| UserRef::Number(ids::number(id)))
    }

    /// The user whom a PATCH changes.
    pub(crate) fn changed(&self) -> Result<UserRef, Own> {
        Ok(UserRef::Number(ids::number(required("id", self.id)?)))
    }

    /// A user to be made. Names that are blank are made up.
    pub(crate) fn new_user(self, caller: &Caller, moment: &Moment) -> Result<NewUser, Fault> {
        let password = required("password", self.password)?.into_inner();
        let links = UserLinks {
            departments: Some(places("depts", self.depts.as_deref().unwrap_or_default())?),
            groups: Some(group_refs(self.group_ids.as_deref().unwrap_or_default())?),
            tags: Some(tag_refs(self.tag_ids.as_deref().unwrap_or_default())?),
            rules: RULES,
        };
        let (email, mobile) = (given(self.email), given(self.mobile));
        if email.is_none() && mobile.is_none() {
            return Err(no_contact().into());
        }
        let username = given(self.username);
        let username = username.unwrap_or_else(|| moment.alphanumeric(12).to_lowercase());
        let mut profile = Profile {
            given_name: Text::optional("firstName", given(self.first_name))?,
            family_name: Text::optional("lastName", given(self.last_name))?,
            name: Text::optional("fullName", given(self.full_name))?,
            landline: Text::optional("landline", given(self.landline))?,
            picture: Text::optional("avatar", given(self.avatar))?,
            title: Text::optional("title", given(self.title))?,
            gender: Some(self.gender.map_or(Gender::Unknown, Gender::from)),
            source: Some(Text::parse("source", ADDED)?),
            ..Profile::default()
        };
        profile.address.country = Text::optional("country", given(self.country.clone()))?;
        profile.address.address = Text::optional("address", given(self.address))?;
        if let Some(picture) = &profile.picture {
            avatar(picture)?;
        }
        if profile.name.is_none() && profile.given_name.is_none() && profile.family_name.is_none() {
            profile.name = Some(Text::parse("fullName", format!("User{}", five_digits(moment)))?);
        }
        let (itc, country) = (self.itc.as_deref(), self.country.as_deref());
        let phone =
            |mobile: String| phone(&mobile, itc, country, caller.tenant_context().phone_country);
        Ok(NewUser {
            username: Some(Username::parse(&username)?),
            email: email.map(|email| Email::parse(&email)).transpose()?,
            phone: mobile.map(phone).transpose()?,
            password: Some(password),
            password_policy: Some(PasswordPolicy::angus()),
            profile,
            enabled: self.enabled,
            administrator: self.sys_admin.unwrap_or_default(),
            links,
            ..NewUser::default()
        })
    }

    /// The changes that make the user what the body says: texts that are absent go, and so do links.
    /// Password, administrator's role and status stay, and so does a username that is blank.
    pub(crate) fn replacement(self, caller: &Caller) -> Result<UserChanges, Fault> {
        let links = UserLinks {
            departments: Some(places("depts", self.depts.as_deref().unwrap_or_default())?),
            groups: Some(group_refs(self.group_ids.as_deref().unwrap_or_default())?),
            tags: Some(tag_refs(self.tag_ids.as_deref().unwrap_or_default())?),
            rules: RULES,
        };
        let (email, mobile) = (given(self.email), given(self.mobile));
        if email.is_none() && mobile.is_none() {
            return Err(no_contact().into());
        }
        if let Some(url) = self.avatar.as_deref().filter(|url| !url.trim().is_empty()) {
            avatar(url)?;
        }
        let (itc, country) = (self.itc.as_deref(), self.country.as_deref());
        let phone =
            |mobile: String| phone(&mobile, itc, country, caller.tenant_context().phone_country);
        let username = given(self.username).map(|name| Username::parse(&name)).transpose()?;
        Ok(UserChanges {
            username: username.map_or(Patch::Keep, Patch::Set),
            email: match email {
                Some(email) => Patch::Set(Email::parse(&email)?),
                None => Patch::Clear,
            },
            phone: match mobile {
                Some(mobile) => Patch::Set(phone(mobile)?),
                None => Patch::Clear,
            },
            profile: ProfileChanges {
                given_name: text_replaced("firstName", self.first_name)?,
                family_name: text_replaced("lastName", self.last_name)?,
                name: text_replaced("fullName", self.full_name)?,
                landline: text_replaced("landline", self.landline)?,
                picture: text_replaced("avatar", self.avatar)?,
                title: text_replaced("title", self.title)?,
                gender: Patch::Set(self.gender.map_or(Gender::Unknown, Gender::from)),
                country: text_replaced("country", self.country.clone())?,
                address: text_replaced("address", self.address)?,
                ..ProfileChanges::default()
            },
            links,
            ..UserChanges::default()
        })
    }

    /// The changes that the body names: what is absent stays, and lists that are empty change
    /// nothing. Blank text empties a text, but no username and no contact.
    pub(crate) fn changes(self, caller: &Caller) -> Result<UserChanges, Fault> {
        let some = |list: Vec<i64>| Some(list).filter(|list| !list.is_empty());
        let depts = self.depts.filter(|depts| !depts.is_empty());
        let links = UserLinks {
            departments: depts.map(|depts| places("depts", &depts)).transpose()?,
            groups: self.group_ids.and_then(some).map(|it| group_refs(&it)).transpose()?,
            tags: self.tag_ids.and_then(some).map(|it| tag_refs(&it)).transpose()?,
            rules: RULES,
        };
        let (itc, country) = (self.itc.as_deref(), self.country.as_deref());
        let phone =
            |mobile: String| phone(&mobile, itc, country, caller.tenant_context().phone_country);
        let username = given(self.username).map(|name| Username::parse(&name)).transpose()?;
        let email = given(self.email).map(|email| Email::parse(&email)).transpose()?;
        let mobile = given(self.mobile).map(phone).transpose()?;
        let person = Person {
            first_name: self.first_name,
            last_name: self.last_name,
            full_name: self.full_name,
            landline: self.landline,
            avatar: self.avatar,
            title: self.title,
            gender: self.gender,
            address: self.address,
        };
        Ok(UserChanges {
            username: username.map_or(Patch::Keep, Patch::Set),
            email: email.map_or(Patch::Keep, Patch::Set),
            phone: mobile.map_or(Patch::Keep, Patch::Set),
            profile: ProfileChanges {
                country: text_patch("country", self.country)?,
                ..person.changes()?
            },
            links,
            ..UserChanges::default()
        })
    }
}

fn five_digits(moment: &Moment) -> String {
    let mut bytes = [0_u8; 4];
    moment.fill(&mut bytes);
    format!("{:05}", u32::from_le_bytes(bytes) % 100_000)
}

/// Who a person is, as far as a PATCH says it.
struct Person {
    first_name: Option<String>,
    last_name: Option<String>,
    full_name: Option<String>,
    landline: Option<String>,
    avatar: Option<String>,
    title: Option<String>,
    gender: Option<GenderWord>,
    address: Option<String>,
}

impl Person {
    fn changes(self) -> Result<ProfileChanges, Fault> {
        if let Some(url) = self.avatar.as_deref().filter(|url| !url.trim().is_empty()) {
            avatar(url)?;
        }
        Ok(ProfileChanges {
            given_name: text_patch("firstName", self.first_name)?,
            family_name: text_patch("lastName", self.last_name)?,
            name: text_patch("fullName", self.full_name)?,
            landline: text_patch("landline", self.landline)?,
            picture: text_patch("avatar", self.avatar)?,
            title: text_patch("title", self.title)?,
            gender: self.gender.map(Gender::from).map_or(Patch::Keep, Patch::Set),
            address: text_patch("address", self.address)?,
            ..ProfileChanges::default()
        })
    }
}

/// What somebody changes of himself.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnBody {
    #[validate(length(max = 100))]
    username: Option<String>,
    #[validate(length(max = 100))]
    first_name: Option<String>,
    #[validate(length(max = 100))]
    last_name: Option<String>,
    #[validate(length(max = 100))]
    full_name: Option<String>,
    #[validate(length(max = 40))]
    landline: Option<String>,
    #[validate(length(max = 400))]
    avatar: Option<String>,
    #[validate(length(max = 100))]
    title: Option<String>,
    gender: Option<GenderWord>,
    #[validate(length(max = 200))]
    address: Option<String>,
}

impl OwnBody {
    /// The changes that the body names.
    pub(crate) fn changes(self) -> Result<OwnChanges, Fault> {
        let username = given(self.username).map(|name| Username::parse(&name)).transpose()?;
        let person = Person {
            first_name: self.first_name,
            last_name: self.last_name,
            full_name: self.full_name,
            landline: self.landline,
            avatar: self.avatar,
            title: self.title,
            gender: self.gender,
            address: self.address,
        };
        Ok(OwnChanges {
            username: username.map_or(Patch::Keep, Patch::Set),
            profile: person.changes()?,
            ..OwnChanges::default()
        })
    }
}

/// Whether somebody is to be an administrator.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SysAdminBody {
    #[validate(required)]
    id: Option<i64>,
    #[validate(required)]
    sys_admin: Option<bool>,
}

impl SysAdminBody {
    /// Who, and whether.
    pub(crate) fn read(&self) -> Result<(UserRef, bool), Own> {
        let user = UserRef::Number(ids::number(required("id", self.id)?));
        Ok((user, required("sysAdmin", self.sys_admin)?))
    }
}

/// Whether somebody or something is to be in use.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Validate)]
pub(crate) struct EnabledBody {
    #[validate(required)]
    pub(crate) id: Option<i64>,
    #[validate(required)]
    pub(crate) enabled: Option<bool>,
}

impl EnabledBody {
    /// The users of a list, who must differ, each with whether he is to be in use.
    pub(crate) fn users(list: &[Self]) -> Result<Vec<(UserRef, bool)>, Own> {
        let numbers: Vec<i64> = list.iter().filter_map(|entry| entry.id).collect();
        let numbers = ids::distinct("[].id", &numbers)?;
        let entry = |(number, entry): (_, &Self)| {
            Ok((UserRef::Number(number), required("[].enabled", entry.enabled)?))
        };
        numbers.into_iter().zip(list).map(entry).collect()
    }
}

/// Whether, and when, somebody or a tenant is to be locked.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LockBody {
    #[validate(required)]
    pub(crate) id: Option<i64>,
    #[validate(required)]
    locked: Option<bool>,
    lock_start_date: Option<String>,
    lock_end_date: Option<String>,
}

impl LockBody {
    /// The user.
    pub(crate) fn user(&self) -> Result<UserRef, Own> {
        Ok(UserRef::Number(ids::number(required("id", self.id)?)))
    }

    /// The dates of the lock; none to lift it. `zone` is that of the dates.
    pub(crate) fn dates(&self, zone: &TimeZone) -> Result<Option<LockDates>, Own> {
        let start = time("lockStartDate", self.lock_start_date.as_deref(), zone)?;
        let end = time("lockEndDate", self.lock_end_date.as_deref(), zone)?;
        Ok(required("locked", self.locked)?.then_some(LockDates { start, end }))
    }
}

/// A point in time of a body; blank is none.
pub(crate) fn time(
    field: &str,
    text: Option<&str>,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, Own> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let unreadable = || Own::unreadable(field, "must be a time, yyyy-MM-dd HH:mm:ss");
    text.map(|text| times::read(text, zone).ok_or_else(unreadable)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_are_digits_with_single_blanks_between() {
        for good in ["13813000000", "138 1300 0000", "1234567", "123456789012345", ""] {
            assert!(mobile_syntax(good).is_ok(), "{good}");
        }
        for bad in
            ["123456", "1234567890123456", "138  13000000", "+8613813000000", "13813000000 ", "x"]
        {
            assert!(mobile_syntax(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn calling_codes_have_up_to_three_digits() {
        for good in ["86", "+86", "1", "", "852"] {
            assert!(calling_code(good).is_ok(), "{good}");
        }
        for bad in ["0", "x", "8600", "CN"] {
            assert!(calling_code(bad).is_err(), "{bad}");
        }
    }
}
