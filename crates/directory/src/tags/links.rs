//! Lists of tags on things.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, Listing, Page, TagTargetKind, TenantId};
use citizenry_storage::{
    Conditions, Read,
    ports::{TagLinkField, TagLinkSort, TagLinkView, TagLinksOf},
};

use super::target::find_target;
use crate::{
    Directory, TagLinksRef,
    authors::{Author, Authors},
    limits::check_scan,
    ports::Ports,
    references::find_tag,
};

/// A tag on something as doors show it.
#[derive(Debug, Clone, PartialEq)]
pub struct TagLinkItem {
    /// The link with what is known of both of its ends.
    pub view: TagLinkView,
    /// Who made the tag.
    pub tag_created_by: Option<Author>,
    /// Who put it there.
    pub link_created_by: Option<Author>,
}

impl Directory {
    /// A page of tags on things that pass `conditions`.
    ///
    /// # Errors
    /// `Forbidden`, also for who may not look at the things; `NotFound` for the thing or the tag;
    /// `Invalid` on `filter` when there is too much to search through by parts.
    pub async fn tag_links(
        &self,
        caller: &Caller,
        of: TagLinksRef,
        conditions: Conditions<TagLinkField>,
        listing: Listing<TagLinkSort>,
    ) -> Result<Page<TagLinkItem>, Error> {
        caller.may(Action::Read, Resource::Tag)?;
        let tenant = caller.tenant();
        let caller = caller.clone();
        self.storage
            .read(async move |read| {
                let of = resolve(read, tenant, &of).await?;
                caller.may(Action::Read, resource(of))?;
                if conditions.is_scan() {
                    check_scan(most_of(read, tenant, of).await?)?;
                }
                let page = read.tags().links(tenant, of, &conditions, &listing).await?;
                let (total, next) = (page.total, page.next);
                let items = view_all(&mut Ports::Read(read), tenant, page.items).await?;
                Ok(Page { items, total, next })
            })
            .await
    }
}

async fn resolve(
    read: &mut dyn Read,
    tenant: TenantId,
    of: &TagLinksRef,
) -> Result<TagLinksOf, Error> {
    Ok(match of {
        TagLinksRef::Target(target) => {
            let found = find_target(&mut Ports::Read(read), tenant, target).await?;
            TagLinksOf::Target(found.what)
        }
        TagLinksRef::Tag(tag, kind) => {
            TagLinksOf::Tag(find_tag(read.tags(), tenant, tag).await?.id, *kind)
        }
        TagLinksRef::Kind(kind) => TagLinksOf::Kind(*kind),
    })
}

/// What the caller must be able to look at.
fn resource(of: TagLinksOf) -> Resource {
    let kind = match of {
        TagLinksOf::Target(target) => target.kind(),
        TagLinksOf::Tag(_, kind) | TagLinksOf::Kind(kind) => kind,
    };
    match kind {
        TagTargetKind::User => Resource::User,
        TagTargetKind::Department => Resource::Department,
        TagTargetKind::Group => Resource::Group,
    }
}

/// How many tags or things there are that the list may hold.
async fn most_of(read: &mut dyn Read, tenant: TenantId, of: TagLinksOf) -> Result<u64, Error> {
    Ok(match of {
        TagLinksOf::Target(_) => read.tags().count(tenant).await?,
        TagLinksOf::Tag(_, kind) | TagLinksOf::Kind(kind) => match kind {
            TagTargetKind::User => read.users().count(tenant).await?,
            TagTargetKind::Department => read.departments().count(tenant).await?,
            TagTargetKind::Group => read.groups().count(tenant).await?,
        },
    })
}

async fn view_all(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    links: Vec<TagLinkView>,
) -> Result<Vec<TagLinkItem>, Error> {
    let authors = links.iter().flat_map(|it| [it.tag.created_by, it.link.created_by]);
    let authors = Authors::find(ports.users(), tenant, authors.collect::<Vec<_>>()).await?;
    let item = |view: TagLinkView| TagLinkItem {
        tag_created_by: authors.get(view.tag.created_by),
        link_created_by: authors.get(view.link.created_by),
        view,
    };
    Ok(links.into_iter().map(item).collect())
}
