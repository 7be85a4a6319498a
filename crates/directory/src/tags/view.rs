//! Tags as doors show them.

use citizenry_identity::{Error, Tag, TenantId};

use crate::{
    authors::{Author, Authors},
    ports::Ports,
};

/// A tag as doors show it.
#[derive(Debug, Clone, PartialEq)]
pub struct TagView {
    /// The tag.
    pub tag: Tag,
    /// Who made it.
    pub created_by: Option<Author>,
    /// Who last changed it.
    pub updated_by: Option<Author>,
}

/// Views of `tags`, in their order.
pub(super) async fn view_all(
    ports: &mut Ports<'_>,
    tenant: TenantId,
    tags: Vec<Tag>,
) -> Result<Vec<TagView>, Error> {
    let authors: Vec<_> = tags.iter().flat_map(|tag| [tag.created_by, tag.updated_by]).collect();
    let authors = Authors::find(ports.users(), tenant, authors).await?;
    let view = |tag: Tag| TagView {
        created_by: authors.get(tag.created_by),
        updated_by: authors.get(tag.updated_by),
        tag,
    };
    Ok(tags.into_iter().map(view).collect())
}
