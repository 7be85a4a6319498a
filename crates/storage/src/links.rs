//! Where the hosted pages lie: for the links in mails.

use citizenry_identity::TenantName;

/// The addresses of the hosted pages of every tenant. Cheap to clone.
///
/// ```
/// use citizenry_identity::TenantName;
/// use citizenry_storage::Links;
///
/// let links = Links::new("https://id.example.com/");
/// let acme = TenantName::parse("acme")?;
/// assert_eq!(links.page(&acme, "/u/login"), "https://id.example.com/t/acme/u/login");
/// # Ok::<(), citizenry_identity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    base: std::sync::Arc<str>,
}

impl Links {
    /// The page that sets a new password; its ticket follows.
    pub const RESET: &'static str = "/u/reset/";
    /// The page that shows an email address to be the user's; its ticket follows.
    pub const VERIFY: &'static str = "/u/verify/";

    /// The pages below `public_url`, with or without a final slash.
    pub fn new(public_url: &str) -> Self {
        Self { base: public_url.trim_end_matches('/').into() }
    }

    /// A page of a tenant; `path` begins with a slash.
    pub fn page(&self, tenant: &TenantName, path: &str) -> String {
        let base = &self.base;
        if tenant.is_default() {
            format!("{base}{path}")
        } else {
            format!("{base}/t/{tenant}{path}")
        }
    }
}
