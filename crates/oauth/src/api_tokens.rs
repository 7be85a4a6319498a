//! Tokens that people make for themselves, and administrators for systems.

mod access;

use citizenry_authz::{Action, Caller, Permissions, Resource};
use citizenry_identity::{
    ApiToken, ApiTokenId, ApiTokenOwner, ClientId, Error, EventKind, Kind, Listing, ManagementDoor,
    Moment, Number, Quota, Start, TenantId, Text, Timestamp,
};
use citizenry_storage::ports::{ClientFilter, UserName};
use citizenry_storage::{Read, Tx, sealing};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

pub(crate) use access::StoredAccess;
pub use access::{AccessKind, AccessRight, ResourceAccess, TokenAccess};

use crate::OAuth;
use crate::opaque::new_token;

/// How long a token is good when nothing is said, seconds: ten years.
const LIFETIME: i64 = 315_360_000;

/// A token that a person makes for himself.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    /// The name, unique among his.
    pub name: Text<100>,
    /// When it ends; in ten years when nothing is said.
    pub expires_at: Option<Timestamp>,
    /// His password.
    pub password: SecretString,
    /// Whether the tenant's quota counts.
    pub quotas: bool,
}

/// A token that is made for a system.
#[derive(Debug, Clone)]
pub struct NewSystemToken {
    /// The name, unique among the tenant's.
    pub name: Text<100>,
    /// When it ends; in ten years when nothing is said.
    pub expires_at: Option<Timestamp>,
    /// What it may do.
    pub access: TokenAccess,
    /// Whether the tenant's quota counts.
    pub quotas: bool,
}

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiTokenView {
    /// The token.
    pub token: ApiToken,
    /// The user who made it, where it was one and he is still there.
    pub created_by: Option<UserName>,
}

/// A token to be stored.
#[derive(Clone)]
struct Making {
    owner: ApiTokenOwner,
    name: Text<100>,
    expires_at: Timestamp,
    access: Option<TokenAccess>,
    quota: Option<Quota>,
}

impl OAuth {
    /// Makes a token that stands for the user who is asking, with the rights that he has at each
    /// use; the token, and its value.
    ///
    /// # Errors
    /// `Forbidden` for everybody who is no user; `Invalid` on `password` when it is not his, and on
    /// `expires_at` when it is past; `RateLimited` after too many wrong passwords; `Conflict` on
    /// `name`, or on the quota.
    pub async fn create_personal_token(
        &self,
        caller: &Caller,
        new: NewPersonalToken,
    ) -> Result<(ApiToken, SecretString), Error> {
        let user = caller.require_user()?;
        let moment = self.shared.environment.moment();
        let expires_at = end(new.expires_at, moment.now())?;
        self.confirm_password(caller, &new.password).await?;
        let making = Making {
            owner: ApiTokenOwner::User(user),
            name: new.name,
            expires_at,
            access: None,
            quota: new.quotas.then_some(Quota::UserTokens),
        };
        self.make(caller, moment, making).await
    }

    /// The tokens of the user who is asking, the newest first; at most 1,000.
    ///
    /// # Errors
    /// `Forbidden` for everybody who is no user.
    pub async fn personal_tokens(&self, caller: &Caller) -> Result<Vec<ApiTokenView>, Error> {
        let owner = ApiTokenOwner::User(caller.require_user()?);
        self.tokens_of(caller.tenant(), owner).await
    }

    /// A token of the user who is asking, and its value. That it was shown is noted.
    ///
    /// # Errors
    /// `Forbidden` for everybody who is no user; `NotFound` for numbers that are not of his tokens.
    pub async fn personal_token_value(
        &self,
        caller: &Caller,
        number: Number,
    ) -> Result<(ApiToken, SecretString), Error> {
        let owner = ApiTokenOwner::User(caller.require_user()?);
        self.reveal(caller, owner, number).await
    }

    /// Deletes tokens of the user who is asking; other numbers are passed over.
    ///
    /// # Errors
    /// `Forbidden` for everybody who is no user.
    pub async fn delete_personal_tokens(
        &self,
        caller: &Caller,
        numbers: Vec<Number>,
    ) -> Result<(), Error> {
        let owner = ApiTokenOwner::User(caller.require_user()?);
        self.delete_tokens(caller, owner, numbers).await
    }

    /// Makes a token without a person for the client of AngusGM's door; the token, and its value.
    ///
    /// # Errors
    /// `Forbidden`, also for whoever may not himself do all that the token may; `Invalid` on
    /// `expires_at` when it is past, and on `resources`; `Conflict` on `name`, or on the quota;
    /// `NotFound` when the tenant has no such client.
    pub async fn create_system_token(
        &self,
        caller: &Caller,
        new: NewSystemToken,
    ) -> Result<(ApiToken, SecretString), Error> {
        caller.may(Action::Create, Resource::ApiToken)?;
        let access = new.access.checked()?;
        has_himself(caller, &access.permissions())?;
        let moment = self.shared.environment.moment();
        let making = Making {
            owner: ApiTokenOwner::System,
            name: new.name,
            expires_at: end(new.expires_at, moment.now())?,
            access: Some(access),
            quota: new.quotas.then_some(Quota::SystemTokens),
        };
        self.make(caller, moment, making).await
    }

    /// The tenant's tokens without a person, the newest first; at most 1,000.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn system_tokens(&self, caller: &Caller) -> Result<Vec<ApiTokenView>, Error> {
        caller.may(Action::Read, Resource::ApiToken)?;
        self.tokens_of(caller.tenant(), ApiTokenOwner::System).await
    }

    /// A token without a person, and its value. That it was shown is noted.
    ///
    /// # Errors
    /// `Forbidden`, also for whoever may not himself do all that the token may; `NotFound`.
    pub async fn system_token_value(
        &self,
        caller: &Caller,
        number: Number,
    ) -> Result<(ApiToken, SecretString), Error> {
        caller.may(Action::Read, Resource::ApiToken)?;
        self.reveal(caller, ApiTokenOwner::System, number).await
    }

    /// What a token without a person may do, as it was asked for.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn system_token_access(
        &self,
        caller: &Caller,
        number: Number,
    ) -> Result<TokenAccess, Error> {
        caller.may(Action::Read, Resource::ApiToken)?;
        let tenant = caller.tenant();
        let token = self
            .shared
            .storage
            .read(async move |ports| {
                Ok::<_, Error>(ports.api_tokens().find_by_number(tenant, number).await?)
            })
            .await?;
        let token = token.filter(|token| token.owner == ApiTokenOwner::System);
        let token = token.ok_or_else(|| Error::not_found(Kind::ApiToken, number))?;
        Ok(StoredAccess::of(&token)?.access)
    }

    /// Deletes tokens without a person; other numbers are passed over.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn delete_system_tokens(
        &self,
        caller: &Caller,
        numbers: Vec<Number>,
    ) -> Result<(), Error> {
        caller.may(Action::Delete, Resource::ApiToken)?;
        self.delete_tokens(caller, ApiTokenOwner::System, numbers).await
    }

    async fn confirm_password(
        &self,
        caller: &Caller,
        password: &SecretString,
    ) -> Result<(), Error> {
        let verifier = self.shared.password_verifier.get();
        let verifier = verifier.ok_or_else(|| Error::internal("nothing checks passwords"))?;
        verifier.confirm(caller, password).await
    }

    async fn make(
        &self,
        caller: &Caller,
        moment: Moment,
        making: Making,
    ) -> Result<(ApiToken, SecretString), Error> {
        let sealer = &self.shared.environment.sealer;
        let id = ApiTokenId::generate(&moment);
        let value = new_token(&moment, Some(ManagementDoor::Angus));
        let bytes = value.expose_secret().as_bytes();
        let hash = sealer.keyed_hash(sealing::API_TOKEN, bytes);
        let sealed = sealer.seal(&sealing::api_token(id), bytes)?;
        let caller = caller.clone();
        let token = self
            .shared
            .storage
            .transact(async move |tx| {
                let tenant = caller.tenant();
                hold(tx, tenant, &making, moment.now()).await?;
                let Making { owner, name, expires_at, access, .. } = making.clone();
                let access = match access {
                    Some(access) => {
                        let client = client_of_angus(tx, tenant).await?;
                        StoredAccess { client, access }.into_map()?
                    }
                    None => Map::new(),
                };
                let token = ApiToken {
                    id,
                    number: tx.numbers().next().await?,
                    tenant,
                    owner,
                    name,
                    hash,
                    sealed: sealed.clone(),
                    access,
                    expires_at: Some(expires_at),
                    created_by: caller.user(),
                    created_at: moment.now(),
                };
                tx.api_tokens().insert(&token).await?;
                note(tx, &caller, &moment, EventKind::API_TOKEN_CREATED, &token).await?;
                Ok::<_, Error>(token)
            })
            .await?;
        Ok((token, value))
    }

    async fn tokens_of(
        &self,
        tenant: TenantId,
        owner: ApiTokenOwner,
    ) -> Result<Vec<ApiTokenView>, Error> {
        self.shared.storage.read(async move |ports| views(ports, tenant, owner).await).await
    }

    async fn reveal(
        &self,
        caller: &Caller,
        owner: ApiTokenOwner,
        number: Number,
    ) -> Result<(ApiToken, SecretString), Error> {
        let (asking, moment) = (caller.clone(), self.shared.environment.moment());
        let token = self
            .shared
            .storage
            .transact(async move |tx| {
                let token = tx.api_tokens().find_by_number(asking.tenant(), number).await?;
                let token = token.filter(|token| token.owner == owner);
                let token = token.ok_or_else(|| Error::not_found(Kind::ApiToken, number))?;
                if owner == ApiTokenOwner::System {
                    has_himself(&asking, &StoredAccess::of(&token)?.access.permissions())?;
                }
                note(tx, &asking, &moment, EventKind::API_TOKEN_REVEALED, &token).await?;
                Ok::<_, Error>(token)
            })
            .await?;
        let sealer = &self.shared.environment.sealer;
        let value = sealer.open(&sealing::api_token(token.id), &token.sealed)?;
        let value = String::from_utf8(value).map_err(Error::internal)?;
        Ok((token, value.into()))
    }

    async fn delete_tokens(
        &self,
        caller: &Caller,
        owner: ApiTokenOwner,
        numbers: Vec<Number>,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.shared.environment.moment());
        self.shared
            .storage
            .transact(async move |tx| {
                let tenant = caller.tenant();
                let mut named = tx.api_tokens().list(tenant, owner).await?;
                named.retain(|token| numbers.contains(&token.number));
                let ids: Vec<ApiTokenId> = named.iter().map(|token| token.id).collect();
                let deleted = tx.api_tokens().delete(tenant, &ids).await?;
                for token in named.iter().filter(|token| deleted.contains(&token.id)) {
                    note(tx, &caller, &moment, EventKind::API_TOKEN_DELETED, token).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }
}

/// When a token ends.
fn end(wanted: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Error> {
    match wanted {
        Some(end) if end <= now => Err(Error::invalid("expires_at", "must be in the future")),
        Some(end) => Ok(end),
        None => Ok(now.plus_seconds(LIFETIME)),
    }
}

/// Passes when the caller may do all of this himself: nobody gets further by a token than he is.
fn has_himself(caller: &Caller, permissions: &Permissions) -> Result<(), Error> {
    match permissions.iter().find(|permission| !caller.permissions().holds(*permission)) {
        Some(missing) => Err(Error::Forbidden { permission: missing.as_str() }),
        None => Ok(()),
    }
}

/// Keeps whoever the token will belong to from further tokens until the unit ends, and asks the
/// quota.
async fn hold(
    tx: &mut dyn Tx,
    tenant: TenantId,
    making: &Making,
    now: Timestamp,
) -> Result<(), Error> {
    match making.owner {
        ApiTokenOwner::User(user) => {
            let user = tx.users().find_for_update(tenant, user).await?;
            user.filter(|user| user.keeps_access(now)).ok_or(Error::Unauthenticated)?;
        }
        ApiTokenOwner::System => {
            tx.tenants().find_for_update(tenant).await?;
        }
    }
    let Some(quota) = making.quota else { return Ok(()) };
    let settings = tx.tenants().find(tenant).await?.map(|tenant| tenant.settings);
    let settings = settings.ok_or(Error::Unauthenticated)?;
    let count = tx.api_tokens().list(tenant, making.owner).await?.len();
    settings.quotas.check(quota, u64::try_from(count).unwrap_or(u64::MAX).saturating_add(1))
}

/// The client of AngusGM's door in a tenant.
async fn client_of_angus(tx: &mut dyn Tx, tenant: TenantId) -> Result<ClientId, Error> {
    let filter = ClientFilter { is_first_party: Some(true), ..ClientFilter::default() };
    let mut listing = Listing::first(200);
    let mut seen = 0;
    loop {
        let page = tx.clients().list(tenant, &filter, &listing).await?;
        let found = page.items.iter().find(|it| it.settings.door == Some(ManagementDoor::Angus));
        if let Some(client) = found {
            return Ok(client.id);
        }
        if page.items.is_empty() {
            return Err(Error::not_found(Kind::Client, ManagementDoor::Angus.as_str()));
        }
        seen += u64::try_from(page.items.len()).unwrap_or(u64::MAX);
        listing.start = Start::Skip(seen);
    }
}

async fn views(
    ports: &mut dyn Read,
    tenant: TenantId,
    owner: ApiTokenOwner,
) -> Result<Vec<ApiTokenView>, Error> {
    let tokens = ports.api_tokens().list(tenant, owner).await?;
    let mut makers: Vec<_> = tokens.iter().filter_map(|token| token.created_by).collect();
    makers.sort_unstable();
    makers.dedup();
    let names =
        if makers.is_empty() { Vec::new() } else { ports.users().names(tenant, &makers).await? };
    let view = |token: ApiToken| {
        let maker = names.iter().find(|name| Some(name.id) == token.created_by);
        ApiTokenView { created_by: maker.cloned(), token }
    };
    Ok(tokens.into_iter().map(view).collect())
}

async fn note(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    kind: EventKind,
    token: &ApiToken,
) -> Result<(), Error> {
    let name = Value::from(token.name.as_str());
    let event = caller.event_with(moment, kind, token.id, ("name", name));
    Ok(tx.events().append(&event).await?)
}

#[cfg(test)]
mod tests;
