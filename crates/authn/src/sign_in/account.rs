//! Whom an identifier means, and whether he is refused unseen.

use citizenry_identity::{
    Connection, ConnectionId, ConnectionName, Email, Error, Kind, LockReason, Number, Phone,
    StoredPassword, Tenant, TenantId, Timestamp, User, Username, folded, seconds_until,
};
use citizenry_storage::{Read, Sealer, refused_for};

use super::{SignIn, device::known_device};
use crate::attempts::{account_key, device_key, name_key, number_key, origin_key};

/// What is known before the password is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) tenant: Tenant,
    /// Whom the identifier means, if anybody.
    pub(crate) user: Option<User>,
    /// His password, if he has one.
    pub(crate) password: Option<StoredPassword>,
    /// The counter of failures.
    pub(crate) key: [u8; 32],
    /// Whether that counter is of a browser he has signed in with before.
    pub(crate) is_known_device: bool,
    /// The counter of the address.
    pub(crate) address_key: Option<[u8; 32]>,
    /// Whether further attempts are refused unseen.
    pub(crate) refusal: Option<Refusal>,
}

/// Why an attempt is refused unseen, and for how many seconds more.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refusal {
    /// Too many failures on the account.
    Account(i64),
    /// Too many failures from the address.
    Address(i64),
}

/// Looks up what an attempt is about.
pub(super) async fn find_account(
    read: &mut dyn Read,
    sealer: &dyn Sealer,
    request: &SignIn,
    number: Option<Number>,
    now: Timestamp,
) -> Result<Account, Error> {
    let tenant = open_tenant(read, request.tenant, now).await?;
    let lookup = Lookup {
        connection: request.connection.as_deref(),
        client: request.client.as_ref(),
        identifier: &request.identifier,
        number,
    };
    let user = find_user(read, &tenant, &lookup).await?;
    let password = match &user {
        Some(user) => read.passwords().find(tenant.id, user.id).await?,
        None => None,
    };
    let device = user.as_ref().and_then(|user| {
        known_device(sealer, user.id, request.device.as_ref()?, now).map(|name| (user.id, name))
    });
    let key = match (&user, &device) {
        (_, Some((user, name))) => device_key(sealer, *user, name),
        (Some(user), None) => account_key(sealer, user.id),
        (None, None) => match number {
            Some(number) => number_key(sealer, number),
            None => name_key(sealer, &folded(&request.identifier)),
        },
    };
    let mut account = Account {
        tenant,
        user,
        password,
        key,
        is_known_device: device.is_some(),
        address_key: origin_key(sealer, "address", &request.origin),
        refusal: None,
    };
    account.refusal = refusal(read, &account, now).await?;
    Ok(account)
}

/// The tenant, if its doors are open.
pub(crate) async fn open_tenant(
    read: &mut dyn Read,
    id: TenantId,
    now: Timestamp,
) -> Result<Tenant, Error> {
    let found = read.tenants().find(id).await?;
    let open = found.filter(|tenant| tenant.is_open(now));
    open.ok_or_else(|| Error::not_found(Kind::Tenant, id))
}

async fn refusal(
    read: &mut dyn Read,
    account: &Account,
    now: Timestamp,
) -> Result<Option<Refusal>, Error> {
    let tenant = account.tenant.id;
    if let Some(key) = &account.address_key
        && let Some(seconds) = refused_for(read.attempts(), tenant, key, now).await?
    {
        return Ok(Some(Refusal::Address(seconds)));
    }
    // An account's lock is what an administrator sees and may lift; the counter only lengthens the
    // next. Both are looked up, so that an account and a name that nobody has take as long.
    let counted = refused_for(read.attempts(), tenant, &account.key, now).await?;
    let seconds = match &account.user {
        Some(user) if !account.is_known_device => locked_for(user, now),
        _ => counted,
    };
    Ok(seconds.map(Refusal::Account))
}

/// For how many seconds more failed attempts keep the user's password from being looked at.
pub(super) fn locked_for(user: &User, now: Timestamp) -> Option<i64> {
    let window = user.locks.get(LockReason::FailedAttempts)?;
    let until = window.until.filter(|_| window.contains(now))?;
    seconds_until(until, now)
}

/// Where and as what a user is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lookup<'a> {
    /// The connection; the tenant's default and then the others without one.
    pub(crate) connection: Option<&'a str>,
    /// For which client.
    pub(crate) client: Option<&'a citizenry_identity::ClientIdentifier>,
    /// What was typed.
    pub(crate) identifier: &'a str,
    /// The user's number, which goes before what was typed.
    pub(crate) number: Option<Number>,
}

/// The user whom an identifier means. A connection that is named is the only one; otherwise the
/// default one comes first, and among the others there must be one user alone.
///
/// An email address goes before a phone number and that before a username, since only a username
/// can look like another's address.
pub(crate) async fn find_user(
    read: &mut dyn Read,
    tenant: &Tenant,
    lookup: &Lookup<'_>,
) -> Result<Option<User>, Error> {
    if let Some(number) = lookup.number {
        return by_number(read, tenant, lookup, number).await;
    }
    let kinds = [
        by_email(read, tenant, lookup.identifier).await?,
        by_phone(read, tenant, lookup.identifier).await?,
        by_username(read, tenant, lookup.identifier).await?,
    ];
    let connections = connections_of(read, tenant, lookup, &kinds).await?;
    if let Some(first) = connections.first {
        let found = kinds.iter().flatten().find(|user| user.connection == first);
        if let Some(user) = found {
            return Ok(Some(user.clone()));
        }
    }
    let of_others = |users: &Vec<User>| -> Vec<User> {
        let users = users.iter();
        users.filter(|user| connections.others.contains(&user.connection)).cloned().collect()
    };
    let mut found = kinds.iter().map(of_others).find(|users| !users.is_empty()).unwrap_or_default();
    Ok(if found.len() == 1 { found.pop() } else { None })
}

async fn by_number(
    read: &mut dyn Read,
    tenant: &Tenant,
    lookup: &Lookup<'_>,
    number: Number,
) -> Result<Option<User>, Error> {
    let Some(user) = read.users().find_by_number(tenant.id, number).await? else { return Ok(None) };
    let found = [vec![user], Vec::new(), Vec::new()];
    let connections = connections_of(read, tenant, lookup, &found).await?;
    let is_eligible = |user: &User| {
        connections.first == Some(user.connection) || connections.others.contains(&user.connection)
    };
    Ok(found.into_iter().flatten().find(is_eligible))
}

async fn by_email(
    read: &mut dyn Read,
    tenant: &Tenant,
    identifier: &str,
) -> Result<Vec<User>, Error> {
    Ok(match Email::key_of(identifier) {
        Some(key) => read.users().find_by_email(tenant.id, &key).await?,
        None => Vec::new(),
    })
}

async fn by_phone(
    read: &mut dyn Read,
    tenant: &Tenant,
    identifier: &str,
) -> Result<Vec<User>, Error> {
    Ok(match Phone::parse(identifier, tenant.settings.phone_country) {
        Ok(phone) => read.users().find_by_phone(tenant.id, phone.e164()).await?,
        Err(_) => Vec::new(),
    })
}

async fn by_username(
    read: &mut dyn Read,
    tenant: &Tenant,
    identifier: &str,
) -> Result<Vec<User>, Error> {
    Ok(match Username::key_of(identifier) {
        Some(key) => read.users().find_by_username(tenant.id, &key).await?,
        None => Vec::new(),
    })
}

/// The connections whose users may sign in.
struct Eligible {
    /// The one that comes first.
    first: Option<ConnectionId>,
    /// Those of the users found that come after it.
    others: Vec<ConnectionId>,
}

async fn connections_of(
    read: &mut dyn Read,
    tenant: &Tenant,
    lookup: &Lookup<'_>,
    found: &[Vec<User>; 3],
) -> Result<Eligible, Error> {
    let default = tenant.settings.default_connection.as_str();
    let eligible = |connection: &Connection| {
        let is_default = connection.name.as_str() == default;
        connection.is_database() && connection.is_enabled_for(lookup.client, is_default)
    };
    let first = named_connection(read, tenant.id, lookup.connection.unwrap_or(default)).await?;
    let first = first.filter(eligible).map(|connection| connection.id);
    if lookup.connection.is_some() {
        return Ok(Eligible { first, others: Vec::new() });
    }
    let mut ids: Vec<_> = found.iter().flatten().map(|user| user.connection).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|id| Some(*id) != first);
    let mut others = Vec::new();
    if !ids.is_empty() {
        let connections = read.connections().find_many(tenant.id, &ids).await?;
        others.extend(connections.iter().filter(|it| eligible(it)).map(|it| it.id));
    }
    Ok(Eligible { first, others })
}

/// The connection of that name; `database` is another word for the first one of every tenant.
pub(crate) async fn named_connection(
    read: &mut dyn Read,
    tenant: TenantId,
    name: &str,
) -> Result<Option<Connection>, Error> {
    let Ok(parsed) = ConnectionName::parse(name) else { return Ok(None) };
    let found = read.connections().find_by_name(tenant, &parsed).await?;
    if found.is_some() || name != ConnectionName::DEFAULT_ALIAS {
        return Ok(found);
    }
    let default = ConnectionName::from_stored(ConnectionName::DEFAULT.to_owned());
    Ok(read.connections().find_by_name(tenant, &default).await?)
}
