//! Column types that mean the same on both databases, so that one `table!` serves both.
//!
//! | SQL type | value | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | [`sql::Id`] | [`DbId`] | `uuid` | `BLOB`, 16 bytes |
//! | [`sql::Ts`] | [`DbTime`] | `timestamptz` | `INTEGER`, microseconds since 1970 |
//! | [`sql::Js`] | [`DbJson`] | `jsonb` | `TEXT` |
//!
//! The values are newtypes because diesel's traits cannot be implemented for the model's own ids
//! and times. They never leave this crate: row structs hold them, and turn into the model by
//! [`DbId::typed`], `Timestamp::from` and [`DbJson::parse`].

use std::io::Write as _;

use citizenry_identity::{Id, Timestamp};
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Binary, Text, Timestamptz},
    sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use ulid::Ulid;

/// The SQL types, as `table!` names them (`use crate::types::sql::*`).
#[expect(unreachable_pub, reason = "columns, which `table!` makes public, have these types")]
pub mod sql {
    use diesel::{query_builder::QueryId, sql_types::SqlOrd, sql_types::SqlType};

    /// An identifier.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
    pub struct Id;

    /// A point in time.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
    pub struct Ts;

    /// A JSON document.
    #[derive(Debug, Clone, Copy, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
    pub struct Js;

    // Cursors compare with `<` and `>`.
    impl SqlOrd for Id {}
    impl SqlOrd for Ts {}
}

/// An identifier as it is stored. Made from any typed id by `From`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Id)]
pub(crate) struct DbId(pub(crate) Ulid);

impl DbId {
    /// The identifier as the model's type.
    pub(crate) fn typed<T: Id>(self) -> T {
        T::from_ulid(self.0)
    }
}

impl<T: Id> From<T> for DbId {
    fn from(id: T) -> Self {
        Self(id.ulid())
    }
}

impl ToSql<sql::Id, Pg> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.0.to_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Id, Pg> for DbId {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Ulid::from_bytes(value.as_bytes().try_into()?)))
    }
}

impl ToSql<sql::Id, Sqlite> for DbId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_bytes().to_vec());
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Id, Sqlite> for DbId {
    fn from_sql(value: diesel::sqlite::SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Ulid::from_bytes(bytes.as_slice().try_into()?)))
    }
}

/// A point in time as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Ts)]
pub(crate) struct DbTime(pub(crate) Timestamp);

impl From<Timestamp> for DbTime {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl From<DbTime> for Timestamp {
    fn from(at: DbTime) -> Self {
        at.0
    }
}

impl ToSql<sql::Ts, Pg> for DbTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamptz, Pg>::to_sql(&self.0.date_time(), &mut out.reborrow())
    }
}

impl FromSql<sql::Ts, Pg> for DbTime {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let at = <OffsetDateTime as FromSql<Timestamptz, Pg>>::from_sql(value)?;
        Ok(Self(Timestamp::new(at)))
    }
}

impl ToSql<sql::Ts, Sqlite> for DbTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.unix_micros());
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Ts, Sqlite> for DbTime {
    fn from_sql(value: diesel::sqlite::SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?;
        Timestamp::from_unix_micros(micros).map(Self).ok_or_else(|| "no such time".into())
    }
}

/// A JSON document as it is stored: its text, which is parsed straight into what it means.
#[derive(Debug, Clone, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Js)]
pub(crate) struct DbJson(String);

impl DbJson {
    /// The text of a document.
    pub(crate) fn of<T: Serialize + ?Sized>(document: &T) -> serde_json::Result<Self> {
        serde_json::to_string(document).map(Self)
    }

    /// What the document means.
    pub(crate) fn parse<'t, T: Deserialize<'t>>(&'t self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }
}

/// PostgreSQL writes the same document in another way.
impl PartialEq for DbJson {
    fn eq(&self, other: &Self) -> bool {
        let same = || Some(self.parse::<Value>().ok()? == other.parse::<Value>().ok()?);
        self.0 == other.0 || same().unwrap_or_default()
    }
}

impl ToSql<sql::Js, Pg> for DbJson {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The binary form of jsonb: its version, then the text.
        out.write_all(&[1])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Js, Pg> for DbJson {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((1, text)) => Ok(Self(str::from_utf8(text)?.to_owned())),
            _ => Err("unknown version of jsonb".into()),
        }
    }
}

impl ToSql<sql::Js, Sqlite> for DbJson {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Js, Sqlite> for DbJson {
    fn from_sql(value: diesel::sqlite::SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Sqlite>>::from_sql(value).map(Self)
    }
}
