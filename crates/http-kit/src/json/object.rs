//! Objects that are written as objects.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A `T` that is written as an object: serde would take an array of its members, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair {
        one: u8,
        other: u8,
    }

    #[test]
    fn an_array_of_the_members_is_no_object() {
        let array = "[1, 2]";
        assert_eq!(serde_json::from_str::<Pair>(array).unwrap(), Pair { one: 1, other: 2 });
        let error = serde_json::from_str::<Object<Pair>>(array).unwrap_err().to_string();
        assert!(error.contains("expected an object"), "{error}");
        let object = serde_json::from_str::<Object<Pair>>(r#"{"one": 1, "other": 2}"#).unwrap();
        assert_eq!(object, Object(Pair { one: 1, other: 2 }));
    }
}
