//! Lists: a bare array, or with page parameters a part of it with the total.

use actix_web::HttpResponse;
use citizenry_http_kit::Refusal;
use citizenry_identity::{Direction, Listing, Page, SortKey, Start};
use serde::{Deserialize, Serialize};

use super::answer::Answer;

/// The page size when only `page` is given.
const USUAL_SIZE: u64 = 10;
/// The largest page size.
const LARGEST_SIZE: u64 = 1_000;
/// How many items of a bare array are read at once.
const PIECE: u32 = 200;

/// The parameters that every list method takes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ListQuery {
    pub(crate) page: Option<u64>,
    pub(crate) page_size: Option<u64>,
    pub(crate) sort_by: Option<String>,
    pub(crate) descending: Option<String>,
    pub(crate) search: Option<String>,
}

/// The JSON properties that a list can be sorted by, and the order of each.
pub(crate) type Sortable<F> = [(&'static str, F)];

/// Which part of a list is asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Part<F> {
    /// All of it, a piece at a time.
    All(Listing<F>),
    /// The page of that number.
    Page(u64, Listing<F>),
}

impl ListQuery {
    /// The part of a list that is asked for. Without `sortBy`, the first of `sortable` is the order.
    pub(crate) fn part<F: Copy>(&self, sortable: &Sortable<F>) -> Result<Part<F>, Refusal> {
        let order = self.order(sortable)?;
        if self.page.is_none() && self.page_size.is_none() {
            return Ok(Part::All(Listing { order, ..Listing::first(PIECE) }));
        }
        let size = self.page_size.unwrap_or(USUAL_SIZE);
        if !(1..=LARGEST_SIZE).contains(&size) {
            return Err(refuse("pageSize", &format!("must be 1 to {LARGEST_SIZE}")));
        }
        let page = self.page.unwrap_or_default();
        let skipped = page.checked_mul(size).filter(|skip| *skip <= Listing::<F>::MAX_SKIP);
        let skipped = skipped.ok_or_else(|| refuse("page", "lies beyond every list"))?;
        let limit = u32::try_from(size).unwrap_or(u32::MAX);
        let start = Start::Skip(skipped);
        let listing = Listing { order, start, with_total: true, ..Listing::first(limit) };
        Ok(Part::Page(page, listing))
    }

    fn order<F: Copy>(&self, sortable: &Sortable<F>) -> Result<Vec<SortKey<F>>, Refusal> {
        let direction = self.direction()?;
        let found = match &self.sort_by {
            None => sortable.first(),
            Some(name) => {
                Some(sortable.iter().find(|(known, _)| known == name).ok_or_else(|| {
                    let names: Vec<_> = sortable.iter().map(|(name, _)| *name).collect();
                    refuse("sortBy", &format!("may be {}", names.join(", ")))
                })?)
            }
        };
        Ok(found.map(|(_, field)| SortKey { field: *field, direction }).into_iter().collect())
    }

    /// A bare `descending` means true.
    fn direction(&self) -> Result<Direction, Refusal> {
        match self.descending.as_deref() {
            None => Ok(Direction::Ascending),
            Some("") => Ok(Direction::Descending),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Direction::Descending),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Direction::Ascending),
            Some(_) => Err(refuse("descending", "must be true or false")),
        }
    }

    /// What is searched for; nothing when it is empty.
    pub(crate) fn search(&self) -> Option<&str> {
        self.search.as_deref().filter(|text| !text.is_empty())
    }
}

pub(crate) fn refuse(parameter: &str, reason: &str) -> Refusal {
    Refusal::query(Some(parameter.to_owned()), reason)
}

/// A page as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageBody<T> {
    total: u64,
    page: u64,
    page_size: u32,
    list: Vec<T>,
}

/// The page `number` of a list, `size` items at the most.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
pub(crate) fn paged<T: Serialize>(number: u64, page_size: u32, page: Page<T>) -> Answer {
    let total = page.total.unwrap_or(page.items.len() as u64);
    let body = PageBody { total, page: number, page_size, list: page.items };
    Ok(HttpResponse::Ok().json(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SORTABLE: &Sortable<char> = &[("userId", 'n'), ("email", 'e')];

    fn query(text: &str) -> Result<Part<char>, String> {
        let query: ListQuery = citizenry_http_kit::query::parse(text).unwrap();
        query.part(SORTABLE).map_err(|refusal| refusal.message().into_owned())
    }

    fn order(text: &str) -> Result<(char, Direction), String> {
        query(text).map(|part| match part {
            Part::All(listing) | Part::Page(_, listing) => {
                let key = listing.order.first().unwrap();
                (key.field, key.direction)
            }
        })
    }

    #[test]
    fn either_parameter_pages() {
        let page = |text| match query(text).unwrap() {
            Part::Page(page, listing) => Some((page, listing.start, listing.limit)),
            Part::All(_) => None,
        };
        assert_eq!(page(""), None);
        assert_eq!(page("page=0"), Some((0, Start::Skip(0), 10)));
        assert_eq!(page("page=3"), Some((3, Start::Skip(30), 10)));
        assert_eq!(page("pageSize=7"), Some((0, Start::Skip(0), 7)));
        assert_eq!(page("page=2&pageSize=1000"), Some((2, Start::Skip(2_000), 1_000)));
    }

    #[test]
    fn sizes_and_pages_out_of_bounds_are_refused() {
        for text in ["pageSize=0", "pageSize=1001", "pageSize=18446744073709551615"] {
            assert_eq!(query(text).unwrap_err(), "pageSize: must be 1 to 1000", "{text}");
        }
        for text in ["page=18446744073709551615", "page=200000001"] {
            assert_eq!(query(text).unwrap_err(), "page: lies beyond every list", "{text}");
        }
    }

    #[test]
    fn an_order_is_one_indexed_property_and_a_direction() {
        use Direction::{Ascending, Descending};
        assert_eq!(order(""), Ok(('n', Ascending)));
        assert_eq!(order("sortBy=email&descending"), Ok(('e', Descending)));
        assert_eq!(order("sortBy=email&descending=True"), Ok(('e', Descending)));
        assert_eq!(order("descending=FALSE"), Ok(('n', Ascending)));
        assert_eq!(order("sortBy=title").unwrap_err(), "sortBy: may be userId, email");
        assert_eq!(order("descending=1").unwrap_err(), "descending: must be true or false");
    }
}
