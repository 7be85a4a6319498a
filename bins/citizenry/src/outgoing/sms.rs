//! Text messages: handed to a web hook, or printed in development.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use citizenry_config::sections::Sms;
use citizenry_storage::{OutgoingError, SmsOrder, SmsSender};
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};

use crate::failure::{Exit, Failure};

/// How long the hook may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The sender that the configuration asks for.
pub(crate) fn sms_sender(configuration: &Sms) -> Result<Arc<dyn SmsSender>, Failure> {
    let Some(url) = &configuration.webhook_url else { return Ok(Arc::new(Console)) };
    let wrong = |error: &dyn fmt::Display| {
        Failure::new(Exit::Configuration, format!("sms.webhook_url: {error}"))
    };
    let url = reqwest::Url::parse(url).map_err(|error| wrong(&error))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(&"must be an http or https URL"));
    }
    let client = Client::builder().timeout(TIMEOUT).build().map_err(|error| wrong(&error))?;
    Ok(Arc::new(Hook { client, url, token: configuration.webhook_token.clone() }))
}

/// Posts messages to a web hook of the operator's.
#[derive(Debug)]
struct Hook {
    client: Client,
    url: reqwest::Url,
    token: Option<SecretString>,
}

#[async_trait]
impl SmsSender for Hook {
    async fn send(&self, sms: &SmsOrder) -> Result<(), OutgoingError> {
        let mut request = self.client.post(self.url.clone()).json(sms);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let response = request.send().await;
        let response =
            response.map_err(|error| OutgoingError::Failed(error.without_url().to_string()))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status if status.is_client_error() => {
                Err(OutgoingError::Refused(format!("the hook answered {status}")))
            }
            status => Err(OutgoingError::Failed(format!("the hook answered {status}"))),
        }
    }
}

/// Prints messages to the error output.
#[derive(Debug)]
struct Console;

#[async_trait]
impl SmsSender for Console {
    async fn send(&self, sms: &SmsOrder) -> Result<(), OutgoingError> {
        eprintln!("text message to {}: {}", sms.to, sms.text);
        Ok(())
    }
}
