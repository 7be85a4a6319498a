//! Find groups.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, Listing, Page};
use citizenry_storage::{
    Conditions,
    ports::{GroupField, NumberedSort},
};

use super::{GroupInclude, GroupView, view::view_all};
use crate::{
    Directory, GroupRef,
    limits::check_scan,
    ports::Ports,
    references::{Named as _, find_group},
};

impl Directory {
    /// A group.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn group(
        &self,
        caller: &Caller,
        group: &GroupRef,
        include: GroupInclude,
    ) -> Result<GroupView, Error> {
        caller.may(Action::Read, Resource::Group)?;
        let (tenant, group) = (caller.tenant(), *group);
        self.storage
            .read(async move |read| {
                let found = find_group(read.groups(), tenant, &group).await?;
                let views = view_all(&mut Ports::Read(read), tenant, vec![found], include).await?;
                views.into_iter().next().ok_or_else(|| group.not_found())
            })
            .await
    }

    /// A page of the groups that pass `conditions`.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `filter` when the tenant has too many groups to search through by
    /// parts.
    pub async fn groups(
        &self,
        caller: &Caller,
        conditions: Conditions<GroupField>,
        listing: Listing<NumberedSort>,
        include: GroupInclude,
    ) -> Result<Page<GroupView>, Error> {
        caller.may(Action::Read, Resource::Group)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                if conditions.is_scan() {
                    check_scan(read.groups().count(tenant).await?)?;
                }
                let page = read.groups().list(tenant, &conditions, &listing).await?;
                let mut ports = Ports::Read(read);
                let items = view_all(&mut ports, tenant, page.items, include).await?;
                Ok(Page { items, total: page.total, next: page.next })
            })
            .await
    }
}
