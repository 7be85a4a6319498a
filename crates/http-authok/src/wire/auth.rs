//! Who asks, and under which prefix: what every handler begins with.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use citizenry_authz::Caller;
use citizenry_directory::Directory;
use citizenry_http_kit::{Authenticated, Refusal};
use citizenry_identity::{Error, Timestamp};
use futures_util::future::LocalBoxFuture;
use time::{format_description::BorrowedFormatItem, macros::format_description};

/// Under which of the two prefixes a request came, and so whose habits its answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `/api/v1`: Authok's.
    V1,
    /// `/api/v2`: Auth0's.
    V2,
}

const SEED_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const ISO_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

impl Prefix {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// The prefix as it stands in paths.
    pub const fn path(self) -> &'static str {
        match self {
            Self::V1 => "/api/v1",
            Self::V2 => "/api/v2",
        }
    }
}

/// A request that has been let in: the caller, the prefix, and the use cases.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) prefix: Prefix,
    pub(crate) directory: Directory,
}

impl Call {
    /// `at` as this prefix writes it.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let text = match self.prefix {
            Prefix::V1 => self.caller.tenant_context().time_zone.local(at).format(SEED_TIME),
            Prefix::V2 => at.date_time().format(ISO_TIME),
        };
        text.unwrap_or_default()
    }
}

impl FromRequest for Call {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Authenticated::from_request(request, payload);
        let directory = request.app_data::<web::Data<Directory>>().cloned();
        let prefix = request.app_data::<Prefix>().copied();
        Box::pin(async move {
            let Authenticated(caller) = caller.await?;
            let (Some(directory), Some(prefix)) = (directory, prefix) else {
                return Err(Error::internal("no Directory among the app data").into());
            };
            Ok(Self { caller, prefix, directory: directory.get_ref().clone() })
        })
    }
}
