//! Sign-up by a code that was sent to the address.

use std::sync::Arc;

use citizenry_identity::{
    CodeAddress, Connection, ConnectionName, Error, Listing, Moment, Origin, PasswordPolicy,
    ProvedAddress, Start, Tenant, TenantId, Text, Timestamp, User, personal_data,
};
use citizenry_storage::{Read, Tx, ports::ByName, redeem_proof};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::{
    NewPassword, NewUser, SignUpError,
    create::find_named,
    new_password::{Standard, policy_of},
    sign_up::insert_signed_up,
};
use crate::Directory;

/// Somebody who wants an account and has shown a code that was sent to his address.
#[derive(Debug, Clone)]
pub struct SignUpByCode {
    /// What he has shown; it is used up with the account.
    pub proof: ProvedAddress,
    /// His password.
    pub password: SecretString,
    /// What it must be like beside what the tenant and the connection ask.
    pub password_policy: Option<PasswordPolicy>,
    /// The invitation of a tenant, which opens it also where sign-up is closed.
    pub invitation_code: Option<SecretString>,
    /// How the account comes to be, in the words of the dialect.
    pub source: Option<&'static str>,
    /// The same for one that was invited.
    pub invited_source: Option<&'static str>,
    /// Where from.
    pub origin: Origin,
}

/// Where the account would be.
#[derive(Debug, Clone)]
struct Place {
    tenant: Tenant,
    connection: Connection,
    is_invited: bool,
}

/// The place that the invitation opens, or without one the tenant that the code was sent for, if
/// people may sign up there.
async fn find_place(
    read: &mut dyn Read,
    tenant: TenantId,
    invitation: Option<&SecretString>,
    now: Timestamp,
) -> Result<Option<Place>, Error> {
    let own = read.tenants().find(tenant).await?;
    let found = match invitation {
        None => own,
        Some(code) => match own.filter(|tenant| invites(tenant, code)) {
            Some(own) => Some(own),
            None => find_inviting(read, code).await?,
        },
    };
    let Some(tenant) = found.filter(|tenant| tenant.is_open(now)) else { return Ok(None) };
    let default = tenant.settings.default_connection.as_str();
    let Ok(name) = ConnectionName::parse(default) else { return Ok(None) };
    let connection = find_named(read.connections(), tenant.id, &name).await?;
    let is_invited = invitation.is_some();
    let open = connection
        .filter(|it| it.is_database() && (is_invited || it.allows_sign_up()))
        .map(|connection| Place { tenant, connection, is_invited });
    Ok(open)
}

/// Looks at every tenant: only who has shown a code comes here.
async fn find_inviting(read: &mut dyn Read, code: &SecretString) -> Result<Option<Tenant>, Error> {
    let mut listing = Listing::first(Listing::<ByName>::MAX_LIMIT);
    loop {
        let page = read.tenants().list(&listing).await?;
        if let Some(tenant) = page.items.into_iter().find(|tenant| invites(tenant, code)) {
            return Ok(Some(tenant));
        }
        match page.next {
            Some(next) => listing.start = Start::After(next),
            None => return Ok(None),
        }
    }
}

fn invites(tenant: &Tenant, code: &SecretString) -> bool {
    let code = code.expose_secret().as_bytes();
    tenant.settings.invitation_code.as_deref().is_some_and(|invitation| {
        !invitation.is_empty() && bool::from(invitation.as_bytes().ct_eq(code))
    })
}

fn new_user(request: &SignUpByCode, is_invited: bool) -> Result<NewUser, Error> {
    let mut new = NewUser::default();
    match request.proof.address.clone() {
        CodeAddress::Email(email) => {
            new.email = Some(email);
            new.email_verified = true;
        }
        CodeAddress::Phone(phone) => {
            new.phone = Some(phone);
            new.phone_verified = true;
        }
    }
    let source = if is_invited { request.invited_source } else { request.source };
    new.profile.source = source.map(|source| Text::parse("source", source)).transpose()?;
    Ok(new)
}

async fn make(
    tx: &mut dyn Tx,
    place: &Place,
    request: &SignUpByCode,
    new: &NewUser,
    password: &NewPassword,
    moment: &Moment,
) -> Result<User, Error> {
    redeem_proof(tx, &request.proof, moment.now()).await?;
    let (tenant, connection) = (&place.tenant, &place.connection);
    insert_signed_up(tx, tenant, connection, new, password, &request.origin, moment).await
}

impl Directory {
    /// Makes an account for whoever has shown a code that was sent to his address, which is verified
    /// with it: in the tenant that the code was sent for, where its default connection is open for
    /// sign-up, or in the one whose invitation he has.
    ///
    /// # Errors
    /// See [`SignUpError`]; `Invalid` on `verification_code` when the proof has been used.
    pub async fn sign_up_by_code(&self, request: SignUpByCode) -> Result<User, SignUpError> {
        let (tenant, now) = (request.proof.tenant, self.now());
        let invitation = request.invitation_code.clone();
        let place = self
            .storage
            .read(async move |read| find_place(read, tenant, invitation.as_ref(), now).await)
            .await?
            .ok_or(SignUpError::Closed)?;
        let new = new_user(&request, place.is_invited)?;
        let policy = policy_of(Some(&place.tenant), Some(&place.connection))?;
        let policy = match request.password_policy.clone() {
            Some(extra) => policy.and(extra),
            None => policy,
        };
        let personal = personal_data(None, new.email.as_ref(), new.phone.as_ref(), &new.profile);
        let standard = Standard { policy, personal, refused: Vec::new() };
        let judged = self.judge(&request.password, &standard).await?;
        let password = judged.map_err(SignUpError::Refused)?;
        let prepared = Arc::new((place, request, new, password));
        let moment = self.moment();
        let made = self
            .storage
            .transact(async move |tx| {
                let (place, request, new, password) = &*prepared;
                make(tx, place, request, new, password, &moment).await
            })
            .await;
        Ok(made?)
    }
}
