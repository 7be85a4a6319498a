//! `filters[i].key|op|value` and plain parameters ↔ [`Conditions`].

use std::collections::{BTreeMap, BTreeSet};

use citizenry_directory::{Condition, Conditions, Search, Test, Value};
use citizenry_identity::{TimeZone, Timestamp};

use super::{error::Own, parameters::Parameters, times};

/// The most filters of one query.
const MOST_FILTERS: usize = 20;
/// The most values of one list.
const MOST_VALUES: usize = 1_000;
/// The longest name of a field.
const LONGEST_KEY: usize = 100;

/// A field that a list can be filtered by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<F> {
    name: &'static str,
    field: F,
    values: Values,
    /// Whether it takes ranges.
    ranges: bool,
    /// Whether it takes `MATCH` and `MATCH_END`.
    matches: bool,
}

/// What the values of a field look like.
#[derive(Debug, Clone, Copy)]
enum Values {
    Number,
    Text,
    /// Digits, in which blanks mean nothing.
    Digits,
    Flag,
    Time,
    /// One of the words of the wire, each with the word that is stored.
    Words(&'static [(&'static str, &'static str)]),
    /// Whether a window of time contains the present.
    HoldsNow,
}

impl<F> Column<F> {
    /// A field with whole numbers.
    pub(crate) const fn number(name: &'static str, field: F) -> Self {
        Self { name, field, values: Values::Number, ranges: false, matches: false }
    }

    /// A field with texts.
    pub(crate) const fn text(name: &'static str, field: F) -> Self {
        Self { name, field, values: Values::Text, ranges: false, matches: false }
    }

    /// A field with digits, in which blanks mean nothing.
    pub(crate) const fn digits(name: &'static str, field: F) -> Self {
        Self { name, field, values: Values::Digits, ranges: false, matches: false }
    }

    /// A field that is true or false.
    pub(crate) const fn flag(name: &'static str, field: F) -> Self {
        Self { name, field, values: Values::Flag, ranges: false, matches: false }
    }

    /// A field with points in time.
    pub(crate) const fn time(name: &'static str, field: F) -> Self {
        Self { name, field, values: Values::Time, ranges: false, matches: false }
    }

    /// A field with one of a list of words, each with the word that is stored.
    pub(crate) const fn words(
        name: &'static str,
        field: F,
        words: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { name, field, values: Values::Words(words), ranges: false, matches: false }
    }

    /// A flag that says whether a window of time contains the present.
    pub(crate) const fn holds_now(name: &'static str, field: F) -> Self {
        Self { name, field, values: Values::HoldsNow, ranges: false, matches: false }
    }

    /// The same, with ranges.
    pub(crate) const fn ranged(self) -> Self
    where
        F: Copy,
    {
        Self { ranges: true, ..self }
    }

    /// The same, with `MATCH` and `MATCH_END`.
    pub(crate) const fn matched(self) -> Self
    where
        F: Copy,
    {
        Self { matches: true, ..self }
    }
}

/// The fourteen operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operator {
    GreaterThan,
    LessThan,
    GreaterThanEqual,
    LessThanEqual,
    Equal,
    NotEqual,
    Match,
    MatchEnd,
    NotMatch,
    NotMatchEnd,
    In,
    NotIn,
    IsNull,
    IsNotNull,
}

const OPERATORS: [(&str, Operator); 14] = [
    ("GREATER_THAN", Operator::GreaterThan),
    ("LESS_THAN", Operator::LessThan),
    ("GREATER_THAN_EQUAL", Operator::GreaterThanEqual),
    ("LESS_THAN_EQUAL", Operator::LessThanEqual),
    ("EQUAL", Operator::Equal),
    ("NOT_EQUAL", Operator::NotEqual),
    ("MATCH", Operator::Match),
    ("MATCH_END", Operator::MatchEnd),
    ("NOT_MATCH", Operator::NotMatch),
    ("NOT_MATCH_END", Operator::NotMatchEnd),
    ("IN", Operator::In),
    ("NOT_IN", Operator::NotIn),
    ("IS_NULL", Operator::IsNull),
    ("IS_NOT_NULL", Operator::IsNotNull),
];

impl Operator {
    fn read(field: &str, text: &str) -> Result<Self, Own> {
        let known = OPERATORS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        let unknown = || Own::invalid(field, "is no operator");
        known.map(|(_, operator)| *operator).ok_or_else(unknown)
    }

    const fn takes_a_value(self) -> bool {
        !matches!(self, Self::IsNull | Self::IsNotNull)
    }
}

/// What times and present a filter is read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'t> {
    /// The time zone of times that carry none.
    pub(crate) zone: &'t TimeZone,
    /// The present.
    pub(crate) now: Timestamp,
}

/// One filter as it was sent.
#[derive(Debug, Default)]
struct Sent<'p> {
    key: Option<&'p str>,
    operator: Option<&'p str>,
    value: Option<&'p str>,
}

/// One filter that counts.
struct Filter<'p, F> {
    column: &'p Column<F>,
    operator: Operator,
    value: &'p str,
}

/// Reads the filters and plain parameters of a list with these columns. With `search`, the first
/// `MATCH` looks for its value in all of those fields.
pub(crate) fn read<F: Copy>(
    parameters: &Parameters,
    columns: &[Column<F>],
    search: Option<&[F]>,
    terms: Terms<'_>,
) -> Result<Conditions<F>, Own> {
    let mut conditions = Conditions::default();
    for filter in counting(parameters, columns)? {
        match search {
            Some(fields)
                if filter.operator == Operator::Match
                    && filter.column.matches
                    && conditions.search.is_none() =>
            {
                let (text, fields) = (filter.value.to_owned(), fields.to_vec());
                conditions.search = Some(Search { text, fields });
            }
            _ => filter.tests(terms)?.into_iter().for_each(|test| {
                conditions.all.push(Condition::new(filter.column.field, test));
            }),
        }
    }
    Ok(conditions)
}

/// The filters that count: complete ones, of the same key and operator the first, and for plain
/// parameters without an `EQUAL` of the same key one of those.
fn counting<'p, F>(
    parameters: &'p Parameters,
    columns: &'p [Column<F>],
) -> Result<Vec<Filter<'p, F>>, Own> {
    let mut seen = BTreeSet::new();
    let mut filters = Vec::new();
    for (index, sent) in sent(parameters)? {
        let (Some(key), Some(operator)) = (sent.key, sent.operator) else { continue };
        let operator = Operator::read(&format!("filters[{index}].op"), operator)?;
        let value = match sent.value {
            None if operator.takes_a_value() => continue,
            value => value.unwrap_or_default(),
        };
        if key.chars().count() > LONGEST_KEY {
            return Err(Own::invalid(&format!("filters[{index}].key"), "must be at most 100 long"));
        }
        let known = columns.iter().find(|column| column.name.eq_ignore_ascii_case(key.trim()));
        let column = known.ok_or_else(|| Own::unsupported("unsupported_filter_field", key))?;
        if seen.insert((column.name, operator)) {
            filters.push(Filter { column, operator, value });
        }
    }
    for column in columns {
        if let Some(value) = parameters.text(column.name)?
            && seen.insert((column.name, Operator::Equal))
        {
            filters.push(Filter { column, operator: Operator::Equal, value });
        }
    }
    Ok(filters)
}

/// `filters[i].key|op|value`, by `i`.
fn sent(parameters: &Parameters) -> Result<BTreeMap<usize, Sent<'_>>, Own> {
    let mut all: BTreeMap<usize, Sent<'_>> = BTreeMap::new();
    for (name, _) in parameters.iter() {
        let Some(rest) = name.strip_prefix("filters[") else { continue };
        let Some((index, member)) = rest.split_once("].") else { continue };
        let index = match index.parse() {
            Ok(index) if index < MOST_FILTERS => index,
            _ => return Err(Own::invalid("filters", "must be at most 20, counted from 0")),
        };
        let value = parameters.text(name)?;
        let filter = all.entry(index).or_default();
        match member {
            "key" => filter.key = value,
            "op" => filter.operator = value,
            "value" => filter.value = value,
            _ => {}
        }
    }
    Ok(all)
}

impl<F> Filter<'_, F> {
    /// The tests that together say the same.
    fn tests(&self, terms: Terms<'_>) -> Result<Vec<Test>, Own> {
        match self.column.values {
            Values::Time => self.times(terms),
            Values::HoldsNow => Ok(vec![self.holds(terms)?]),
            Values::Number | Values::Text | Values::Digits | Values::Flag | Values::Words(_) => {
                Ok(vec![self.test()?])
            }
        }
    }

    fn test(&self) -> Result<Test, Own> {
        let ranged = |test: fn(Value) -> Test| {
            if self.column.ranges {
                Ok(test(self.value(self.value)?))
            } else {
                Err(self.no_range())
            }
        };
        Ok(match self.operator {
            Operator::GreaterThan => ranged(Test::Greater)?,
            Operator::LessThan => ranged(Test::Less)?,
            Operator::GreaterThanEqual => ranged(Test::AtLeast)?,
            Operator::LessThanEqual => ranged(Test::AtMost)?,
            Operator::Equal => Test::Equal(self.value(self.value)?),
            Operator::NotEqual => Test::NotEqual(self.value(self.value)?),
            Operator::Match => Test::Contains(self.matched(self.column.matches)?),
            Operator::MatchEnd => Test::StartsWith(self.matched(self.column.matches)?),
            Operator::NotMatch => Test::NotContains(self.matched(true)?),
            Operator::NotMatchEnd => Test::NotStartsWith(self.matched(true)?),
            Operator::In => Test::In(self.list()?),
            Operator::NotIn => Test::NotIn(self.list()?),
            Operator::IsNull => Test::IsNull,
            Operator::IsNotNull => Test::IsNotNull,
        })
    }

    /// Times are told in seconds, so each value is a second long.
    fn times(&self, terms: Terms<'_>) -> Result<Vec<Test>, Own> {
        match self.operator {
            Operator::IsNull => return Ok(vec![Test::IsNull]),
            Operator::IsNotNull => return Ok(vec![Test::IsNotNull]),
            Operator::Match | Operator::MatchEnd | Operator::NotMatch | Operator::NotMatchEnd => {
                return Err(self.no_match());
            }
            _ => {}
        }
        let start = times::read(self.value.trim(), terms.zone);
        let start = start.ok_or_else(|| self.unreadable("must be a time, yyyy-MM-dd HH:mm:ss"))?;
        let (start, end) = (Value::Time(start), Value::Time(start.plus_seconds(1)));
        let is_range = !matches!(
            self.operator,
            Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn
        );
        if is_range && !self.column.ranges {
            return Err(self.no_range());
        }
        match self.operator {
            Operator::Equal => Ok(vec![Test::AtLeast(start), Test::Less(end)]),
            Operator::GreaterThan => Ok(vec![Test::AtLeast(end)]),
            Operator::GreaterThanEqual => Ok(vec![Test::AtLeast(start)]),
            Operator::LessThan => Ok(vec![Test::Less(start)]),
            Operator::LessThanEqual => Ok(vec![Test::Less(end)]),
            _ => Err(self.unreadable("takes ranges and EQUAL")),
        }
    }

    fn holds(&self, terms: Terms<'_>) -> Result<Test, Own> {
        let now = Value::Time(terms.now);
        match (self.operator, flag(self.value)) {
            (Operator::Equal, Some(true)) | (Operator::NotEqual, Some(false)) => {
                Ok(Test::Equal(now))
            }
            (Operator::Equal, Some(false)) | (Operator::NotEqual, Some(true)) => {
                Ok(Test::NotEqual(now))
            }
            (Operator::Equal | Operator::NotEqual, None) => {
                Err(self.unreadable("must be true or false"))
            }
            _ => Err(self.unreadable("takes EQUAL and NOT_EQUAL")),
        }
    }

    fn matched(&self, allowed: bool) -> Result<String, Own> {
        match self.column.values {
            Values::Text if allowed => Ok(self.value.to_owned()),
            Values::Digits if allowed => Ok(without_blanks(self.value)),
            _ => Err(self.no_match()),
        }
    }

    /// The values of `1,2`, `[1,2]` or `["a","b"]`.
    fn list(&self) -> Result<Vec<Value>, Own> {
        let bare = self.value.trim();
        let bare = bare.strip_prefix('[').unwrap_or(bare);
        let bare = bare.strip_suffix(']').unwrap_or(bare);
        let parts = bare.split(',').map(|part| part.trim().trim_matches('"'));
        let values = parts.filter(|part| !part.is_empty()).map(|part| self.value(part));
        let values: Vec<Value> = values.collect::<Result<_, _>>()?;
        if values.len() > MOST_VALUES {
            return Err(self.unreadable("must be at most 1000 values"));
        }
        Ok(values)
    }

    fn value(&self, text: &str) -> Result<Value, Own> {
        match self.column.values {
            Values::Text | Values::Time | Values::HoldsNow => Ok(Value::Text(text.to_owned())),
            Values::Digits => Ok(Value::Text(without_blanks(text))),
            Values::Number => {
                let number = text.trim().parse();
                number.map(Value::Number).map_err(|_no| self.unreadable("must be a whole number"))
            }
            Values::Flag => {
                let unreadable = || self.unreadable("must be true or false");
                flag(text).map(Value::Flag).ok_or_else(unreadable)
            }
            Values::Words(words) => {
                let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
                let stored = known.map(|(_, stored)| Value::from(*stored));
                stored.ok_or_else(|| self.unreadable("is not one of the words of this field"))
            }
        }
    }

    fn unreadable(&self, reason: &str) -> Own {
        Own::invalid(self.column.name, reason)
    }

    fn no_range(&self) -> Own {
        Own::unsupported("unsupported_range_filter", self.column.name)
    }

    fn no_match(&self) -> Own {
        Own::unsupported("unsupported_match_filter", self.column.name)
    }
}

fn flag(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Field {
        Id,
        Name,
        Mobile,
        Enabled,
        Source,
        Created,
        Locked,
    }

    const COLUMNS: &[Column<Field>] = &[
        Column::number("id", Field::Id).ranged(),
        Column::text("fullName", Field::Name).matched(),
        Column::digits("mobile", Field::Mobile).matched(),
        Column::flag("enabled", Field::Enabled),
        Column::words("source", Field::Source, &[("BACKGROUND_ADDED", "added")]),
        Column::time("createdDate", Field::Created).ranged(),
        Column::holds_now("locked", Field::Locked),
    ];

    fn all(query: &str, search: Option<&[Field]>) -> Result<Conditions<Field>, &'static str> {
        let parameters = Parameters::read(query).unwrap();
        let zone = TimeZone::parse("Asia/Shanghai").unwrap();
        let now = Timestamp::from_unix_micros(7).unwrap();
        read(&parameters, COLUMNS, search, Terms { zone: &zone, now }).map_err(|own| own.key)
    }

    fn tests(query: &str) -> Result<Vec<(Field, Test)>, &'static str> {
        let conditions = all(query, None)?;
        assert_eq!(conditions.search, None);
        Ok(conditions.all.into_iter().map(|it| (it.field, it.test)).collect())
    }

    fn one(key: &str, operator: &str, value: &str) -> Result<Vec<Test>, &'static str> {
        let query =
            format!("filters[0].key={key}&filters[0].op={operator}&filters[0].value={value}");
        Ok(tests(&query)?.into_iter().map(|(_, test)| test).collect())
    }

    fn time(text: &str) -> Value {
        let zone = TimeZone::parse("Asia/Shanghai").unwrap();
        Value::Time(times::read(text, &zone).unwrap())
    }

    #[test]
    fn each_operator_has_its_test() {
        let text = || "李".to_owned();
        for (operator, test) in [
            ("EQUAL", Test::Equal("李".into())),
            ("not_equal", Test::NotEqual("李".into())),
            ("MATCH", Test::Contains(text())),
            ("MATCH_END", Test::StartsWith(text())),
            ("NOT_MATCH", Test::NotContains(text())),
            ("NOT_MATCH_END", Test::NotStartsWith(text())),
            ("IN", Test::In(vec!["李".into()])),
            ("NOT_IN", Test::NotIn(vec!["李".into()])),
        ] {
            assert_eq!(one("fullName", operator, "李"), Ok(vec![test]), "{operator}");
        }
        for (operator, test) in [
            ("GREATER_THAN", Test::Greater(7.into())),
            ("LESS_THAN", Test::Less(7.into())),
            ("GREATER_THAN_EQUAL", Test::AtLeast(7.into())),
            ("LESS_THAN_EQUAL", Test::AtMost(7.into())),
        ] {
            assert_eq!(one("id", operator, "7"), Ok(vec![test]), "{operator}");
        }
        let null = tests("filters[3].key=mobile&filters[3].op=IS_NULL");
        assert_eq!(null, Ok(vec![(Field::Mobile, Test::IsNull)]));
        let query = "filters[3].key=mobile&filters[3].op=IS_NOT_NULL&filters[3].value=x";
        assert_eq!(tests(query), Ok(vec![(Field::Mobile, Test::IsNotNull)]));
    }

    #[test]
    fn lists_lose_brackets_and_quotes() {
        let ids = Ok(vec![Test::In(vec![1.into(), 2.into()])]);
        for list in ["1,2", "[1,2]", "[\"1\", \"2\"]", " 1 , 2 ,"] {
            assert_eq!(one("id", "IN", list), ids, "{list}");
        }
        let many = vec!["1"; 1_001].join(",");
        assert_eq!(one("id", "IN", &many), Err("param_validation_error"));
    }

    #[test]
    fn plain_parameters_are_equal_unless_an_explicit_filter_is() {
        let plain = tests("enabled=TRUE&mobile=138 1300 0000&source=background_added&id=");
        let expected = vec![
            (Field::Mobile, Test::Equal("13813000000".into())),
            (Field::Enabled, Test::Equal(Value::Flag(true))),
            (Field::Source, Test::Equal("added".into())),
        ];
        assert_eq!(plain, Ok(expected));
        let query = "id=1&filters[0].key=ID&filters[0].op=EQUAL&filters[0].value=2";
        assert_eq!(tests(query), Ok(vec![(Field::Id, Test::Equal(2.into()))]));
        let query = "id=1&filters[0].key=id&filters[0].op=NOT_EQUAL&filters[0].value=1";
        assert_eq!(tests(query).map(|tests| tests.len()), Ok(2));
    }

    #[test]
    fn the_first_of_two_alike_counts_and_what_is_incomplete_does_not() {
        let query = "filters[0].key=id&filters[0].op=IN&filters[0].value=1\
            &filters[1].key=ID&filters[1].op=in&filters[1].value=2\
            &filters[2].key=id&filters[2].op=EQUAL&filters[2].value=\
            &filters[3].key=id&filters[3].value=1&filters[4].op=IN&filters[4].value=1";
        assert_eq!(tests(query), Ok(vec![(Field::Id, Test::In(vec![1.into()]))]));
    }

    #[test]
    fn a_time_is_a_second_long() {
        let (start, end) = (time("2025-06-12 11:19:21"), time("2025-06-12 11:19:22"));
        let value = "2025-06-12T11:19:21";
        for (operator, tests) in [
            ("EQUAL", vec![Test::AtLeast(start.clone()), Test::Less(end.clone())]),
            ("GREATER_THAN", vec![Test::AtLeast(end.clone())]),
            ("GREATER_THAN_EQUAL", vec![Test::AtLeast(start.clone())]),
            ("LESS_THAN", vec![Test::Less(start)]),
            ("LESS_THAN_EQUAL", vec![Test::Less(end)]),
            ("IS_NULL", vec![Test::IsNull]),
        ] {
            assert_eq!(one("createdDate", operator, value), Ok(tests), "{operator}");
        }
        assert_eq!(one("createdDate", "NOT_EQUAL", value), Err("param_validation_error"));
        assert_eq!(one("createdDate", "EQUAL", "2025"), Err("param_validation_error"));
        assert_eq!(one("createdDate", "MATCH", "2025"), Err("unsupported_match_filter"));
    }

    #[test]
    fn a_window_is_held_against_the_present() {
        let now = Value::Time(Timestamp::from_unix_micros(7).unwrap());
        assert_eq!(one("locked", "EQUAL", "true"), Ok(vec![Test::Equal(now.clone())]));
        assert_eq!(one("locked", "EQUAL", "false"), Ok(vec![Test::NotEqual(now.clone())]));
        assert_eq!(one("locked", "NOT_EQUAL", "false"), Ok(vec![Test::Equal(now)]));
        assert_eq!(one("locked", "IN", "true"), Err("param_validation_error"));
    }

    #[test]
    fn what_a_field_does_not_take_is_refused_by_key() {
        for (key, operator, value, expected) in [
            ("title", "EQUAL", "x", "unsupported_filter_field"),
            ("fullName", "GREATER_THAN", "x", "unsupported_range_filter"),
            ("enabled", "MATCH", "x", "unsupported_match_filter"),
            ("id", "NOT_MATCH", "1", "unsupported_match_filter"),
            ("id", "EQUAL", "x", "param_validation_error"),
            ("enabled", "EQUAL", "yes", "param_validation_error"),
            ("source", "EQUAL", "x", "param_validation_error"),
            ("id", "LIKE", "x", "param_validation_error"),
        ] {
            assert_eq!(one(key, operator, value), Err(expected), "{key} {operator}");
        }
        assert_eq!(tests("filters[20].key=id"), Err("param_validation_error"));
        let long = format!("filters[0].key={}&filters[0].op=IS_NULL", "x".repeat(101));
        assert_eq!(tests(&long), Err("param_validation_error"));
    }

    #[test]
    fn in_a_search_the_first_match_looks_everywhere() {
        let fields = [Field::Name, Field::Mobile];
        let query = "filters[0].key=mobile&filters[0].op=MATCH&filters[0].value=李&enabled=true\
            &filters[1].key=fullName&filters[1].op=MATCH&filters[1].value=雷";
        let found = all(query, Some(&fields)).unwrap();
        assert_eq!(found.search, Some(Search { text: "李".to_owned(), fields: fields.to_vec() }));
        assert_eq!(found.all.len(), 2);
        let query = "filters[0].key=enabled&filters[0].op=MATCH&filters[0].value=true";
        assert_eq!(all(query, Some(&fields)).unwrap_err(), "unsupported_match_filter");
        assert!(all("enabled=true", Some(&fields)).unwrap().search.is_none());
    }
}
