//! What ends a user's access: shared by every use case that does so, inside its own unit of work.

use citizenry_identity::{
    ClientId, Error, Moment, Session, StoredPassword, TenantId, TicketKind, TokenFamily, User,
    UserId,
};

use crate::{LogoutNotice, Result, Tx, order_logout};

/// Ends every session of a user and revokes all his refresh tokens and what was issued with them,
/// and has the clients told that asked to be. For locks, changes of status, deletions and new
/// passwords.
///
/// # Errors
/// Those of the ports.
pub async fn end_access(tx: &mut dyn Tx, user: &User, moment: &Moment) -> Result<()> {
    let families = tx.token_families().list_of_user(user.tenant, user.id).await?;
    tell_clients(tx, user, &families, moment).await?;
    tx.sessions().delete_of_user(user.tenant, user.id).await?;
    tx.token_families().revoke_of_user(user.tenant, user.id, None, moment.now()).await?;
    Ok(())
}

/// Ends every session of a user and has the clients told that asked to be. What was issued to
/// applications goes on: for those who change their own password with such a token in hand.
///
/// # Errors
/// Those of the ports.
pub async fn end_browser_sessions(tx: &mut dyn Tx, user: &User, moment: &Moment) -> Result<()> {
    let families = tx.token_families().list_of_user(user.tenant, user.id).await?;
    tell_clients(tx, user, &families, moment).await?;
    tx.sessions().delete_of_user(user.tenant, user.id).await?;
    Ok(())
}

/// Ends one session and what was issued in it and does not outlive it, and has the clients told
/// that asked to be. Whether there was such a session.
///
/// # Errors
/// Those of the ports.
pub async fn end_session(
    tx: &mut dyn Tx,
    session: &Session,
    user: &User,
    moment: &Moment,
) -> Result<bool> {
    let families = tx.token_families().list_of_session(session.tenant, session.id).await?;
    tell_clients(tx, user, &families, moment).await?;
    let ended = tx.sessions().delete(session.tenant, session.id).await?;
    tx.token_families().revoke_of_session(session.tenant, session.id, moment.now()).await?;
    Ok(ended)
}

/// One notice for each client and session, to those clients that want notices.
async fn tell_clients(
    tx: &mut dyn Tx,
    user: &User,
    families: &[TokenFamily],
    moment: &Moment,
) -> Result<()> {
    let mut pairs: Vec<_> =
        families.iter().filter_map(|family| Some((family.client, family.session?))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut ids: Vec<ClientId> = pairs.iter().map(|(client, _)| *client).collect();
    ids.dedup();
    let clients = tx.clients().find_many(user.tenant, &ids).await?;
    let wants = |id| {
        clients
            .iter()
            .any(|client| client.id == id && client.settings.oidc.backchannel_logout_uri.is_some())
    };
    for (client, session) in pairs {
        if wants(client) {
            let subject = user.subject.as_str();
            let notice = LogoutNotice::new(client, user.id, subject, Some(session));
            order_logout(tx, user.tenant, &notice, moment).await?;
        }
    }
    Ok(())
}

/// Replaces a user's password by one that was hashed and judged already, and remembers the old one
/// among the latest `keep`. Tickets that would set yet another one end.
///
/// # Errors
/// Those of the ports.
pub async fn replace_password(
    tx: &mut dyn Tx,
    tenant: TenantId,
    user: UserId,
    password: &StoredPassword,
    keep: u32,
) -> Result<(), Error> {
    if keep > 0
        && let Some(old) = tx.passwords().find(tenant, user).await?
    {
        tx.passwords().remember(tenant, user, &old, keep).await?;
    }
    for kind in [TicketKind::PasswordReset, TicketKind::LinkSecret] {
        tx.tickets().delete_of_user(tenant, user, kind).await?;
    }
    Ok(tx.passwords().set(tenant, user, password).await?)
}
