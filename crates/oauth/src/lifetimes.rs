//! How long tokens last.

use citizenry_identity::{Client, ClientKind, ResourceServer, Timestamp};

/// How long ID tokens, and access tokens for userinfo alone, last when nothing is said: ten hours.
const ID_TOKEN: u32 = 36_000;
/// How long refresh tokens last from the authorization when nothing is said: thirty days.
const REFRESH: u32 = 2_592_000;
/// How long refresh tokens last unused when nothing is said: fifteen days.
const REFRESH_IDLE: u32 = 1_296_000;
/// For how long a rotated refresh token still gets its successor when nothing is said, seconds.
const GRACE: u32 = 30;
/// The longest that this may be.
const MAX_GRACE: u32 = 300;

/// How long an ID token for `client` lasts, seconds.
pub(crate) fn id_token(client: &Client) -> u32 {
    client.settings.oidc.id_token_lifetime.unwrap_or(ID_TOKEN)
}

/// How long an access token for `servers` lasts, seconds: as long as the strictest says; as long
/// as an ID token if it is for userinfo alone.
pub(crate) fn access_token(client: &Client, servers: &[ResourceServer]) -> u32 {
    let in_browser = client.kind == ClientKind::Spa;
    let each = servers.iter().map(|server| {
        let web = server.token_lifetime_for_web.filter(|_| in_browser);
        web.unwrap_or(server.token_lifetime)
    });
    each.min().unwrap_or_else(|| id_token(client))
}

/// When a refresh token that is issued or used `now` expires, if the user authorized the client at
/// `authorized_at`.
pub(crate) fn refresh_token(
    client: &Client,
    authorized_at: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let metadata = &client.settings.oidc;
    let whole = metadata.refresh_token_lifetime.unwrap_or(REFRESH);
    let idle = metadata.refresh_token_idle_lifetime.unwrap_or(REFRESH_IDLE);
    authorized_at.plus_seconds(whole.into()).min(now.plus_seconds(idle.into()))
}

/// Until when a refresh token that was rotated at `rotated_at` still gets its successor.
pub(crate) fn grace(client: &Client, rotated_at: Timestamp) -> Timestamp {
    let grace = client.settings.oidc.refresh_token_grace.unwrap_or(GRACE).min(MAX_GRACE);
    rotated_at.plus_seconds(grace.into())
}
