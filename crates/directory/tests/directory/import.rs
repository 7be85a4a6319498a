//! Imports and exports of many users.

use citizenry_directory::{
    Directory,
    export::ExportOptions,
    import::{ImportOptions, Importer, Input, Lines, RowForm, RowOutcome, RowResult},
};
use citizenry_identity::{
    Connection, ConnectionId, ConnectionName, Error, EventKind, Job, JobState, Listing, Metadata,
    Strategy,
};
use citizenry_storage::StorageError;
use citizenry_testkit::{TestDatabase, block_on, on_both_databases};

use super::world::World;

const WHOLE: &str = concat!(
    r#"{"id":"01jp3pz0e00000000000000001","user_id":"authok|lilei","connection":"authok","#,
    r#""username":"Fioman","email":"Fioman@QQ.com","email_verified":true,"#,
    r#""phone_number":"+8618600002222","phone_verified":true,"external_id":"员工-1","#,
    r#""name":"李雷","given_name":"雷","family_name":"李","nickname":"Fioman","gender":"male","#,
    r#""birthdate":"1987-04-23","title":"工程师","city":"深圳","status":"suspended","#,
    r#""locks":[{"from":"2026-01-01T00:00:00Z","reason":"admin","until":"2030-01-01T00:00:00Z"}],"#,
    r#""user_metadata":{"a":[1,2.5,null],"b":{"语言":"中文"}},"app_metadata":{"plan":"pro"},"#,
    r#""password_hash":"$plain$secret","password_must_change":true,"#,
    r#""password_set_at":"2025-01-01T00:00:00Z","password_strength":"strong","#,
    r#""roles":["administrator","editor"],"groups":["sales","vip"],"#,
    r#""foreign_ids":{"authing":"a-1","legacy":["7","8"]},"#,
    r#""identities":[{"connection":"authok","created_at":"2020-01-01T00:00:00Z","#,
    r#""provider":"authok","updated_at":"2020-01-01T00:00:00Z","user_id":"lilei"},"#,
    r#"{"connection":"wechat","created_at":"2021-01-01T00:00:00Z","is_social":true,"#,
    r#""profile_data":{"openid":"o-1"},"provider":"wechat","#,
    r#""updated_at":"2022-01-01T00:00:00Z","user_id":"w-1"}],"#,
    r#""signed_up_at":"2019-12-31T00:00:00Z","signed_up_ip":"192.0.2.7","#,
    r#""last_login_at":"2026-01-02T03:04:05.678901Z","last_ip":"2001:db8::7","logins_count":17,"#,
    r#""created_at":"2020-01-01T00:00:00Z","updated_at":"2026-02-01T00:00:00Z"}"#,
    "\n"
);

fn options() -> ImportOptions {
    ImportOptions {
        connection: None,
        upsert: false,
        create_missing: true,
        dry_run: false,
        form: RowForm::Whole,
    }
}

fn input(text: &str) -> Input {
    let head = text.as_bytes().iter().copied().take(65_536).collect();
    Input { head, bytes: Some(text.len() as u64) }
}

async fn begin(world: &World, text: &str, options: ImportOptions) -> Importer {
    let input = input(text);
    world.directory.begin_import(&world.operator, options, &input, false).await.unwrap()
}

/// Writes at most so many chunks of what is left.
async fn go_on(importer: &mut Importer, text: &str, chunks: usize) -> Vec<RowResult> {
    let at = importer.position();
    let rest = text.as_bytes().get(usize::try_from(at.bytes).unwrap()..).unwrap();
    let mut lines = Lines::new(rest, at);
    let (rules, mut results) = (importer.rules(), Vec::new());
    for _ in 0..chunks {
        let Some(chunk) = lines.chunk().unwrap() else { break };
        results.extend(importer.apply(rules.read(chunk)).await.unwrap());
    }
    results
}

async fn import(world: &World, text: &str, options: ImportOptions) -> (Vec<RowResult>, Job) {
    let mut importer = begin(world, text, options).await;
    let results = go_on(&mut importer, text, usize::MAX).await;
    (results, importer.finish(None).await.unwrap())
}

async fn export(directory: &Directory, world: &World) -> String {
    let options = ExportOptions { connection: None, hashes: true };
    let (mut text, mut after) = (Vec::new(), None);
    loop {
        let page = directory.export_page(&world.operator, &options, after).await.unwrap();
        text.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return String::from_utf8(text).unwrap();
        }
    }
}

/// A tenant without any user, and with a second connection.
async fn empty(database: TestDatabase) -> World {
    let world = World::on(database).await;
    let moment = world.environment.moment();
    let (tenant, admin) = (world.tenant(), world.provisioned.administrator.id);
    let wechat = Connection {
        id: ConnectionId::generate(&moment),
        tenant,
        name: ConnectionName::parse("wechat").unwrap(),
        strategy: Strategy::parse("wechat").unwrap(),
        display_name: None,
        options: Metadata::default(),
        metadata: Metadata::default(),
        enabled_clients: std::collections::BTreeSet::new(),
        is_domain_connection: false,
        realms: Vec::new(),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    world
        .storage
        .transact::<_, StorageError, _>(async move |tx| {
            tx.users().delete(tenant, admin).await?;
            tx.connections().insert(&wechat).await
        })
        .await
        .unwrap();
    world
}

/// What came of each row: a letter, and for one that was refused the path and the code.
fn told(results: &[RowResult]) -> Vec<(u64, String)> {
    let word = |result: &RowResult| match &result.outcome {
        RowOutcome::Created => "created".to_owned(),
        RowOutcome::Updated => "updated".to_owned(),
        RowOutcome::Unchanged => "unchanged".to_owned(),
        RowOutcome::Refused(problems) => {
            let words: Vec<_> =
                problems.iter().map(|it| format!("{}:{}", it.path, it.code)).collect();
            words.join(" ")
        }
    };
    results.iter().map(|result| (result.line, word(result))).collect()
}

fn expect(results: &[RowResult], expected: &[(u64, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(line, word)| (*line, (*word).to_owned())).collect();
    assert_eq!(told(results), expected);
}

async fn count(world: &World) -> u64 {
    let tenant = world.tenant();
    let read = world
        .storage
        .read::<_, StorageError, _>(async move |read| read.users().count(tenant).await);
    read.await.unwrap()
}

fn many(from: usize, to: usize) -> String {
    let row = |n: usize| {
        format!(
            "{{\"username\":\"user{n}\",\"email\":\"user{n}@example.com\",\"name\":\"用户{n}\",\
             \"password_hash\":\"$plain${n}\",\"roles\":[\"reader\"]}}\n"
        )
    };
    (from..to).map(row).collect()
}

on_both_databases! {
    async fn an_export_is_imported_and_exported_with_the_same_bytes(database: TestDatabase) {
        let first = empty(database).await;
        let text = format!("{WHOLE}{}", many(0, 1_200));
        let (_, job) = import(&first, &text, options()).await;
        assert_eq!((job.progress.inserted, job.progress.failed), (1_201, 0));
        assert_eq!((job.state, count(&first).await), (JobState::Completed, 1_201));
        let exported = export(&first.directory, &first).await;
        assert_eq!(exported.lines().count(), 1_201);
        let whole = exported.lines().find(|line| line.contains("Fioman")).unwrap();
        assert_eq!(whole, WHOLE.trim_end());

        let second = empty(TestDatabase::memory().await).await;
        let (_, job) = import(&second, &exported, options()).await;
        assert_eq!((job.progress.inserted, job.progress.failed), (1_201, 0));
        let again = export(&second.directory, &second).await;
        assert!(again == exported, "{}", difference(&exported, &again));
    }

    async fn an_import_that_was_stopped_goes_on_after_its_last_commit(database: TestDatabase) {
        let world = empty(database).await;
        let text = many(0, 3_500);
        let mut importer = begin(&world, &text, options()).await;
        assert!(!importer.is_resumed());
        go_on(&mut importer, &text, 2).await;
        drop(importer);
        assert_eq!(count(&world).await, 2_000);

        let mut importer = begin(&world, &text, options()).await;
        assert!(importer.is_resumed());
        assert_eq!(importer.position().lines, 2_000);
        let rest = go_on(&mut importer, &text, usize::MAX).await;
        assert_eq!(rest.first().map(|result| result.line), Some(2_001));
        let job = importer.finish(None).await.unwrap();
        assert_eq!((job.progress.inserted, job.progress.lines), (3_500, 3_500));
        assert_eq!(count(&world).await, 3_500);

        // Once more, it finds every row done.
        let (_, job) = import(&world, &text, options()).await;
        let progress = job.progress;
        assert_eq!((progress.inserted, progress.unchanged, progress.failed), (0, 3_500, 0));
        assert_eq!(count(&world).await, 3_500);
    }

    async fn rows_change_users_where_that_is_asked_for(database: TestDatabase) {
        let world = empty(database).await;
        import(&world, &many(0, 3), options()).await;
        let text = concat!(
            r#"{"username":"USER0","nickname":"零","password_hash":"$plain$new","groups":["vip"]}"#, "\n",
            r#"{"email":"user1@example.com","username":"user1","name":"用户1"}"#, "\n",
            r#"{"username":"user2","email":"user0@example.com"}"#, "\n",
            r#"{"username":"user2","blocked":true}"#, "\n",
        );
        let (results, _) = import(&world, text, options()).await;
        expect(&results, &[
            (1, ":DUPLICATED_USER"),
            (2, "unchanged"),
            (3, "email:DUPLICATED_USER"),
            (4, ":DUPLICATED_USER"),
        ]);
        let upsert = ImportOptions { upsert: true, ..options() };
        let (results, _) = import(&world, text, upsert.clone()).await;
        expect(&results, &[
            (1, "updated"),
            (2, "unchanged"),
            (3, "email:DUPLICATED_USER"),
            (4, "updated"),
        ]);
        let exported = export(&world.directory, &world).await;
        let user0 = exported.lines().find(|line| line.contains("user0@")).unwrap();
        for part in ["\"username\":\"USER0\"", "\"nickname\":\"零\"", "$plain$new", "[\"vip\"]"] {
            assert!(user0.contains(part), "{part} in {user0}");
        }
        let user2 = exported.lines().find(|line| line.contains("user2@")).unwrap();
        assert!(user2.contains("\"locks\":[{"), "{user2}");
        let (results, _) = import(&world, text, upsert).await;
        assert!(told(&results).iter().filter(|(line, _)| *line != 3).all(|(_, w)| w == "unchanged"));
    }
}

fn difference(first: &str, second: &str) -> String {
    let differing = first.lines().zip(second.lines()).find(|(a, b)| a != b);
    format!("{differing:?}")
}

#[test]
fn every_user_who_is_made_stands_in_the_audit_trail() {
    block_on(async {
        let world = World::new().await;
        world.tick();
        let text = many(0, 2);
        let mut importer = begin(&world, &text, options()).await;
        let results = go_on(&mut importer, &text, 1).await;
        expect(&results, &[(1, "created"), (2, "created")]);
        world.tick();
        let job = importer.finish(None).await.unwrap();
        let page = world.directory.events(&world.operator, None, Listing::first(3)).await.unwrap();
        let kinds: Vec<_> = page.items.iter().map(|view| view.event.kind).collect();
        assert_eq!(
            kinds,
            [EventKind::USERS_IMPORTED, EventKind::USER_IMPORTED, EventKind::USER_IMPORTED]
        );
        assert_eq!(page.items[0].event.details["inserted"], 2);
        assert_eq!(page.items[1].event.details["job"], job.id.to_string());
    });
}

#[test]
fn what_is_wrong_is_told_line_by_line_and_stops_nothing() {
    block_on(async {
        let world = World::new().await;
        let long = format!("{{\"username\":\"long\",\"name\":\"{}\"}}", "x".repeat(10 << 20));
        let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        let rows = [
            "{\"username\":\"first\"}".to_owned(),
            long,
            "[1]".to_owned(),
            "{\"username\":".to_owned(),
            "{\"nobody\":1}".to_owned(),
            "{\"email\":\"no address\",\"username\":7,\"phone_number\":\"12\"}".to_owned(),
            "{\"username\":\"a\",\"password_hash\":\"$2b$31$abcdefghijklmnopqrstuv\"}".to_owned(),
            "{\"username\":\"b\",\"created_at\":\"yesterday\",\"status\":\"asleep\"}".to_owned(),
            format!("{{\"username\":\"c\",\"user_metadata\":{deep}}}"),
            "{\"username\":\"d\",\"connection\":\"nowhere\"}".to_owned(),
            "{\"username\":\"e\",\"name\":\"a\\u0000b\"}".to_owned(),
            "{\"username\":\"last\"}".to_owned(),
        ];
        let mut text = rows.join("\n").into_bytes();
        // The file ends in the middle of a character.
        text.extend_from_slice(b"\n{\"username\":\"cut\",\"name\":\"\xe6\x9d");
        let input = Input { head: text.clone(), bytes: Some(text.len() as u64) };
        let begun = world.directory.begin_import(
            &world.operator,
            ImportOptions { create_missing: false, ..options() },
            &input,
            false,
        );
        let mut importer = begun.await.unwrap();
        let (rules, mut results) = (importer.rules(), Vec::new());
        let mut lines = Lines::new(text.as_slice(), importer.position());
        while let Some(chunk) = lines.chunk().unwrap() {
            results.extend(importer.apply(rules.read(chunk)).await.unwrap());
        }
        expect(
            &results,
            &[
                (1, "created"),
                (2, ":MAX_LENGTH"),
                (3, ":INVALID_TYPE"),
                (4, ":INVALID_JSON"),
                (5, ":ANY_OF_MISSING nobody:OBJECT_ADDITIONAL_PROPERTIES"),
                (
                    6,
                    "username:INVALID_TYPE email:INVALID_FORMAT phone_number:INVALID_FORMAT \
                 :ANY_OF_MISSING",
                ),
                (7, "password_hash:INVALID_FORMAT"),
                (8, "status:ENUM_MISMATCH created_at:INVALID_FORMAT"),
                (9, "user_metadata:INVALID_FORMAT"),
                (10, "connection:NOT_FOUND"),
                (11, "name:INVALID_FORMAT"),
                (12, "created"),
                (13, ":INVALID_JSON"),
            ],
        );
        let job = importer.finish(None).await.unwrap();
        assert_eq!((job.progress.inserted, job.progress.failed), (2, 11));
        let errors = world.directory.job_errors(&world.operator, job.id, 4, 100).await.unwrap();
        assert_eq!(errors.first().map(|error| error.line), Some(5));
        assert_eq!(errors.len(), 8);
    });
}

#[test]
fn rows_of_one_file_do_not_take_each_others_place() {
    block_on(async {
        let world = World::new().await;
        let text = concat!(
            r#"{"username":"fioman","email":"a@qq.com"}"#,
            "\n",
            r#"{"username":"FIOMAN","email":"a@qq.com"}"#,
            "\n",
            r#"{"username":"fioman","email":"a@qq.com"}"#,
            "\n",
            r#"{"username":"other","email":"A@qq.com"}"#,
            "\n",
            r#"{"username":"third","foreign_ids":{"legacy":"1"}}"#,
            "\n",
            r#"{"username":"fourth","foreign_ids":{"legacy":"1"}}"#,
            "\n",
        );
        let (results, _) = import(&world, text, options()).await;
        expect(
            &results,
            &[
                (1, "created"),
                (2, ":DUPLICATED_USER"),
                (3, "unchanged"),
                (4, ":DUPLICATED_USER"),
                (5, "created"),
                (6, ":DUPLICATED_USER"),
            ],
        );
    });
}

#[test]
fn a_trial_changes_nothing() {
    block_on(async {
        let world = World::new().await;
        let before = count(&world).await;
        let trial = ImportOptions { dry_run: true, ..options() };
        let text = format!("{}{{\"username\":\"\"}}\n", many(0, 2));
        let (results, job) = import(&world, &text, trial).await;
        expect(&results, &[(1, "created"), (2, "created"), (3, ":ANY_OF_MISSING")]);
        assert_eq!((job.progress.inserted, count(&world).await), (2, before));
    });
}

#[test]
fn whole_rows_are_for_those_above_tenants() {
    block_on(async {
        let world = World::new().await;
        let client = world.client("create:users update:users read:users");
        let begun = world.directory.begin_import(&client, options(), &input(""), false).await;
        assert!(matches!(begun, Err(Error::Forbidden { .. })), "{begun:?}");
        let whole = ExportOptions { connection: None, hashes: true };
        let page = world.directory.export_page(&client, &whole, None).await;
        assert!(matches!(page, Err(Error::Forbidden { .. })), "{page:?}");
    });
}

#[test]
fn the_last_administrator_stays_one_who_can() {
    block_on(async {
        let world = World::new().await;
        let text = concat!(
            r#"{"username":"admin","status":"suspended"}"#,
            "\n",
            r#"{"username":"fioman"}"#,
            "\n",
        );
        let upsert = ImportOptions { upsert: true, ..options() };
        let (results, _) = import(&world, text, upsert).await;
        expect(&results, &[(1, ":CONFLICT"), (2, "created")]);
        let able = world.directory.able_administrators(&world.operator).await.unwrap();
        assert_eq!(able.len(), 1);
    });
}

#[test]
fn another_import_of_the_same_file_does_not_go_on_beside() {
    block_on(async {
        let world = World::new().await;
        let text = many(0, 2_500);
        let mut first = begin(&world, &text, options()).await;
        let mut second = begin(&world, &text, options()).await;
        go_on(&mut first, &text, 1).await;
        let (rules, mut lines) = (second.rules(), Lines::new(text.as_bytes(), second.position()));
        let refused = second.apply(rules.read(lines.chunk().unwrap().unwrap())).await;
        assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
        assert_eq!(first.job().id, second.job().id);
    });
}
