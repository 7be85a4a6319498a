//! What a view model becomes.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};

/// A page, ready to be sent.
#[derive(Debug, Clone)]
pub struct Page {
    /// The whole document.
    pub html: String,
    /// Every header that belongs to it: its type, its language, its policy and those that forbid to
    /// keep, frame or guess at it. Names occur once.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Page {
    /// The page as an answer.
    pub fn respond(self, status: StatusCode) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        for header in self.headers {
            response.insert_header(header);
        }
        response.body(self.html)
    }
}
