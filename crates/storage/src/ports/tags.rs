use async_trait::async_trait;
use citizenry_identity::{
    Listing, Number, Page, Tag, TagId, TagLink, TagTarget, TagTargetKind, TenantId,
};

use super::NumberedSort;
use crate::{Conditions, Field, Result, ValueKind};

/// The fields of tags that conditions may test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagField {
    /// The number.
    Number,
    /// The name, folded.
    Name,
    /// The number of the user who made it.
    CreatedBy,
    /// When it was made.
    CreatedAt,
}

impl Field for TagField {
    fn kind(self) -> ValueKind {
        match self {
            Self::Number | Self::CreatedBy => ValueKind::Number,
            Self::Name => ValueKind::Text,
            Self::CreatedAt => ValueKind::Time,
        }
    }
}

/// The fields of a tag on something that conditions may test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagLinkField {
    /// The tag's number.
    Tag,
    /// The tag's name, folded.
    TagName,
    /// The number of what it is on.
    Target,
    /// The name of what it is on, folded.
    TargetName,
    /// The number of the user who put it there.
    CreatedBy,
    /// When it was put there.
    CreatedAt,
}

impl Field for TagLinkField {
    fn kind(self) -> ValueKind {
        match self {
            Self::Tag | Self::Target | Self::CreatedBy => ValueKind::Number,
            Self::TagName | Self::TargetName => ValueKind::Text,
            Self::CreatedAt => ValueKind::Time,
        }
    }
}

/// The orders of lists of tags on things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagLinkSort {
    /// By the time of putting it there; the default, newest first.
    CreatedAt,
    /// By the tag's number.
    Tag,
    /// By the number of what it is on.
    Target,
}

/// Which tags on things a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagLinksOf {
    /// Those on one thing.
    Target(TagTarget),
    /// Those of one tag on things of one kind.
    Tag(TagId, TagTargetKind),
    /// All those on things of one kind.
    Kind(TagTargetKind),
}

/// A tag on something, with what is known of both.
#[derive(Debug, Clone, PartialEq)]
pub struct TagLinkView {
    /// The link itself.
    pub link: TagLink,
    /// The tag.
    pub tag: Tag,
    /// The number of what it is on.
    pub target_number: Number,
    /// The name of what it is on.
    pub target_name: String,
}

/// Looks tags up.
#[async_trait]
pub trait ReadTags: Send {
    /// The tag of that number.
    async fn find_by_number(&mut self, tenant: TenantId, number: Number) -> Result<Option<Tag>>;
    /// The tags of those numbers that there are, in the order of numbers. At most 2,000.
    async fn find_by_numbers(&mut self, tenant: TenantId, numbers: &[Number]) -> Result<Vec<Tag>>;
    /// The tags that pass `conditions`.
    async fn list(
        &mut self,
        tenant: TenantId,
        conditions: &Conditions<TagField>,
        listing: &Listing<NumberedSort>,
    ) -> Result<Page<Tag>>;
    /// How many tags the tenant has.
    async fn count(&mut self, tenant: TenantId) -> Result<u64>;
    /// The tags on things that pass `conditions`.
    async fn links(
        &mut self,
        tenant: TenantId,
        of: TagLinksOf,
        conditions: &Conditions<TagLinkField>,
        listing: &Listing<TagLinkSort>,
    ) -> Result<Page<TagLinkView>>;
    /// All tags on these things, in the order of their putting. At most 2,000 things.
    async fn links_of(
        &mut self,
        tenant: TenantId,
        targets: &[TagTarget],
    ) -> Result<Vec<(TagLink, Tag)>>;
}

/// Changes tags.
#[async_trait]
pub trait Tags: ReadTags {
    /// The tag, kept from others' changes until the unit ends.
    async fn find_for_update(&mut self, tenant: TenantId, id: TagId) -> Result<Option<Tag>>;
    /// Adds a tag. `Conflict` on `name`.
    async fn insert(&mut self, tag: &Tag) -> Result<()>;
    /// Writes a tag that was loaded. `Stale` when it has changed in between; `Conflict` on `name`.
    async fn save(&mut self, tag: &Tag) -> Result<()>;
    /// Deletes tags and takes them off everything; how many there were. At most 2,000.
    async fn delete(&mut self, tenant: TenantId, ids: &[TagId]) -> Result<u64>;
    /// Puts tags on things; one that is there already stays as it is. At most 2,000.
    async fn put_links(&mut self, tenant: TenantId, links: &[TagLink]) -> Result<()>;
    /// Takes tags off things; how many were there. At most 2,000.
    async fn remove_links(&mut self, tenant: TenantId, links: &[(TagId, TagTarget)])
    -> Result<u64>;
}
