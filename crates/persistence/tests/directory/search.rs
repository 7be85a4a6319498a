//! Searches: what is found is what a plain reading of every user finds.

use citizenry_identity::{
    Direction, Email, Listing, LockReason, Phone, Profile, SortKey, Start, Status, Timestamp, User,
    UserId, Username, folded,
};
use citizenry_persistence::Location;
use citizenry_storage::{
    Condition, Conditions, IdentityField, MetadataTest, Pattern, Read, Search, SearchTest,
    StorageError, Test, UserSearch, Value,
    ports::{UserField, UserFilter, UserSort},
};
use citizenry_testkit::{TestDatabase, on_both_databases};
use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use serde_json::{Value as Json, json};

use crate::support::{World, at, lock, metadata, text};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }
}

const FAMILY: [&str; 8] = ["李", "王", "张", "陈", "刘", "欧阳", "赵", "小"];
const GIVEN: [&str; 8] = ["雷", "小伟", "伟", "梅梅", "小明", "丽", "雷雷", "明伟"];
const LATIN: [&str; 12] = [
    "Li",
    "Lei",
    "Ana-Maria",
    "O'Neil",
    "Åsa",
    "van der Berg",
    "Straße",
    "Bo",
    "_x_",
    "ＦＩＯ",
    "100%",
    "Jo",
];
const DOMAINS: [&str; 4] = ["qq.com", "163.com", "Example.com", "bücher.example"];
const TITLES: [&str; 4] = ["工程师", "Engineer", "Head of Ops", "总工程师"];

fn crowd(world: &World) -> Vec<User> {
    let mut dice = Dice(7);
    (1..=250_i64).map(|number| somebody(world, &mut dice, number)).collect()
}

fn somebody(world: &World, dice: &mut Dice, number: i64) -> User {
    let mut user = world.user(number);
    let is_chinese = dice.roll(10) < 4;
    let (family, given) = if is_chinese {
        (dice.pick(&FAMILY), dice.pick(&GIVEN))
    } else {
        (dice.pick(&LATIN), dice.pick(&LATIN))
    };
    let name = if is_chinese { format!("{family}{given}") } else { format!("{given} {family}") };
    let word = dice.pick(&["li", "han", "fio", "anna", "bo", "lilei"]);
    user.profile = Profile {
        name: (dice.roll(8) > 0).then(|| text(&name)),
        given_name: (dice.roll(2) > 0).then(|| text(given)),
        family_name: (dice.roll(2) > 0).then(|| text(family)),
        nickname: (dice.roll(3) > 0)
            .then(|| text(dice.pick(&["小李", "Lei_100%", "mei", "阿伟", "L"]))),
        title: (dice.roll(3) > 0).then(|| text(dice.pick(&TITLES))),
        landline: (dice.roll(4) == 0).then(|| text("0755-1234567 转 8")),
        ..Profile::default()
    };
    user.username =
        (dice.roll(3) > 0).then(|| Username::parse(&format!("{word}.{number}")).unwrap());
    let domain = dice.pick(&DOMAINS);
    let local = dice.pick(&["", "x-", "李", "Li."]);
    user.email = (dice.roll(5) > 0)
        .then(|| Email::parse(&format!("{local}{word}{number}@{domain}")).unwrap());
    user.phone = (dice.roll(3) > 0)
        .then(|| Phone::parse(&format!("186{:08}", number * 377_777 % 99_999_999), 86).unwrap());
    user.email_verified = dice.roll(2) > 0;
    let fate = dice.roll(6);
    if fate == 0 {
        user.status = Status::Suspended;
    } else if fate == 1 {
        let until = (dice.roll(2) > 0).then_some(50);
        user.locks = [lock(LockReason::Admin, 10, until)].into_iter().collect();
    }
    let plan = dice.pick(&["gold", "Gold", "银", "5"]);
    user.user_metadata = metadata(json!({
        "plan": plan, "n": dice.roll(6), "ratio": 2.0, "on": dice.roll(2) > 0, "none": null,
        "addresses": [{ "city": dice.pick(&["深圳", "Paris"]) }, { "city": dice.pick(&["Köln", "深圳"]) }],
    }));
    if dice.roll(2) > 0 {
        user.app_metadata = metadata(json!({ "plan": { "name": plan }, "a.b": 1 }));
    }
    user.logins_count = i64::try_from(dice.roll(4)).unwrap();
    user.last_login_at = (dice.roll(2) > 0).then(|| at(number));
    user.created_at = at(number * 37 % 50);
    user.updated_at = at(number * 11 % 97);
    user
}

/// A random part of a text: a few characters in their order.
fn part(dice: &mut Dice, text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let from = dice.roll(all.len());
    let length = 1 + dice.roll((all.len() - from).min(6));
    let part: String = all[from..from + length].iter().collect();
    match dice.roll(3) {
        0 => part.to_uppercase(),
        1 => part.to_lowercase(),
        _ => part,
    }
}

const TEXTS: [UserField; 8] = [
    UserField::Name,
    UserField::GivenName,
    UserField::FamilyName,
    UserField::Nickname,
    UserField::Username,
    UserField::Email,
    UserField::Title,
    UserField::Landline,
];

/// What a user has in a field of text, as it is compared.
fn key(user: &User, field: UserField) -> Option<String> {
    let profile = &user.profile;
    let text = match field {
        UserField::Name => profile.name.as_deref(),
        UserField::GivenName => profile.given_name.as_deref(),
        UserField::FamilyName => profile.family_name.as_deref(),
        UserField::Nickname => profile.nickname.as_deref(),
        UserField::Title => profile.title.as_deref(),
        UserField::Landline => profile.landline.as_deref(),
        UserField::Username => return user.username.as_ref().map(|name| name.key().to_owned()),
        UserField::Email => return user.email.as_ref().map(|email| email.key().to_owned()),
        UserField::Phone => return user.phone.as_ref().map(|phone| phone.national().to_owned()),
        UserField::E164 => return user.phone.as_ref().map(|phone| phone.e164().to_owned()),
        other => panic!("{other:?} is no text here"),
    };
    text.map(folded)
}

fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() && !('\u{2e80}'..='\u{9fff}').contains(&c);
    if word.chars().count() > 2 || !word.chars().all(is_letter) {
        return text.contains(word);
    }
    text.starts_with(word)
        || [" ", "-", ".", "_", "'"].iter().any(|before| text.contains(&format!("{before}{word}")))
}

fn leaves(value: &Json, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Json::Null => {}
        Json::Array(items) => items.iter().for_each(|item| leaves(item, path, found)),
        Json::Object(object) => {
            for (key, value) in object {
                leaves(value, &format!("{path}.{key}"), found);
            }
        }
        Json::String(text) => found.push((path.to_owned(), text.clone())),
        Json::Number(number) if number.as_f64() == Some(2.0) => {
            found.push((path.to_owned(), "2".to_owned()));
        }
        other => found.push((path.to_owned(), other.to_string())),
    }
}

fn has_metadata(user: &User, test: &MetadataTest) -> bool {
    let mut found = Vec::new();
    leaves(&Json::Object(user.user_metadata.as_object().clone()), "user_metadata", &mut found);
    leaves(&Json::Object(user.app_metadata.as_object().clone()), "app_metadata", &mut found);
    found.iter().any(|(path, value)| match &test.value {
        Some(wanted) => *path == test.path && value == wanted,
        None => path == &test.path || path.starts_with(&format!("{}.", test.path)),
    })
}

fn looks_like(text: &str, pattern: &Pattern) -> bool {
    let (first, last) = (&pattern.parts[0], &pattern.parts[pattern.parts.len() - 1]);
    let (first, last) = (folded(first), folded(last));
    match (pattern.begins, pattern.ends) {
        (false, true) => text.ends_with(&last),
        (true, true) => {
            text.len() >= first.len() + last.len()
                && text.starts_with(&first)
                && text.ends_with(&last)
        }
        other => panic!("{other:?} is not tried"),
    }
}

fn passes(user: &User, search: &UserSearch) -> bool {
    let test = match search {
        UserSearch::All(parts) => return parts.iter().all(|part| passes(user, part)),
        UserSearch::Any(parts) => return parts.iter().any(|part| passes(user, part)),
        UserSearch::Not(part) => return !passes(user, part),
        UserSearch::Test(test) => test,
    };
    let has = |field: UserField, test: &dyn Fn(&str) -> bool| {
        key(user, field).is_some_and(|text| test(&text))
    };
    match test {
        SearchTest::Term(term) => {
            let word = folded(term);
            let local = user.email.as_ref().and_then(|email| email.key().split_once('@'));
            let digits = term.strip_prefix('+').unwrap_or(term);
            let is_number = digits.len() > 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            TEXTS[..5].iter().any(|field| has(*field, &|text| has_word(text, &word)))
                || local.is_some_and(|(local, _)| has_word(local, &word))
                || Email::key_of(term).is_some_and(|key| has(UserField::Email, &|text| text == key))
                || is_number && has(UserField::E164, &|text| text.contains(digits))
        }
        SearchTest::Word { field, text: word } => {
            has(*field, &|text| has_word(text, &field.key(word)))
        }
        SearchTest::Condition(Condition { field: UserField::Logins, test }) => match test {
            Test::AtLeast(Value::Number(least)) => user.logins_count >= *least,
            other => panic!("{other:?} is not tried"),
        },
        SearchTest::Condition(Condition { field: UserField::EmailVerified, .. }) => {
            user.email_verified
        }
        SearchTest::Condition(Condition { field: UserField::LastLoginAt, test }) => match test {
            Test::AtLeast(Value::Time(from)) => user.last_login_at.is_some_and(|at| at >= *from),
            Test::Less(Value::Time(to)) => user.last_login_at.is_some_and(|at| at < *to),
            other => panic!("{other:?} is not tried"),
        },
        SearchTest::Condition(Condition { field, test }) => match test {
            Test::Contains(part) => has(*field, &|text| text.contains(&field.key(part))),
            Test::StartsWith(part) => has(*field, &|text| text.starts_with(&field.key(part))),
            Test::Equal(Value::Text(whole)) => has(*field, &|text| text == field.key(whole)),
            Test::IsNotNull => has(*field, &|_| true),
            other => panic!("{other:?} is not tried"),
        },
        SearchTest::Pattern { field, pattern } => has(*field, &|text| looks_like(text, pattern)),
        SearchTest::Domain(domain) => {
            let key = Email::key_of(&format!("a@{domain}")).unwrap();
            has(UserField::Email, &|text| text.ends_with(&key[1..]))
        }
        SearchTest::Metadata(test) => has_metadata(user, test),
        SearchTest::Identity { field: IdentityField::ProviderUserId, value } => {
            user.identities.iter().any(|identity| identity.provider_user_id == *value)
        }
        SearchTest::Identity { field, value } => {
            assert_ne!(*field, IdentityField::ProviderUserId);
            value == "authok"
        }
        SearchTest::Blocked { at, is } => user.is_blocked(*at) == *is,
    }
}

fn metadata_test(dice: &mut Dice) -> SearchTest {
    let (path, value) = [
        ("user_metadata.plan", Some("gold")),
        ("user_metadata.plan", Some("银")),
        ("user_metadata.plan", Some("5")),
        ("user_metadata.n", Some("5")),
        ("user_metadata.ratio", Some("2")),
        ("user_metadata.on", Some("true")),
        ("user_metadata.none", None),
        ("user_metadata.addresses.city", Some("深圳")),
        ("user_metadata.addresses", None),
        ("app_metadata.plan.name", Some("Gold")),
        ("app_metadata.plan", None),
        ("app_metadata.a.b", Some("1")),
        ("app_metadata", Some("1")),
    ][dice.roll(13)];
    SearchTest::Metadata(MetadataTest { path: path.to_owned(), value: value.map(str::to_owned) })
}

fn condition(field: UserField, test: Test) -> SearchTest {
    SearchTest::Condition(Condition::new(field, test))
}

fn a_test(dice: &mut Dice, users: &[User]) -> SearchTest {
    let user = &users[dice.roll(users.len())];
    let with_text: Vec<UserField> =
        TEXTS.into_iter().filter(|field| key(user, *field).is_some()).collect();
    let Some(field) = with_text.get(dice.roll(with_text.len().max(1))).copied() else {
        return SearchTest::Term("李".to_owned());
    };
    let whole = key(user, field).unwrap();
    let part = part(dice, &whole);
    match dice.roll(16) {
        0..=3 => SearchTest::Term(part),
        4 => SearchTest::Term(whole),
        5 | 6 => SearchTest::Word { field, text: part },
        7 => condition(field, Test::Contains(part)),
        8 => condition(field, Test::StartsWith(whole.chars().take(1 + dice.roll(3)).collect())),
        9 => condition(field, Test::Equal(Value::from(whole.as_str()))),
        10 => match (dice.roll(5), &user.phone) {
            (0, Some(phone)) => SearchTest::Term(phone.national().to_owned()),
            (1, Some(phone)) => {
                condition(UserField::Phone, Test::Contains(phone.national()[4..8].to_owned()))
            }
            (2, Some(phone)) => condition(UserField::E164, Test::Equal(Value::from(phone.e164()))),
            (3, _) => {
                SearchTest::Identity { field: IdentityField::Connection, value: "authok".into() }
            }
            _ => SearchTest::Identity { field: IdentityField::ProviderUserId, value: "u7".into() },
        },
        11 => SearchTest::Domain(dice.pick(&DOMAINS).to_owned()),
        12 => match dice.roll(4) {
            0 => condition(UserField::Logins, Test::AtLeast(Value::from(2))),
            1 => condition(UserField::LastLoginAt, Test::AtLeast(Value::Time(at(100)))),
            2 => condition(UserField::LastLoginAt, Test::Less(Value::Time(at(100)))),
            _ => SearchTest::Blocked { at: at(20), is: dice.roll(2) > 0 },
        },
        13 => {
            let last: String =
                whole.chars().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect();
            let begins = dice.roll(2) > 0;
            let first: String = whole.chars().take(1).collect();
            let parts = if begins { vec![first, last] } else { vec![last] };
            SearchTest::Pattern { field, pattern: Pattern { parts, begins, ends: true } }
        }
        _ => metadata_test(dice),
    }
}

fn a_search(dice: &mut Dice, users: &[User], depth: usize) -> UserSearch {
    let parts = |dice: &mut Dice| {
        (0..=dice.roll(3)).map(|_| a_search(dice, users, depth - 1)).collect::<Vec<_>>()
    };
    match dice.roll(if depth == 0 { 1 } else { 6 }) {
        3 => UserSearch::All(parts(dice)),
        4 => UserSearch::Any(parts(dice)),
        5 => UserSearch::Not(Box::new(a_search(dice, users, depth - 1))),
        _ => UserSearch::Test(a_test(dice, users)),
    }
}

fn searched(search: &UserSearch) -> UserFilter {
    UserFilter { search: Some(search.clone()), ..UserFilter::default() }
}

/// All pages of a list, and the total that the first one tells.
async fn walk(world: &World, filter: &UserFilter, limit: u32) -> (Vec<UserId>, Option<u64>) {
    let (tenant, filter) = (world.tenant, filter.clone());
    world
        .storage
        .read(async move |read| {
            let mut listing = Listing { with_total: true, ..Listing::<UserSort>::first(limit) };
            let (mut found, mut total) = (Vec::new(), None);
            loop {
                let page = read.users().list(tenant, &filter, &listing).await?;
                total = total.or(page.total);
                found.extend(page.items.iter().map(|user| user.id));
                match page.next {
                    Some(next) => listing.start = Start::After(next),
                    None => return Ok::<_, StorageError>((found, total)),
                }
            }
        })
        .await
        .unwrap()
}

async fn insert(world: &World, users: Vec<User>) {
    world
        .storage
        .transact(async move |tx| {
            for user in &users {
                tx.users().insert(user).await?;
            }
            Ok::<_, StorageError>(())
        })
        .await
        .unwrap();
}

async fn sql(database: &TestDatabase, postgres: &str, sqlite: &str) {
    if let Location::Postgres { .. } = database.location() {
        drop(database.sql(postgres).await);
    } else {
        let path = database.file().unwrap().to_str().unwrap();
        SqliteConnection::establish(path).unwrap().batch_execute(sqlite).unwrap();
    }
}

fn term(text: &str) -> UserFilter {
    searched(&UserSearch::Test(SearchTest::Term(text.to_owned())))
}

on_both_databases! {
    async fn a_search_finds_what_reading_everybody_finds(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut users = crowd(&world);
        insert(&world, users.clone()).await;
        users.sort_by_key(|user| std::cmp::Reverse((user.created_at, user.id)));
        let mut dice = Dice(99);
        let mut hits = 0;
        for round in 0..300 {
            let search = a_search(&mut dice, &users, 3);
            search.check().unwrap();
            let expected: Vec<UserId> =
                users.iter().filter(|user| passes(user, &search)).map(|user| user.id).collect();
            let limit = if round % 10 == 0 { 7 } else { 300 };
            let (found, total) = walk(&world, &searched(&search), limit).await;
            let (count, right) = (found.len(), expected.len());
            assert!(found == expected, "{search:?} found {count} of {right}");
            assert_eq!(total, Some(expected.len() as u64), "{search:?}");
            hits += usize::from(!expected.is_empty() && expected.len() < users.len());
        }
        assert!(hits > 150, "only {hits} searches found somebody");
    }

    async fn parts_in_conditions_and_searches_are_found_by_tokens_too(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = crowd(&world);
        insert(&world, users.clone()).await;
        let mut dice = Dice(5);
        for _ in 0..150 {
            let user = &users[dice.roll(users.len())];
            let field = TEXTS[dice.roll(TEXTS.len())];
            let Some(whole) = key(user, field) else { continue };
            let part = part(&mut dice, &whole);
            let both = vec![field, UserField::Name];
            let filter = UserFilter {
                conditions: Conditions {
                    all: vec![Condition::new(field, Test::Contains(part.clone()))],
                    search: Some(Search { text: part.clone(), fields: both.clone() }),
                },
                ..UserFilter::default()
            };
            let has = |user: &User, field: UserField| {
                key(user, field).is_some_and(|text| text.contains(&field.key(&part)))
            };
            let expected = users.iter().filter(|user| has(user, field)).count();
            let (found, _) = walk(&world, &filter, 300).await;
            assert_eq!(found.len(), expected, "{field:?} {part:?}");
            let filter = UserFilter {
                conditions: Conditions {
                    all: Vec::new(),
                    search: Some(Search { text: part.clone(), fields: both }),
                },
                ..UserFilter::default()
            };
            let either = |user: &&User| has(user, field) || has(user, UserField::Name);
            let (found, _) = walk(&world, &filter, 300).await;
            assert_eq!(found.len(), users.iter().filter(either).count(), "{field:?} {part:?}");
        }
    }

    async fn the_index_goes_with_its_user(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut user = world.full_user(1);
        user.profile.nickname = Some(text("王小明"));
        let (id, tenant) = (user.id, world.tenant);
        insert(&world, vec![user.clone()]).await;
        assert_eq!(walk(&world, &term("小明"), 10).await.0, [id]);
        assert_eq!(walk(&world, &term("李雷"), 10).await.0, [id]);

        user.profile.name = None;
        user.profile.nickname = Some(text("韩梅梅"));
        let saved = user.clone();
        world.storage.transact(async move |tx| tx.users().save(&saved).await).await.unwrap();
        assert_eq!(walk(&world, &term("梅梅"), 10).await.0, [id]);
        assert_eq!(walk(&world, &term("小明"), 10).await.0, []);
        assert_eq!(walk(&world, &term("李雷"), 10).await, (vec![], Some(0)));

        user.version += 1;
        user.profile.nickname = Some(text("撤回"));
        let undone = user.clone();
        let left = world
            .storage
            .transact(async move |tx| {
                tx.users().save(&undone).await?;
                Err::<(), _>(StorageError::Busy)
            })
            .await;
        assert!(left.is_err());
        assert_eq!(walk(&world, &term("撤回"), 10).await.0, []);
        assert_eq!(walk(&world, &term("梅梅"), 10).await.0, [id]);

        let mut elsewhere = world.clone();
        elsewhere.tenant = world.other_tenant;
        assert_eq!(walk(&elsewhere, &term("梅梅"), 10).await, (vec![], Some(0)));

        world
            .storage
            .transact(async move |tx| tx.users().delete(tenant, id).await)
            .await
            .unwrap();
        assert_eq!(walk(&world, &term("梅梅"), 10).await, (vec![], Some(0)));
    }

    async fn users_from_before_the_index_are_indexed_a_few_at_a_time(database: TestDatabase) {
        let world = World::new(&database).await;
        let users = crowd(&world);
        insert(&world, users.clone()).await;
        let before = walk(&world, &term("李"), 300).await;
        assert!(before.0.len() > 5);
        let empty = "DELETE FROM user_search; UPDATE user_search_state SET version = 0;";
        sql(&database, empty, empty).await;
        assert_eq!(walk(&world, &term("李"), 300).await, (vec![], Some(0)));
        let step = async |limit| {
            world.storage.transact(async move |tx| tx.users().index_next(limit).await).await.unwrap()
        };
        assert!(!step(100).await);
        let some = walk(&world, &term("李"), 300).await.0.len();
        assert!(some > 0 && some < before.0.len(), "{some}");
        assert!(!step(100).await);
        assert!(step(100).await);
        assert_eq!(walk(&world, &term("李"), 300).await, before);
        assert!(step(1).await, "there is nothing left");
    }

    async fn a_term_that_many_have_is_walked_in_the_order_of_the_list(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut user = world.user(1);
        user.profile.name = Some(text("王小明"));
        user.user_metadata = metadata(json!({ "plan": "free" }));
        insert(&world, vec![user.clone()]).await;
        sql(
            &database,
            "INSERT INTO users SELECT u.tenant_id, gen_random_uuid(), 100 + g, 's' || g, \
                 u.connection_id, u.status, NULL, NULL, NULL, '', u.email_verified, NULL, NULL, \
                 u.phone_verified, NULL, u.name_key, u.nickname_key, u.profile, u.user_metadata, \
                 u.app_metadata, u.signed_up_at, NULL, NULL, u.last_login_key, NULL, 0, 1, \
                 u.created_at + g * interval '1 second', u.updated_at, NULL, NULL, u.keys \
                 FROM users u, generate_series(1, 21000) g; \
             INSERT INTO user_search SELECT u.tenant_id, u.id, s.digest, s.tokens \
                 FROM users u, user_search s WHERE u.number > 100;",
            "CREATE TEMP TABLE g (n); \
             INSERT INTO g WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r \
                 WHERE n < 21000) SELECT n FROM r; \
             INSERT INTO users (tenant_id, id, number, subject, connection_id, status, email_key, \
                 email_verified, phone_verified, name_key, nickname_key, profile, user_metadata, \
                 app_metadata, signed_up_at, last_login_key, logins_count, version, created_at, \
                 updated_at, keys) \
                 SELECT u.tenant_id, randomblob(16), 100 + n, 's' || n, u.connection_id, u.status, \
                 '', u.email_verified, u.phone_verified, u.name_key, u.nickname_key, u.profile, \
                 u.user_metadata, u.app_metadata, u.signed_up_at, u.last_login_key, 0, 1, \
                 u.created_at + n * 1000000, u.updated_at, u.keys FROM users u, g; \
             INSERT INTO user_search (document, tenant_id, user_id, created_at, digest) \
                 SELECT created_at / 1000000 * 2147483648, tenant_id, id, created_at, 0 \
                 FROM users WHERE number > 100; \
             CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, user_search_tokens, 'row'); \
             CREATE TEMP TABLE one AS SELECT group_concat(term, ' ') AS tokens FROM temp.words; \
             INSERT INTO user_search_tokens (rowid, tokens) SELECT document, one.tokens \
                 FROM user_search, one WHERE digest = 0;",
        )
        .await;
        let plan = MetadataTest { path: "user_metadata.plan".into(), value: Some("free".into()) };
        for filter in [term("小明"), searched(&UserSearch::Test(SearchTest::Metadata(plan)))] {
            let tenant = world.tenant;
            let listing = |start| Listing { start, with_total: true, ..Listing::first(3) };
            let (first, deep) = world
                .storage
                .read(async move |read| {
                    let first = read.users().list(tenant, &filter, &listing(Start::Skip(0))).await?;
                    let deep = listing(Start::Skip(20_999));
                    let deep = read.users().list(tenant, &filter, &deep).await?;
                    Ok::<_, StorageError>((first, deep))
                })
                .await
                .unwrap();
            let numbers: Vec<i64> = first.items.iter().map(|user| user.number.get()).collect();
            assert_eq!(numbers, [21_100, 21_099, 21_098]);
            assert_eq!(first.total, Some(10_001), "that there are more");
            let numbers: Vec<i64> = deep.items.iter().map(|user| user.number.get()).collect();
            assert_eq!(numbers, [101, 1], "no page is out of reach");
            assert_eq!(deep.total, Some(21_001));
        }
    }

    async fn pages_of_a_search_are_in_order_of_age_however_many_it_finds(database: TestDatabase) {
        let world = World::new(&database).await;
        let mut dice = Dice(3);
        let mut users: Vec<User> = (1..=900).map(|number| world.user(number)).collect();
        for user in &mut users {
            // The nickname makes a candidate, and the name decides.
            let name = if dice.roll(3) > 0 { "王小明" } else { "李雷" };
            user.profile.name = Some(text(name));
            user.profile.nickname = Some(text("小明"));
            // Before 1970 too, many in one second, some at the very same time.
            let micros = i64::try_from(dice.roll(40)).unwrap() * 170_000 - 1_000_000;
            user.created_at = Timestamp::from_unix_micros(micros).unwrap();
        }
        insert(&world, users.clone()).await;
        let named = SearchTest::Word { field: UserField::Name, text: "小明".to_owned() };
        let filter = searched(&UserSearch::Test(named));
        let (tenant, storage) = (world.tenant, &world.storage);
        let page = async |start: Start, limit: u32, direction: Direction, with_total: bool| {
            let order = vec![SortKey { field: UserSort::CreatedAt, direction }];
            let listing = Listing { start, order, with_total, ..Listing::first(limit) };
            let filter = filter.clone();
            let list = async move |read: &mut dyn Read| {
                read.users().list(tenant, &filter, &listing).await
            };
            storage.read(list).await.unwrap()
        };
        for direction in [Direction::Ascending, Direction::Descending] {
            let passing = |user: &&User| user.profile.name.as_ref().unwrap().as_str() == "王小明";
            let mut expected: Vec<_> =
                users.iter().filter(passing).map(|user| (user.created_at, user.id)).collect();
            expected.sort_unstable();
            if direction == Direction::Descending {
                expected.reverse();
            }
            let expected: Vec<UserId> = expected.into_iter().map(|(_, id)| id).collect();
            let mut walked = Vec::new();
            let mut start = Start::Skip(0);
            loop {
                let page = page(start, 37, direction, false).await;
                walked.extend(page.items.iter().map(|user| user.id));
                let Some(next) = page.next else { break };
                start = Start::After(next);
            }
            assert!(walked == expected, "{direction:?}, by cursor");
            let mut skipped = Vec::new();
            loop {
                let page = page(Start::Skip(skipped.len() as u64), 90, direction, true).await;
                skipped.extend(page.items.iter().map(|user| user.id));
                let total = page.total.unwrap();
                let found = expected.len() as u64;
                if page.next.is_none() {
                    assert_eq!(total, found, "the last page knows");
                    break;
                }
                assert!((found..=900).contains(&total), "{total}");
            }
            assert!(skipped == expected, "{direction:?}, by number");
        }
    }
}
