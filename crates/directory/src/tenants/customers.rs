//! Tenants as an operator keeps them: customers with a number, whom he makes, changes, locks and
//! closes.

use std::sync::Arc;

use citizenry_authz::{Action, Caller, Resource, Subject};
use citizenry_identity::{
    Actor, Error, EventKind, Kind, Listing, Moment, Number, Page, Patch, Tenant, TenantId,
    TenantKind, TenantName, TenantSettings, TenantStatus, Text, User,
};
use citizenry_storage::{
    Conditions, Links, Read, Sealer, Tx,
    ports::{NumberedSort, TenantField},
};
use serde_json::Value;

use super::{
    find_for_update,
    provision::{Blueprint, build},
    set_status,
};
use crate::{
    Author, Directory, LockDates, NewPassword, NewUser,
    authors::Authors,
    limits::{MAX_SCANNED, check_scan},
    users::Mailing,
};

/// A tenant as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantView {
    /// The tenant.
    pub tenant: Tenant,
    /// How many users it has.
    pub user_count: u64,
    /// The operator who made it, where he is a user of the caller's tenant.
    pub created_by: Option<Author>,
    /// Who last changed it, where he is a user of the caller's tenant.
    pub updated_by: Option<Author>,
}

/// A customer who gets a tenant.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// The name for people.
    pub display_name: Text<255>,
    /// What kind of customer it is.
    pub kind: TenantKind,
    /// The postal address.
    pub address: Option<String>,
    /// What the operator remarks.
    pub remark: Option<String>,
    /// The tenant's first administrator, with a password or with one that is made and mailed to
    /// him. Whether he is to be an administrator is not asked.
    pub administrator: NewUser,
    /// The tenant's name, unique in the installation; `t<number>` without one.
    pub name: Option<TenantName>,
}

/// What a partial change does to a tenant.
#[derive(Debug, Clone, Default)]
pub struct TenantChanges {
    /// The name for people.
    pub display_name: Option<Text<255>>,
    /// What kind of customer it is.
    pub kind: Option<TenantKind>,
    /// The postal address.
    pub address: Patch<String>,
    /// What the operator remarks.
    pub remark: Patch<String>,
    /// How far the customer's name has been proved, in the dialects' words (`AUDITED`).
    pub real_name_status: Patch<String>,
}

impl TenantChanges {
    fn apply(self, tenant: &mut Tenant) -> Result<(), Error> {
        let mut settings = tenant.settings.clone();
        if let Some(name) = self.display_name {
            settings.display_name = Some(name.into_string());
        }
        self.address.apply(&mut settings.details.address);
        self.remark.apply(&mut settings.details.remark);
        self.real_name_status.apply(&mut settings.details.real_name_status);
        tenant.settings = settings.checked()?;
        tenant.kind = self.kind.unwrap_or(tenant.kind);
        Ok(())
    }
}

/// The tenant of that number, kept from others' changes until the unit ends.
async fn find(tx: &mut dyn Tx, number: Number) -> Result<Tenant, Error> {
    let found = tx.tenants().find_by_number(number).await?;
    let id = found.ok_or_else(|| Error::not_found(Kind::Tenant, number))?.id;
    find_for_update(tx, id).await
}

/// Nobody shuts himself out: only who stands at the machine may close the tenant he acts in.
fn check_not_own(caller: &Caller, tenant: TenantId) -> Result<(), Error> {
    let at_machine = matches!(caller.subject(), Subject::Operator | Subject::System);
    if caller.tenant() == tenant && !at_machine {
        return Err(Error::conflict(Kind::Tenant, "own"));
    }
    Ok(())
}

/// Writes a tenant, and an event into its own trail.
async fn save(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    tenant: &mut Tenant,
    kind: EventKind,
    detail: (&str, Value),
) -> Result<(), Error> {
    tenant.updated_at = moment.now();
    tenant.updated_by = caller.user();
    tx.tenants().save(tenant).await?;
    tenant.version += 1;
    let mut event = caller.event_with(moment, kind, tenant.id, detail);
    event.tenant = tenant.id;
    Ok(tx.events().append(&event).await?)
}

/// Changes a tenant. A change that comes to nothing writes nothing.
///
/// # Errors
/// `Forbidden` for all but operators; `NotFound`; `Invalid`.
pub async fn update_customer(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    number: Number,
    changes: TenantChanges,
) -> Result<Tenant, Error> {
    caller.may(Action::Update, Resource::AllTenants)?;
    let before = find(tx, number).await?;
    let mut tenant = before.clone();
    changes.apply(&mut tenant)?;
    if tenant == before {
        return Ok(tenant);
    }
    let fields = [
        ("kind", tenant.kind != before.kind),
        ("display_name", tenant.settings.display_name != before.settings.display_name),
        ("details", tenant.settings.details != before.settings.details),
    ];
    let changed = fields.into_iter().filter(|(_, differs)| *differs);
    let changed: Vec<_> = changed.map(|(name, _)| Value::from(name)).collect();
    let detail = ("fields", Value::from(changed));
    save(tx, caller, moment, &mut tenant, EventKind::TENANT_UPDATED, detail).await?;
    Ok(tenant)
}

/// Opens or closes a tenant. Tokens of a closed one are refused from the commit on.
///
/// # Errors
/// `Forbidden` for all but operators; `NotFound`; `Conflict` on `own` for closing the tenant that
/// the caller acts in.
pub async fn set_enabled(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    number: Number,
    enabled: bool,
) -> Result<Tenant, Error> {
    caller.may(Action::Update, Resource::AllTenants)?;
    let tenant = find(tx, number).await?;
    if !enabled {
        check_not_own(caller, tenant.id)?;
    }
    let status = if enabled { TenantStatus::Enabled } else { TenantStatus::Disabled };
    set_status(tx, caller, moment, tenant.id, status).await
}

/// Closes a tenant for a while, or opens it again. What it is already changes nothing.
///
/// # Errors
/// `Forbidden` for all but operators; `NotFound`; `Invalid` on `lock_end`, see
/// [`LockDates::window`]; `Conflict` on `own` for locking the tenant that the caller acts in.
pub async fn set_lock(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    number: Number,
    dates: Option<LockDates>,
) -> Result<Tenant, Error> {
    caller.may(Action::Update, Resource::AllTenants)?;
    let mut tenant = find(tx, number).await?;
    if dates.is_some() {
        check_not_own(caller, tenant.id)?;
    }
    let window = dates.map(|dates| dates.window(tenant.lock, moment.now())).transpose()?;
    if window == tenant.lock {
        return Ok(tenant);
    }
    tenant.set_lock(window, moment.now());
    let detail = ("locked", Value::from(window.is_some()));
    save(tx, caller, moment, &mut tenant, EventKind::TENANT_LOCKED, detail).await?;
    Ok(tenant)
}

/// What the making of a customer's tenant needs beside the transaction.
#[derive(Debug, Clone)]
struct Making {
    caller: Caller,
    moment: Moment,
    sealer: Arc<dyn Sealer>,
    links: Option<Links>,
    mailing: Mailing,
    new: NewCustomer,
    password: NewPassword,
}

/// The tenant's name: the wanted one, else one made of its number.
async fn name_of(tx: &mut dyn Tx, making: &Making, number: Number) -> Result<TenantName, Error> {
    if let Some(name) = &making.new.name {
        return Ok(name.clone());
    }
    let name = TenantName::parse(&format!("t{number}"))?;
    if tx.tenants().find_by_name(&name).await?.is_none() {
        return Ok(name);
    }
    let more = making.moment.alphanumeric(8).to_ascii_lowercase();
    TenantName::parse(&format!("t{number}-{more}"))
}

/// Makes the tenant of a customer with all that tenants start with.
async fn create(tx: &mut dyn Tx, making: &Making) -> Result<(Tenant, User), Error> {
    let Making { caller, moment, sealer, new, password, .. } = making;
    caller.may(Action::Create, Resource::AllTenants)?;
    let number = tx.numbers().next().await?;
    let name = name_of(tx, making, number).await?;
    let mut tenant = Tenant::new(TenantId::generate(moment), number, name, moment.now());
    let settings = TenantSettings {
        display_name: Some(new.display_name.to_string()),
        ..TenantSettings::default()
    };
    tenant.settings = settings;
    tenant.settings.details.address.clone_from(&new.address);
    tenant.settings.details.remark.clone_from(&new.remark);
    tenant.settings = tenant.settings.checked()?;
    tenant.kind = new.kind;
    tenant.created_by = caller.user();
    tenant.updated_by = caller.user();
    let blueprint = Blueprint {
        management_identifier: management_identifier(making.links.as_ref(), &tenant)?,
        administrator: NewUser { administrator: true, ..new.administrator.clone() },
        actor: actor_of(caller),
        tenant,
    };
    let made = build(tx, moment, &**sealer, blueprint, password.clone()).await?;
    let (inside, user) = (&made.caller, &made.administrator);
    making.mailing.order_password(tx, inside, user, Some(password), moment).await?;
    Ok((made.tenant, made.administrator))
}

fn actor_of(caller: &Caller) -> Option<Actor> {
    match caller.subject() {
        Subject::User(id) => Some(Actor::User(id)),
        Subject::Client(id) => Some(Actor::Client(id)),
        Subject::Operator => Some(Actor::Operator),
        Subject::System => None,
    }
}

/// The stored audience of the tenant's management API: where it is, if that is known.
fn management_identifier(links: Option<&Links>, tenant: &Tenant) -> Result<Text<600>, Error> {
    let identifier = match links {
        Some(links) => links.page(&tenant.name, "/api/v1"),
        None => format!("urn:citizenry:tenant:{}", tenant.id),
    };
    Text::parse("identifier", identifier)
}

/// The views of a page of tenants: two statements, however many they are.
async fn view_all(
    read: &mut dyn Read,
    caller: &Caller,
    page: Page<Tenant>,
) -> Result<Page<TenantView>, Error> {
    let ids: Vec<_> = page.items.iter().map(|tenant| tenant.id).collect();
    let counts = read.tenants().user_counts(&ids).await?;
    let counts: std::collections::BTreeMap<_, _> = counts.into_iter().collect();
    let authors = page.items.iter().flat_map(|it| [it.created_by, it.updated_by]);
    let authors = Authors::find(read.users(), caller.tenant(), authors).await?;
    Ok(page.map(|tenant| TenantView {
        user_count: counts.get(&tenant.id).copied().unwrap_or_default(),
        created_by: authors.get(tenant.created_by),
        updated_by: authors.get(tenant.updated_by),
        tenant,
    }))
}

impl Directory {
    /// A page of the tenants that pass `conditions`.
    ///
    /// # Errors
    /// `Forbidden` for all but operators; `Invalid` on `filter` when too many tenants would have to
    /// be read through.
    pub async fn tenant_views(
        &self,
        caller: &Caller,
        conditions: Conditions<TenantField>,
        listing: Listing<NumberedSort>,
    ) -> Result<Page<TenantView>, Error> {
        caller.may(Action::Read, Resource::AllTenants)?;
        let caller = caller.clone();
        self.storage
            .read(async move |read| {
                if conditions.is_scan() {
                    let mut all = Listing::first(1);
                    all.with_total = true;
                    let all = read.tenants().find_all(&Conditions::default(), &all).await?;
                    check_scan(all.total.unwrap_or(MAX_SCANNED))?;
                }
                let page = read.tenants().find_all(&conditions, &listing).await?;
                view_all(read, &caller, page).await
            })
            .await
    }

    /// The tenant of that number.
    ///
    /// # Errors
    /// `Forbidden` for all but operators; `NotFound`.
    pub async fn tenant_view(&self, caller: &Caller, number: Number) -> Result<TenantView, Error> {
        caller.may(Action::Read, Resource::AllTenants)?;
        let caller = caller.clone();
        self.storage
            .read(async move |read| {
                let not_found = || Error::not_found(Kind::Tenant, number);
                let found = read.tenants().find_by_number(number).await?;
                let items = vec![found.ok_or_else(not_found)?];
                let page = Page { items, total: None, next: None };
                view_all(read, &caller, page).await?.items.into_iter().next().ok_or_else(not_found)
            })
            .await
    }

    /// Makes a tenant for a customer with all that tenants start with: connections, management API,
    /// the role and the first of its administrators, and the clients of every door. Signing keys
    /// are the business of the OAuth provider.
    ///
    /// # Errors
    /// `Forbidden` for all but operators; `Conflict` on `name`; `Invalid` on `password` when it
    /// breaks the policy that tenants begin with, on `email` when the password cannot be mailed;
    /// `Unavailable` when too many passwords wait to be hashed.
    pub async fn create_customer_tenant(
        &self,
        caller: &Caller,
        new: NewCustomer,
    ) -> Result<(Tenant, User), Error> {
        caller.may(Action::Create, Resource::AllTenants)?;
        let making = Making {
            password: self.password_of_first(&new.administrator).await?,
            caller: caller.clone(),
            moment: self.moment(),
            sealer: Arc::clone(&self.environment.sealer),
            links: self.links.clone(),
            mailing: self.mailing(),
            new,
        };
        let making = Arc::new(making);
        self.storage.transact(async move |tx| create(tx, &making).await).await
    }

    /// Changes a tenant. See [`update_customer`].
    ///
    /// # Errors
    /// As [`update_customer`].
    pub async fn update_tenant_of(
        &self,
        caller: &Caller,
        number: Number,
        changes: TenantChanges,
    ) -> Result<Tenant, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                update_customer(tx, &caller, &moment, number, changes.clone()).await
            })
            .await
    }

    /// Opens or closes a tenant. See [`set_enabled`].
    ///
    /// # Errors
    /// As [`set_enabled`].
    pub async fn set_tenant_enabled(
        &self,
        caller: &Caller,
        number: Number,
        enabled: bool,
    ) -> Result<Tenant, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| set_enabled(tx, &caller, &moment, number, enabled).await)
            .await
    }

    /// Closes a tenant for a while, or opens it again. See [`set_lock`].
    ///
    /// # Errors
    /// As [`set_lock`].
    pub async fn set_tenant_lock(
        &self,
        caller: &Caller,
        number: Number,
        dates: Option<LockDates>,
    ) -> Result<Tenant, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| set_lock(tx, &caller, &moment, number, dates).await)
            .await
    }
}
