//! What the tenants' issuers are called, and where their endpoints lie.

use citizenry_identity::TenantName;

/// The names of all issuers of an installation: the public URL for the tenant `default`,
/// `<public URL>/t/<tenant>` for every other one.
///
/// Relying parties compare an issuer byte for byte, and some insist on a final slash, so whether
/// there is one is part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuers {
    /// The public URL without its final slash.
    base: String,
    final_slash: bool,
}

impl Issuers {
    /// The issuers under `public_url` (`https://id.example.com`, with or without a final slash),
    /// written with a final slash if `final_slash` says so.
    pub fn new(public_url: &str, final_slash: bool) -> Self {
        Self { base: public_url.trim_end_matches('/').to_owned(), final_slash }
    }

    /// The issuer of a tenant: the `iss` of its tokens.
    pub fn issuer(&self, tenant: &TenantName) -> String {
        let mut issuer = self.root(tenant);
        if self.final_slash {
            issuer.push('/');
        }
        issuer
    }

    /// The URL of an endpoint of a tenant; `path` begins with a slash (`/oauth/token`).
    pub fn endpoint(&self, tenant: &TenantName, path: &str) -> String {
        let mut url = self.root(tenant);
        url.push_str(path);
        url
    }

    /// The tenant whose issuer is called `issuer`, if it is written as one of ours.
    pub(crate) fn tenant_of(&self, issuer: &str) -> Option<TenantName> {
        let rest = issuer.strip_prefix(&self.base)?;
        let rest = if self.final_slash { rest.strip_suffix('/')? } else { rest };
        let name = match rest {
            "" => TenantName::DEFAULT,
            rest => rest.strip_prefix("/t/")?,
        };
        TenantName::parse(name).ok().filter(|name| self.issuer(name) == issuer)
    }

    /// The public URL without a final slash.
    pub fn public_url(&self) -> &str {
        &self.base
    }

    fn root(&self, tenant: &TenantName) -> String {
        if tenant.is_default() { self.base.clone() } else { format!("{}/t/{tenant}", self.base) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_tenant_is_the_public_url_and_others_lie_below_it() {
        let default = TenantName::parse("default").unwrap();
        let other = TenantName::parse("acme").unwrap();
        for public_url in ["https://id.example.com", "https://id.example.com/"] {
            let with = Issuers::new(public_url, true);
            assert_eq!(with.issuer(&default), "https://id.example.com/");
            assert_eq!(with.issuer(&other), "https://id.example.com/t/acme/");
            let without = Issuers::new(public_url, false);
            assert_eq!(without.issuer(&default), "https://id.example.com");
            assert_eq!(without.issuer(&other), "https://id.example.com/t/acme");
            for issuers in [with, without] {
                for tenant in [&default, &other] {
                    assert_eq!(issuers.tenant_of(&issuers.issuer(tenant)).as_ref(), Some(tenant));
                }
                for foreign in ["", "https://id.example.com/t/default/", "https://evil.example/"] {
                    assert_eq!(issuers.tenant_of(foreign), None);
                }
                assert_eq!(
                    issuers.endpoint(&other, "/oauth/token"),
                    "https://id.example.com/t/acme/oauth/token"
                );
            }
        }
    }
}
