//! Calls the methods of the ports that signing people in needs.

use citizenry_identity::{PasswordHash, PasswordStrength, StoredPassword, TicketKind, TokenKind};
use citizenry_storage::Tx;

use crate::{
    drive::{Done, by_age, counted},
    label,
    support::{
        World, at, attempts, client, consent, family, hash, message, session, ticket, token,
    },
};

pub(crate) async fn every_query(tx: &mut dyn Tx, world: &World) -> Done {
    sessions_and_tokens(tx, world).await?;
    tickets_and_attempts(tx, world).await?;
    consents(tx, world).await?;
    passwords(tx, world).await?;
    outbox(tx, world).await
}

async fn sessions_and_tokens(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let (user, app) = (world.user(11), client(tenant, "signs in"));
    label("");
    tx.users().insert(&user).await?;
    tx.clients().insert(&app).await?;
    let began = session(&user, 1);
    label("find sessions");
    tx.sessions().insert(&began).await?;
    tx.sessions().find(tenant, began.id).await?;
    tx.sessions().find_by_secret(tenant, &began.secret_hash).await?;
    tx.sessions().save(&began).await?;
    tx.sessions().delete_ended(at(0), 10).await?;
    label("walk sessions.list_of_user");
    tx.sessions().list_of_user(tenant, user.id).await?;

    let mut issued = family(&user, &app, 1);
    issued.session = Some(began.id);
    label("find token_families");
    tx.token_families().insert(&issued).await?;
    tx.token_families().find(tenant, issued.id).await?;
    tx.token_families().find_for_update(tenant, issued.id).await?;
    tx.token_families().save(&issued).await?;
    tx.token_families().delete_expired(at(0), 10).await?;
    label("walk token_families.list_of_session");
    tx.token_families().list_of_session(tenant, began.id).await?;
    label("walk token_families.list_of_user");
    tx.token_families().list_of_user(tenant, user.id).await?;
    label("find token_families revoked");
    tx.token_families().revoke_of_user(tenant, user.id, None, at(0)).await?;
    tx.token_families().revoke_of_user(tenant, user.id, Some(app.id), at(0)).await?;
    tx.token_families().revoke_of_session(tenant, began.id, at(0)).await?;

    label("find tokens");
    let access = token(&app, TokenKind::Access, 1);
    tx.tokens().insert(&access).await?;
    tx.tokens().find(TokenKind::Access, &hash(1)).await?;
    tx.tokens().find_for_update(TokenKind::Access, &hash(1)).await?;
    tx.tokens().save(&access).await?;
    tx.tokens().delete(TokenKind::Access, &hash(1)).await?;
    tx.tokens().delete_expired(at(0), 10).await?;

    label("find sessions deleted");
    tx.sessions().delete(tenant, began.id).await?;
    tx.sessions().delete_of_user(tenant, user.id).await?;
    Ok(())
}

async fn tickets_and_attempts(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let kind = TicketKind::DeviceCode;
    let user = world.user(12);
    label("");
    tx.users().insert(&user).await?;
    label("find tickets");
    let mut device = ticket(tenant, kind, 1);
    device.second_hash = Some(hash(2));
    tx.tickets().insert(&device).await?;
    tx.tickets().find(kind, &hash(1)).await?;
    tx.tickets().find_by_second(kind, &hash(2)).await?;
    tx.tickets().find_for_update(kind, &hash(1)).await?;
    tx.tickets().save(&device).await?;
    tx.tickets().delete(kind, &hash(1)).await?;
    tx.tickets().delete_of_user(tenant, user.id, kind).await?;
    tx.tickets().delete_expired(at(0), 10).await?;

    label("find attempts");
    tx.attempts().put(&attempts(tenant, 1)).await?;
    tx.attempts().find(tenant, &hash(1)).await?;
    tx.attempts().find_for_update(tenant, &hash(1)).await?;
    tx.attempts().delete(tenant, &hash(1)).await?;
    tx.attempts().delete_expired(at(0), 10).await?;
    Ok(())
}

async fn consents(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let (user, app) = (world.user(13), client(tenant, "is allowed"));
    label("");
    tx.users().insert(&user).await?;
    tx.clients().insert(&app).await?;
    label("find consents");
    let given = consent(&user, &app, "a", 1);
    tx.consents().put(&given).await?;
    tx.consents().find(tenant, given.id).await?;
    for (start, listing) in by_age() {
        label(&start.replace("walk", "walk consents.list_of_user"));
        tx.consents().list_of_user(tenant, user.id, &listing).await?;
    }
    label("find consents counted");
    tx.consents().list_of_user(tenant, user.id, &counted()).await?;
    label("walk consents.list_for");
    tx.consents().list_for(tenant, user.id, app.id).await?;
    label("find consents deleted");
    tx.consents().delete(tenant, given.id).await?;
    tx.consents().delete_of_user(tenant, user.id, Some(app.id)).await?;
    tx.consents().delete_of_user(tenant, user.id, None).await?;
    Ok(())
}

async fn passwords(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let user = world.user(14);
    label("");
    tx.users().insert(&user).await?;
    let hash = PasswordHash::new("$".to_owned());
    let password = StoredPassword::new(hash.clone(), PasswordStrength::Weak, at(0));
    label("find passwords of the past");
    tx.passwords().rehash(tenant, user.id, &hash, &hash).await?;
    label("walk passwords of the past");
    tx.passwords().remember(tenant, user.id, &password, 1).await?;
    tx.passwords().history(tenant, user.id, 10).await?;
    Ok(())
}

async fn outbox(tx: &mut dyn Tx, world: &World) -> Done {
    let mail = message(world.tenant, 1);
    label("find outbox");
    tx.outbox().append(&mail).await?;
    tx.outbox().save(&mail).await?;
    label("walk outbox.take_due");
    tx.outbox().take_due(at(1), at(2), 10).await?;
    label("find outbox.delete");
    tx.outbox().delete(mail.id).await?;
    // The queue of the installation, from its front: the first row, and no more than 10,000.
    label("all outbox");
    tx.outbox().next_due().await?;
    tx.outbox().waiting().await?;
    Ok(())
}
