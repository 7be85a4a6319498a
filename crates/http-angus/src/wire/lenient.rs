//! JSON read as leniently as the vendor reads it: texts may be bare numbers, numbers may be texts,
//! words of a list may be in any case.

use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

/// A value to be read leniently.
#[derive(Debug)]
pub(crate) struct Lenient(pub(crate) Value);

impl IntoDeserializer<'_, Error> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Reads an integer that is written as a number or as a text.
macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match &self.0 {
                Value::String(text) => match text.trim().parse::<i64>() {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => Err(Error::invalid_value(Unexpected::Str(text), &visitor)),
                },
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Lenient));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, member)| (name, Lenient(member)));
                visitor.visit_map(MapDeserializer::new(members))
            }
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) => visitor.visit_string(number.to_string()),
            Value::Bool(flag) => visitor.visit_string(flag.to_string()),
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    integers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 }
    integers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0 {
            Value::String(text) if text.eq_ignore_ascii_case("true") => visitor.visit_bool(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => visitor.visit_bool(false),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(Self(value)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// Objects are written as objects, not as arrays of their members.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Value::String(text) = &self.0 else {
            return Err(Error::custom("expected one of a list of words"));
        };
        let known = variants.iter().find(|variant| variant.eq_ignore_ascii_case(text.trim()));
        let Some(known) = known else { return Err(Error::unknown_variant(text, variants)) };
        visitor.visit_enum((*known).into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Person {
        id: Option<i64>,
        mobile: Option<String>,
        main_dept: Option<bool>,
        gender: Option<Gender>,
        #[serde(default)]
        group_ids: Vec<i64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    enum Gender {
        Male,
        Unknown,
    }

    fn read(value: Value) -> Result<Person, String> {
        Person::deserialize(Lenient(value)).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_may_be_numbers_and_numbers_texts() {
        let person = read(json!({
            "id": "3012", "mobile": 13_813_000_000_i64, "mainDept": "TRUE", "gender": "male",
            "groupIds": ["1", 2], "other": { "ignored": [1] },
        }));
        let expected = Person {
            id: Some(3012),
            mobile: Some("13813000000".to_owned()),
            main_dept: Some(true),
            gender: Some(Gender::Male),
            group_ids: vec![1, 2],
        };
        assert_eq!(person, Ok(expected));
    }

    #[test]
    fn what_is_no_number_flag_word_or_object_is_refused() {
        for wrong in [
            json!({ "id": "x" }),
            json!({ "id": 1.5 }),
            json!({ "id": [] }),
            json!({ "id": "99999999999999999999" }),
            json!({ "mobile": {} }),
            json!({ "mainDept": 1 }),
            json!({ "mainDept": "yes" }),
            json!({ "gender": "THIRD" }),
            json!({ "gender": 1 }),
            json!({ "groupIds": [null] }),
            json!([1]),
            json!("text"),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        assert_eq!(read(json!({ "gender": null, "id": null })).map(|person| person.id), Ok(None));
    }
}
