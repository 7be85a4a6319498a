//! Making an account for oneself, and why none is made.

use citizenry_authn::{CodeAddress, CodeCheck, CodePurpose, PasswordError};
use citizenry_directory::{SignUpByCode, SignUpError};
use citizenry_identity::{Email, Error, Origin, PasswordPolicy, ProvedAddress, Tenant};
use secrecy::SecretString;

use super::{
    body::required,
    error::{Fault, Own},
    language::Words,
    secrets::Secret,
    sign::{SignUp, SignupType},
    user_bodies::{mobile_syntax, phone},
};

/// The account that is wanted, before its address is proved.
pub(crate) struct Wanted {
    password: SecretString,
    invitation_code: Option<SecretString>,
    origin: Origin,
}

impl Wanted {
    /// The account with its proof.
    pub(crate) fn with(self, proof: ProvedAddress) -> SignUpByCode {
        SignUpByCode {
            proof,
            password: self.password,
            password_policy: Some(PasswordPolicy::angus()),
            invitation_code: self.invitation_code,
            source: Some("PLATFORM_SIGNUP"),
            invited_source: Some("INVITATION_CODE_SIGNUP"),
            origin: self.origin,
        }
    }
}

impl SignUp {
    /// The code to be looked at, and the account that is wanted.
    pub(crate) fn read(
        self,
        tenant: &Tenant,
        origin: Origin,
    ) -> Result<(CodeCheck, Wanted), Fault> {
        let account = required("account", self.account)?;
        let address = match required("signupType", self.signup_type)? {
            SignupType::Email => CodeAddress::Email(Email::parse(&account)?),
            SignupType::Mobile => {
                let country = self.country.filter(|country| !country.trim().is_empty());
                let country = required("country", country)?;
                let usual = tenant.settings.phone_country;
                mobile_syntax(&account)
                    .map_err(|_no| Own::invalid("account", "must be 7 to 15 digits"))?;
                let number = phone(&account, self.itc.as_deref(), Some(&country), usual)?;
                CodeAddress::Phone(number)
            }
        };
        let check = CodeCheck {
            tenant: tenant.id,
            purpose: CodePurpose::SignUp,
            address,
            code: required("verificationCode", self.verification_code)?.into_inner(),
            origin: origin.clone(),
        };
        let wanted = Wanted {
            password: required("password", self.password)?.into_inner(),
            invitation_code: self.invitation_code.map(Secret::into_inner),
            origin,
        };
        Ok((check, wanted))
    }
}

/// Why no account is made.
pub(crate) fn not_made(error: SignUpError) -> Fault {
    match error {
        SignUpError::Closed => Own::protocol(Words::new(
            "未开放注册",
            "sign-up is closed, or the invitation is not good",
        ))
        .into(),
        SignUpError::Refused(rules) => refused(rules.len()).into(),
        SignUpError::Taken { .. } => {
            Own::protocol(Words::new("账号已注册", "the account exists already")).into()
        }
        SignUpError::Other(error) => error.into(),
    }
}

/// Why no new password is set.
pub(crate) fn not_renewed(error: PasswordError) -> Fault {
    match error {
        PasswordError::TicketGone => Error::invalid("link_secret", "is not good").into(),
        PasswordError::Refused(rules) => refused(rules.len()).into(),
        PasswordError::Other(error) => error.into(),
    }
}

fn refused(rules: usize) -> Own {
    let words = Words::new("密码不符合要求", "the password is not good enough");
    Own::protocol(words).because(format!("password: breaks {rules} rules"))
}
