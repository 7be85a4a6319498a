//! Query strings, read strictly.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;

use crate::{
    error::Refusal,
    parameters::{self, Empty},
};

/// The parameters of the query string.
///
/// Refused with 400: a parameter twice unless `T` takes a list for it, broken percent escapes, bytes
/// that are not UTF-8, a NUL, more than 256 parameters, and whatever `T` refuses. Whether unknown
/// parameters are refused is `T`'s choice (`deny_unknown_fields`). `T` may not flatten other types
/// with numbers in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequest for StrictQuery<T> {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

/// The value that `query` holds, under the same rules as [`StrictQuery`].
pub fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Refusal> {
    parameters::parse(query, Empty::Kept)
        .map_err(|misfit| Refusal::query(misfit.field, misfit.reason))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Page {
        page: Option<u32>,
    }

    #[actix_web::test]
    async fn a_query_is_read_and_its_parameter_named_when_it_does_not_fit() {
        let request = TestRequest::with_uri("/users?page=3&other=1").to_http_request();
        let StrictQuery(page) = StrictQuery::<Page>::extract(&request).await.unwrap();
        assert_eq!(page.page, Some(3));
        let request = TestRequest::with_uri("/users?page=x").to_http_request();
        let refusal = StrictQuery::<Page>::extract(&request).await.unwrap_err();
        assert_eq!(refusal.field(), Some("page"));
        assert_eq!(refusal.status().as_u16(), 400);
    }
}
