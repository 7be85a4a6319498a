//! `q`: the part of Lucene's query language that Auth0's user search has.
//!
//! [`syntax`] reads the language, [`fields`] knows what the names in it stand for. What it cannot
//! answer is refused with 400 that names `q`; never a wrong list.

mod fields;
mod syntax;

use citizenry_directory::UserSearch;
use citizenry_http_kit::Refusal;
use citizenry_identity::{Error, Timestamp};

/// The longest query, bytes.
const LONGEST: usize = 4_096;

/// A refusal of the query because of `reason`.
fn refuse(reason: impl std::fmt::Display) -> Refusal {
    Refusal::query(Some("q".to_owned()), reason)
}

/// What `q` searches for; nothing is searched for without one. `now` is when somebody is blocked.
pub(crate) fn search(q: Option<&str>, now: Timestamp) -> Result<Option<UserSearch>, Refusal> {
    let Some(q) = q.map(str::trim).filter(|q| !q.is_empty() && *q != "*" && *q != "*:*") else {
        return Ok(None);
    };
    if q.len() > LONGEST {
        return Err(refuse(format_args!("must be at most {LONGEST} bytes long")));
    }
    let query = syntax::parse(q).map_err(refuse)?;
    let search = fields::search(&query, now).map_err(refuse)?;
    Ok(Some(search))
}

/// An error of a list that was searched, with the parameter's name.
pub(crate) fn of_search(error: Error) -> Refusal {
    match error {
        Error::Invalid { field, reason } if field == "search" => refuse(reason),
        error => error.into(),
    }
}
