//! Conditions of lists, as SQL.
//!
//! How an aggregate uses it: one function that turns a field and a test into a predicate, and
//! [`narrowed!`], which puts all conditions and the search on a boxed query:
//!
//! ```ignore
//! fn passing(tenant: TenantId, field: TagField, test: &Test) -> Result<Predicate<tags::table, Db>> {
//!     Ok(match field {
//!         TagField::Number => Box::new(conditions::number(tags::number, test)?),
//!         TagField::Name => Box::new(conditions::folded(tags::name_key, test)?),
//!         TagField::CreatedBy => {
//!             Box::new(conditions::made_by(tags::created_by, tenant, test)?)
//!         }
//!         TagField::CreatedAt => Box::new(conditions::time(tags::created_at, test)?),
//!     })
//! }
//! narrowed!(query, conditions, |field, test| passing(tenant, field, test));
//! ```
//!
//! Columns without a value are null, or `''` where [`Tested::or_empty`] says so: both pass `IsNull`
//! and nothing else. What use cases have let through by `Conditions::check` is never refused here.
//!
//! There are conditions without number, so no statement that has some is kept prepared.

use citizenry_identity::TenantId;
use citizenry_storage::{Result, StorageError, Test, Value};
use diesel::{
    AppearsOnTable, BoxableExpression, Expression, QueryResult, SelectableExpression,
    backend::Backend,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Bool, HasSqlType, Nullable, Text},
    sqlite::Sqlite,
};

use crate::{
    keyset::sought,
    rows::users::key_of,
    schema::users,
    types::{DbId, DbTime, sql},
};

/// Whether a row of `T` passes a test.
pub(crate) type Predicate<T, DB> = Box<dyn BoxableExpression<T, DB, SqlType = Bool>>;

/// A value of a column's type.
#[derive(Debug, Clone)]
enum Bound {
    Text(String),
    Number(i64),
    Time(DbTime),
    Flag(bool),
}

/// What must hold of a column that has a value.
#[derive(Debug, Clone)]
enum Rule {
    /// The column stands so to the value.
    Compared(&'static str, Bound),
    /// The column is one of the values, or none of them.
    OneOf(bool, Vec<Bound>),
    /// The column contains the text, or does not.
    Contains(bool, String),
    /// The column begins with the text, or does not: as text from one value on, and before the
    /// other, by code point.
    Within(bool, String, Option<String>),
    /// The column has a value, and that is all.
    Anything,
    /// The column has no value.
    Nothing,
}

/// Whether a column passes a test.
#[derive(Debug, Clone)]
pub(crate) struct Tested<C> {
    column: C,
    rule: Rule,
    /// Whether the column holds text; if not, tests of parts look at it as it is written.
    is_text: bool,
    /// Whether `''` is no value.
    or_empty: bool,
}

/// Tests a column of text that is stored folded: values are folded too.
pub(crate) fn folded<C>(column: C, test: &Test) -> Result<Tested<C>> {
    keyed(column, test, key_of)
}

/// Tests a column of text that is stored as what `key` makes of it.
pub(crate) fn keyed<C>(column: C, test: &Test, key: impl Fn(&str) -> String) -> Result<Tested<C>> {
    tested(column, test, true, &|value| match value {
        Value::Text(text) => Some(Bound::Text(sought(&key(text)))),
        _ => None,
    })
}

/// Tests a column of text as it is written.
pub(crate) fn text<C>(column: C, test: &Test) -> Result<Tested<C>> {
    tested(column, test, true, &|value| match value {
        Value::Text(text) => Some(Bound::Text(sought(text))),
        _ => None,
    })
}

/// Tests a column of numbers.
pub(crate) fn number<C>(column: C, test: &Test) -> Result<Tested<C>> {
    tested(column, test, false, &|value| match value {
        Value::Number(number) => Some(Bound::Number(*number)),
        _ => None,
    })
}

/// Tests a column of times.
pub(crate) fn time<C>(column: C, test: &Test) -> Result<Tested<C>> {
    tested(column, test, false, &|value| match value {
        Value::Time(time) => Some(Bound::Time(DbTime(*time))),
        _ => None,
    })
}

/// Tests a column of flags, or whatever else is true or false.
pub(crate) fn flag<C>(column: C, test: &Test) -> Result<Tested<C>> {
    tested(column, test, false, &|value| match value {
        Value::Flag(flag) => Some(Bound::Flag(*flag)),
        _ => None,
    })
}

/// Whether `flag`, which is there always, passes a test.
pub(crate) fn admits(test: &Test, flag: bool) -> Result<bool> {
    let is = |value: &Value| match value {
        Value::Flag(value) => Ok(*value == flag),
        _ => Err(unsuitable()),
    };
    let is_any = |values: &[Value]| {
        values.iter().try_fold(false, |any, value| Ok::<_, StorageError>(any || is(value)?))
    };
    match test {
        Test::Equal(value) => is(value),
        Test::NotEqual(value) => Ok(!is(value)?),
        Test::In(values) => is_any(values),
        Test::NotIn(values) => Ok(!is_any(values)?),
        Test::IsNull => Ok(false),
        Test::IsNotNull => Ok(true),
        _ => Err(unsuitable()),
    }
}

/// What a use case should not have let through.
pub(crate) fn unsuitable() -> StorageError {
    StorageError::backend("a condition holds a field against what it cannot be")
}

type Read<'a> = &'a dyn Fn(&Value) -> Option<Bound>;

fn tested<C>(column: C, test: &Test, is_text: bool, read: Read<'_>) -> Result<Tested<C>> {
    let compared = |operator, value: &Value| {
        read(value).map(|value| Rule::Compared(operator, value)).ok_or_else(unsuitable)
    };
    let all = |values: &[Value]| {
        values.iter().map(read).collect::<Option<Vec<Bound>>>().ok_or_else(unsuitable)
    };
    // The part of a text is read as the text is.
    let part = |text: &str| match read(&Value::from(text)) {
        Some(Bound::Text(text)) => text,
        _ => sought(text),
    };
    let rule = match test {
        Test::Equal(value) => compared(" = ", value)?,
        Test::NotEqual(value) => compared(" <> ", value)?,
        Test::Greater(value) => compared(" > ", value)?,
        Test::AtLeast(value) => compared(" >= ", value)?,
        Test::Less(value) => compared(" < ", value)?,
        Test::AtMost(value) => compared(" <= ", value)?,
        Test::Contains(text) => Rule::Contains(true, part(text)),
        Test::NotContains(text) => Rule::Contains(false, part(text)),
        Test::StartsWith(text) => within(true, part(text)),
        Test::NotStartsWith(text) => within(false, part(text)),
        Test::In(values) => Rule::OneOf(true, all(values)?),
        Test::NotIn(values) => Rule::OneOf(false, all(values)?),
        Test::IsNull => Rule::Nothing,
        Test::IsNotNull => Rule::Anything,
    };
    Ok(Tested { column, rule, is_text, or_empty: false })
}

fn within(positive: bool, prefix: String) -> Rule {
    let end = successor(&prefix);
    Rule::Within(positive, prefix, end)
}

/// The first text, by code point, after all that begin with `prefix`; none if there is no such.
fn successor(prefix: &str) -> Option<String> {
    let mut rest = prefix.to_owned();
    while let Some(last) = rest.pop() {
        // Surrogates are no characters.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            last => u32::from(last).checked_add(1).and_then(char::from_u32),
        };
        if let Some(next) = next {
            rest.push(next);
            return Some(rest);
        }
    }
    None
}

impl<C> Tested<C> {
    /// The same for a column in which `''` stands for the lack of a value.
    pub(crate) fn or_empty(mut self) -> Self {
        self.or_empty = true;
        self
    }
}

/// What the databases write differently.
pub(crate) trait Finds {
    /// The function that finds one text in another: 0 for nowhere.
    const POSITION: &'static str;
}

impl Finds for Pg {
    const POSITION: &'static str = "strpos(";
}

impl Finds for Sqlite {
    const POSITION: &'static str = "instr(";
}

impl<C: Expression> Expression for Tested<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Tested<C> {}

impl<C: SelectableExpression<QS>, QS> SelectableExpression<QS> for Tested<C> {}

impl<C, G> ValidGrouping<G> for Tested<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C> QueryId for Tested<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

fn bind<'b, DB>(value: &'b Bound, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
where
    DB: Backend + HasSqlType<sql::Ts> + HasSqlType<Bool>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    bool: ToSql<Bool, DB>,
    DbTime: ToSql<sql::Ts, DB>,
{
    match value {
        Bound::Text(text) => out.push_bind_param::<Text, _>(text),
        Bound::Number(number) => out.push_bind_param::<BigInt, _>(number),
        Bound::Time(time) => out.push_bind_param::<sql::Ts, _>(time),
        Bound::Flag(flag) => out.push_bind_param::<Bool, _>(flag),
    }
}

impl<C> Tested<C> {
    /// The column, as text where it is none.
    fn written<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend,
        C: QueryFragment<DB>,
    {
        if self.is_text {
            return self.column.walk_ast(out.reborrow());
        }
        out.push_sql("CAST(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" AS TEXT)");
        Ok(())
    }

    fn rule<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<sql::Ts> + HasSqlType<Bool> + Finds,
        C: QueryFragment<DB>,
        String: ToSql<Text, DB>,
        i64: ToSql<BigInt, DB>,
        bool: ToSql<Bool, DB>,
        DbTime: ToSql<sql::Ts, DB>,
    {
        match &self.rule {
            Rule::Compared(operator, value) => {
                self.column.walk_ast(out.reborrow())?;
                out.push_sql(operator);
                bind(value, out)?;
            }
            Rule::OneOf(positive, values) if values.is_empty() => {
                out.push_sql(if *positive { "1 = 0 AND " } else { "" });
                self.column.walk_ast(out.reborrow())?;
                out.push_sql(" IS NOT NULL");
            }
            Rule::OneOf(positive, values) => {
                self.column.walk_ast(out.reborrow())?;
                out.push_sql(if *positive { " IN (" } else { " NOT IN (" });
                for (number, value) in values.iter().enumerate() {
                    if number > 0 {
                        out.push_sql(", ");
                    }
                    bind(value, out)?;
                }
                out.push_sql(")");
            }
            Rule::Contains(positive, text) => {
                out.push_sql(DB::POSITION);
                self.written(out)?;
                out.push_sql(", ");
                out.push_bind_param::<Text, _>(text)?;
                out.push_sql(if *positive { ") > 0" } else { ") = 0" });
            }
            Rule::Within(positive, from, before) => {
                out.push_sql(if *positive { "(" } else { "NOT (" });
                self.written(out)?;
                out.push_sql(" >= ");
                out.push_bind_param::<Text, _>(from)?;
                if let Some(before) = before {
                    out.push_sql(" AND ");
                    self.written(out)?;
                    out.push_sql(" < ");
                    out.push_bind_param::<Text, _>(before)?;
                }
                out.push_sql(")");
            }
            Rule::Anything => {
                self.column.walk_ast(out.reborrow())?;
                out.push_sql(" IS NOT NULL");
            }
            Rule::Nothing => {
                self.column.walk_ast(out.reborrow())?;
                out.push_sql(" IS NULL");
            }
        }
        Ok(())
    }
}

impl<C, DB> QueryFragment<DB> for Tested<C>
where
    DB: Backend + HasSqlType<sql::Ts> + HasSqlType<Bool> + Finds,
    C: QueryFragment<DB>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    bool: ToSql<Bool, DB>,
    DbTime: ToSql<sql::Ts, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("(");
        self.rule(&mut out)?;
        if self.or_empty {
            let nothing = matches!(self.rule, Rule::Nothing);
            out.push_sql(if nothing { " OR " } else { " AND " });
            self.column.walk_ast(out.reborrow())?;
            out.push_sql(if nothing { " = ''" } else { " <> ''" });
        }
        out.push_sql(")");
        Ok(())
    }
}

/// Puts conditions and their search on a boxed query, and leaves the query in its place. `passing`
/// turns a field and a test into a [`Predicate`], or fails.
macro_rules! narrowed {
    ($query:ident, $conditions:expr, $passing:expr) => {{
        let conditions = $conditions;
        let passing = $passing;
        for condition in &conditions.all {
            $query = $query.filter(passing(condition.field, &condition.test)?);
        }
        if let Some(search) = &conditions.search {
            let contains = citizenry_storage::Test::Contains(search.text.clone());
            let mut found = Vec::new();
            for field in &search.fields {
                found.push(passing(*field, &contains)?);
            }
            $query = $query.filter($crate::conditions::any(found));
        }
    }};
}
pub(crate) use narrowed;

/// What passes one predicate at least.
pub(crate) struct Any<T, DB: Backend>(Vec<Predicate<T, DB>>);

/// What passes one predicate at least.
pub(crate) fn any<T, DB: Backend>(predicates: Vec<Predicate<T, DB>>) -> Any<T, DB> {
    Any(predicates)
}

impl<T, DB: Backend> Expression for Any<T, DB> {
    type SqlType = Bool;
}

impl<T, DB: Backend> AppearsOnTable<T> for Any<T, DB> {}

impl<T, DB: Backend, G> ValidGrouping<G> for Any<T, DB> {
    type IsAggregate = is_aggregate::No;
}

impl<T, DB: Backend> QueryId for Any<T, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, DB: Backend> QueryFragment<DB> for Any<T, DB> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(1 = 0");
        for predicate in &self.0 {
            out.push_sql(" OR ");
            predicate.walk_ast(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// Whether the number of the user who made an item passes a test.
#[derive(Debug, Clone)]
pub(crate) struct MadeBy<C> {
    column: C,
    tenant: DbId,
    /// Without it, nobody made the item, or nobody who is still there.
    number: Option<Tested<MakersNumber>>,
}

/// The number of a user in [`MadeBy`]'s query of makers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MakersNumber;

impl<DB: Backend> QueryFragment<DB> for MakersNumber {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("makers.number");
        Ok(())
    }
}

/// Tests the number of the user who made an item: `column` is the nullable column with the user's
/// identifier, in a query of `tenant`'s items. A user who is gone is as none.
pub(crate) fn made_by<C>(column: C, tenant: TenantId, test: &Test) -> Result<MadeBy<C>> {
    let number = match test {
        Test::IsNull => None,
        _ => Some(number(MakersNumber, test)?),
    };
    Ok(MadeBy { column, tenant: tenant.into(), number })
}

impl<C: Expression> Expression for MadeBy<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for MadeBy<C> {}

impl<C: SelectableExpression<QS>, QS> SelectableExpression<QS> for MadeBy<C> {}

impl<C, G> ValidGrouping<G> for MadeBy<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C> QueryId for MadeBy<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, DB> QueryFragment<DB> for MadeBy<C>
where
    DB: Backend + HasSqlType<sql::Id>,
    C: QueryFragment<DB>,
    DbId: ToSql<sql::Id, DB>,
    Tested<MakersNumber>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // Not by diesel's own words: it has none for a query of users within one of users.
        out.push_sql("(");
        self.column.walk_ast(out.reborrow())?;
        if self.number.is_none() {
            out.push_sql(" IS NULL OR ");
            self.column.walk_ast(out.reborrow())?;
            out.push_sql(" NOT");
        }
        out.push_sql(" IN (SELECT makers.id FROM users AS makers WHERE makers.tenant_id = ");
        out.push_bind_param::<sql::Id, _>(&self.tenant)?;
        if let Some(number) = &self.number {
            out.push_sql(" AND ");
            number.walk_ast(out.reborrow())?;
        }
        out.push_sql("))");
        Ok(())
    }
}

/// One of the texts that conditions compare a user by and that have no column of their own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserKey(pub(crate) &'static str);

impl Expression for UserKey {
    type SqlType = Nullable<Text>;
}

impl AppearsOnTable<users::table> for UserKey {}

impl SelectableExpression<users::table> for UserKey {}

impl QueryFragment<Pg> for UserKey {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("((users.keys ->> '");
        out.push_sql(self.0);
        out.push_sql("') COLLATE \"C\")");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for UserKey {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(users.keys ->> '");
        out.push_sql(self.0);
        out.push_sql("')");
        Ok(())
    }
}

/// The source of a user's profile, as it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserSource;

impl Expression for UserSource {
    type SqlType = Nullable<Text>;
}

impl AppearsOnTable<users::table> for UserSource {}

impl SelectableExpression<users::table> for UserSource {}

impl QueryFragment<Pg> for UserSource {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("((users.profile ->> 'source') COLLATE \"C\")");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for UserSource {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(users.profile ->> 'source')");
        Ok(())
    }
}

/// A [`Predicate`] on the numbers of the tags of an item, some of which must pass: `$id` is the
/// column with the item's identifier, in a query of `$tenant`'s items; `$link` the column of
/// `tag_links` that names items of its kind.
macro_rules! tagged {
    ($id:expr, $link:expr, $tenant:expr, $test:expr) => {{
        use $crate::schema::tag_links;
        let links = tag_links::table
            .filter(tag_links::tenant_id.eq($crate::types::DbId::from($tenant)))
            .filter($link.is_not_null())
            .select($link.assume_not_null());
        if matches!($test, citizenry_storage::Test::IsNull) {
            Box::new($id.ne_all(links))
        } else {
            let number = $crate::conditions::number(tag_links::tag_number, $test)?;
            Box::new($id.eq_any(links.filter(number)))
        }
    }};
}
pub(crate) use tagged;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_text_lies_before_its_successor() {
        for (prefix, next) in [
            ("ab", Some("ac")),
            ("a\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("李", Some("杏")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(successor(prefix).as_deref(), next, "{prefix:?}");
        }
        assert_eq!(u32::from('李') + 1, u32::from(successor("李").unwrap().pop().unwrap()));
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let number = Test::Equal(Value::from(1));
        let word = Test::Equal(Value::from("a"));
        assert!(super::number((), &number).is_ok());
        assert!(super::number((), &word).is_err());
        assert!(text((), &number).is_err());
        assert!(folded((), &Test::In(vec![Value::from("a"), Value::from(1)])).is_err());
        assert!(flag((), &Test::Equal(Value::Flag(true))).is_ok());
        assert!(time((), &word).is_err());
    }

    #[test]
    fn flags_are_judged() {
        let (yes, no) = (Value::Flag(true), Value::Flag(false));
        for (test, on, off) in [
            (Test::Equal(yes.clone()), true, false),
            (Test::NotEqual(yes.clone()), false, true),
            (Test::In(vec![yes.clone(), no]), true, true),
            (Test::NotIn(vec![yes]), false, true),
            (Test::NotIn(Vec::new()), true, true),
            (Test::IsNull, false, false),
            (Test::IsNotNull, true, true),
        ] {
            assert_eq!(admits(&test, true).unwrap(), on, "{test:?}");
            assert_eq!(admits(&test, false).unwrap(), off, "{test:?}");
        }
        assert!(admits(&Test::Equal(Value::from(1)), true).is_err());
    }
}
