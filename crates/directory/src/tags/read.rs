//! Find tags.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, Listing, Page};
use citizenry_storage::{
    Conditions,
    ports::{NumberedSort, TagField},
};

use super::{TagView, view::view_all};
use crate::{
    Directory, TagRef,
    limits::check_scan,
    ports::Ports,
    references::{Named as _, find_tag},
};

impl Directory {
    /// A tag.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn tag(&self, caller: &Caller, tag: &TagRef) -> Result<TagView, Error> {
        caller.may(Action::Read, Resource::Tag)?;
        let (tenant, tag) = (caller.tenant(), *tag);
        self.storage
            .read(async move |read| {
                let found = find_tag(read.tags(), tenant, &tag).await?;
                let views = view_all(&mut Ports::Read(read), tenant, vec![found]).await?;
                views.into_iter().next().ok_or_else(|| tag.not_found())
            })
            .await
    }

    /// A page of the tags that pass `conditions`.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `filter` when the tenant has too many tags to search through by
    /// parts.
    pub async fn tags(
        &self,
        caller: &Caller,
        conditions: Conditions<TagField>,
        listing: Listing<NumberedSort>,
    ) -> Result<Page<TagView>, Error> {
        caller.may(Action::Read, Resource::Tag)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                if conditions.is_scan() {
                    check_scan(read.tags().count(tenant).await?)?;
                }
                let page = read.tags().list(tenant, &conditions, &listing).await?;
                let items = view_all(&mut Ports::Read(read), tenant, page.items).await?;
                Ok(Page { items, total: page.total, next: page.next })
            })
            .await
    }
}
