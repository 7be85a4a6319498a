//! Parameters as they were sent: for the endpoints that must see which were sent twice.

use std::fmt;

use citizenry_oauth::{BasicClient, ClientCredentials};
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Names and values; a name that was sent several times stands several times.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl fmt::Debug for Pairs {
    /// The names alone: there are secrets among the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Pairs {
    /// The first value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of that name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let of_name = self.0.iter().filter(|(known, _)| known == name);
        of_name.map(|(_, value)| value.clone()).collect()
    }

    /// The first value of that name, not to be printed.
    pub(crate) fn secret(&self, name: &str) -> Option<SecretString> {
        self.get(name).map(SecretString::from)
    }

    /// A name other than `resource` that stands more than once, which no request may have (RFC
    /// 6749, section 3.2).
    pub(crate) fn repeated(&self) -> Option<&str> {
        let names = || self.0.iter().map(|(name, _)| name.as_str());
        names()
            .find(|name| *name != "resource" && names().filter(|other| other == name).count() > 1)
    }

    /// What a client proves itself by, in the header or among the parameters.
    pub(crate) fn credentials(&self, basic: Option<BasicClient>) -> ClientCredentials {
        ClientCredentials {
            basic,
            client_id: self.get("client_id").map(str::to_owned),
            client_secret: self.secret("client_secret"),
            client_assertion_type: self.get("client_assertion_type").map(str::to_owned),
            client_assertion: self.secret("client_assertion"),
        }
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, values)) = map.next_entry::<String, Values>()? {
                    pairs.extend(values.0.into_iter().map(|value| (name.clone(), value)));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

/// The values of one name: in a form as often as it stands, in JSON a text or a list of texts.
/// Numbers and truth values count as their text; nothing and objects, which no parameter is, as if
/// the name had not been sent.
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Values, E> {
                Ok(Values(vec![text.to_owned()]))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Values, E> {
                Ok(Values(vec![value.to_string()]))
            }

            fn visit_unit<E>(self) -> Result<Values, E> {
                Ok(Values(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element::<String>()? {
                    values.push(value);
                }
                Ok(Values(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Values(Vec::new()))
            }
        }

        deserializer.deserialize_any(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Pairs {
        Pairs(of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let expected = pairs(&[("a", "1"), ("b", "x"), ("b", "y")]);
        let form: Pairs = citizenry_http_kit::form::parse(b"a=1&b=x&b=y&c=").unwrap();
        assert_eq!(form, expected);
        let json = r#"{"a":1,"b":["x","y"],"c":null,"d":{"e":[]}}"#;
        assert_eq!(serde_json::from_str::<Pairs>(json).unwrap(), expected);
        assert!(serde_json::from_str::<Pairs>(r#"{"a":[{}]}"#).is_err());
    }
}
