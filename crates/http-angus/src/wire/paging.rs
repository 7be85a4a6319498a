//! Lists: the vendor's parameters ↔ conditions and [`Listing`], and `{total, list}`.

use citizenry_directory::Conditions;
use citizenry_identity::{Direction, Listing, Page, SortKey, Start};
use serde::Serialize;

use super::{
    answer::{Answer, Answers},
    error::{Fault, Own},
    filters::{self, Column, Terms},
    parameters::Parameters,
};

/// What a list can be filtered and sorted by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListShape<F: 'static, S: 'static> {
    /// The fields that it can be filtered by.
    pub(crate) columns: &'static [Column<F>],
    /// The fields that it can be sorted by; `createdDate` among them.
    pub(crate) orders: &'static [(&'static str, S)],
    /// For a search, the fields that a `MATCH` looks into.
    pub(crate) search: Option<&'static [F]>,
}

/// What part of a list is asked for.
#[derive(Debug)]
pub(crate) struct List<F, S> {
    pub(crate) conditions: Conditions<F>,
    pub(crate) listing: Listing<S>,
}

impl<F: Copy, S: Copy> ListShape<F, S> {
    /// Reads the parameters of a request that `call` is about.
    pub(crate) fn read(
        &self,
        parameters: &Parameters,
        call: &impl Answers,
    ) -> Result<List<F, S>, Fault> {
        let voice = call.voice();
        let terms = Terms { zone: voice.zone(), now: voice.now()? };
        let conditions = filters::read(parameters, self.columns, self.search, terms)?;
        Ok(List { conditions, listing: self.listing(parameters)? })
    }

    fn listing(&self, parameters: &Parameters) -> Result<Listing<S>, Own> {
        let number = parameters.within("pageNo", 1..=100_000, 1)?;
        let size = parameters.within("pageSize", 1..=2_000, 10)?;
        // Whatever it says, the vendor shows the same.
        parameters.word("infoScope", &["BASIC", "DETAIL"])?;
        let order = parameters.short("orderBy", 80)?.unwrap_or("createdDate");
        let known = self.orders.iter().find(|(name, _)| *name == order.trim());
        let (_, field) = known.ok_or_else(|| Own::unsupported("unsupported_order_by", order))?;
        let direction = match parameters.word("orderSort", &["ASC", "DESC"])? {
            Some("ASC") => Direction::Ascending,
            _ => Direction::Descending,
        };
        Ok(Listing {
            order: vec![SortKey { field: *field, direction }],
            start: Start::Skip(u64::from(number - 1) * u64::from(size)),
            limit: size,
            with_total: true,
        })
    }
}

/// A part of a list as it is written.
#[derive(Debug, Serialize)]
struct TotalAndList<T> {
    total: u64,
    list: Vec<T>,
}

/// 200 with a part of a list. Past the end its total is 0, as the vendor has it.
pub(crate) fn listed<T: Serialize>(call: &impl Answers, page: Page<T>) -> Answer {
    let total = if page.items.is_empty() { 0 } else { page.total.unwrap_or_default() };
    call.shown(TotalAndList { total, list: page.items })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Sort {
        CreatedAt,
        Name,
    }

    const SHAPE: ListShape<(), Sort> = ListShape {
        columns: &[],
        orders: &[("createdDate", Sort::CreatedAt), ("fullName", Sort::Name)],
        search: None,
    };

    fn listing(query: &str) -> Result<Listing<Sort>, &'static str> {
        SHAPE.listing(&Parameters::read(query).unwrap()).map_err(|own| own.key)
    }

    #[test]
    fn pages_count_from_one_and_the_newest_comes_first() {
        let first = listing("").unwrap();
        let newest = SortKey { field: Sort::CreatedAt, direction: Direction::Descending };
        assert_eq!((first.start, first.limit, first.order), (Start::Skip(0), 10, vec![newest]));
        let third = listing("pageNo=3&pageSize=2000&orderBy=fullName&orderSort=asc").unwrap();
        let name = SortKey { field: Sort::Name, direction: Direction::Ascending };
        assert_eq!((third.start, third.order), (Start::Skip(4_000), vec![name]));
        let last = listing("pageNo=100000&pageSize=2000").unwrap().start;
        assert!(matches!(last, Start::Skip(skip) if skip <= Listing::<Sort>::MAX_SKIP));
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for (query, key) in [
            ("pageNo=0", "param_validation_error"),
            ("pageSize=2001", "param_validation_error"),
            ("orderSort=UP", "param_validation_error"),
            ("infoScope=ALL", "param_validation_error"),
            ("orderBy=title", "unsupported_order_by"),
        ] {
            assert_eq!(listing(query).unwrap_err(), key, "{query}");
        }
    }
}
