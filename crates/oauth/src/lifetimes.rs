//! How long tokens last.

use citizenry_identity::{Client, ClientKind, ManagementDoor, ResourceServer, Timestamp};

/// How long ID tokens, and access tokens for userinfo alone, last when nothing is said: ten hours.
const ID_TOKEN: u32 = 36_000;
/// How long refresh tokens last from the authorization when nothing is said: thirty days.
const REFRESH: u32 = 2_592_000;
/// How long refresh tokens last unused when nothing is said: fifteen days.
const REFRESH_IDLE: u32 = 1_296_000;
/// How long the refresh tokens of AngusGM's door last unused when nothing is said: twenty hours.
const ANGUS_REFRESH_IDLE: u32 = 72_000;
/// How long people's access tokens for Audience Manager's door last when nothing is said.
const AUDIENCE_MANAGER: u32 = 3_599;
/// How long the tokens last that clients of Audience Manager's door get for themselves.
const TECHNICAL_ACCOUNT: u32 = 86_399;
/// For how long a rotated refresh token still gets its successor when nothing is said, seconds.
const GRACE: u32 = 30;
/// The longest that this may be.
const MAX_GRACE: u32 = 300;

/// How long an ID token for `client` lasts, seconds.
pub(crate) fn id_token(client: &Client) -> u32 {
    client.settings.oidc.id_token_lifetime.unwrap_or(ID_TOKEN)
}

/// How long an access token for `servers` lasts, seconds: as long as the strictest says; as long
/// as an ID token if it is for userinfo alone. For a management door's client as long as the client
/// says, since its tokens are good nowhere else.
pub(crate) fn access_token(client: &Client, servers: &[ResourceServer]) -> u32 {
    if let Some(door) = client.settings.door {
        return client.settings.oidc.id_token_lifetime.unwrap_or(match door {
            ManagementDoor::AudienceManager => AUDIENCE_MANAGER,
            ManagementDoor::Angus => ID_TOKEN,
        });
    }
    let in_browser = client.kind == ClientKind::Spa;
    let each = servers.iter().map(|server| {
        let web = server.token_lifetime_for_web.filter(|_| in_browser);
        web.unwrap_or(server.token_lifetime)
    });
    each.min().unwrap_or_else(|| id_token(client))
}

/// How long an access token of the client itself for `server` lasts, seconds.
pub(crate) fn own_token(client: &Client, server: &ResourceServer) -> u32 {
    match client.settings.door {
        None => server.token_lifetime,
        Some(ManagementDoor::AudienceManager) => TECHNICAL_ACCOUNT,
        Some(ManagementDoor::Angus) => access_token(client, &[]),
    }
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
    let idle = metadata.refresh_token_idle_lifetime.unwrap_or(match client.settings.door {
        Some(ManagementDoor::Angus) => ANGUS_REFRESH_IDLE,
        Some(ManagementDoor::AudienceManager) | None => REFRESH_IDLE,
    });
    authorized_at.plus_seconds(whole.into()).min(now.plus_seconds(idle.into()))
}

/// Until when a refresh token that was rotated at `rotated_at` still gets its successor.
pub(crate) fn grace(client: &Client, rotated_at: Timestamp) -> Timestamp {
    // The clients of management doors are told that a refresh token is good once.
    let default = if client.settings.door.is_some() { 0 } else { GRACE };
    let grace = client.settings.oidc.refresh_token_grace.unwrap_or(default).min(MAX_GRACE);
    rotated_at.plus_seconds(grace.into())
}
