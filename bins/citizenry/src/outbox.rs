//! Carries out what waits in the outbox: mails, text messages, logout notices.
//!
//! Several servers may do so on one database: whoever takes a message moves its next try ahead, so
//! that it is tried by one at a time, and tried again if that one dies.

use std::sync::Arc;
use std::time::Duration;

use citizenry_http_oidc::pages::Locale;
use citizenry_identity::{Channel, Error, Message, TenantId, Timestamp};
use citizenry_oauth::OAuth;
use citizenry_storage::{
    Environment, LogoutNotice, MailOrder, Mailer, OutgoingError, RenderedMail, SmsOrder, SmsSender,
    Storage, sealing,
};
use futures_util::future::join_all;
use secrecy::ExposeSecret as _;

use crate::outgoing;

/// How often the outbox is looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// How many messages are tried at a time.
const AT_ONCE: u32 = 16;
/// After how long a message is taken by another server if this one dies, seconds.
const LEASE: i64 = 60;

/// What delivers.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
    pub(crate) oauth: OAuth,
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) sms: Arc<dyn SmsSender>,
}

impl Outbox {
    /// Delivers until it is dropped.
    pub(crate) async fn run(self) {
        let mut failing = false;
        loop {
            match self.deliver_due().await {
                Ok(0) => failing = false,
                // There may be more.
                Ok(_) => {
                    failing = false;
                    continue;
                }
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(%error, "the outbox cannot be read");
                }
                Err(_) => {}
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Tries what is due; how many messages that were.
    async fn deliver_due(&self) -> Result<usize, Error> {
        let now = self.environment.clock.now();
        // Most of the time nothing is due: that is found out without a transaction.
        let next =
            self.storage.read(async move |read| Ok::<_, Error>(read.outbox().next_due().await?));
        if next.await?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let messages = self
            .storage
            .transact(async move |tx| {
                let again = now.plus_seconds(LEASE);
                Ok::<_, Error>(tx.outbox().take_due(now, again, AT_ONCE).await?)
            })
            .await?;
        let tried = messages.len();
        join_all(messages.into_iter().map(|message| self.try_one(message))).await;
        Ok(tried)
    }

    async fn try_one(&self, mut message: Message) {
        let (id, channel) = (message.id, message.channel.as_str());
        let now = self.environment.clock.now();
        let outcome = self.deliver(&message).await;
        let settled = match &outcome {
            Ok(()) => {
                tracing::debug!(%id, channel, "delivered");
                true
            }
            Err(OutgoingError::Refused(reason)) => {
                tracing::warn!(%id, channel, reason, "given up: it cannot be delivered");
                true
            }
            Err(OutgoingError::Failed(reason)) if now >= message.expires_at => {
                tracing::warn!(%id, channel, reason, "given up after many tries");
                true
            }
            Err(OutgoingError::Failed(reason)) => {
                tracing::info!(%id, channel, reason, "not delivered, to be tried again");
                false
            }
        };
        let noted = self
            .storage
            .transact(async move |tx| {
                if settled {
                    tx.outbox().delete(message.id).await?;
                } else {
                    message.failed(now);
                    tx.outbox().save(&message).await?;
                }
                Ok::<_, Error>(())
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%id, channel, %error, "the outcome of a delivery was not noted");
        }
    }

    async fn deliver(&self, message: &Message) -> Result<(), OutgoingError> {
        match message.channel {
            Channel::Mail => {
                let order: MailOrder = self.open(message)?;
                let mail = self.write(message.tenant, &order, message.created_at).await?;
                self.mailer.send(&mail).await
            }
            Channel::Sms => self.sms.send(&self.open::<SmsOrder>(message)?).await,
            Channel::BackChannelLogout => {
                let notice: LogoutNotice = read(&message.content)?;
                self.tell_client(message.tenant, &notice).await
            }
        }
    }

    fn open<T: serde::de::DeserializeOwned>(&self, message: &Message) -> Result<T, OutgoingError> {
        let context = sealing::message(message.id);
        let content = self.environment.sealer.open(&context, &message.content);
        read(&content.map_err(|_unopened| refused("it was sealed with another master key"))?)
    }

    async fn write(
        &self,
        tenant: TenantId,
        order: &MailOrder,
        at: Timestamp,
    ) -> Result<RenderedMail, OutgoingError> {
        let found =
            self.storage.read(async move |read| Ok::<_, Error>(read.tenants().find(tenant).await?));
        let tenant = found.await.map_err(|error| OutgoingError::Failed(error.to_string()))?;
        let tenant = tenant.ok_or_else(|| refused("its tenant is gone"))?;
        let wanted = order.locale.as_deref().unwrap_or_default();
        let first = tenant.settings.enabled_locales.first().map(String::as_str);
        let locale = Locale::negotiate(&[wanted, first.unwrap_or_default()], None, Locale::En);
        let mail = outgoing::write_letter(order, &tenant, locale, at);
        Ok(RenderedMail {
            to: order.to.clone(),
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
        })
    }

    /// Posts a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.5).
    async fn tell_client(
        &self,
        tenant: TenantId,
        notice: &LogoutNotice,
    ) -> Result<(), OutgoingError> {
        let token = self.oauth.logout_token(tenant, notice).await;
        let token = token.map_err(|error| OutgoingError::Failed(error.to_string()))?;
        let Some((uri, token)) = token else {
            return Err(refused("the client is gone or wants no notices any more"));
        };
        let form = [("logout_token", token.expose_secret())];
        let answer = self.environment.web.post_form(&uri, &form).await?;
        match answer.status {
            200 | 204 => Ok(()),
            status @ 400..=499 => Err(refused(&format!("the client answered {status}"))),
            status => Err(OutgoingError::Failed(format!("the client answered {status}"))),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(content: &[u8]) -> Result<T, OutgoingError> {
    serde_json::from_slice(content).map_err(|_unreadable| refused("it cannot be read"))
}

fn refused(reason: &str) -> OutgoingError {
    OutgoingError::Refused(reason.to_owned())
}
