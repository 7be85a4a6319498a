//! Lists: order, position, length.
//!
//! A page that starts after a cursor is found by comparing rows, `(key, id) < (?, ?)`, which both
//! databases turn into a range of the index: it costs the same on every page. Every key is a column
//! without nulls (where the model has none, the key has a smallest value in its place), so there is
//! one comparison and one order for all rows.

use citizenry_identity::{Cursor, CursorKey, Direction, Listing, Page, SortKey, Timestamp};
use citizenry_storage::ports::{ByAge, ByName, NumberedSort};
use diesel::{
    AppearsOnTable, Expression, QueryResult,
    backend::Backend,
    expression::{AsExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, SingleValue, Text},
    sqlite::Sqlite,
};
use ulid::Ulid;

use crate::{
    rows::users::last_login_key,
    schema::users,
    types::{DbId, DbTime, sql},
};

/// Whether a row lies beyond a position: `(column, id) < (value, position)`, or `>`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beyond<C, I, V, P> {
    column: C,
    id: I,
    direction: Direction,
    value: V,
    position: P,
}

type Bound<T, S> = <T as AsExpression<S>>::Expression;

/// What lies after the row whose `column` is `value` and whose identifier is `position`.
pub(crate) fn beyond<C, I, T>(
    column: C,
    id: I,
    direction: Direction,
    value: T,
    position: Ulid,
) -> Beyond<C, I, Bound<T, C::SqlType>, Bound<DbId, sql::Id>>
where
    C: Expression,
    C::SqlType: SingleValue,
    T: AsExpression<C::SqlType>,
{
    let position = AsExpression::<sql::Id>::as_expression(DbId(position));
    Beyond { column, id, direction, value: value.as_expression(), position }
}

/// What lies after the row whose identifier is `position` and whose `column` is `value`, in a list
/// that is in order of its identifiers first.
pub(crate) fn beyond_pair<C, I, T>(
    id: I,
    column: C,
    direction: Direction,
    position: Ulid,
    value: T,
) -> Beyond<I, C, Bound<DbId, sql::Id>, Bound<T, C::SqlType>>
where
    C: Expression,
    C::SqlType: SingleValue,
    T: AsExpression<C::SqlType>,
{
    let first = AsExpression::<sql::Id>::as_expression(DbId(position));
    Beyond { column: id, id: column, direction, value: first, position: value.as_expression() }
}

/// What lies after the row whose `column` is `value` and whose number is `position`.
pub(crate) fn beyond_number<C, N>(
    column: C,
    number: N,
    direction: Direction,
    value: i64,
    position: i64,
) -> Beyond<C, N, Bound<i64, BigInt>, Bound<i64, BigInt>>
where
    C: Expression<SqlType = BigInt>,
    N: Expression<SqlType = BigInt>,
{
    let value = AsExpression::<BigInt>::as_expression(value);
    let position = AsExpression::<BigInt>::as_expression(position);
    Beyond { column, id: number, direction, value, position }
}

impl<C, I, V, P> Expression for Beyond<C, I, V, P> {
    type SqlType = Bool;
}

impl<C, I, V, P, QS> AppearsOnTable<QS> for Beyond<C, I, V, P>
where
    C: AppearsOnTable<QS>,
    I: AppearsOnTable<QS>,
    V: AppearsOnTable<QS>,
    P: AppearsOnTable<QS>,
{
}

impl<C, I, V, P, G> ValidGrouping<G> for Beyond<C, I, V, P> {
    type IsAggregate = is_aggregate::No;
}

impl<C, I, V, P> QueryId for Beyond<C, I, V, P> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, I, V, P, DB> QueryFragment<DB> for Beyond<C, I, V, P>
where
    DB: Backend,
    C: QueryFragment<DB>,
    I: QueryFragment<DB>,
    V: QueryFragment<DB>,
    P: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.id.walk_ast(out.reborrow())?;
        out.push_sql(match self.direction {
            Direction::Ascending => ") > (",
            Direction::Descending => ") < (",
        });
        self.value.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.position.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// A column that a list is ordered by.
///
/// Without statistics SQLite takes an index that yields the order, and walks all of a tenant for
/// it, even where another index would find the few rows that are wanted. Where a filter finds few
/// rows, `by_index` is false and the order is not taken from an index (`+column`). PostgreSQL knows
/// how many rows to expect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sorted<C> {
    column: C,
    by_index: bool,
}

/// `column` to order by.
pub(crate) fn sorted<C>(column: C, by_index: bool) -> Sorted<C> {
    Sorted { column, by_index }
}

impl<C: Expression> Expression for Sorted<C> {
    type SqlType = C::SqlType;
}

impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Sorted<C> {}

impl<C: ValidGrouping<G>, G> ValidGrouping<G> for Sorted<C> {
    type IsAggregate = C::IsAggregate;
}

impl<C> QueryId for Sorted<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Sorted<C> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out)
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Sorted<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        if !self.by_index {
            out.push_sql("+");
        }
        self.column.walk_ast(out)
    }
}

/// `users.username_order`: the username's key, `''` without one. The database makes it, so it is
/// none of the table's columns that are read and written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UsernameOrder;

impl Expression for UsernameOrder {
    type SqlType = Text;
}

impl AppearsOnTable<users::table> for UsernameOrder {}

impl ValidGrouping<()> for UsernameOrder {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for UsernameOrder {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for UsernameOrder {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("users.username_order");
        Ok(())
    }
}

/// Puts order, start and limit of a listing on a boxed query, and leaves the query in its place.
/// `by_index` is whether an index should yield the order, see [`Sorted`]. For each field: its column
/// and the function that reads its value from a cursor. Returns from the function around it when
/// there is no such page.
macro_rules! ordered {
    ($query:ident, $listing:expr, $id:expr, default $default:expr, by_index $by_index:expr, { $($field:pat => ($column:expr, $value:path)),+ $(,)? }) => {{
        use citizenry_identity::{Direction, Start};
        let order = $crate::keyset::order($listing, $default);
        for key in &order {
            $query = match (key.field, key.direction) {
                $(
                    ($field, Direction::Ascending) => {
                        $query.then_order_by($crate::keyset::sorted($column, $by_index).asc())
                    }
                    ($field, Direction::Descending) => {
                        $query.then_order_by($crate::keyset::sorted($column, $by_index).desc())
                    }
                )+
            };
        }
        $query = match order.last().map(|key| key.direction) {
            Some(Direction::Ascending) => $query.then_order_by($id.asc()),
            _ => $query.then_order_by($id.desc()),
        };
        match &$listing.start {
            Start::Skip(0) => {}
            Start::Skip(rows) => {
                $query = $query.offset(i64::try_from(*rows).unwrap_or(i64::MAX));
            }
            Start::After(cursor) => {
                let [key] = order.as_slice() else {
                    return Err($crate::keyset::several_keys());
                };
                match key.field {
                    $($field => {
                        let Some(value) = $value(&cursor.key) else {
                            return Ok($crate::keyset::nowhere());
                        };
                        let column = $crate::keyset::sorted($column, $by_index);
                        let rest =
                            $crate::keyset::beyond(column, $id, key.direction, value, cursor.id);
                        $query = $query.filter(rest);
                    })+
                }
            }
        }
        $query = $query.limit($crate::keyset::fetched($listing));
    }};
}
pub(crate) use ordered;

/// Like [`ordered!`] for a list in order of age or name.
macro_rules! by_name {
    ($query:ident, $listing:expr, $table:ident, by_index $by_index:expr) => {
        $crate::keyset::ordered!($query, $listing, $table::id, default ByName::CreatedAt, by_index $by_index, {
            ByName::CreatedAt => ($table::created_at, $crate::keyset::time),
            ByName::Name => ($table::name, $crate::keyset::text),
        })
    };
}
pub(crate) use by_name;

/// Like [`ordered!`] for a list whose only order is that of its identifiers, newest first.
macro_rules! by_age {
    ($query:ident, $listing:expr, $id:expr) => {{
        use citizenry_identity::{Direction, Start};
        let direction = $crate::keyset::direction($listing, Direction::Descending);
        let ascending = direction == Direction::Ascending;
        $query = if ascending { $query.order($id.asc()) } else { $query.order($id.desc()) };
        match &$listing.start {
            Start::Skip(0) => {}
            Start::Skip(rows) => {
                $query = $query.offset(i64::try_from(*rows).unwrap_or(i64::MAX));
            }
            Start::After(cursor) if ascending => {
                $query = $query.filter($id.gt($crate::types::DbId(cursor.id)));
            }
            Start::After(cursor) => {
                $query = $query.filter($id.lt($crate::types::DbId(cursor.id)));
            }
        }
        $query = $query.limit($crate::keyset::fetched($listing));
    }};
}
pub(crate) use by_age;

/// Like [`ordered!`] for a list in order of age, number or folded name.
macro_rules! numbered {
    ($query:ident, $listing:expr, $table:ident, by_index $by_index:expr) => {
        $crate::keyset::ordered!($query, $listing, $table::id, default NumberedSort::CreatedAt, by_index $by_index, {
            NumberedSort::CreatedAt => ($table::created_at, $crate::keyset::time),
            NumberedSort::Number => ($table::number, $crate::keyset::number),
            NumberedSort::Name => ($table::name_key, $crate::keyset::text),
        })
    };
}
pub(crate) use numbered;

/// Like [`ordered!`] for a list whose only order is that of a column of numbers, which are drawn
/// one after the other: newest first.
macro_rules! by_number {
    ($query:ident, $listing:expr, $number:expr) => {{
        use citizenry_identity::{Direction, Start};
        let direction = $crate::keyset::direction($listing, Direction::Descending);
        let ascending = direction == Direction::Ascending;
        $query = if ascending { $query.order($number.asc()) } else { $query.order($number.desc()) };
        match &$listing.start {
            Start::Skip(0) => {}
            Start::Skip(rows) => {
                $query = $query.offset(i64::try_from(*rows).unwrap_or(i64::MAX));
            }
            Start::After(cursor) => {
                let Some(last) = $crate::keyset::number(&cursor.key) else {
                    return Ok($crate::keyset::nowhere());
                };
                $query = if ascending {
                    $query.filter($number.gt(last))
                } else {
                    $query.filter($number.lt(last))
                };
            }
        }
        $query = $query.limit($crate::keyset::fetched($listing));
    }};
}
pub(crate) use by_number;

/// The order of a listing; without one, newest first.
pub(crate) fn order<F: Copy>(listing: &Listing<F>, default: F) -> Vec<SortKey<F>> {
    if listing.order.is_empty() {
        vec![SortKey { field: default, direction: Direction::Descending }]
    } else {
        listing.order.clone()
    }
}

/// Which way a list of one order runs; `default` when nothing is said.
pub(crate) fn direction<F>(listing: &Listing<F>, default: Direction) -> Direction {
    listing.order.last().map_or(default, |key| key.direction)
}

/// How many rows to fetch: one more than asked for, to see whether there is a next page.
pub(crate) fn fetched<F>(listing: &Listing<F>) -> i64 {
    i64::from(listing.limit) + 1
}

/// The answer to a cursor of another order: there is no such position, so nothing lies after it.
pub(crate) fn nowhere<T>() -> Page<T> {
    Page { items: Vec::new(), total: None, next: None }
}

/// A cursor says where one key stands, not several.
pub(crate) fn several_keys() -> citizenry_storage::StorageError {
    citizenry_storage::StorageError::backend("a cursor needs an order of one key at most")
}

/// Takes the row that was fetched beyond the page away; answers where the next page starts.
pub(crate) fn next<T, F: Copy>(
    rows: &mut Vec<T>,
    listing: &Listing<F>,
    default: F,
    position: impl FnOnce(&T, F) -> Cursor,
) -> Option<Cursor> {
    let limit = usize::try_from(listing.limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    match order(listing, default).as_slice() {
        [key] => rows.last().map(|last| position(last, key.field)),
        _ => None,
    }
}

/// Like [`next`] for a list in order of age or name; `place` is a row's time, name and identifier.
pub(crate) fn next_by_name<T>(
    rows: &mut Vec<T>,
    listing: &Listing<ByName>,
    place: impl FnOnce(&T) -> (DbTime, &str, DbId),
) -> Option<Cursor> {
    next(rows, listing, ByName::CreatedAt, |row, field| {
        let (created_at, name, id) = place(row);
        let key = match field {
            ByName::CreatedAt => CursorKey::Time(created_at.into()),
            ByName::Name => CursorKey::Text(name.to_owned()),
        };
        Cursor { key, id: id.0 }
    })
}

/// Like [`next`] for a list in order of age, number or name; `place` is a row's time, number, folded
/// name and identifier.
pub(crate) fn next_numbered<T>(
    rows: &mut Vec<T>,
    listing: &Listing<NumberedSort>,
    place: impl FnOnce(&T) -> (DbTime, i64, &str, DbId),
) -> Option<Cursor> {
    next(rows, listing, NumberedSort::CreatedAt, |row, field| {
        let (created_at, number, name_key, id) = place(row);
        let key = match field {
            NumberedSort::CreatedAt => CursorKey::Time(created_at.into()),
            NumberedSort::Number => CursorKey::Number(number),
            NumberedSort::Name => CursorKey::Text(name_key.to_owned()),
        };
        Cursor { key, id: id.0 }
    })
}

/// Like [`next`] for a list in order of a column of numbers.
pub(crate) fn next_by_number<T>(
    rows: &mut Vec<T>,
    listing: &Listing<ByAge>,
    number: impl FnOnce(&T) -> i64,
) -> Option<Cursor> {
    next(rows, listing, ByAge::CreatedAt, |row, _| Cursor {
        key: CursorKey::Number(number(row)),
        id: Ulid::nil(),
    })
}

/// The cursor of a row in a list that is in order of its identifiers.
pub(crate) fn at_id(id: DbId) -> Cursor {
    Cursor { key: CursorKey::None, id: id.0 }
}

/// A cursor's time.
pub(crate) fn time(key: &CursorKey) -> Option<DbTime> {
    match key {
        CursorKey::Time(at) => Some(DbTime(*at)),
        CursorKey::None | CursorKey::Text(_) | CursorKey::Number(_) => None,
    }
}

/// A cursor's text.
pub(crate) fn text(key: &CursorKey) -> Option<String> {
    match key {
        CursorKey::Text(text) => Some(sought(text)),
        CursorKey::None | CursorKey::Time(_) | CursorKey::Number(_) => None,
    }
}

/// A cursor's number.
pub(crate) fn number(key: &CursorKey) -> Option<i64> {
    match key {
        CursorKey::Number(number) => Some(*number),
        CursorKey::None | CursorKey::Text(_) | CursorKey::Time(_) => None,
    }
}

/// A cursor's text, `''` for none.
pub(crate) fn text_or_empty(key: &CursorKey) -> Option<String> {
    match key {
        CursorKey::None => Some(String::new()),
        CursorKey::Text(_) | CursorKey::Time(_) | CursorKey::Number(_) => text(key),
    }
}

/// A cursor's time of a last sign-in, which may never have been.
pub(crate) fn last_login(key: &CursorKey) -> Option<DbTime> {
    match key {
        CursorKey::None => Some(last_login_key(None)),
        CursorKey::Text(_) | CursorKey::Time(_) | CursorKey::Number(_) => time(key),
    }
}

/// The key of a cursor for a text that `''` stands for the lack of.
pub(crate) fn text_key(text: &str) -> CursorKey {
    if text.is_empty() { CursorKey::None } else { CursorKey::Text(text.to_owned()) }
}

/// The key of a cursor for a time that may be missing.
pub(crate) fn time_key(at: Option<DbTime>) -> CursorKey {
    at.map_or(CursorKey::None, |at| CursorKey::Time(Timestamp::from(at)))
}

/// `text` as a value to look for. PostgreSQL's text cannot hold U+0000 and would fail; nothing that
/// is stored and compared holds U+0001, so what has either is simply not found.
pub(crate) fn sought(text: &str) -> String {
    text.replace('\0', "\u{1}")
}

/// `text` in a pattern of `LIKE … ESCAPE '\'`, every character as itself.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in sought(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The pattern of `LIKE … ESCAPE '\'` for what contains `text`.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", like(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_every_character_as_itself() {
        assert_eq!(containing(r"50%_\"), r"%50\%\_\\%");
        assert_eq!(containing("李"), "%李%");
    }

    #[test]
    fn the_extra_row_tells_of_a_next_page_and_goes() {
        let listing = Listing::<char>::first(2);
        let position = |row: &i32, field| Cursor {
            key: CursorKey::Text(format!("{field}{row}")),
            id: Ulid::nil(),
        };
        let mut rows = vec![1, 2, 3];
        let next_page = next(&mut rows, &listing, 'a', position);
        assert_eq!(next_page.map(|cursor| cursor.key), Some(CursorKey::Text("a2".to_owned())));
        assert_eq!(rows, [1, 2]);
        assert_eq!(next(&mut rows, &listing, 'a', position), None);
    }
}
