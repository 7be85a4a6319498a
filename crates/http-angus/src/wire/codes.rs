//! Codes that are sent to phones and mailboxes, and what they are exchanged for.

use citizenry_authn::{CodeAddress, CodePurpose, LinkedAccount, OwnAddress};
use citizenry_identity::{Email, Phone};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    body::required,
    error::{Fault, Own},
    parameters::Parameters,
    secrets::Secret,
    user_bodies::{mobile_syntax, phone},
};

/// What somebody changes of himself by a code to a phone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum MobileKey {
    ModifyMobile,
    BindMobile,
}

/// What somebody changes of himself by a code to a mailbox.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum EmailKey {
    ModifyEmail,
    BindEmail,
}

/// What a code that anybody may ask for is for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum PublicKey {
    Signup,
    Signin,
    PasswordForget,
}

impl From<PublicKey> for CodePurpose {
    fn from(key: PublicKey) -> Self {
        match key {
            PublicKey::Signup => Self::SignUp,
            PublicKey::Signin => Self::SignIn,
            PublicKey::PasswordForget => Self::PasswordForget,
        }
    }
}

fn by_phone(
    number: &str,
    itc: Option<&str>,
    country: &str,
    usual: u16,
) -> Result<CodeAddress, Fault> {
    Ok(CodeAddress::Phone(phone(number, itc, Some(country), usual)?))
}

fn by_mail(address: &str) -> Result<CodeAddress, Fault> {
    Ok(CodeAddress::Email(Email::parse(address)?))
}

/// The one mailbox of a list.
fn only(field: &'static str, addresses: Option<&Vec<String>>) -> Result<CodeAddress, Fault> {
    match addresses.map(Vec::as_slice) {
        Some([address]) => by_mail(address),
        _ => Err(Own::invalid(field, "must be one address").into()),
    }
}

/// A code to what is to be one's own phone.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnSmsCode {
    #[validate(required)]
    biz_key: Option<MobileKey>,
    #[validate(required, length(max = 16), custom(function = "mobile_syntax"))]
    mobile: Option<String>,
    #[validate(required, length(max = 16))]
    country: Option<String>,
}

impl OwnSmsCode {
    /// Where it goes; `usual` is the tenant's calling code.
    pub(crate) fn address(&self, usual: u16) -> Result<CodeAddress, Fault> {
        let number = required("mobile", self.mobile.as_deref())?;
        by_phone(number, None, required("country", self.country.as_deref())?, usual)
    }
}

/// A code to what is to be one's own mailbox.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnEmailCode {
    #[validate(required)]
    biz_key: Option<EmailKey>,
    #[validate(required)]
    to_address: Option<Vec<String>>,
}

impl OwnEmailCode {
    /// Where it goes.
    pub(crate) fn address(&self) -> Result<CodeAddress, Fault> {
        only("toAddress", self.to_address.as_ref())
    }
}

/// The code that was sent to what is to be one's own phone; `usual` is the tenant's calling code.
pub(crate) fn own_sms_check(
    parameters: &Parameters,
    usual: u16,
) -> Result<(CodeAddress, SecretString), Fault> {
    parameters.required("bizKey", 40)?;
    parameters.word("bizKey", &["MODIFY_MOBILE", "BIND_MOBILE"])?;
    let number = mobile_parameter(parameters)?;
    let address = by_phone(number, None, parameters.required("country", 16)?, usual)?;
    Ok((address, parameters.required("verificationCode", 8)?.into()))
}

/// The code that was sent to what is to be one's own mailbox.
pub(crate) fn own_email_check(
    parameters: &Parameters,
) -> Result<(CodeAddress, SecretString), Fault> {
    parameters.required("bizKey", 40)?;
    parameters.word("bizKey", &["MODIFY_EMAIL", "BIND_EMAIL"])?;
    let address = by_mail(parameters.required("email", 100)?)?;
    Ok((address, parameters.required("verificationCode", 8)?.into()))
}

fn mobile_parameter(parameters: &Parameters) -> Result<&str, Own> {
    let number = parameters.required("mobile", 16)?;
    let wrong = |_error| Own::invalid("mobile", "must be 7 to 15 digits");
    mobile_syntax(number).map_err(wrong).map(|()| number)
}

/// A phone number to be one's own from now on.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MobileChange {
    #[validate(required)]
    biz_key: Option<MobileKey>,
    #[validate(required, length(max = 16), custom(function = "mobile_syntax"))]
    mobile: Option<String>,
    #[validate(required, length(max = 16))]
    country: Option<String>,
    #[validate(required, length(max = 8))]
    itc: Option<String>,
    #[validate(length(max = 20))]
    verification_code: Option<Secret>,
    #[validate(required, length(max = 80))]
    link_secret: Option<Secret>,
}

impl MobileChange {
    /// The change; `usual` is the tenant's calling code.
    pub(crate) fn read(self, usual: u16) -> Result<OwnAddress, Fault> {
        let number = required("mobile", self.mobile.as_deref())?;
        let country = required("country", self.country.as_deref())?;
        Ok(OwnAddress {
            address: by_phone(number, self.itc.as_deref(), country, usual)?,
            link_secret: required("linkSecret", self.link_secret)?.into_inner(),
            code: self.verification_code.map(Secret::into_inner),
        })
    }
}

/// An email address to be one's own from now on.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailChange {
    #[validate(required)]
    biz_key: Option<EmailKey>,
    #[validate(required, length(max = 100))]
    email: Option<String>,
    #[validate(required, length(max = 8))]
    verification_code: Option<Secret>,
    #[validate(required, length(max = 80))]
    link_secret: Option<Secret>,
}

impl EmailChange {
    /// The change.
    pub(crate) fn read(self) -> Result<OwnAddress, Fault> {
        Ok(OwnAddress {
            address: by_mail(required("email", self.email.as_deref())?)?,
            link_secret: required("linkSecret", self.link_secret)?.into_inner(),
            code: self.verification_code.map(Secret::into_inner),
        })
    }
}

/// A code to a phone, for somebody who has not signed in.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicSmsCode {
    #[validate(required)]
    biz_key: Option<PublicKey>,
    #[validate(required, length(max = 16), custom(function = "mobile_syntax"))]
    mobile: Option<String>,
    #[validate(length(max = 16))]
    country: Option<String>,
}

impl PublicSmsCode {
    /// What for, and where it goes; `usual` is the tenant's calling code.
    pub(crate) fn read(&self, usual: u16) -> Result<(CodePurpose, CodeAddress), Fault> {
        let number = required("mobile", self.mobile.as_deref())?;
        let address = phone(number, None, self.country.as_deref(), usual)?;
        Ok((required("bizKey", self.biz_key)?.into(), CodeAddress::Phone(address)))
    }
}

/// A code to a mailbox, for somebody who has not signed in.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicEmailCode {
    #[validate(required)]
    biz_key: Option<PublicKey>,
    #[validate(required)]
    to_address: Option<Vec<String>>,
}

impl PublicEmailCode {
    /// What for, and where it goes.
    pub(crate) fn read(&self) -> Result<(CodePurpose, CodeAddress), Fault> {
        let address = only("toAddress", self.to_address.as_ref())?;
        Ok((required("bizKey", self.biz_key)?.into(), address))
    }
}

/// What a shown code is for.
pub(crate) fn purpose(parameters: &Parameters) -> Result<CodePurpose, Own> {
    parameters.required("bizKey", 40)?;
    Ok(match parameters.word("bizKey", &["SIGNUP", "SIGNIN", "PASSWORD_FORGET"])? {
        Some("SIGNUP") => CodePurpose::SignUp,
        Some("SIGNIN") => CodePurpose::SignIn,
        _ => CodePurpose::PasswordForget,
    })
}

/// The phone that a shown code was sent to.
pub(crate) fn checked_phone(parameters: &Parameters, usual: u16) -> Result<CodeAddress, Fault> {
    let country = parameters.short("country", 16)?;
    let number: Phone = phone(mobile_parameter(parameters)?, None, country, usual)?;
    Ok(CodeAddress::Phone(number))
}

/// The mailbox that a shown code was sent to.
pub(crate) fn checked_email(parameters: &Parameters) -> Result<CodeAddress, Fault> {
    by_mail(parameters.required("email", 100)?)
}

/// An account that a code or a password has opened the way to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    tenant_id: i64,
    tenant_name: String,
    user_id: i64,
    link_secret: String,
    has_password: bool,
    expires_in: u32,
}

impl From<LinkedAccount> for Account {
    fn from(account: LinkedAccount) -> Self {
        Self {
            tenant_id: account.tenant.number.get(),
            tenant_name: account.tenant.display_name().to_owned(),
            user_id: account.user.number.get(),
            link_secret: account.link_secret.expose_secret().to_owned(),
            has_password: account.has_password,
            expires_in: account.expires_in,
        }
    }
}
