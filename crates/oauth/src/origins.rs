//! Origins (RFC 6454): which web pages may call a tenant's endpoints, and which may receive
//! answers by `postMessage`.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use citizenry_identity::{
    AuthenticationMethod, Client, Error, Listing, Start, TenantId, Timestamp,
};
use citizenry_storage::Read;
use citizenry_storage::ports::{ByName, ClientFilter};
use url::Url;

use crate::OAuth;

/// For how long what was read is believed, seconds.
const LIFETIME: i64 = 60;
/// For how long what was read is believed when an origin is not in it, microseconds: a client that
/// was registered just now is to work, and a flood of unknown origins is not to reach the database.
const LIFETIME_OF_ABSENCE: i64 = 500_000;
/// The most tenants that a server remembers the origins of.
const MAX_TENANTS: usize = 256;
/// The most pages of clients that are read for one tenant.
const MAX_PAGES: usize = 200;

/// The origin of an `http` or `https` URL as browsers write it: `https://app.example.com`, with
/// the port unless it is the scheme's own. `None` for anything else.
pub(crate) fn origin_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let origin = url.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Whether answers may be posted to pages of `origin` for `client`: only to origins that were
/// registered for it.
pub(crate) fn may_receive_messages(client: &Client, origin: &str) -> bool {
    client.settings.web_origins.iter().any(|it| origin_of(it).as_deref() == Some(origin))
}

/// The origins whose pages may call for `client`: those registered for that, and those to which
/// answers are posted; for clients without a secret, which live in browsers, also those of its
/// redirect URIs.
fn calling_origins(client: &Client) -> impl Iterator<Item = String> {
    let settings = &client.settings;
    let is_public = client.authentication_method == AuthenticationMethod::None;
    let redirects = settings.redirect_uris.iter().filter(move |_| is_public);
    settings
        .allowed_origins
        .iter()
        .chain(&settings.web_origins)
        .chain(redirects)
        .filter_map(|it| origin_of(it))
}

/// The origins of tenants' clients, as they were read lately.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    known: Mutex<HashMap<TenantId, Known>>,
    /// Held while a tenant's clients are being read.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Known {
    origins: Arc<HashSet<String>>,
    read_at: Timestamp,
}

impl Known {
    /// What it says about `origin`, if that may be believed.
    fn says(&self, origin: &str, now: Timestamp) -> Option<bool> {
        let age = now.unix_micros() - self.read_at.unix_micros();
        let holds = self.origins.contains(origin);
        let lifetime = if holds { LIFETIME * 1_000_000 } else { LIFETIME_OF_ABSENCE };
        (0..lifetime).contains(&age).then_some(holds)
    }
}

impl Origins {
    fn get(&self, tenant: TenantId) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    fn put(&self, tenant: TenantId, known: Known) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_TENANTS && !all.contains_key(&tenant) {
            all.clear();
        }
        all.insert(tenant, known);
    }
}

impl OAuth {
    /// Whether pages of `origin`, as the header `Origin` has it, may call the endpoints of a tenant
    /// (of the default tenant if none is named): whether it is registered for one of the tenant's
    /// clients. A removed origin may be believed for a minute.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`. A tenant that there is not, or that is disabled, has no origins.
    pub async fn is_registered_origin(
        &self,
        tenant: Option<&str>,
        origin: &str,
    ) -> Result<bool, Error> {
        // Only what is written as browsers write it; `null` and the like are never registered.
        if origin_of(origin).as_deref() != Some(origin) {
            return Ok(false);
        }
        let tenant = match self.tenant(tenant).await {
            Ok(tenant) => tenant.id,
            Err(Error::NotFound { .. }) => return Ok(false),
            Err(other) => return Err(other),
        };
        let now = self.shared.environment.clock.now();
        let said = |known: Option<Known>| known.and_then(|known| known.says(origin, now));
        if let Some(answer) = said(self.shared.origins.get(tenant)) {
            return Ok(answer);
        }
        let _reading = self.shared.origins.reading.lock().await;
        if let Some(answer) = said(self.shared.origins.get(tenant)) {
            return Ok(answer);
        }
        let origins =
            self.shared.storage.read(async move |ports| read_origins(ports, tenant).await).await?;
        let known = Known { origins: Arc::new(origins), read_at: now };
        self.shared.origins.put(tenant, known.clone());
        Ok(known.origins.contains(origin))
    }
}

async fn read_origins(ports: &mut dyn Read, tenant: TenantId) -> Result<HashSet<String>, Error> {
    let mut origins = HashSet::new();
    let mut listing = Listing::first(Listing::<ByName>::MAX_LIMIT);
    for _page in 0..MAX_PAGES {
        let page = ports.clients().list(tenant, &ClientFilter::default(), &listing).await?;
        origins.extend(page.items.iter().flat_map(calling_origins));
        match page.next {
            Some(next) => listing.start = Start::After(next),
            None => break,
        }
    }
    Ok(origins)
}

#[cfg(test)]
mod tests {
    use citizenry_identity::AuthenticationMethod;
    use time::Duration;

    use super::*;
    use crate::test_people::People;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for (url, expected) in [
            ("https://App.Example.com/cb?x#y", Some("https://app.example.com")),
            ("https://app.example.com:443/", Some("https://app.example.com")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("https://user@app.example.com", Some("https://app.example.com")),
            ("com.example.app:/cb", None),
            ("file:///x", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(origin_of(url).as_deref(), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn only_registered_origins_may_call() {
        let mut people = People::new().await;
        people
            .change(|client| {
                client.settings.allowed_origins = vec!["https://calls.example".to_owned()];
                client.settings.web_origins = vec!["https://silent.example/".to_owned()];
            })
            .await;
        people
            .client(|client| {
                client.authentication_method = AuthenticationMethod::ClientSecretBasic;
                client.settings.redirect_uris = vec!["https://server.example/cb".to_owned()];
            })
            .await;
        for (origin, expected) in [
            ("https://calls.example", true),
            ("https://silent.example", true),
            // The redirect URI of a client that lives in the browser.
            ("https://app.example.com", true),
            ("https://server.example", false),
            ("https://evil.example", false),
            ("https://calls.example.evil.example", false),
            ("https://calls.example:444", false),
            ("http://calls.example", false),
            ("https://CALLS.example", false),
            ("https://calls.example/", false),
            ("null", false),
            ("*", false),
            ("", false),
        ] {
            let found = people.oauth.is_registered_origin(None, origin).await.unwrap();
            assert_eq!(found, expected, "{origin}");
        }
        let elsewhere = people.oauth.is_registered_origin(Some("acme"), "https://calls.example");
        assert!(!elsewhere.await.unwrap());
        let nowhere = people.oauth.is_registered_origin(Some("nobody"), "https://calls.example");
        assert!(!nowhere.await.unwrap());
    }

    #[tokio::test]
    async fn a_new_origin_is_seen_at_once_and_an_old_one_forgotten_in_a_minute() {
        let mut people = People::new().await;
        let new = "https://new.example";
        let seen =
            async |people: &People| people.oauth.is_registered_origin(None, new).await.unwrap();
        assert!(!seen(&people).await);
        people.change(|client| client.settings.web_origins = vec![new.to_owned()]).await;
        people.world.clock.advance(Duration::seconds(1));
        assert!(seen(&people).await);
        people.change(|client| client.settings.web_origins = Vec::new()).await;
        people.world.clock.advance(Duration::seconds(61));
        assert!(!seen(&people).await);
    }
}
