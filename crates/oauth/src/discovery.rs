//! What a tenant's authorization server says about itself (OpenID Connect Discovery 1.0,
//! RFC 8414).

use citizenry_identity::TenantName;
use serde::Serialize;

use crate::Issuers;

/// The path of the token endpoint, below a tenant's root.
pub const TOKEN_PATH: &str = "/oauth/token";
/// The path of the key set, below a tenant's root.
pub const JWKS_PATH: &str = "/.well-known/jwks.json";
/// The path of this document, below a tenant's root.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// The discovery document. It names what is served now, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discovery {
    /// The issuer, byte for byte as in `iss`.
    pub issuer: String,
    /// The URL of the token endpoint.
    pub token_endpoint: String,
    /// The URL of the key set.
    pub jwks_uri: String,
    /// The grants that the token endpoint accepts.
    pub grant_types_supported: &'static [&'static str],
    /// How clients may prove themselves at the token endpoint.
    pub token_endpoint_auth_methods_supported: &'static [&'static str],
    /// The response types of the authorization endpoint: none, while there is no such endpoint. A
    /// required member.
    pub response_types_supported: &'static [&'static str],
    /// The kinds of subject identifiers. A required member.
    pub subject_types_supported: &'static [&'static str],
    /// The algorithms of ID tokens. A required member, which must contain RS256.
    pub id_token_signing_alg_values_supported: &'static [&'static str],
}

impl Discovery {
    /// The document of `tenant`.
    pub fn of(issuers: &Issuers, tenant: &TenantName) -> Self {
        Self {
            issuer: issuers.issuer(tenant),
            token_endpoint: issuers.endpoint(tenant, TOKEN_PATH),
            jwks_uri: issuers.endpoint(tenant, JWKS_PATH),
            grant_types_supported: &["client_credentials"],
            token_endpoint_auth_methods_supported: &["client_secret_basic", "client_secret_post"],
            response_types_supported: &[],
            subject_types_supported: &["public"],
            id_token_signing_alg_values_supported: &["ES256", "RS256"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_of_a_tenant() {
        let issuers = Issuers::new("https://id.example.com", true);
        let tenant = TenantName::parse("acme").unwrap();
        insta::assert_json_snapshot!(Discovery::of(&issuers, &tenant), @r#"
        {
          "issuer": "https://id.example.com/t/acme/",
          "token_endpoint": "https://id.example.com/t/acme/oauth/token",
          "jwks_uri": "https://id.example.com/t/acme/.well-known/jwks.json",
          "grant_types_supported": [
            "client_credentials"
          ],
          "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post"
          ],
          "response_types_supported": [],
          "subject_types_supported": [
            "public"
          ],
          "id_token_signing_alg_values_supported": [
            "ES256",
            "RS256"
          ]
        }
        "#);
    }
}
