//! The discovery document and the key set.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ContentType, ETag, EntityTag, Header as _, IfNoneMatch},
    web::Data,
};
use citizenry_http_kit::Refusal;
use citizenry_oauth::{OAuth, Published};

use crate::auth::PathTenant;

/// How long the documents may be kept: short enough that a key which was made when it was first
/// needed is found soon by those who keep the set.
const CACHE_CONTROL: &str = "public, max-age=60";

/// `GET /.well-known/openid-configuration`.
pub(crate) async fn discovery(
    request: HttpRequest,
    tenant: PathTenant,
    oauth: Data<OAuth>,
) -> Result<HttpResponse, Refusal> {
    published(Published::Discovery, &request, &tenant, &oauth).await
}

/// `GET /.well-known/jwks.json`.
pub(crate) async fn jwks(
    request: HttpRequest,
    tenant: PathTenant,
    oauth: Data<OAuth>,
) -> Result<HttpResponse, Refusal> {
    published(Published::Keys, &request, &tenant, &oauth).await
}

/// A document, or that the one that the client has still is the one (RFC 9110, section 13.1.2).
async fn published(
    which: Published,
    request: &HttpRequest,
    tenant: &PathTenant,
    oauth: &OAuth,
) -> Result<HttpResponse, Refusal> {
    let document = oauth.published(which, tenant.0.as_deref()).await?;
    let tag = EntityTag::new_strong(document.entity_tag.clone());
    let is_known = is_known(request, &tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, CACHE_CONTROL)).insert_header(ETag(tag));
    if is_known {
        return Ok(response.finish());
    }
    Ok(response.content_type(ContentType::json()).body(document.json.clone()))
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_unreadable) => false,
    }
}
