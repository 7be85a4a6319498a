//! Origins (RFC 6454): which web pages may call a tenant's endpoints, and which may receive
//! answers by `postMessage`.

use citizenry_identity::{Client, Error, origin_of};

use crate::OAuth;

/// Whether answers may be posted to pages of `origin` for `client`: only to origins that were
/// registered for it.
pub(crate) fn may_receive_messages(client: &Client, origin: &str) -> bool {
    client.settings.web_origins.iter().any(|it| origin_of(it).as_deref() == Some(origin))
}

impl OAuth {
    /// Whether pages of `origin`, as the header `Origin` has it, may call the endpoints of a tenant
    /// (of the default tenant if none is named): whether it is registered for one of the tenant's
    /// clients. Nothing is remembered: anybody may send any origin, so each costs a look-up by key
    /// and no more, and a change through any server is seen at once.
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
        let origin = origin.to_owned();
        self.shared
            .storage
            .read(async move |ports| {
                Ok::<_, Error>(ports.clients().has_origin(tenant, &origin).await?)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use citizenry_identity::AuthenticationMethod;

    use crate::test_people::People;

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
    async fn origins_come_and_go_at_once() {
        let mut people = People::new().await;
        let new = "https://new.example";
        let seen =
            async |people: &People| people.oauth.is_registered_origin(None, new).await.unwrap();
        assert!(!seen(&people).await);
        people.change(|client| client.settings.web_origins = vec![new.to_owned()]).await;
        assert!(seen(&people).await);
        people.change(|client| client.settings.web_origins = Vec::new()).await;
        assert!(!seen(&people).await);
    }
}
