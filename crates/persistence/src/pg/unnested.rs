//! Rows that are added as columns: an array a column, so that a statement of a thousand rows has as
//! many parameters as the table has columns, one text, and is prepared once.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Binary, Bool, Integer, Nullable, Text},
};

use crate::{
    rows::{
        events::{EventRow, EventUserRow},
        users::{IdentityRow, LockRow, PasswordRow, UserRow},
    },
    types::{
        DbId, DbJson, DbTime,
        sql::{Id, Js, Ts},
    },
};

/// A type of values, whose arrays are called by name: `unnest` alone would leave open which is meant.
trait Listed {
    /// `::` and the name of its arrays.
    const CAST: &'static str;
}

macro_rules! listed {
    ($($sql:ty: $cast:literal),+ $(,)?) => {
        $( impl Listed for $sql {
            const CAST: &'static str = $cast;
        } )+
    };
}

listed! {
    Id: "::uuid[]",
    Ts: "::timestamptz[]",
    Js: "::jsonb[]",
    BigInt: "::bigint[]",
    Integer: "::integer[]",
    Bool: "::boolean[]",
    Text: "::text[]",
    Binary: "::bytea[]",
}

impl<T: Listed> Listed for Nullable<T>
where
    T: diesel::sql_types::SqlType<IsNull = diesel::sql_types::is_nullable::NotNull>,
{
    const CAST: &'static str = T::CAST;
}

/// Rows of a table that can be added so.
pub(crate) trait Unnest: Sized {
    /// The statement that adds rows.
    type Insert<'r>: QueryFragment<Pg> + QueryId + Send
    where
        Self: 'r;

    /// Adds these rows.
    fn insert(rows: &[Self]) -> Self::Insert<'_>;
}

/// The statement for the rows of a table: its columns in the order of the struct, each with the type
/// of its values and that of the database.
macro_rules! unnest {
    ($(#[$attribute:meta])* $row:ident as $insert:ident in $table:literal: $($column:ident: $value:ty as $sql:ty),+ $(,)?) => {
        #[doc = concat!("Adds rows to `", $table, "`.")]
        $(#[$attribute])*
        pub(crate) struct $insert<'r> {
            $($column: Vec<&'r $value>,)+
        }

        impl QueryId for $insert<'_> {
            type QueryId = $insert<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl QueryFragment<Pg> for $insert<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_sql(concat!("INSERT INTO ", $table, " ("));
                let columns = [$(stringify!($column)),+];
                for (number, column) in columns.into_iter().enumerate() {
                    out.push_sql(if number == 0 { "" } else { ", " });
                    out.push_identifier(column)?;
                }
                out.push_sql(") SELECT * FROM unnest(");
                let mut between = "";
                $(
                    out.push_sql(between);
                    out.push_bind_param::<Array<$sql>, _>(&self.$column)?;
                    out.push_sql(<$sql as Listed>::CAST);
                    between = ", ";
                )+
                let _last = between;
                out.push_sql(")");
                Ok(())
            }
        }

        impl Unnest for $row {
            type Insert<'r> = $insert<'r>;

            fn insert(rows: &[Self]) -> Self::Insert<'_> {
                $insert { $($column: rows.iter().map(|row| &row.$column).collect(),)+ }
            }
        }
    };
}

unnest! {
    UserRow as InsertUsers in "users":
    tenant_id: DbId as Id,
    id: DbId as Id,
    number: i64 as BigInt,
    subject: String as Text,
    connection_id: DbId as Id,
    status: String as Text,
    username: Option<String> as Nullable<Text>,
    username_key: Option<String> as Nullable<Text>,
    email: Option<String> as Nullable<Text>,
    email_key: String as Text,
    email_verified: bool as Bool,
    phone: Option<String> as Nullable<Text>,
    phone_country_code: Option<i32> as Nullable<Integer>,
    phone_verified: bool as Bool,
    external_id: Option<String> as Nullable<Text>,
    name_key: String as Text,
    nickname_key: String as Text,
    profile: DbJson as Js,
    user_metadata: DbJson as Js,
    app_metadata: DbJson as Js,
    signed_up_at: DbTime as Ts,
    signed_up_ip: Option<String> as Nullable<Text>,
    last_login_at: Option<DbTime> as Nullable<Ts>,
    last_login_key: DbTime as Ts,
    last_ip: Option<String> as Nullable<Text>,
    logins_count: i64 as BigInt,
    version: i64 as BigInt,
    created_at: DbTime as Ts,
    updated_at: DbTime as Ts,
    created_by: Option<DbId> as Nullable<Id>,
    updated_by: Option<DbId> as Nullable<Id>,
    keys: DbJson as Js,
}

unnest! {
    IdentityRow as InsertIdentities in "identities":
    tenant_id: DbId as Id,
    id: DbId as Id,
    user_id: DbId as Id,
    position: i64 as BigInt,
    connection_id: DbId as Id,
    provider: String as Text,
    provider_user_id: String as Text,
    is_social: bool as Bool,
    access_token: Option<Vec<u8>> as Nullable<Binary>,
    refresh_token: Option<Vec<u8>> as Nullable<Binary>,
    expires_in: Option<i64> as Nullable<BigInt>,
    profile_data: DbJson as Js,
    created_at: DbTime as Ts,
    updated_at: DbTime as Ts,
}

unnest! {
    LockRow as InsertLocks in "user_locks":
    tenant_id: DbId as Id,
    user_id: DbId as Id,
    reason: String as Text,
    locked_from: DbTime as Ts,
    locked_until: Option<DbTime> as Nullable<Ts>,
}

unnest! {
    PasswordRow as InsertPasswords in "passwords":
    tenant_id: DbId as Id,
    user_id: DbId as Id,
    hash: String as Text,
    must_change: bool as Bool,
    changed_at: DbTime as Ts,
    expires_at: Option<DbTime> as Nullable<Ts>,
    strength: String as Text,
}

unnest! {
    EventRow as InsertEvents in "events":
    tenant_id: DbId as Id,
    id: DbId as Id,
    occurred_at: DbTime as Ts,
    kind: String as Text,
    actor_kind: String as Text,
    actor_id: Option<DbId> as Nullable<Id>,
    target_kind: String as Text,
    target_id: String as Text,
    ip: Option<String> as Nullable<Text>,
    user_agent: Option<String> as Nullable<Text>,
    request_id: Option<String> as Nullable<Text>,
    details: DbJson as Js,
}

unnest! {
    #[expect(clippy::struct_field_names, reason = "the names are the columns'")]
    EventUserRow as InsertEventUsers in "event_users":
    tenant_id: DbId as Id,
    user_id: DbId as Id,
    event_id: DbId as Id,
}
