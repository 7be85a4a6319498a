//! Who is calling at a management door: people and clients with tokens of the door's own clients,
//! and whoever shows a token that was made by hand.

use std::sync::Arc;

use citizenry_authz::{Caller, Permissions, Subject};
use citizenry_identity::{
    ApiTokenOwner, Error, ManagementDoor, Origin, RoleId, StoredToken, Tenant, TenantId, Timestamp,
    TokenKind, User,
};
use citizenry_storage::{Read, sealing};
use secrecy::{ExposeSecret, SecretString};

use crate::OAuth;
use crate::active_token::stored;
use crate::api_tokens::StoredAccess;
use crate::known_callers::{CallerKey, KnownCaller};
use crate::management::permissions;
use crate::opaque::MAX_LENGTH;
use crate::per_tenant::PerTenant;

/// The roles of the tenants' administrators. Each is made with its tenant, and there is no other.
pub(crate) type AdministratorRoles = PerTenant<RoleId>;

impl AdministratorRoles {
    async fn of(&self, ports: &mut dyn Read, tenant: TenantId) -> Result<Option<RoleId>, Error> {
        if let Some(known) = self.get(tenant) {
            return Ok(Some(known));
        }
        let role = ports.roles().find_administrator(tenant).await?.map(|role| role.id);
        if let Some(role) = role {
            self.put(tenant, role);
        }
        Ok(role)
    }
}

/// By what the token that is shown may be known.
#[derive(Debug, Clone, Copy)]
struct Hashes {
    access: [u8; 32],
    /// None at a door that has no tokens made by hand.
    by_hand: Option<[u8; 32]>,
}

impl OAuth {
    /// The caller that a bearer token stands for at a management door. Good are opaque access tokens
    /// of the door's own clients for the management API, and, at AngusGM's door, the tokens that
    /// people and administrators have made. What people may do follows from who they are at this
    /// moment; what clients may do from their grant and their token.
    ///
    /// Nothing is asked where the database tells that nothing was committed since the token was last
    /// proved. Otherwise it costs, once a server knows the tenant: for a person 6 statements (token, tenant, client,
    /// family, user, role) and at AngusGM's door a seventh (operator); for a client 4 (token,
    /// tenant, client, grant); for a token that was made by hand 7 (both kinds of token, tenant,
    /// user, role, operator) or, without a person, 4.
    ///
    /// # Errors
    /// `Unauthenticated` for whatever is not good here now: also when the person or the tenant is
    /// locked, or when the token has been revoked since; `Unavailable`, `Internal`.
    pub async fn authenticate_for(
        &self,
        door: ManagementDoor,
        bearer: &SecretString,
        origin: &Origin,
    ) -> Result<Caller, Error> {
        let text = bearer.expose_secret().as_bytes();
        let refuse = || {
            tracing::debug!(door = door.as_str(), "a bearer token was refused");
            Error::Unauthenticated
        };
        if !(1..=MAX_LENGTH).contains(&text.len()) {
            return Err(refuse());
        }
        let sealer = &*self.shared.environment.sealer;
        let now = self.shared.environment.clock.now();
        let generation = self.shared.storage.generation().await;
        let key = CallerKey::new(sealer, Some(door), bearer);
        if let Some(known) = self.known_caller(generation, &key, now) {
            return Ok(known.caller(origin));
        }
        let hashes = Hashes {
            access: sealer.keyed_hash(sealing::ACCESS_TOKEN, text),
            by_hand: (door == ManagementDoor::Angus)
                .then(|| sealer.keyed_hash(sealing::API_TOKEN, text)),
        };
        let service = self.clone();
        let proved = self
            .shared
            .storage
            .read_few(async move |ports| service.proved(ports, door, hashes, now).await)
            .await?
            .ok_or_else(refuse)?;
        let caller = proved.caller(origin);
        self.shared.callers.put(generation, key, Arc::new(proved));
        Ok(caller)
    }

    async fn proved(
        &self,
        ports: &mut dyn Read,
        door: ManagementDoor,
        hashes: Hashes,
        now: Timestamp,
    ) -> Result<Option<KnownCaller>, Error> {
        if let Some(token) = ports.tokens().find(TokenKind::Access, &hashes.access).await? {
            return self.by_access_token(ports, door, token, now).await;
        }
        match hashes.by_hand {
            Some(hash) => self.by_api_token(ports, door, &hash, now).await,
            None => Ok(None),
        }
    }

    async fn by_access_token(
        &self,
        ports: &mut dyn Read,
        door: ManagementDoor,
        token: StoredToken,
        now: Timestamp,
    ) -> Result<Option<KnownCaller>, Error> {
        let Some(token) = stored(ports, token, now).await? else { return Ok(None) };
        // Whoever has bound his token to a key has to prove that he has it, which no door asks for.
        if token.client.settings.door != Some(door) || token.thumbprint.is_some() {
            return Ok(None);
        }
        let (tenant, client) = (token.tenant, token.client.id);
        let Some(server) = self.shared.management.of(ports, tenant.id).await? else {
            return Ok(None);
        };
        if !token.audiences.contains(&server.audience) {
            return Ok(None);
        }
        let expires_at = Some(token.expires_at);
        if let Some(user) = token.user {
            let person = self.person(ports, door, tenant, user).await?;
            return Ok(Some(KnownCaller { family: token.family, expires_at, ..person }));
        }
        let grant = ports.client_grants().find_for(tenant.id, client, server.id).await?;
        let permissions = grant.map(|grant| permissions(&token.scopes.join(" "), &grant));
        Ok(Some(KnownCaller {
            tenant,
            subject: Subject::Client(client),
            permissions: permissions.unwrap_or_else(Permissions::none),
            operates: false,
            user: None,
            family: token.family,
            expires_at,
        }))
    }

    /// What a person may do now.
    async fn person(
        &self,
        ports: &mut dyn Read,
        door: ManagementDoor,
        tenant: Tenant,
        user: User,
    ) -> Result<KnownCaller, Error> {
        let is_administrator = match self.shared.administrators.of(ports, tenant.id).await? {
            Some(role) => {
                let having =
                    ports.assignments().which_have_role(tenant.id, role, &[user.id]).await?;
                having.contains(&user.id)
            }
            None => false,
        };
        // Only AngusGM's door has something for operators to do.
        let operates = door == ManagementDoor::Angus
            && ports.operators().is_operator(tenant.id, user.id).await?;
        Ok(KnownCaller {
            tenant,
            subject: Subject::User(user.id),
            permissions: Permissions::of_person(door, is_administrator),
            operates,
            user: Some(user),
            family: None,
            expires_at: None,
        })
    }

    async fn by_api_token(
        &self,
        ports: &mut dyn Read,
        door: ManagementDoor,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<KnownCaller>, Error> {
        let token = ports.api_tokens().find_by_hash(hash).await?;
        let Some(token) = token.filter(|token| token.is_good(now)) else { return Ok(None) };
        let tenant = ports.tenants().find(token.tenant).await?;
        let Some(tenant) = tenant.filter(|tenant| tenant.is_open(now)) else { return Ok(None) };
        let expires_at = token.expires_at.map(Timestamp::unix_seconds);
        match token.owner {
            ApiTokenOwner::User(user) => {
                let user = ports.users().find(tenant.id, user).await?;
                match user.filter(|user| user.keeps_access(now)) {
                    Some(user) => {
                        let person = self.person(ports, door, tenant, user).await?;
                        Ok(Some(KnownCaller { expires_at, ..person }))
                    }
                    None => Ok(None),
                }
            }
            ApiTokenOwner::System => {
                let access = StoredAccess::of(&token)?;
                let client = ports.clients().find(tenant.id, access.client).await?;
                let client = client.filter(|client| client.settings.door == Some(door));
                Ok(client.map(|client| KnownCaller {
                    tenant,
                    subject: Subject::Client(client.id),
                    permissions: access.access.permissions(),
                    operates: false,
                    user: None,
                    family: None,
                    expires_at,
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests;
