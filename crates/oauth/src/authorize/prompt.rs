//! `prompt`: what the user is to be asked, whatever is known already.

use serde::{Deserialize, Serialize};

/// A value of `prompt` (OpenID Connect Core, section 3.1.2.1; Initiating User Registration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Nothing: answer at once, or say why not.
    None,
    /// Sign in, even if signed in.
    Login,
    /// Allow, even if allowed.
    Consent,
    /// Choose an account: as `login`, since a browser has one session.
    SelectAccount,
    /// Make an account.
    Create,
}

impl Prompt {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Login, Self::Consent, Self::SelectAccount, Self::Create];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }

    /// The prompt of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prompt| prompt.as_str() == word)
    }

    /// Reads the values of a request.
    ///
    /// # Errors
    /// What is wrong: a value that there is not, or `none` beside others.
    pub(crate) fn read<'w>(
        words: impl Iterator<Item = &'w str>,
    ) -> Result<Vec<Self>, &'static str> {
        let mut prompts = Vec::new();
        for word in words {
            let prompt = Self::parse(word).ok_or("unknown value of prompt")?;
            if !prompts.contains(&prompt) {
                prompts.push(prompt);
            }
        }
        if prompts.contains(&Self::None) && prompts.len() > 1 {
            return Err("prompt none must stand alone");
        }
        Ok(prompts)
    }

    /// Whether it asks for a sign-in that is younger than the request.
    pub(crate) const fn wants_sign_in(self) -> bool {
        matches!(self, Self::Login | Self::SelectAccount | Self::Create)
    }
}
