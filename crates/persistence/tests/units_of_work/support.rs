//! Tenants to write, and what to ask about them.

use std::{
    error::Error as _,
    fmt::Debug,
    sync::{Arc, LazyLock},
};

use citizenry_identity::{
    Clock as _, Direction, Error, Listing, Moment, SortKey, Tenant, TenantId, TenantName,
    TenantStatus, Timestamp,
};
use citizenry_storage::{Storage, Tx, ports::ByName};
use citizenry_testkit::{FrozenClock, SeededEntropy};

static MOMENT: LazyLock<Moment> = LazyLock::new(|| {
    Moment::new(
        FrozenClock::at("2026-03-12T08:30:00.123456Z").now(),
        Arc::new(SeededEntropy::new(2)),
    )
});

pub(crate) fn now() -> Timestamp {
    MOMENT.now()
}

pub(crate) fn new_id() -> TenantId {
    TenantId::generate(&MOMENT)
}

pub(crate) fn name(text: &str) -> TenantName {
    TenantName::parse(text).expect("a name")
}

/// Inserts a tenant of that name.
pub(crate) async fn insert(tx: &mut dyn Tx, id: TenantId, text: &str) -> Result<Tenant, Error> {
    insert_with(tx, id, text, None).await
}

/// Inserts a tenant with a description, which may be large.
pub(crate) async fn insert_with(
    tx: &mut dyn Tx,
    id: TenantId,
    text: &str,
    description: Option<String>,
) -> Result<Tenant, Error> {
    let number = tx.numbers().next().await?;
    let mut tenant = Tenant::new(id, number, name(text), now());
    tenant.settings.description = description;
    tx.tenants().insert(&tenant).await?;
    Ok(tenant)
}

/// Makes a tenant of that name in a unit of its own.
pub(crate) async fn create(storage: &Storage, text: &str) -> Result<Tenant, Error> {
    let (id, text) = (new_id(), text.to_owned());
    storage.transact(async move |tx| insert(tx, id, &text).await).await
}

/// The names of all tenants, in order.
pub(crate) async fn names(storage: &Storage) -> Vec<String> {
    let listing = Listing {
        order: vec![SortKey { field: ByName::Name, direction: Direction::Ascending }],
        ..Listing::first(100)
    };
    let page = storage.read(async move |read| read.tenants().list(&listing).await).await;
    let page = page.expect("a page");
    assert_eq!(page.next, None, "no more than one page in these tests");
    page.items.iter().map(|tenant| tenant.name.as_str().to_owned()).collect()
}

pub(crate) async fn status_of(storage: &Storage, text: &str) -> TenantStatus {
    let name = name(text);
    let found = storage.read(async move |read| read.tenants().find_by_name(&name).await).await;
    found.expect("an answer").expect("a tenant").status
}

/// The reason in the log of what must have failed as a defect.
pub(crate) fn backend_message<T: Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(error @ Error::Internal(_)) => error.source().expect("a source").to_string(),
        other => panic!("not a defect: {other:?}"),
    }
}
