//! Calls what reads and writes many users at once, and what keeps jobs.

use citizenry_identity::{
    Actor, EventKind, ForeignId, Job, JobId, JobKind, JobOptions, JobProgress, JobState, Kind,
    PasswordHash, PasswordStrength, RowError, StoredPassword,
};
use citizenry_storage::{Tx, ports::UserKeys};

use crate::{
    drive::Done,
    label,
    support::{World, at, event, moment, text},
};

pub(crate) async fn every_query(tx: &mut dyn Tx, world: &World) -> Done {
    bulk(tx, world).await?;
    jobs(tx, world).await
}

async fn bulk(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let (one, other) = (world.full_user(9_001), world.full_user(9_002));
    label("all of one by one");
    tx.bulk().insert_users(&[one.clone(), other.clone()]).await?;
    let target = (Kind::User, one.id.to_string());
    let imported = event(tenant, 9_001, EventKind::USER_IMPORTED, Actor::Operator, target);
    tx.bulk().append_events(&[imported]).await?;
    let foreign = |id: &str| ForeignId { source: text("old"), kind: Kind::User, id: text(id) };
    tx.bulk().add_foreign_ids(tenant, &[(foreign("1"), one.id)]).await?;
    label("find passwords");
    let hash = PasswordHash::new("$plain$".to_owned());
    let password = StoredPassword::new(hash, PasswordStrength::Unknown, at(0));
    tx.bulk().set_passwords(tenant, &[(one.id, password)]).await?;
    label("find many users");
    let users = [one.id, other.id];
    let connection = one.connection;
    let keys = UserKeys {
        ids: users.to_vec(),
        subjects: vec![one.subject.clone(), other.subject.clone()],
        external_ids: vec!["a".to_owned(), "b".to_owned()],
        usernames: vec![(connection, "a".to_owned()), (connection, "b".to_owned())],
        emails: vec![(connection, "a".to_owned()), (connection, "b".to_owned())],
        phones: vec![(connection, "a".to_owned()), (connection, "b".to_owned())],
        identities: vec![("a".to_owned(), "b".to_owned()), ("a".to_owned(), "c".to_owned())],
    };
    tx.bulk().users_with_keys(tenant, &keys).await?;
    tx.bulk().passwords_of(tenant, &users).await?;
    tx.bulk().roles_of(tenant, &users).await?;
    tx.bulk().roles_named(tenant, &[text("a"), text("b")]).await?;
    tx.bulk().groups_called(tenant, &[text("a"), text("b")]).await?;
    tx.bulk().foreign_ids_of(tenant, &users).await?;
    tx.bulk().users_of_foreign_ids(tenant, &[foreign("1"), foreign("2")]).await?;
    tx.bulk().give_roles(tenant, &[], at(0)).await?;
    label("walk all users");
    tx.bulk().users_after(tenant, None, 10).await?;
    label("walk all users after");
    tx.bulk().users_after(tenant, Some(one.id), 10).await?;
    Ok(())
}

async fn jobs(tx: &mut dyn Tx, world: &World) -> Done {
    let tenant = world.tenant;
    let mut job = Job {
        id: JobId::generate(moment()),
        tenant,
        kind: JobKind::UsersImport,
        state: JobState::Pending,
        source: Some([7; 32]),
        connection: Some(world.connection),
        options: JobOptions::default(),
        actor: Actor::Operator,
        input_bytes: Some(1),
        progress: JobProgress::default(),
        problem: None,
        due_at: Some(at(0)),
        finished_at: None,
        expires_at: at(100),
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    };
    label("find jobs");
    tx.jobs().insert(&job).await?;
    tx.jobs().find(tenant, job.id).await?;
    tx.jobs().find_for_update(tenant, job.id).await?;
    tx.jobs().find_by_source(tenant, &[7; 32]).await?;
    tx.jobs().save(&job).await?;
    job.version += 1;
    let error = RowError { line: 1, entry: None, errors: Vec::new() };
    tx.jobs().add_errors(tenant, job.id, &[error]).await?;
    tx.jobs().add_part(tenant, job.id, 0, b"[]").await?;
    tx.jobs().part(tenant, job.id, 0).await?;
    label("list jobs.errors");
    tx.jobs().errors(tenant, job.id, 0, 10).await?;
    tx.jobs().count_errors(tenant, job.id).await?;
    tx.jobs().count_active(tenant).await?;
    label("find due jobs");
    tx.jobs().take_due(at(1), at(2)).await?;
    label("find expired jobs");
    tx.jobs().delete_expired(at(0), 10).await?;
    label("find what is deleted of jobs");
    tx.jobs().delete_parts(tenant, job.id).await?;
    tx.jobs().delete(tenant, job.id).await?;
    Ok(())
}
