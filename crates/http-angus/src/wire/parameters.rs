//! The parameters of a query, whatever their names.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use citizenry_http_kit::query;
use citizenry_identity::Number;

use super::{
    error::{Fault, Own},
    ids,
};

/// The parameters of a query. Those that nobody asks for are passed over.
#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, Vec<String>>);

impl FromRequest for Parameters {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request.query_string()))
    }
}

impl Parameters {
    /// Reads a query.
    pub(crate) fn read(query: &str) -> Result<Self, Fault> {
        Ok(Self(query::parse(query)?))
    }

    /// The value of `name`, if it was sent and is not blank.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Own> {
        match self.0.get(name).map(Vec::as_slice) {
            None => Ok(None),
            Some([value]) => Ok(Some(value.as_str()).filter(|value| !value.trim().is_empty())),
            Some(_) => Err(Own::invalid(name, "stands several times")),
        }
    }

    /// The value of `name`, of at most `most` characters.
    pub(crate) fn short(&self, name: &str, most: usize) -> Result<Option<&str>, Own> {
        let text = self.text(name)?;
        match text {
            Some(text) if text.chars().count() > most => {
                Err(Own::invalid(name, &format!("must be at most {most} characters long")))
            }
            text => Ok(text),
        }
    }

    /// The value of `name`, of at most `most` characters, which must be there.
    pub(crate) fn required(&self, name: &str, most: usize) -> Result<&str, Own> {
        self.short(name, most)?.ok_or_else(|| Own::missing(name))
    }

    /// The whole number that `name` must be.
    pub(crate) fn required_number(&self, name: &str) -> Result<Number, Own> {
        let text = self.required(name, 20)?;
        let number = text.trim().parse().map_err(|_no_number| not_a_number(name))?;
        Ok(ids::number(number))
    }

    /// The whole number within `range` that `name` is, or `usual`.
    pub(crate) fn within(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
        usual: u32,
    ) -> Result<u32, Own> {
        let Some(text) = self.text(name)? else { return Ok(usual) };
        match text.trim().parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => {
                let (least, most) = (range.start(), range.end());
                Err(Own::invalid(name, &format!("must be within {least} and {most}")))
            }
        }
    }

    /// The word of `words` that `name` is, in any case.
    pub(crate) fn word(
        &self,
        name: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, Own> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(text.trim()));
        known
            .copied()
            .map(Some)
            .ok_or_else(|| Own::invalid(name, &format!("must be one of {}", words.join(", "))))
    }

    /// The numbers that `name` names, repeated or separated by commas: at most 200 that differ.
    pub(crate) fn ids(&self, name: &str) -> Result<Vec<Number>, Own> {
        let values = self.0.get(name).ok_or_else(|| Own::missing(name))?;
        let parts = values.iter().flat_map(|value| value.split(','));
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        let read = parts.map(|part| part.parse().map_err(|_no_number| not_a_number(name)));
        let numbers: Vec<i64> = read.collect::<Result<_, _>>()?;
        if numbers.len() > 200 {
            return Err(Own::invalid(name, "must be at most 200"));
        }
        ids::distinct(name, &numbers)
    }

    /// All parameters, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

fn not_a_number(name: &str) -> Own {
    Own::invalid(name, "must be a whole number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Parameters {
        Parameters::read(query).unwrap()
    }

    #[test]
    fn numbers_are_read_repeated_and_separated_by_commas() {
        let read = |query: &str| {
            let numbers = parameters(query).ids("ids").map_err(|own| own.key)?;
            Ok::<_, &str>(numbers.into_iter().map(Number::get).collect::<Vec<_>>())
        };
        assert_eq!(read("ids=1,2&ids=3"), Ok(vec![1, 2, 3]));
        assert_eq!(read("ids="), Ok(vec![]));
        assert_eq!(read(""), Err("param_missing"));
        for wrong in ["ids=x", "ids=1,1", "ids=1&ids=1", "ids=1.5"] {
            assert_eq!(read(wrong), Err("param_validation_error"), "{wrong}");
        }
        let many = |count: usize| {
            let ids: Vec<String> = (1..=count).map(|id| id.to_string()).collect();
            read(&format!("ids={}", ids.join(",")))
        };
        assert_eq!(many(200).unwrap().len(), 200);
        assert_eq!(many(201), Err("param_validation_error"));
    }

    #[test]
    fn numbers_out_of_range_and_values_twice_are_refused() {
        let page = |query: &str| parameters(query).within("pageNo", 1..=100_000, 1);
        assert_eq!(page(""), Ok(1));
        assert_eq!(page("pageNo="), Ok(1));
        assert_eq!(page("pageNo=100000"), Ok(100_000));
        for wrong in ["pageNo=0", "pageNo=100001", "pageNo=-1", "pageNo=x", "pageNo=1&pageNo=1"] {
            assert!(page(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_are_known_in_any_case() {
        let word = |query: &str| parameters(query).word("orderSort", &["ASC", "DESC"]);
        assert_eq!(word("orderSort=asc"), Ok(Some("ASC")));
        assert_eq!(word("orderSort="), Ok(None));
        assert!(word("orderSort=up").is_err());
    }
}
