//! Identifiers: numbers.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use citizenry_identity::Number;

use super::error::{Fault, Own};

/// What is shown of somebody who is no user of the tenant.
pub(crate) const NOBODY: i64 = -1;

/// The entity of that number; a number that none can have is one that none has.
pub(crate) fn number(value: i64) -> Number {
    // The last one of 2^53 is never handed out.
    Number::new(value).or(Number::new(Number::MAX)).unwrap_or(Number::FIRST)
}

/// Numbers of a body that must differ from each other. `field` names them.
pub(crate) fn distinct(field: &str, values: &[i64]) -> Result<Vec<Number>, Own> {
    let mut seen = std::collections::BTreeSet::new();
    if values.iter().all(|value| seen.insert(value)) {
        Ok(values.iter().map(|value| number(*value)).collect())
    } else {
        Err(Own::invalid(field, "must not name anything twice"))
    }
}

/// The number that the path names: `{id}` or `{userId}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PathId(pub(crate) Number);

impl FromRequest for PathId {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let path = request.match_info();
        let named = ["id", "userId"].iter().find_map(|name| Some((*name, path.get(name)?)));
        let (name, text) = named.unwrap_or(("id", ""));
        let read = text.parse::<i64>().map(|value| Self(number(value)));
        ready(read.map_err(|_no_number| Own::invalid(name, "must be a whole number").into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_nobody_can_have_name_nobody() {
        for value in [0, -1, i64::MIN, i64::MAX] {
            assert_eq!(number(value).get(), Number::MAX, "{value}");
        }
        assert_eq!(number(3012).get(), 3012);
    }

    #[test]
    fn what_must_differ_may_not_repeat() {
        assert_eq!(distinct("groupIds", &[2, 1]).unwrap(), [number(2), number(1)]);
        assert_eq!(distinct("groupIds", &[1, 1]).unwrap_err().key, "param_validation_error");
    }
}
