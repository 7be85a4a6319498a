use std::collections::BTreeMap;

use crate::section::section;

section! {
    /// Where the doors are found beside their own paths.
    Doors at doors {
        /// Doors by host name, for clients that can be given a host alone: the `Host` of the
        /// request to `audience_manager` or `angus`.
        hosts: BTreeMap<String, String> = BTreeMap::new();
    }
}

impl Doors {
    /// The doors that host names can stand for.
    const NAMES: [&str; 2] = ["audience_manager", "angus"];

    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        for (host, door) in &self.hosts {
            if host.is_empty() || host.contains(['/', ' ', ':']) {
                faults.push(("doors.hosts", format!("`{host}` is not a host name")));
            }
            if !Self::NAMES.contains(&door.as_str()) {
                let names = Self::NAMES.join(" and ");
                faults.push(("doors.hosts", format!("`{door}` is no door; there are {names}")));
            }
        }
    }
}
