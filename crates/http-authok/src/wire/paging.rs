//! Lists: the vendor's parameters ↔ [`Listing`], and the envelope that both vendors' SDKs read.
//!
//! `/api/v1` counts pages from 1 and takes 0 as the first; `/api/v2` counts from 0. `from` and
//! `take` ask for Auth0's checkpoint form, which walks by cursor at the same cost on every page.

use actix_web::HttpResponse;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use citizenry_directory::{ByAge, ByName, UserSort};
use citizenry_http_kit::Refusal;
use citizenry_identity::{Cursor, Direction, Listing, Page, SortKey, Start};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::{
    answer::Answer,
    auth::{Call, Prefix},
    projection::Projection,
};

/// The most fields that one `sort` may name.
const MOST_SORT_KEYS: usize = 5;

/// Declares the query of a list: its own parameters beside those that every list has.
macro_rules! list_query {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: $type,)*
            page: Option<u64>,
            page_size: Option<u64>,
            per_page: Option<u64>,
            sort: Option<String>,
            fields: Option<String>,
            include_fields: Option<bool>,
            include_totals: Option<bool>,
            from: Option<String>,
            take: Option<u64>,
        }

        impl $name {
            /// What part of the list is asked for, and how it is to be written.
            pub(crate) fn paging<F: $crate::wire::paging::SortField>(
                &self,
                prefix: $crate::Prefix,
            ) -> Result<$crate::wire::paging::Paging<F>, citizenry_http_kit::Refusal> {
                $crate::wire::paging::ListParameters {
                    page: self.page,
                    page_size: self.page_size,
                    per_page: self.per_page,
                    sort: self.sort.as_deref(),
                    fields: self.fields.as_deref(),
                    include_fields: self.include_fields,
                    include_totals: self.include_totals,
                    from: self.from.as_deref(),
                    take: self.take,
                }
                .read(prefix)
            }
        }
    };
}
pub(crate) use list_query;

list_query! {
    /// The query of a list that knows no filter.
    PlainList {}
}

/// The parameters that every list has.
#[derive(Debug, Default)]
pub(crate) struct ListParameters<'q> {
    pub(crate) page: Option<u64>,
    pub(crate) page_size: Option<u64>,
    pub(crate) per_page: Option<u64>,
    pub(crate) sort: Option<&'q str>,
    pub(crate) fields: Option<&'q str>,
    pub(crate) include_fields: Option<bool>,
    pub(crate) include_totals: Option<bool>,
    pub(crate) from: Option<&'q str>,
    pub(crate) take: Option<u64>,
}

/// What part of a list is asked for, and how it is to be written.
#[derive(Debug)]
pub(crate) struct Paging<F> {
    pub(crate) listing: Listing<F>,
    pub(crate) include_totals: bool,
    projection: Projection,
    position: Position,
}

#[derive(Debug, Clone, Copy)]
enum Position {
    /// The page of this number, as the caller counts.
    Page { number: u64, skipped: u64 },
    /// After a cursor.
    Checkpoint,
}

/// The fields that a list can be sorted by, by their names on the wire.
pub(crate) trait SortField: Copy + PartialEq + 'static {
    /// Names and fields; several names may stand for one field.
    const FIELDS: &'static [(&'static str, Self)];
}

impl SortField for UserSort {
    const FIELDS: &'static [(&'static str, Self)] = &[
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
        ("last_login", Self::LastLoginAt),
        ("email", Self::Email),
        ("name", Self::Name),
    ];
}

impl SortField for ByName {
    const FIELDS: &'static [(&'static str, Self)] =
        &[("created_at", Self::CreatedAt), ("name", Self::Name)];
}

impl SortField for ByAge {
    const FIELDS: &'static [(&'static str, Self)] =
        &[("created_at", Self::CreatedAt), ("date", Self::CreatedAt)];
}

impl ListParameters<'_> {
    /// Reads the parameters as `prefix` means them.
    pub(crate) fn read<F: SortField>(&self, prefix: Prefix) -> Result<Paging<F>, Refusal> {
        let order = self.sort.map(sort).transpose()?.unwrap_or_default();
        let checkpoint = self.from.is_some() || self.take.is_some();
        let (listing, position) = if checkpoint {
            (self.checkpoint(order)?, Position::Checkpoint)
        } else {
            self.numbered(prefix, order)?
        };
        Ok(Paging {
            listing,
            include_totals: self.include_totals == Some(true),
            projection: Projection::new(self.fields, self.include_fields),
            position,
        })
    }

    fn numbered<F>(
        &self,
        prefix: Prefix,
        order: Vec<SortKey<F>>,
    ) -> Result<(Listing<F>, Position), Refusal> {
        let limit = self.limit(prefix)?;
        let (number, before) = match (prefix, self.page) {
            (Prefix::V1, None | Some(0)) => (1, 0),
            (Prefix::V1, Some(page)) => (page, page - 1),
            (Prefix::V2, page) => (page.unwrap_or_default(), page.unwrap_or_default()),
        };
        let skipped = before
            .checked_mul(u64::from(limit))
            .filter(|skipped| *skipped <= Listing::<F>::MAX_SKIP)
            .ok_or_else(|| refuse("page", "is too far into the list: use from and take"))?;
        let start = Start::Skip(skipped);
        let listing = Listing { order, start, limit, with_total: true };
        Ok((listing, Position::Page { number, skipped }))
    }

    /// Authok caps the size of a page, Auth0 refuses one that is too large.
    fn limit(&self, prefix: Prefix) -> Result<u32, Refusal> {
        let (name, size) = match (self.page_size, self.per_page) {
            (Some(_), Some(_)) => {
                return Err(refuse("per_page", "is the same as page_size: send one of them"));
            }
            (Some(size), None) => ("page_size", size),
            (None, Some(size)) => ("per_page", size),
            (None, None) => return Ok(if prefix == Prefix::V1 { 10 } else { 50 }),
        };
        limited(name, size, prefix)
    }

    fn checkpoint<F>(&self, order: Vec<SortKey<F>>) -> Result<Listing<F>, Refusal> {
        if self.page.is_some() {
            return Err(refuse("page", "does not go with from and take"));
        }
        if order.len() > 1 {
            return Err(refuse("sort", "may name one field with from and take"));
        }
        let limit = limited("take", self.take.unwrap_or(50), Prefix::V2)?;
        let start = match self.from.filter(|from| !from.is_empty()) {
            Some(from) => Start::After(unwrap_cursor(from)?),
            None => Start::Skip(0),
        };
        Ok(Listing { order, start, limit, with_total: false })
    }
}

/// The longest page of the dialect.
const LONGEST_PAGE: u32 = 100;

/// `size` as a limit: at least 1; more than the longest page is cut on `/api/v1`, refused on
/// `/api/v2`.
pub(crate) fn limited(name: &str, size: u64, prefix: Prefix) -> Result<u32, Refusal> {
    let most = LONGEST_PAGE;
    match u32::try_from(size) {
        Ok(0) => Err(refuse(name, "must be at least 1")),
        Ok(size) if size <= most => Ok(size),
        _ if prefix == Prefix::V1 => Ok(most),
        _ => Err(refuse(name, &format!("must be at most {most}"))),
    }
}

fn refuse(field: &str, reason: &str) -> Refusal {
    Refusal::query(Some(field.to_owned()), reason)
}

/// Reads `-created_at:name`, the same with blanks or commas, and `created_at:-1`.
fn sort<F: SortField>(text: &str) -> Result<Vec<SortKey<F>>, Refusal> {
    let mut keys: Vec<SortKey<F>> = Vec::new();
    for token in text.split([':', ' ', ',']).filter(|token| !token.is_empty()) {
        match (token, keys.last_mut()) {
            ("1", Some(key)) => key.direction = Direction::Ascending,
            ("-1", Some(key)) => key.direction = Direction::Descending,
            _ => keys.push(sort_key(token)?),
        }
    }
    if keys.len() > MOST_SORT_KEYS {
        return Err(refuse("sort", &format!("may name at most {MOST_SORT_KEYS} fields")));
    }
    Ok(keys)
}

fn sort_key<F: SortField>(token: &str) -> Result<SortKey<F>, Refusal> {
    let (name, direction) = match token.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (token.strip_prefix('+').unwrap_or(token), Direction::Ascending),
    };
    if let Some((_, field)) = F::FIELDS.iter().find(|(known, _)| *known == name) {
        return Ok(SortKey { field: *field, direction });
    }
    let names: Vec<_> = F::FIELDS.iter().map(|(name, _)| *name).collect();
    Err(refuse("sort", &format!("may name {}", names.join(", "))))
}

/// A cursor as it travels.
fn wrap_cursor(cursor: &Cursor) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(cursor.to_string())
}

fn unwrap_cursor(text: &str) -> Result<Cursor, Refusal> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let cursor = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let cursor = cursor.and_then(|cursor| cursor.parse().ok());
    cursor.ok_or_else(|| refuse("from", "is not a cursor of this list"))
}

impl Call {
    /// A part of a list: `items` and `meta` as Authok, and with `include_totals` (or in checkpoint
    /// form) Auth0's members and the items again under `key`.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "it ends a handler")]
    pub(crate) fn listed<F, T: Serialize>(
        &self,
        paging: &Paging<F>,
        key: &'static str,
        page: Page<T>,
    ) -> Answer {
        Ok(HttpResponse::Ok().json(Envelope { paging, key, page }))
    }
}

impl<F> Paging<F> {
    /// The same, for a list that is put together anew for every page and so knows no cursors.
    pub(crate) fn numbered(self) -> Result<Self, Refusal> {
        match self.position {
            Position::Page { .. } => Ok(self),
            Position::Checkpoint => Err(refuse("take", "does not fit this list: use page")),
        }
    }
}

/// A part of a list as it is written.
struct Envelope<'p, F, T> {
    paging: &'p Paging<F>,
    key: &'static str,
    page: Page<T>,
}

#[derive(Serialize)]
struct Meta {
    page: u64,
    page_size: u32,
    per_page: u32,
    total: u64,
    start: u64,
    limit: u32,
    length: u64,
}

/// Items of which only some members are written.
struct Items<'i, T>(&'i [T], &'i Projection);

impl<T: Serialize> Serialize for Items<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|item| self.1.of(item)))
    }
}

impl<F, T: Serialize> Serialize for Envelope<'_, F, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items = Items(&self.page.items, &self.paging.projection);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("items", &items)?;
        let Position::Page { number, skipped } = self.paging.position else {
            map.serialize_entry(self.key, &items)?;
            if let Some(next) = &self.page.next {
                map.serialize_entry("next", &wrap_cursor(next))?;
            }
            return map.end();
        };
        let length = self.page.items.len() as u64;
        let limit = self.paging.listing.limit;
        let total = self.page.total.unwrap_or(skipped + length);
        let meta = Meta {
            page: number,
            page_size: limit,
            per_page: limit,
            total,
            start: skipped,
            limit,
            length,
        };
        map.serialize_entry("meta", &meta)?;
        if self.paging.include_totals {
            map.serialize_entry("start", &skipped)?;
            map.serialize_entry("limit", &limit)?;
            map.serialize_entry("length", &length)?;
            map.serialize_entry("total", &total)?;
            map.serialize_entry(self.key, &items)?;
        }
        map.end()
    }
}

/// Values of a repeatable parameter, of which each may be a comma list.
pub(crate) fn each(values: &[String]) -> impl Iterator<Item = &str> {
    let parts = values.iter().flat_map(|value| value.split(','));
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// A filter that was sent, and not empty.
pub(crate) fn given(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}

/// Refuses a query language that is not understood yet: never a wrong list.
pub(crate) fn refuse_search(q: Option<&str>) -> Result<(), Refusal> {
    match q {
        None | Some("") => Ok(()),
        Some(_) => Err(refuse("q", "searching is not supported yet: use the list's filters")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parameters: &ListParameters<'_>, prefix: Prefix) -> Result<Paging<ByName>, String> {
        parameters.read(prefix).map_err(|refusal| refusal.message().into_owned())
    }

    fn start(page: Option<u64>, prefix: Prefix) -> Start {
        let parameters = ListParameters { page, per_page: Some(5), ..Default::default() };
        read(&parameters, prefix).unwrap().listing.start
    }

    #[test]
    fn pages_count_from_one_or_from_zero() {
        for (page, v1, v2) in [(None, 0, 0), (Some(0), 0, 0), (Some(1), 0, 5), (Some(3), 10, 15)] {
            assert_eq!(start(page, Prefix::V1), Start::Skip(v1));
            assert_eq!(start(page, Prefix::V2), Start::Skip(v2));
        }
    }

    #[test]
    fn sizes_have_a_default_and_a_limit() {
        let size = |per_page, prefix| {
            let parameters = ListParameters { per_page, ..Default::default() };
            read(&parameters, prefix).map(|paging| paging.listing.limit)
        };
        assert_eq!(size(None, Prefix::V1), Ok(10));
        assert_eq!(size(None, Prefix::V2), Ok(50));
        assert_eq!(size(Some(u64::MAX), Prefix::V1), Ok(100));
        assert!(size(Some(101), Prefix::V2).is_err());
        assert!(size(Some(0), Prefix::V1).is_err());
    }

    #[test]
    fn a_page_beyond_every_list_is_refused() {
        for page in [u64::MAX, 1 << 31] {
            let parameters = ListParameters { page: Some(page), ..Default::default() };
            assert!(read(&parameters, Prefix::V1).unwrap_err().starts_with("page: "));
        }
    }

    #[test]
    fn all_three_ways_to_sort_are_read() {
        let keys = |text: &str| -> Vec<(ByName, Direction)> {
            let keys = sort::<ByName>(text).unwrap();
            keys.into_iter().map(|key| (key.field, key.direction)).collect()
        };
        let expected =
            vec![(ByName::CreatedAt, Direction::Descending), (ByName::Name, Direction::Ascending)];
        for text in ["-created_at:name", "-created_at name", "created_at:-1:name:1"] {
            assert_eq!(keys(text), expected, "{text}");
        }
        assert_eq!(keys(""), []);
        let refusal = sort::<ByName>("shoe_size").unwrap_err();
        assert_eq!(refusal.message(), "sort: may name created_at, name");
        assert!(sort::<ByName>("1:name").is_err());
        assert!(sort::<ByName>(&"name:".repeat(6)).is_err());
    }

    #[test]
    fn cursors_travel_opaquely() {
        let parameters = ListParameters { from: Some("%%%"), ..Default::default() };
        assert!(read(&parameters, Prefix::V2).is_err());
        let cursor: Cursor = "01j00000000000000000000001s李雷".parse().unwrap();
        assert_eq!(unwrap_cursor(&wrap_cursor(&cursor)).unwrap(), cursor);
    }
}
