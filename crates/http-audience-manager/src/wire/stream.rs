//! Lists without page parameters: one JSON array, read and written a piece at a time, so that a
//! list of any length takes the memory of one piece.

use actix_web::{
    HttpResponse,
    http::header::ContentType,
    web::{Bytes, BytesMut},
};
use citizenry_identity::{Cursor, Error, Page};
use futures_util::{Stream, stream};
use serde::Serialize;

use super::answer::Answer;

/// Where a stream stands.
enum State<T> {
    /// This piece comes next; whether it is the first.
    Piece(Page<T>, bool),
    /// The piece after this cursor comes next.
    After(Cursor),
    /// All was said.
    Done,
}

/// A bare array of `first` and everything after it, which `next` reads from where it is told to.
/// Once the answer has begun, an error can only end the connection: the array is then left open, so
/// that nobody takes a part for the whole.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler")]
pub(crate) fn streamed<T, N>(first: Page<T>, next: N) -> Answer
where
    T: Serialize + 'static,
    N: AsyncFn(Cursor) -> Result<Page<T>, Error> + 'static,
{
    let mut response = HttpResponse::Ok();
    Ok(response.content_type(ContentType::json()).streaming(pieces(first, next)))
}

/// The array in pieces.
fn pieces<T, N>(first: Page<T>, next: N) -> impl Stream<Item = Result<Bytes, Error>>
where
    T: Serialize,
    N: AsyncFn(Cursor) -> Result<Page<T>, Error>,
{
    stream::try_unfold((State::Piece(first, true), next), async |(state, next)| {
        let (page, is_first) = match state {
            State::Piece(page, is_first) => (page, is_first),
            State::After(cursor) => match next(cursor).await {
                Ok(page) => (page, false),
                Err(error) => {
                    tracing::error!(%error, "a list broke off");
                    return Err(error);
                }
            },
            State::Done => return Ok(None),
        };
        let bytes = write(&page, is_first)?;
        let state = page.next.map_or(State::Done, State::After);
        Ok(Some((bytes, (state, next))))
    })
}

/// A piece of the array, with the brackets that open and close the whole.
fn write<T: Serialize>(page: &Page<T>, is_first: bool) -> Result<Bytes, Error> {
    let mut text = BytesMut::new();
    if is_first {
        text.extend_from_slice(b"[");
    }
    for (index, item) in page.items.iter().enumerate() {
        if index > 0 || !is_first {
            text.extend_from_slice(b",");
        }
        text.extend_from_slice(&serde_json::to_vec(item).map_err(Error::internal)?);
    }
    if page.next.is_none() {
        text.extend_from_slice(b"]");
    }
    Ok(text.freeze())
}

#[cfg(test)]
mod tests {
    use citizenry_identity::CursorKey;
    use futures_util::StreamExt as _;

    use super::*;

    fn page(items: &[u64], next: Option<i64>) -> Page<u64> {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse::<Cursor>().unwrap().id;
        let next = next.map(|number| Cursor { key: CursorKey::Number(number), id });
        Page { items: items.to_vec(), total: None, next }
    }

    async fn read(
        first: Page<u64>,
        next: impl Fn(Cursor) -> Result<Page<u64>, Error>,
    ) -> (String, usize, bool) {
        let pieces = pieces(first, async |cursor| next(cursor));
        let pieces: Vec<_> = pieces.collect().await;
        let (count, broke) = (pieces.len(), pieces.iter().any(Result::is_err));
        let bytes = pieces.into_iter().filter_map(Result::ok).collect::<Vec<_>>().concat();
        (String::from_utf8(bytes).unwrap(), count, broke)
    }

    fn never(_: Cursor) -> Result<Page<u64>, Error> {
        panic!("there is nothing more")
    }

    #[actix_web::test]
    async fn pieces_make_one_array() {
        assert_eq!(read(page(&[], None), never).await, ("[]".to_owned(), 1, false));
        assert_eq!(read(page(&[1, 2], None), never).await, ("[1,2]".to_owned(), 1, false));
        let next = |cursor: Cursor| match cursor.key {
            CursorKey::Number(2) => Ok(page(&[3, 4], Some(4))),
            _ => Ok(page(&[], None)),
        };
        let whole = read(page(&[1, 2], Some(2)), next).await;
        assert_eq!(whole, ("[1,2,3,4]".to_owned(), 3, false));
    }

    #[actix_web::test]
    async fn what_breaks_off_is_no_array() {
        let (text, _, broke) = read(page(&[1], Some(1)), |_| Err(Error::Unavailable)).await;
        assert!(broke);
        assert_eq!(text, "[1");
    }
}
