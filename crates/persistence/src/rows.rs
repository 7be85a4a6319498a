//! Rows: what a table holds, and how it turns into the model and back.
//!
//! A row is written from the model by `new` and read by `model`, which answers
//! [`StorageError::inconsistent`] for a value that the model has no word for.

pub(crate) mod api_tokens;
pub(crate) mod attempts;
pub(crate) mod clients;
pub(crate) mod connections;
pub(crate) mod consents;
pub(crate) mod departments;
pub(crate) mod events;
pub(crate) mod grants;
pub(crate) mod groups;
pub(crate) mod jobs;
pub(crate) mod outbox;
pub(crate) mod resource_servers;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod tags;
pub(crate) mod tenants;
pub(crate) mod tickets;
pub(crate) mod tokens;
pub(crate) mod users;

use std::{fmt, net::IpAddr};

use citizenry_identity::{Metadata, Number, Text};
use citizenry_storage::{Result, StorageError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::types::DbJson;

/// A column, for the error when its value cannot be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column(pub(crate) &'static str, pub(crate) &'static str);

impl Column {
    fn refuse(self, reason: impl fmt::Display) -> StorageError {
        StorageError::inconsistent(self.0, self.1, reason)
    }

    /// A word that `parse` knows.
    pub(crate) fn word<T>(self, word: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        parse(word).ok_or_else(|| self.refuse("unknown word"))
    }

    /// A number of the installation's sequence.
    pub(crate) fn number(self, value: i64) -> Result<Number> {
        Number::new(value).ok_or_else(|| self.refuse("out of range"))
    }

    /// A value of a wider type: an integer in the range of a smaller one, bytes of one length.
    pub(crate) fn fitting<T: TryFrom<V>, V>(self, value: V) -> Result<T> {
        T::try_from(value).map_err(|_unfit| self.refuse("does not fit"))
    }

    /// A JSON object.
    pub(crate) fn object(self, document: &DbJson) -> Result<Map<String, Value>> {
        document.parse().map_err(|_quotes| self.refuse("not an object"))
    }

    /// Free data.
    pub(crate) fn metadata(self, document: &DbJson) -> Result<Metadata> {
        self.object(document).map(Metadata::from_stored)
    }

    /// A JSON document of a known shape.
    pub(crate) fn read<T: DeserializeOwned>(self, document: &DbJson) -> Result<T> {
        // The parser's own error may repeat the value.
        document.parse().map_err(|_quotes| self.refuse("its shape"))
    }

    /// A JSON document of a known shape that is stored as bytes.
    pub(crate) fn parse<T: DeserializeOwned>(self, document: &[u8]) -> Result<T> {
        serde_json::from_slice(document).map_err(|_quotes| self.refuse("its shape"))
    }

    /// An address of the Internet.
    pub(crate) fn address(self, text: Option<String>) -> Result<Option<IpAddr>> {
        text.map(|text| text.parse().map_err(|_invalid| self.refuse("not an address"))).transpose()
    }
}

/// A document of a known shape as it is stored.
pub(crate) fn document<T: Serialize + ?Sized>(document: &T) -> Result<DbJson> {
    DbJson::of(document).map_err(StorageError::backend)
}

/// A document that may hold text of any kind, as it is stored.
pub(crate) fn bytes<T: Serialize>(document: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(document).map_err(StorageError::backend)
}

/// Free data as it is stored.
pub(crate) fn stored(metadata: &Metadata) -> Result<DbJson> {
    document(metadata.as_object())
}

/// Optional text as it is stored.
pub(crate) fn optional<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<String> {
    text.map(|text| text.as_str().to_owned())
}
