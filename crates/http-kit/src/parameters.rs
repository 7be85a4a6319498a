//! Name and value pairs, as query strings and forms carry them, read strictly into a type.

use std::{borrow::Cow, fmt};

use percent_encoding::percent_decode_str;
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, IntoDeserializer, Visitor,
        value::{CowStrDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

use crate::{json::field_of, target::has_broken_escape};

/// Most pairs that are read: no route knows half as many.
const MOST: usize = 256;

/// Why pairs do not fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The name that is to blame, where one is.
    pub(crate) field: Option<String>,
    /// What is wrong.
    pub(crate) reason: String,
}

/// What becomes of `name=`, a pair without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Empty {
    /// It is a value: the empty text.
    Kept,
    /// It is as if it had not been sent, as RFC 6749 section 3.2 demands.
    Omitted,
}

/// Reads `text` (`name=value&…`) into a `T`. A name that stands several times fits a list only.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, empty: Empty) -> Result<T, Misfit> {
    let mut grouped: Vec<(Cow<'_, str>, Values<'_>)> = Vec::new();
    for (count, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if count == MOST {
            let reason = format!("more than {MOST} parameters");
            return Err(Misfit { field: None, reason });
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name).map_err(|reason| Misfit {
            field: None,
            reason: format!("the name of a parameter {reason}"),
        })?;
        let value = decode(value).map_err(|reason| Misfit {
            field: Some(name.clone().into_owned()),
            reason: format!("the value {reason}"),
        })?;
        if value.is_empty() && empty == Empty::Omitted {
            continue;
        }
        match grouped.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.0.push(value),
            None => grouped.push((name, Values(vec![value]))),
        }
    }
    let deserializer = MapDeserializer::new(grouped.into_iter());
    serde_path_to_error::deserialize(deserializer).map_err(
        |error: serde_path_to_error::Error<Wrong>| {
            let path = error.path().to_string();
            let reason = error.into_inner().0;
            Misfit { field: field_of(&path, &reason), reason }
        },
    )
}

/// `text` without escapes; an error says what is wrong with it.
fn decode(text: &str) -> Result<Cow<'_, str>, &'static str> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    if has_broken_escape(text) {
        return Err("has a malformed percent escape");
    }
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(text) if text.contains('\0') => Err("has a NUL character"),
        Ok(text) => Ok(Cow::Owned(text.into_owned())),
        Err(_) => Err("is not UTF-8"),
    }
}

/// All values of one name.
struct Values<'de>(Vec<Cow<'de, str>>);

impl<'de> Values<'de> {
    /// The value, if there is exactly one.
    fn single(mut self) -> Result<Cow<'de, str>, Wrong> {
        match (self.0.pop(), self.0.is_empty()) {
            (Some(value), true) => Ok(value),
            _ => Err(Wrong("the parameter stands several times".to_owned())),
        }
    }

    /// The value read as a number or truth value, `what` in words.
    fn read<T: std::str::FromStr>(self, what: &str) -> Result<T, Wrong> {
        let value = self.single()?;
        value.parse().map_err(|_unreadable| Wrong(format!("expected {what}")))
    }
}

impl<'de> IntoDeserializer<'de, Wrong> for Values<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Values<'de> {
    type Error = Wrong;

    /// What takes anything is given a text, or a list of them when the name stands several times.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.0.len() > 1 { self.deserialize_seq(visitor) } else { self.deserialize_str(visitor) }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.single()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_bool(self.read("true or false")?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_i64(self.read("a whole number")?)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_i64(self.read("a whole number")?)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.read("a whole number that is not negative")?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.read("a whole number that is not negative")?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.read("a whole number that is not negative")?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.read("a number")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let each = self.0.into_iter().map(|value| Self(vec![value]));
        visitor.visit_seq(SeqDeserializer::new(each))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let text: CowStrDeserializer<'de, Wrong> = self.single()?.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct
        map struct identifier
    }
}

/// What serde says of a value.
#[derive(Debug)]
pub(crate) struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct List {
        page: Option<u32>,
        #[serde(default)]
        include_totals: bool,
        #[serde(default)]
        id: Vec<String>,
        sort: Option<Sort>,
        q: Option<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Sort {
        Name,
        CreatedAt,
    }

    fn read(text: &str) -> Result<List, Misfit> {
        parse(text, Empty::Kept)
    }

    fn field(text: &str) -> (Option<String>, String) {
        let misfit = read(text).expect_err(text);
        (misfit.field, misfit.reason)
    }

    #[test]
    fn fitting_pairs_are_read() {
        let list =
            read("page=2&include_totals=true&id=a&id=b&sort=created_at&q=%E6%9D%8E+%2B").unwrap();
        assert_eq!(list.page, Some(2));
        assert!(list.include_totals);
        assert_eq!(list.id, ["a", "b"]);
        assert_eq!(list.sort, Some(Sort::CreatedAt));
        assert_eq!(list.q.as_deref(), Some("李 +"));
        assert_eq!(read("&id=only&").unwrap().id, ["only"]);
        assert_eq!(read("").unwrap().page, None);
    }

    #[test]
    fn a_scalar_twice_is_refused() {
        let (name, reason) = field("page=1&q=x&page=1");
        assert_eq!(name.as_deref(), Some("page"));
        assert_eq!(reason, "the parameter stands several times");
    }

    #[test]
    fn wrong_types_and_unknown_names_are_refused_by_name() {
        for (text, name) in [
            ("page=-1", "page"),
            ("page=99999999999", "page"),
            ("page=", "page"),
            ("include_totals=yes", "include_totals"),
            ("sort=shoe_size", "sort"),
            ("colour=red", "colour"),
        ] {
            assert_eq!(field(text).0.as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn broken_escapes_and_foreign_bytes_are_refused() {
        assert_eq!(field("q=%zz").1, "the value has a malformed percent escape");
        assert_eq!(field("q=%ff"), (Some("q".to_owned()), "the value is not UTF-8".to_owned()));
        assert_eq!(field("q=a%00b").1, "the value has a NUL character");
        assert_eq!(field("%ff=1").0, None);
    }

    #[test]
    fn empty_values_count_as_absent_where_the_standard_says_so() {
        let list: List = parse("page=&q=x", Empty::Omitted).unwrap();
        assert_eq!((list.page, list.q.as_deref()), (None, Some("x")));
    }

    #[test]
    fn a_flood_of_pairs_is_refused() {
        let flood = "id=x&".repeat(257);
        assert_eq!(field(&flood).1, "more than 256 parameters");
        assert_eq!(read(&"id=x&".repeat(256)).unwrap().id.len(), 256);
    }
}
