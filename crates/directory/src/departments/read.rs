//! Find departments.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Department, Error, Listing, Page};
use citizenry_storage::{
    Conditions,
    ports::{DepartmentField, NumberedSort},
};

use super::{DepartmentView, view::view_all};
use crate::{
    DepartmentRef, Directory,
    limits::check_scan,
    ports::Ports,
    references::{Named as _, find_department},
};

impl Directory {
    /// A department.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn department(
        &self,
        caller: &Caller,
        department: &DepartmentRef,
    ) -> Result<DepartmentView, Error> {
        caller.may(Action::Read, Resource::Department)?;
        let (tenant, department) = (caller.tenant(), *department);
        self.storage
            .read(async move |read| {
                let found = find_department(read.departments(), tenant, &department).await?;
                let views = view_all(&mut Ports::Read(read), tenant, vec![found]).await?;
                views.into_iter().next().ok_or_else(|| department.not_found())
            })
            .await
    }

    /// A page of the departments that pass `conditions`.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `filter` when the tenant has too many departments to search
    /// through by parts.
    pub async fn departments(
        &self,
        caller: &Caller,
        conditions: Conditions<DepartmentField>,
        listing: Listing<NumberedSort>,
    ) -> Result<Page<DepartmentView>, Error> {
        caller.may(Action::Read, Resource::Department)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                if conditions.is_scan() {
                    check_scan(read.departments().count(tenant).await?)?;
                }
                let page = read.departments().list(tenant, &conditions, &listing).await?;
                let items = view_all(&mut Ports::Read(read), tenant, page.items).await?;
                Ok(Page { items, total: page.total, next: page.next })
            })
            .await
    }

    /// A department and those above it: the root first, the department itself last.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn department_navigation(
        &self,
        caller: &Caller,
        department: &DepartmentRef,
    ) -> Result<Vec<Department>, Error> {
        caller.may(Action::Read, Resource::Department)?;
        let (tenant, department) = (caller.tenant(), *department);
        self.storage
            .read(async move |read| {
                let found = find_department(read.departments(), tenant, &department).await?;
                let mut chain = read.departments().find_many(tenant, &found.ancestors).await?;
                chain.push(found);
                chain.sort_by_key(Department::level);
                Ok(chain)
            })
            .await
    }

    /// How many departments there are below a department, and how many users sit in it and below
    /// it, each counted once.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn department_counts(
        &self,
        caller: &Caller,
        department: &DepartmentRef,
    ) -> Result<(u64, u64), Error> {
        caller.may(Action::Read, Resource::Department)?;
        let (tenant, department) = (caller.tenant(), *department);
        self.storage
            .read(async move |read| {
                let found = find_department(read.departments(), tenant, &department).await?;
                Ok(read.departments().count_below(&found).await?)
            })
            .await
    }
}
