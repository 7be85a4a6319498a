//! What a server remembers of each tenant, because it never changes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use citizenry_identity::TenantId;

/// The most tenants that are remembered.
const MAX_TENANTS: usize = 1024;

/// One value a tenant.
#[derive(Debug)]
pub(crate) struct PerTenant<V>(Mutex<HashMap<TenantId, V>>);

impl<V> Default for PerTenant<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V: Clone> PerTenant<V> {
    /// What is remembered of `tenant`.
    pub(crate) fn get(&self, tenant: TenantId) -> Option<V> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    /// Remembers something of `tenant`.
    pub(crate) fn put(&self, tenant: TenantId, value: V) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_TENANTS {
            known.clear();
        }
        known.insert(tenant, value);
    }
}
