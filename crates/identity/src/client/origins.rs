//! Origins (RFC 6454): of which pages scripts may call for a client.

use std::collections::BTreeSet;

use url::Url;

use crate::{AuthenticationMethod, Client};

/// The longest origin, bytes: `https://`, a host name (RFC 1035, section 2.3.4, as text, with the
/// dot at its end) and a port. What is longer is nobody's, and too long for an index.
const MAX_LENGTH: usize = 8 + 254 + 6;

/// The origin of an `http` or `https` URL as browsers write it: `https://app.example.com`, with
/// the port unless it is the scheme's own. `None` for anything else, and for host names that are
/// longer than any can be.
pub fn origin_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let origin = url.origin();
    let origin = origin.is_tuple().then(|| origin.ascii_serialization())?;
    (origin.len() <= MAX_LENGTH).then_some(origin)
}

impl Client {
    /// The origins whose pages may call for the client: those registered for that, and those to
    /// which answers are posted; for clients without a secret, which live in browsers, also those
    /// of its redirect URIs.
    pub fn calling_origins(&self) -> BTreeSet<String> {
        let is_public = self.authentication_method == AuthenticationMethod::None;
        let redirects = self.settings.redirect_uris.iter().filter(|_| is_public);
        self.settings
            .allowed_origins
            .iter()
            .chain(&self.settings.web_origins)
            .chain(redirects)
            .filter_map(|url| origin_of(url))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ClientId, ClientIdentifier, ClientKind, ClientSecret, ClientSettings, Id as _, TenantId,
        Text, Timestamp,
    };

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for (url, expected) in [
            ("https://App.Example.com/cb?x#y", Some("https://app.example.com")),
            ("https://app.example.com:443/", Some("https://app.example.com")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("https://user@app.example.com", Some("https://app.example.com")),
            ("https://例子.example/", Some("https://xn--fsqu00a.example")),
            ("com.example.app:/cb", None),
            ("file:///x", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(origin_of(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn origins_are_no_longer_than_host_names_can_be() {
        let url = |labels: usize| format!("https://{}:65535/", vec!["a"; labels].join("."));
        assert_eq!(origin_of(&url(127)).map(|origin| origin.len()), Some(8 + 253 + 6));
        assert_eq!(origin_of(&url(128)), None);
    }

    #[test]
    fn redirect_uris_count_for_public_clients_alone() {
        let urls = |urls: &[&str]| urls.iter().map(|&url| url.to_owned()).collect();
        let mut client = Client {
            id: ClientId::from_ulid(ulid::Ulid::nil()),
            identifier: ClientIdentifier::from_stored("app".to_owned()),
            tenant: TenantId::from_ulid(ulid::Ulid::nil()),
            name: Text::from_stored("App".to_owned()),
            kind: ClientKind::Spa,
            authentication_method: AuthenticationMethod::None,
            secret: ClientSecret { hash: [0; 32], sealed: Vec::new() },
            is_first_party: false,
            settings: ClientSettings {
                allowed_origins: urls(&["https://calls.example", "not a URL"]),
                web_origins: urls(&["https://silent.example/", "https://CALLS.example:443"]),
                redirect_uris: urls(&["https://app.example/cb", "com.example.app:/cb"]),
                allowed_logout_urls: urls(&["https://bye.example"]),
                ..ClientSettings::default()
            },
            version: 1,
            created_at: Timestamp::from_unix_micros(0).unwrap(),
            updated_at: Timestamp::from_unix_micros(0).unwrap(),
        };
        let public = ["https://app.example", "https://calls.example", "https://silent.example"];
        assert_eq!(client.calling_origins(), public.map(str::to_owned).into());
        client.authentication_method = AuthenticationMethod::ClientSecretBasic;
        assert_eq!(
            client.calling_origins(),
            [&public[1], &public[2]].map(|it| (*it).to_owned()).into()
        );
    }
}
