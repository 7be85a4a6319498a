//! Who asks, and for what.

use url::Url;

use super::{security::web_url, texts::Texts};

/// A client application, as a person is shown it.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its logo's URL (`logo_uri`). Like the two links, shown only if it is `http` or `https`.
    pub logo_url: Option<&'a str>,
    /// How it treats what it learns (`policy_uri`).
    pub policy_url: Option<&'a str>,
    /// On which terms it serves (`tos_uri`).
    pub terms_url: Option<&'a str>,
}

impl Client<'_> {
    pub(super) fn logo(&self) -> Option<Url> {
        self.logo_url.and_then(web_url)
    }

    pub(super) fn policy(&self) -> Option<String> {
        self.policy_url.and_then(web_url).map(String::from)
    }

    pub(super) fn terms(&self) -> Option<String> {
        self.terms_url.and_then(web_url).map(String::from)
    }

    /// What stands for a client without a logo.
    pub(super) fn monogram(&self) -> String {
        self.name.trim().chars().take(1).flat_map(char::to_uppercase).collect()
    }
}

/// A link away from the pages. Shown only if it is `http` or `https`, or a path of this server.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// What it is called.
    pub label: &'a str,
    /// Where it leads.
    pub url: &'a str,
}

impl Link<'_> {
    /// Where it leads, if that may be shown.
    pub(super) fn target(&self) -> Option<String> {
        let local = self.url.starts_with('/') && !self.url.starts_with("//");
        if local && !self.url.contains('\\') {
            return Some(self.url.to_owned());
        }
        web_url(self.url).map(String::from)
    }
}

/// The scopes of one resource server.
#[derive(Debug, Clone)]
pub struct ScopeGroup<'a> {
    /// The resource server's name; without one, the person's own account.
    pub resource_server: Option<&'a str>,
    /// What is asked for there.
    pub scopes: Vec<Scope<'a>>,
}

impl<'a> ScopeGroup<'a> {
    pub(super) fn heading(&self, texts: &Texts<'a>) -> &'a str {
        self.resource_server.unwrap_or(texts.your_account)
    }
}

/// One scope.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// As the client asks for it.
    pub value: &'a str,
    /// In human words, as its resource server describes it. The scopes of OpenID Connect have words
    /// of their own.
    pub description: Option<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn words(&self, texts: &Texts<'a>) -> &'a str {
        let standard = match self.value {
            "openid" => texts.scope_openid,
            "profile" => texts.scope_profile,
            "email" => texts.scope_email,
            "phone" => texts.scope_phone,
            "address" => texts.scope_address,
            "offline_access" => texts.scope_offline_access,
            other => other,
        };
        self.description.filter(|words| !words.trim().is_empty()).unwrap_or(standard)
    }
}
