//! The discovery document and the key set.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag, Header as _, IfNoneMatch},
    web::Data,
};
use citizenry_http_kit::Refusal;
use citizenry_oauth::{Jwks, OAuth};

use crate::auth::PathTenant;

/// How long the documents may be kept: short enough that a key which was made when it was first
/// needed is found soon by those who keep the set.
const CACHE_CONTROL: &str = "public, max-age=60";

/// `GET /.well-known/openid-configuration`.
pub(crate) async fn discovery(
    tenant: PathTenant,
    oauth: Data<OAuth>,
) -> Result<HttpResponse, Refusal> {
    let document = oauth.discovery(tenant.0.as_deref()).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, CACHE_CONTROL)).json(document))
}

/// `GET /.well-known/jwks.json`.
pub(crate) async fn jwks(
    request: HttpRequest,
    tenant: PathTenant,
    oauth: Data<OAuth>,
) -> Result<HttpResponse, Refusal> {
    let keys = oauth.jwks(tenant.0.as_deref()).await?;
    let tag = entity_tag(&keys);
    let mut response =
        if is_known(&request, &tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, CACHE_CONTROL)).insert_header(ETag(tag.clone()));
    if is_known(&request, &tag) { Ok(response.finish()) } else { Ok(response.json(keys)) }
}

/// A published key never changes, so its identifiers tell the set.
fn entity_tag(keys: &Jwks) -> EntityTag {
    let ids = keys.keys.iter().filter_map(|key| key.get("kid")?.as_str());
    EntityTag::new_strong(ids.collect::<Vec<_>>().join("."))
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_unreadable) => false,
    }
}
