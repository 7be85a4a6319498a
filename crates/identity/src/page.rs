//! Lists: order, where to start, how many, and what comes back.

use std::{fmt, str::FromStr};

use ulid::Ulid;

use crate::{Error, Timestamp};

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first; what has no value comes before what has one.
    Ascending,
    /// Greatest first; what has no value comes last.
    Descending,
}

/// One field of an order and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey<F> {
    /// The field; only fields with an index are values of `F`.
    pub field: F,
    /// Which way.
    pub direction: Direction,
}

/// What part of a list is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<F> {
    /// The order, most significant field first. The identifier, in the direction of the last key,
    /// always breaks ties. Empty means the list's own default (newest first).
    pub order: Vec<SortKey<F>>,
    /// Where to start.
    pub start: Start,
    /// How many items at the most, 1 to [`Listing::<()>::MAX_LIMIT`].
    pub limit: u32,
    /// Whether the total is wanted, too; it costs a further statement.
    pub with_total: bool,
}

impl<F> Listing<F> {
    /// The longest page.
    pub const MAX_LIMIT: u32 = 2_000;
    /// How far a numbered page may reach into a list: rows are skipped one by one through the index.
    pub const MAX_SKIP: u64 = 200_000_000;

    /// `limit` items (cut to [`Listing::MAX_LIMIT`]) from the start, in the default order, without total.
    pub fn first(limit: u32) -> Self {
        Self {
            order: Vec::new(),
            start: Start::Skip(0),
            limit: limit.clamp(1, Self::MAX_LIMIT),
            with_total: false,
        }
    }
}

/// Where a page starts.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// After this many items (numbered pages). Costs a walk over the index entries that are skipped.
    Skip(u64),
    /// After the item that this cursor names: the same cost on every page. Needs an order of at
    /// most one key.
    After(Cursor),
}

/// A position in a list: the sort key's value and the identifier of the last item seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The value of the sort key.
    pub key: CursorKey,
    /// The identifier.
    pub id: Ulid,
}

/// A sort key's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorKey {
    /// The item has no value there, or the list is in order of its identifiers.
    None,
    /// A text.
    Text(String),
    /// A point in time.
    Time(Timestamp),
    /// A number.
    Number(i64),
}

impl fmt::Display for Cursor {
    /// `<ulid>`, `<ulid>t<microseconds>`, `<ulid>n<number>` or `<ulid>s<text>`. Doors wrap it as they like.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id.to_string().to_ascii_lowercase())?;
        match &self.key {
            CursorKey::None => Ok(()),
            CursorKey::Time(time) => write!(f, "t{}", time.unix_micros()),
            CursorKey::Text(text) => write!(f, "s{text}"),
            CursorKey::Number(number) => write!(f, "n{number}"),
        }
    }
}

impl FromStr for Cursor {
    type Err = Error;
    /// Reads what [`Cursor`]'s `Display` writes; anything else is `Invalid` on `cursor`.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse_cursor(text).ok_or_else(|| Error::invalid("cursor", "not a cursor of this list"))
    }
}

fn parse_cursor(text: &str) -> Option<Cursor> {
    let (id, key) = text.split_at_checked(ulid::ULID_LEN)?;
    let id = Ulid::from_string(id).ok()?;
    let key = match key.split_at_checked(1) {
        None => CursorKey::None,
        Some(("t", micros)) => CursorKey::Time(Timestamp::from_unix_micros(micros.parse().ok()?)?),
        Some(("n", number)) => CursorKey::Number(number.parse().ok()?),
        Some(("s", text)) => CursorKey::Text(text.to_owned()),
        Some(_) => return None,
    };
    Some(Cursor { key, id })
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items, in order. Empty past the end.
    pub items: Vec<T>,
    /// How many there are in all, where it was asked for.
    pub total: Option<u64>,
    /// Where the next page starts; `None` when this page was not full.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The same page with other items.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(convert).collect(),
            total: self.total,
            next: self.next,
        }
    }

    /// The same page with other items; the first error ends it.
    ///
    /// # Errors
    /// What `convert` answers.
    pub fn try_map<U, E>(self, convert: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page {
            items: self.items.into_iter().map(convert).collect::<Result<_, _>>()?,
            total: self.total,
            next: self.next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let id = Ulid::from_parts(7, 9);
        let time = Timestamp::from_unix_micros(-5).unwrap();
        for key in [
            CursorKey::None,
            CursorKey::Time(time),
            CursorKey::Number(-7),
            CursorKey::Text("李雷 t1 s".to_owned()),
        ] {
            let cursor = Cursor { key, id };
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "01", "é".repeat(13).as_str(), "01ARZ3NDEKTSV4RRFFQ69G5FAVx1"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
