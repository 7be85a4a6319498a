//! A code is made and sent.

use std::sync::Arc;

use citizenry_authz::Caller;
use citizenry_identity::{
    Actor, CodeAddress, Error, Event, EventKind, Moment, Origin, Tenant, Ticket, TicketKind, User,
};
use citizenry_storage::{
    MailKind, MailOrder, Sealer, SmsOrder, Tx, attempt_key, count_attempt, locale_of, order_mail,
    order_sms, refused_for,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::{
    CODE, CODE_SECONDS, CodePurpose, CodeRequest, FAILURES, Place, text_message, users_of,
};
use crate::{
    Authn,
    attempts::{CODES_FROM_ORIGIN, CODES_TO_ADDRESS, origin_key},
    recovery::rate_limited,
    service::{nobodys_event, user_event},
    sign_in::open_tenant,
};

/// How often a code that another request makes at once is made anew.
const TRIES: usize = 3;

/// A code on its way.
#[derive(Debug, Clone)]
struct Sending {
    tenant: Tenant,
    place: Place,
    /// Whose address it is, or is to be.
    users: Vec<User>,
    /// Whether anybody is to be sent it.
    is_wanted: bool,
    code: SecretString,
    locale: Option<String>,
    origin: Origin,
    counters: Counters,
}

#[derive(Debug, Clone)]
struct Counters {
    address: [u8; 32],
    origin: Option<[u8; 32]>,
}

impl Authn {
    /// Sends a code of six digits to an address. For an address that nobody has (and a purpose that
    /// needs an account) nothing is sent, and the answer is the same. At most five codes an hour go
    /// to one address.
    ///
    /// # Errors
    /// `RateLimited` by the address, and by the one that the request came from; `NotFound` for a
    /// tenant that is not open; `Invalid` on `purpose` for what people change themselves: see
    /// [`Authn::send_own_code`].
    pub async fn send_code(&self, request: CodeRequest) -> Result<(), Error> {
        let CodeRequest { tenant, purpose, address, locale, origin } = request;
        if matches!(purpose, CodePurpose::ChangePhone | CodePurpose::ChangeEmail) {
            return Err(Error::invalid("purpose", "needs somebody who has signed in"));
        }
        let place = Place { tenant, purpose, address, user: None };
        self.send(place, locale, origin).await
    }

    /// Sends the caller a code to what is to be his phone number or email address.
    ///
    /// # Errors
    /// `RateLimited`; `Forbidden` for callers who are no users.
    pub async fn send_own_code(
        &self,
        caller: &Caller,
        address: CodeAddress,
        locale: Option<&str>,
    ) -> Result<(), Error> {
        let user = Some(caller.require_user()?);
        let purpose = CodePurpose::of_change(&address);
        let place = Place { tenant: caller.tenant(), purpose, address, user };
        self.send(place, locale.map(str::to_owned), caller.origin().clone()).await
    }

    async fn send(
        &self,
        place: Place,
        locale: Option<String>,
        origin: Origin,
    ) -> Result<(), Error> {
        let sending = Arc::new(self.sending(place, locale, origin).await?);
        for _ in 0..TRIES {
            let (sending, moment) = (Arc::clone(&sending), self.moment());
            let sealer = Arc::clone(&self.environment.sealer);
            let sent = self
                .storage
                .transact(async move |tx| send(tx, &*sealer, &sending, &moment).await)
                .await;
            match sent {
                // Two first codes for one address at once.
                Err(Error::Conflict { field: "hash", .. }) => {}
                result => return result,
            }
        }
        Err(Error::Unavailable)
    }

    async fn sending(
        &self,
        place: Place,
        locale: Option<String>,
        origin: Origin,
    ) -> Result<Sending, Error> {
        let moment = self.moment();
        let (now, code) = (moment.now(), new_code(&moment));
        let sealer = Arc::clone(&self.environment.sealer);
        self.storage
            .read(async move |read| {
                let tenant = open_tenant(read, place.tenant, now).await?;
                let address = attempt_key(&*sealer, &format!("code-to:{}", place.address.key()));
                let origin_key = origin_key(&*sealer, "code-from", &origin);
                for key in std::iter::once(&address).chain(&origin_key) {
                    if let Some(seconds) = refused_for(read.attempts(), tenant.id, key, now).await?
                    {
                        return Err(rate_limited(seconds));
                    }
                }
                let users = match place.user {
                    Some(user) => {
                        let found = read.users().find(tenant.id, user).await?;
                        found.into_iter().filter(|user| user.keeps_access(now)).collect()
                    }
                    None => users_of(read, &place, now).await?,
                };
                let is_wanted = place.purpose == CodePurpose::SignUp || !users.is_empty();
                Ok(Sending {
                    tenant,
                    users,
                    is_wanted,
                    code: code.clone(),
                    locale: locale.clone(),
                    origin: origin.clone(),
                    counters: Counters { address, origin: origin_key },
                    place: place.clone(),
                })
            })
            .await
    }
}

/// Six random digits, each code as likely as any other.
fn new_code(moment: &Moment) -> SecretString {
    const CODES: u32 = 1_000_000;
    const WHOLE: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let mut bytes = [0_u8; 4];
        moment.fill(&mut bytes);
        let number = u32::from_be_bytes(bytes);
        if number < WHOLE {
            return format!("{:06}", number % CODES).into();
        }
    }
}

async fn send(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    sending: &Sending,
    moment: &Moment,
) -> Result<(), Error> {
    let (tenant, now) = (sending.tenant.id, moment.now());
    count_attempt(tx, tenant, &sending.counters.address, &CODES_TO_ADDRESS, now).await?;
    if let Some(key) = &sending.counters.origin {
        count_attempt(tx, tenant, key, &CODES_FROM_ORIGIN, now).await?;
    }
    put_code(tx, sealer, sending, moment).await?;
    tx.events().append(&sent_event(sending, moment)).await?;
    if sending.is_wanted {
        return deliver(tx, sealer, sending, moment).await;
    }
    // The same work for nobody, taken back.
    let taken_back = tx
        .nested(async move |tx: &mut dyn Tx| {
            deliver(tx, sealer, sending, moment).await?;
            Err::<(), _>(Error::Stale)
        })
        .await;
    match taken_back {
        Err(Error::Stale) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Keeps the code in place of the one before.
async fn put_code(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    sending: &Sending,
    moment: &Moment,
) -> Result<(), Error> {
    let (kind, hash) = (TicketKind::OneTimeCode, sending.place.hash(sealer));
    let mut details = Map::new();
    let code_hash = sending.place.code_hash(sealer, &sending.code);
    details.insert(CODE.to_owned(), Value::from(code_hash));
    details.insert(FAILURES.to_owned(), Value::from(0_u64));
    let now = moment.now();
    let ticket = Ticket {
        kind,
        hash,
        second_hash: None,
        tenant: sending.tenant.id,
        user: sending.place.user,
        client: None,
        family: None,
        details,
        created_at: now,
        expires_at: now.plus_seconds(CODE_SECONDS.into()),
        used_at: None,
    };
    match tx.tickets().find_for_update(kind, &hash).await? {
        Some(_) => tx.tickets().save(&ticket).await?,
        None => tx.tickets().insert(&ticket).await?,
    }
    Ok(())
}

fn sent_event(sending: &Sending, moment: &Moment) -> Event {
    let (kind, origin) = (EventKind::ONE_TIME_CODE_SENT, &sending.origin);
    let mut event = match sending.users.as_slice() {
        [user] => {
            let actor = sending.place.user.map_or(Actor::System, Actor::User);
            user_event(moment, kind, user, actor, origin)
        }
        _ => nobodys_event(moment, kind, sending.tenant.id, origin),
    };
    let purpose = Value::from(sending.place.purpose.as_str());
    event.details.insert(super::PURPOSE.to_owned(), purpose);
    event
}

async fn deliver(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    sending: &Sending,
    moment: &Moment,
) -> Result<(), Error> {
    let tenant = &sending.tenant;
    let known = sending.users.first();
    let locale = sending.locale.clone().or_else(|| known.and_then(locale_of));
    match &sending.place.address {
        CodeAddress::Email(email) => {
            // To the address as its owner has written it: two that compare alike may be two boxes.
            let own = known.and_then(|user| user.email.as_ref());
            let own = own.filter(|own| own.key() == email.key());
            let order = MailOrder {
                kind: MailKind::OneTimeCode,
                to: own.unwrap_or(email).as_str().to_owned(),
                name: known.map(User::display_name),
                locale,
                link: None,
                valid_seconds: Some(CODE_SECONDS),
                secret: Some(sending.code.expose_secret().to_owned()),
            };
            order_mail(tx, sealer, tenant.id, &order, moment).await
        }
        CodeAddress::Phone(phone) => {
            let fallback = tenant.settings.enabled_locales.first();
            let wanted = locale.iter().chain(fallback).map(String::as_str);
            let minutes = CODE_SECONDS / 60;
            let text = text_message::text(wanted, tenant.display_name(), &sending.code, minutes);
            let order = SmsOrder { to: phone.e164().to_owned(), text };
            order_sms(tx, sealer, tenant.id, &order, moment).await
        }
    }
}
