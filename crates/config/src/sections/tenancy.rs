use std::collections::BTreeMap;

use crate::section::section;

section! {
    /// Which tenant a request belongs to when neither its token nor its client says so.
    Tenancy at tenancy {
        /// Tenants by host name: the `Host` of the request to the name of the tenant.
        hosts: BTreeMap<String, String> = BTreeMap::new();
    }
}

impl Tenancy {
    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        for (host, tenant) in &self.hosts {
            if host.is_empty() || host.contains(['/', ' ', ':']) {
                faults.push(("tenancy.hosts", format!("`{host}` is not a host name")));
            }
            if tenant.is_empty() {
                faults.push(("tenancy.hosts", format!("`{host}` names no tenant")));
            }
        }
    }
}
