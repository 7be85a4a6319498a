//! Imports and exports that a server carries out.

use citizenry_authz::Caller;
use citizenry_directory::{
    NewUser, UserRef,
    jobs::{NewExport, NewImport, NewVerificationEmail},
};
use citizenry_identity::{
    ClientIdentifier, ConnectionName, Error, Id as _, Job, JobField, JobKind, JobState, Kind,
    Number, Subject,
};
use citizenry_storage::{ImportFigures, MailKind, StorageError};
use citizenry_testkit::block_on;

use super::world::{World, caller, new_user, tenant};

async fn connection(world: &World) -> citizenry_identity::ConnectionId {
    let tenant = world.tenant();
    let name = ConnectionName::parse(ConnectionName::DEFAULT).unwrap();
    let found = world.storage.read::<_, StorageError, _>(async move |read| {
        read.connections().find_by_name(tenant, &name).await
    });
    found.await.unwrap().unwrap().id
}

async fn submit(world: &World, users: &str) -> Result<Job, Error> {
    let new = NewImport {
        connection: connection(world).await,
        users: users.as_bytes().to_vec(),
        upsert: false,
        reference: Some("ours".to_owned()),
        send_completion_email: false,
    };
    world.directory.submit_import(&world.client("create:users read:users"), new).await
}

#[test]
fn an_import_is_carried_out_and_its_refused_rows_are_told_without_hashes() {
    block_on(async {
        let world = World::new().await;
        let users = r#"[
            {"email":"fioman@qq.com","password_hash":"$plain$x","app_metadata":{"plan":"pro"}},
            {"email":"fioman@qq.com"},
            {"email":"a@qq.com","roles":["administrator"]},
            {"email":"b@qq.com","app_metadata":{"user_id":"1"}},
            {"email":"c@qq.com","password_hash":"$secret$hash"}
        ]"#;
        let job = submit(&world, users).await.unwrap();
        assert_eq!(
            (job.state, job.options.reference.as_deref()),
            (JobState::Pending, Some("ours"))
        );
        assert!(world.directory.run_due_job().await.unwrap());
        assert!(!world.directory.run_due_job().await.unwrap());
        let client = world.client("read:users");
        let done = world.directory.job(&client, job.id).await.unwrap();
        assert_eq!(done.state, JobState::Completed);
        assert_eq!((done.progress.inserted, done.progress.failed), (1, 4));
        let errors = world.directory.job_errors(&client, job.id, 0, 100).await.unwrap();
        let codes: Vec<_> = errors
            .iter()
            .map(|error| (error.line, error.errors[0].code.as_str(), error.errors[0].path.as_str()))
            .collect();
        assert_eq!(
            codes,
            [
                (2, "DUPLICATED_USER", ""),
                (3, "OBJECT_ADDITIONAL_PROPERTIES", "roles"),
                (4, "INVALID_FORMAT", "app_metadata.user_id"),
                (5, "INVALID_FORMAT", "password_hash"),
            ]
        );
        let told = serde_json::to_string(&errors).unwrap();
        assert!(!told.contains("$secret$") && told.contains("*****"), "{told}");
    });
}

#[test]
fn two_jobs_of_a_tenant_wait_at_most() {
    block_on(async {
        let world = World::new().await;
        submit(&world, "[]").await.unwrap();
        submit(&world, "[]").await.unwrap();
        let third = submit(&world, "[]").await;
        assert!(matches!(third, Err(Error::RateLimited { .. })), "{third:?}");
        assert!(world.directory.run_due_job().await.unwrap());
        submit(&world, "[]").await.unwrap();
    });
}

#[test]
fn what_is_no_array_or_too_large_is_refused_at_once() {
    block_on(async {
        let world = World::new().await;
        for users in ["{}", "", "[{]", &format!("[\"{}\"]", "x".repeat(600_000))] {
            let refused = submit(&world, users).await;
            assert!(
                matches!(&refused, Err(Error::Invalid { field, .. }) if field == "users"),
                "{refused:?}"
            );
        }
        let reader = world.client("read:users");
        let forbidden = world.directory.submit_import(
            &reader,
            NewImport {
                connection: connection(&world).await,
                users: b"[]".to_vec(),
                upsert: false,
                reference: None,
                send_completion_email: false,
            },
        );
        assert!(matches!(forbidden.await, Err(Error::Forbidden { .. })));
    });
}

#[test]
fn a_job_whose_server_was_stopped_is_taken_up_again() {
    block_on(async {
        let world = World::new().await;
        let job = submit(&world, r#"[{"email":"fioman@qq.com"}]"#).await.unwrap();
        let (now, id) = (world.directory.now(), job.id);
        // A server takes it up and is stopped.
        let taken = world.storage.transact::<_, StorageError, _>(async move |tx| {
            tx.jobs().take_due(now, now.plus_seconds(300)).await
        });
        assert_eq!(taken.await.unwrap().map(|job| job.id), Some(id));
        assert!(!world.directory.run_due_job().await.unwrap());
        world.pass(301);
        assert!(world.directory.run_due_job().await.unwrap());
        let done = world.directory.job(&world.client("read:users"), id).await.unwrap();
        assert_eq!((done.state, done.progress.inserted), (JobState::Completed, 1));
    });
}

#[test]
fn an_export_has_the_members_that_were_asked_for_and_ends_after_a_day() {
    block_on(async {
        let world = World::new().await;
        world.user("lilei").await;
        let client = world.client("read:users");
        let fields = vec![
            JobField { name: "username".to_owned(), export_as: Some("name".to_owned()) },
            JobField { name: "password_hash".to_owned(), export_as: None },
        ];
        let new = NewExport { connection: None, csv: true, limit: None, fields };
        let job = world.directory.submit_export(&client, new).await.unwrap();
        let early = world.directory.job_part(&client, job.id, 0).await;
        assert!(matches!(early, Err(Error::NotFound { kind: Kind::Job, .. })), "{early:?}");
        assert!(world.directory.run_due_job().await.unwrap());
        let part = world.directory.job_part(&client, job.id, 0).await.unwrap().unwrap();
        let text = String::from_utf8(part).unwrap();
        assert_eq!(text, "\"name\",\"password_hash\"\r\n\"admin\",\"\"\r\n\"lilei\",\"\"\r\n");
        assert_eq!(world.directory.job_part(&client, job.id, 1).await.unwrap(), None);

        let other = tenant(&world.directory, "other").await;
        let stranger = caller(&other.tenant, "read:users");
        let hidden = world.directory.job(&stranger, job.id).await;
        assert!(matches!(hidden, Err(Error::NotFound { .. })), "{hidden:?}");

        world.pass(24 * 3_600 + 1);
        assert_eq!(world.directory.delete_expired_jobs(10).await.unwrap(), 1);
        let gone = world.directory.job(&client, job.id).await;
        assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    });
}

#[test]
fn exports_end_at_their_limit() {
    block_on(async {
        let world = World::new().await;
        world.user("lilei").await;
        let client = world.client("read:users");
        let new = NewExport { connection: None, csv: false, limit: Some(1), fields: Vec::new() };
        let job = world.directory.submit_export(&client, new).await.unwrap();
        assert!(world.directory.run_due_job().await.unwrap());
        let part = world.directory.job_part(&client, job.id, 0).await.unwrap().unwrap();
        let rows: Vec<serde_json::Value> = String::from_utf8(part)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["username"], "admin");
        assert!(job.id.ulid().timestamp_ms() > 0);
    });
}

#[test]
fn the_end_of_an_import_is_mailed_to_who_asked_for_it_or_to_the_support() {
    block_on(async {
        let world = World::new().await;
        let lilei = world.user("lilei").await;
        let address = lilei.user.email.as_ref().unwrap().as_str().to_owned();
        let _verification = world.mails().await;
        let import = async |caller: Caller, wanted: bool| {
            let new = NewImport {
                connection: connection(&world).await,
                users: br#"[{"email":"fioman@qq.com"},{"email":1}]"#.to_vec(),
                upsert: false,
                reference: None,
                send_completion_email: wanted,
            };
            world.directory.submit_import(&caller, new).await.unwrap();
            assert!(world.directory.run_due_job().await.unwrap());
            world.mails().await
        };
        let scope = "create:users read:users";
        let mails = import(world.person(lilei.user.id, scope), true).await;
        let figures = ImportFigures { inserted: 1, updated: 0, failed: 1 };
        assert_eq!(mails.len(), 1);
        assert_eq!((&mails[0].to, mails[0].kind), (&address, MailKind::ImportCompleted(figures)));

        assert_eq!(import(world.person(lilei.user.id, scope), false).await, []);
        assert_eq!(import(world.client(scope), true).await, [], "a program has no address");
        let support = serde_json::Map::from_iter([(
            "support_email".to_owned(),
            serde_json::Value::from("help@example.com"),
        )]);
        world.directory.update_tenant(&world.operator, support).await.unwrap();
        let mails = import(world.client(scope), true).await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "help@example.com"));
    });
}

#[test]
fn a_verification_mail_is_a_job_that_is_done_with_its_order() {
    block_on(async {
        let world = World::new().await;
        let lilei = world.user("lilei").await.user;
        let _welcome = world.mails().await;
        let writer = world.client("update:users");
        let mail = |user: UserRef| NewVerificationEmail { user, client: None, identity: None };
        let own = NewVerificationEmail {
            client: Some(world.provisioned.client.identifier.clone()),
            identity: Some(lilei.subject.clone()),
            ..mail(lilei.id.into())
        };
        world.tick();
        let job = world.directory.submit_verification_email(&writer, own).await.unwrap();
        assert_eq!((job.kind, job.state), (JobKind::VerificationEmail, JobState::Completed));
        let seen = world.directory.job(&world.client("read:users"), job.id).await.unwrap();
        assert_eq!(seen, job);
        assert_eq!(seen.options.user.as_deref(), Some(lilei.subject.to_string().as_str()));
        assert_eq!(world.trail(1).await, ["user.verification_sent"]);
        let mails = world.mails().await;
        assert_eq!((mails.len(), mails[0].kind), (1, MailKind::EmailVerification));
        assert_eq!(mails[0].to, lilei.email.as_ref().unwrap().as_str());
        assert!(mails[0].link.as_ref().unwrap().starts_with("https://id.example.com/"));
        assert!(!world.directory.run_due_job().await.unwrap(), "nothing is left to do");

        let send = async |new| world.directory.submit_verification_email(&writer, new).await;
        let nobody = send(mail(Number::new(999_999).unwrap().into())).await;
        assert!(matches!(nobody, Err(Error::NotFound { kind: Kind::User, .. })), "{nobody:?}");
        let unknown = ClientIdentifier::parse("nothing").unwrap();
        let unknown = NewVerificationEmail { client: Some(unknown), ..mail(lilei.id.into()) };
        let unknown = send(unknown).await;
        assert!(matches!(unknown, Err(Error::NotFound { kind: Kind::Client, .. })), "{unknown:?}");
        let other = Some(Subject::from_stored("github|26"));
        let other = send(NewVerificationEmail { identity: other, ..mail(lilei.id.into()) }).await;
        assert!(matches!(&other, Err(Error::Invalid { field, .. }) if field == "identity"));
        let silent = NewUser { email: None, ..new_user("silent") };
        let silent = world.directory.create_user(&world.operator, silent).await.unwrap();
        let silent = send(mail(silent.user.id.into())).await;
        assert!(matches!(&silent, Err(Error::Invalid { field, .. }) if field == "user_id"));
        let reader = world.client("read:users");
        let forbidden =
            world.directory.submit_verification_email(&reader, mail(lilei.id.into())).await;
        assert!(matches!(forbidden, Err(Error::Forbidden { .. })), "{forbidden:?}");
        assert_eq!(world.mails().await, []);
    });
}
