//! Requests to addresses that clients name.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use citizenry_config::sections::Outgoing;
use citizenry_storage::{Document, OutgoingError, WebClient};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, Url};

use super::address::AddressPolicy;

/// The most that a document may be long.
const MAX_DOCUMENT: usize = 256 * 1024;

/// Asks servers by HTTPS, and by HTTP where the configuration names their address. No address that
/// the policy refuses is ever connected to, whatever a name resolves to and when.
#[derive(Debug)]
pub(crate) struct GuardedWeb {
    policy: AddressPolicy,
    timeout: Duration,
    /// Made when it is first needed: it reads the system's certificates.
    client: OnceLock<Client>,
}

impl GuardedWeb {
    /// A client with the policy of the configuration.
    pub(crate) fn new(configuration: &Outgoing) -> Self {
        Self {
            policy: AddressPolicy::new(configuration.allow.clone()),
            timeout: configuration.timeout,
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&Client, OutgoingError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(self.timeout)
            .connect_timeout(self.timeout)
            .pool_max_idle_per_host(0)
            .user_agent("citizenry")
            .dns_resolver(Arc::new(GuardedResolver { policy: self.policy.clone() }))
            .build()
            .map_err(|error| OutgoingError::Failed(error.without_url().to_string()))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The URL, if its scheme and its address may be used.
    async fn checked(&self, url: &str) -> Result<Url, OutgoingError> {
        let refused = |reason: &str| OutgoingError::Refused(reason.to_owned());
        let url = Url::parse(url).map_err(|_malformed| refused("the URL cannot be read"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("the URL holds credentials"));
        }
        let addresses = self.addresses(&url).await?;
        if !addresses.iter().any(|address| self.policy.permits(*address)) {
            return Err(refused("the address is private or special (outgoing.allow)"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if addresses.iter().all(|address| self.policy.is_named(*address)) => Ok(url),
            _ => Err(refused("the URL is not an https one")),
        }
    }

    async fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>, OutgoingError> {
        let refused = || OutgoingError::Refused("the URL names no host".to_owned());
        let host = url.host_str().ok_or_else(refused)?;
        // The brackets of an IPv6 address are the URL's, not the address's.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![address]);
        }
        let port = url.port_or_known_default().ok_or_else(refused)?;
        let looked_up = tokio::time::timeout(self.timeout, tokio::net::lookup_host((host, port)));
        let found = looked_up.await.map_err(|_late| failed("the name did not resolve in time"))?;
        let found = found.map_err(|_unknown| failed("the name does not resolve"))?;
        Ok(found.map(|address| address.ip()).collect())
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Document, OutgoingError> {
        let response = request.send().await;
        let response = response.map_err(|error| failed(&error.without_url().to_string()))?;
        let status = response.status().as_u16();
        let content_type = response
            .headers()
            .get(reqwest::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Ok(Document { status, content_type, body: body(response).await? })
    }

    async fn request(&self, method: Method, url: &str) -> Result<RequestBuilder, OutgoingError> {
        let url = self.checked(url).await?;
        Ok(self.client()?.request(method, url))
    }
}

fn failed(reason: &str) -> OutgoingError {
    OutgoingError::Failed(reason.to_owned())
}

async fn body(mut response: Response) -> Result<Vec<u8>, OutgoingError> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| failed(&error.without_url().to_string()))?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len().saturating_add(chunk.len()) > MAX_DOCUMENT {
            return Err(OutgoingError::Refused("the document is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
}

#[async_trait]
impl WebClient for GuardedWeb {
    async fn get(&self, url: &str) -> Result<Document, OutgoingError> {
        self.ask(self.request(Method::GET, url).await?).await
    }

    async fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Document, OutgoingError> {
        self.ask(self.request(Method::POST, url).await?.form(form)).await
    }
}

/// Resolves a name to those of its addresses that may be connected to. It is asked right before
/// the connection, so that a name cannot resolve to something else in between.
#[derive(Debug)]
struct GuardedResolver {
    policy: AddressPolicy,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> =
                found.filter(|address| policy.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err("the address is private or special".into());
            }
            Ok::<Addrs, _>(Box::new(permitted.into_iter()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(web: &GuardedWeb, url: &str) -> bool {
        matches!(web.get(url).await, Err(OutgoingError::Refused(_)))
    }

    #[actix_web::test]
    async fn ssrf_urls_are_refused_before_a_connection() {
        let web = GuardedWeb::new(&Outgoing::default());
        for url in [
            "http://127.0.0.1:1/",
            "https://127.0.0.1:1/",
            "https://localhost:1/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://169.254.169.254/latest/meta-data",
            "http://1.1.1.1/",
            "ftp://1.1.1.1/",
            "file:///etc/passwd",
            "gopher://1.1.1.1/",
            "https://user:secret@1.1.1.1/",
            "no url",
        ] {
            assert!(refused(&web, url).await, "{url}");
        }
    }

    #[actix_web::test]
    async fn a_named_address_is_asked_and_a_redirect_is_not_followed() {
        let server = actix_web::HttpServer::new(|| {
            actix_web::App::new()
                .route("/", actix_web::web::get().to(async || "found"))
                .route("/long", actix_web::web::get().to(async || "x".repeat(MAX_DOCUMENT + 1)))
                .route(
                    "/moved",
                    actix_web::web::get().to(async || {
                        actix_web::HttpResponse::Found()
                            .insert_header(("location", "http://169.254.169.254/"))
                            .finish()
                    }),
                )
        })
        .workers(1)
        .bind(("127.0.0.1", 0))
        .unwrap();
        let base = format!("http://{}", server.addrs().first().unwrap());
        let running = actix_web::rt::spawn(server.run());
        crate::installation::install_cryptography();
        let allow = vec!["127.0.0.0/8".parse().unwrap()];
        let web = GuardedWeb::new(&Outgoing { allow, ..Outgoing::default() });
        let found = web.get(&format!("{base}/")).await.unwrap();
        assert_eq!((found.status, found.body.as_slice()), (200, b"found".as_slice()));
        assert_eq!(web.get(&format!("{base}/moved")).await.unwrap().status, 302);
        assert!(refused(&web, &format!("{base}/long")).await);
        running.abort();
    }
}
