//! What the names in `q` stand for, and how each is held against a value.

use citizenry_directory::{
    Condition, IdentityField, MetadataTest, Pattern, SearchTest, Test, UserField, UserSearch,
    Value as Held,
};
use citizenry_identity::Timestamp;
use time::{
    Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339,
    macros::format_description,
};

use super::syntax::{Bound, Query, Value};

/// The most keys of a path into free data.
const DEEPEST_PATH: usize = 16;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// What people are called by: a word is looked for in it.
    Words(UserField),
    /// A text that is compared as a whole.
    Text(UserField),
    Flag(UserField),
    Number(UserField),
    Time(UserField),
    Phone,
    Domain,
    Blocked,
    Identity(IdentityField),
}

/// The fields, by their names at both vendors.
const FIELDS: [(&str, Field); 27] = [
    ("name", Field::Words(UserField::Name)),
    ("given_name", Field::Words(UserField::GivenName)),
    ("family_name", Field::Words(UserField::FamilyName)),
    ("nickname", Field::Words(UserField::Nickname)),
    ("email", Field::Text(UserField::Email)),
    ("email.domain", Field::Domain),
    ("username", Field::Text(UserField::Username)),
    ("user_id", Field::Text(UserField::Subject)),
    ("last_ip", Field::Text(UserField::LastIp)),
    ("phone_number", Field::Phone),
    ("email_verified", Field::Flag(UserField::EmailVerified)),
    ("verify_email", Field::Flag(UserField::EmailVerified)),
    ("phone_verified", Field::Flag(UserField::PhoneVerified)),
    ("phone_number_verified", Field::Flag(UserField::PhoneVerified)),
    ("blocked", Field::Blocked),
    ("logins_count", Field::Number(UserField::Logins)),
    ("created_at", Field::Time(UserField::CreatedAt)),
    ("updated_at", Field::Time(UserField::UpdatedAt)),
    ("last_login", Field::Time(UserField::LastLoginAt)),
    ("connection", Field::Identity(IdentityField::Connection)),
    ("identities.connection", Field::Identity(IdentityField::Connection)),
    ("identities.provider", Field::Identity(IdentityField::Provider)),
    ("identities.user_id", Field::Identity(IdentityField::ProviderUserId)),
    ("user.name", Field::Words(UserField::Name)),
    ("user.email", Field::Text(UserField::Email)),
    ("user.username", Field::Text(UserField::Username)),
    ("user.nickname", Field::Words(UserField::Nickname)),
];

type Problem = String;

fn test(test: SearchTest) -> UserSearch {
    UserSearch::Test(test)
}

fn holds(field: UserField, how: Test) -> UserSearch {
    test(SearchTest::Condition(Condition::new(field, how)))
}

/// The search that a query asks for; `now` is when somebody is blocked.
pub(super) fn search(query: &Query, now: Timestamp) -> Result<UserSearch, Problem> {
    let all =
        |parts: &[Query]| parts.iter().map(|part| search(part, now)).collect::<Result<Vec<_>, _>>();
    match query {
        Query::All(parts) => all(parts).map(UserSearch::All),
        Query::Any(parts) => all(parts).map(UserSearch::Any),
        Query::Not(part) => Ok(UserSearch::Not(Box::new(search(part, now)?))),
        Query::Term { field: None, value } => bare(value),
        Query::Term { field: Some(name), value } => named(name, value, now),
    }
}

/// A term without a field.
fn bare(value: &Value) -> Result<UserSearch, Problem> {
    let text = match value {
        Value::Phrase(text) => text,
        Value::Word(parts) => match parts.as_slice() {
            [text] => text,
            // A word is found in the middle of others anyway.
            [before, text, after] if before.is_empty() && after.is_empty() => text,
            _ => return Err("may have wild cards only in the value of a field".to_owned()),
        },
        Value::Range { .. } => return Err("may have ranges only in a field".to_owned()),
    };
    if text.is_empty() {
        return Err("has an empty term".to_owned());
    }
    Ok(test(SearchTest::Term(text.clone())))
}

fn named(name: &str, value: &Value, now: Timestamp) -> Result<UserSearch, Problem> {
    if name == "_exists_" {
        return exists(whole(name, value)?, now);
    }
    if is_free_data(name) {
        return free_data(name, value);
    }
    let field = field_named(name)?;
    if let Value::Word(parts) = value
        && parts.as_slice() == ["", ""]
    {
        return exists(name, now);
    }
    match (field, value) {
        (Field::Words(field), Value::Word(parts)) => match parts.as_slice() {
            [text] => {
                let text = not_empty(name, text)?.to_owned();
                Ok(test(SearchTest::Word { field, text }))
            }
            parts => wild(name, field, parts),
        },
        (Field::Text(field), Value::Word(parts)) if parts.len() > 1 => wild(name, field, parts),
        (Field::Words(field) | Field::Text(field), Value::Range { from, to }) => {
            Ok(text_range(field, from.as_ref(), to.as_ref()))
        }
        (Field::Words(field) | Field::Text(field), value) => {
            Ok(holds(field, Test::Equal(Held::from(whole(name, value)?))))
        }
        (Field::Flag(field), value) => {
            Ok(holds(field, Test::Equal(Held::Flag(flag(name, whole(name, value)?)?))))
        }
        (Field::Blocked, value) => {
            let is = flag(name, whole(name, value)?)?;
            Ok(test(SearchTest::Blocked { at: now, is }))
        }
        (Field::Number(field), value) => number(name, field, value),
        (Field::Time(field), value) => times(name, field, value),
        (Field::Phone, value) => phone(name, value),
        (Field::Domain, value) => Ok(test(SearchTest::Domain(whole(name, value)?.to_owned()))),
        (Field::Identity(field), value) => {
            let value = whole(name, value)?.to_owned();
            Ok(test(SearchTest::Identity { field, value }))
        }
    }
}

fn field_named(name: &str) -> Result<Field, Problem> {
    let known = FIELDS.iter().find(|(known, _)| *known == name);
    known.map(|(_, field)| *field).ok_or_else(|| format!("knows no field {name}"))
}

fn not_empty<'t>(name: &str, text: &'t str) -> Result<&'t str, Problem> {
    if text.is_empty() { Err(format!("has {name} without a value")) } else { Ok(text) }
}

/// A value without wild cards.
fn whole<'v>(name: &str, value: &'v Value) -> Result<&'v str, Problem> {
    match value {
        Value::Phrase(text) => not_empty(name, text),
        Value::Word(parts) => match parts.as_slice() {
            [text] => not_empty(name, text),
            _ => Err(format!("may not have wild cards in {name}")),
        },
        Value::Range { .. } => Err(format!("may not have a range in {name}")),
    }
}

fn wild(name: &str, field: UserField, parts: &[String]) -> Result<UserSearch, Problem> {
    let begins = parts.first().is_some_and(|part| !part.is_empty());
    let ends = parts.last().is_some_and(|part| !part.is_empty());
    let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).cloned().collect();
    // One ideograph says as much as several letters.
    let says_enough = |part: &String| part.chars().count() >= 3 || !part.is_ascii();
    if !begins && !parts.iter().any(says_enough) {
        return Err(format!("must have three characters beside a leading wild card in {name}"));
    }
    match parts.as_slice() {
        [text] if begins && !ends => Ok(holds(field, Test::StartsWith(text.clone()))),
        [text] if !begins && !ends => Ok(holds(field, Test::Contains(text.clone()))),
        _ if matches!(field, UserField::Subject | UserField::LastIp) => {
            Err(format!("may have one wild card in {name}, at its end"))
        }
        _ => Ok(test(SearchTest::Pattern { field, pattern: Pattern { parts, begins, ends } })),
    }
}

fn text_range(field: UserField, from: Option<&Bound>, to: Option<&Bound>) -> UserSearch {
    let mut tests = vec![holds(field, Test::IsNotNull)];
    if let Some(Bound { text, is_included }) = from {
        let value = Held::from(text.as_str());
        tests.push(holds(
            field,
            if *is_included { Test::AtLeast(value) } else { Test::Greater(value) },
        ));
    }
    if let Some(Bound { text, is_included }) = to {
        let value = Held::from(text.as_str());
        tests
            .push(holds(field, if *is_included { Test::AtMost(value) } else { Test::Less(value) }));
    }
    UserSearch::All(tests)
}

fn flag(name: &str, text: &str) -> Result<bool, Problem> {
    text.parse().map_err(|_other| format!("needs true or false in {name}"))
}

fn number(name: &str, field: UserField, value: &Value) -> Result<UserSearch, Problem> {
    let read = |text: &str| {
        text.parse().map(Held::Number).map_err(|_other| format!("needs a whole number in {name}"))
    };
    let Value::Range { from, to } = value else {
        return Ok(holds(field, Test::Equal(read(whole(name, value)?)?)));
    };
    let mut tests = Vec::new();
    if let Some(Bound { text, is_included }) = from {
        let value = read(text)?;
        tests.push(holds(
            field,
            if *is_included { Test::AtLeast(value) } else { Test::Greater(value) },
        ));
    }
    if let Some(Bound { text, is_included }) = to {
        let value = read(text)?;
        tests
            .push(holds(field, if *is_included { Test::AtMost(value) } else { Test::Less(value) }));
    }
    Ok(UserSearch::All(tests))
}

/// From when to when (that not) a text means: a day, a second, or less.
fn span(name: &str, text: &str) -> Result<(Held, Held), Problem> {
    let refuse = || format!("needs a day or a time of ISO 8601 in {name}");
    let (from, length) =
        if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
            (day.midnight().assume_utc(), time::Duration::DAY)
        } else {
            // Without a zone it is UTC; the vendors write a blank for the T.
            let text = text.replacen(' ', "T", 1);
            let at = OffsetDateTime::parse(&text, &Rfc3339)
                .or_else(|_zoneless| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
            let at = at.map_err(|_unread| refuse())?;
            let is_exact = text.contains('.');
            (at, if is_exact { time::Duration::MILLISECOND } else { time::Duration::SECOND })
        };
    // `Timestamp` takes no more than the calendar has.
    let to = from.to_offset(UtcOffset::UTC).checked_add(length).ok_or_else(refuse)?;
    Ok((Held::Time(Timestamp::new(from)), Held::Time(Timestamp::new(to))))
}

fn times(name: &str, field: UserField, value: &Value) -> Result<UserSearch, Problem> {
    let mut tests = Vec::new();
    if let Value::Range { from, to } = value {
        if let Some(Bound { text, is_included }) = from {
            let (begin, end) = span(name, text)?;
            tests.push(holds(field, Test::AtLeast(if *is_included { begin } else { end })));
        }
        if let Some(Bound { text, is_included }) = to {
            let (begin, end) = span(name, text)?;
            tests.push(holds(field, Test::Less(if *is_included { end } else { begin })));
        }
    } else {
        let (begin, end) = span(name, whole(name, value)?)?;
        tests.extend([holds(field, Test::AtLeast(begin)), holds(field, Test::Less(end))]);
    }
    if tests.is_empty() {
        tests.push(holds(field, Test::IsNotNull));
    }
    Ok(UserSearch::All(tests))
}

/// A phone number, with its country or without.
fn phone(name: &str, value: &Value) -> Result<UserSearch, Problem> {
    if let Value::Word(parts) = value
        && parts.len() > 1
    {
        let in_full = parts.first().is_some_and(|part| part.starts_with('+'));
        let field = if in_full { UserField::E164 } else { UserField::Phone };
        return wild(name, field, parts);
    }
    let text = whole(name, value)?;
    let field = if text.starts_with('+') { UserField::E164 } else { UserField::Phone };
    Ok(holds(field, Test::Equal(Held::from(text))))
}

fn is_free_data(name: &str) -> bool {
    ["user_metadata", "app_metadata"].iter().any(|root| {
        name.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn path(name: &str) -> Result<String, Problem> {
    let keys = name.split('.').skip(1);
    if keys.clone().count() > DEEPEST_PATH {
        return Err(format!("may have paths of at most {DEEPEST_PATH} keys"));
    }
    if keys.clone().next().is_none() || keys.clone().any(str::is_empty) {
        return Err("needs a key in each part of a path into free data".to_owned());
    }
    Ok(name.to_owned())
}

fn free_data(name: &str, value: &Value) -> Result<UserSearch, Problem> {
    let path = path(name)?;
    if let Value::Word(parts) = value
        && parts.as_slice() == ["", ""]
    {
        return Ok(test(SearchTest::Metadata(MetadataTest { path, value: None })));
    }
    let text = match value {
        // A text may be empty.
        Value::Phrase(text) => text.as_str(),
        value => whole(name, value)?,
    };
    let is = |text: &str| {
        let value = Some(text.to_owned());
        test(SearchTest::Metadata(MetadataTest { path: path.clone(), value }))
    };
    // A number may be written in several ways, and is indexed in one.
    let number =
        text.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
    match number.map(|number| format!("{number:.0}")) {
        Some(number) if number != text => Ok(UserSearch::Any(vec![is(text), is(&number)])),
        _ => Ok(is(text)),
    }
}

fn exists(name: &str, now: Timestamp) -> Result<UserSearch, Problem> {
    if is_free_data(name) {
        let path = path(name)?;
        return Ok(test(SearchTest::Metadata(MetadataTest { path, value: None })));
    }
    Ok(match field_named(name)? {
        Field::Words(field)
        | Field::Text(field)
        | Field::Flag(field)
        | Field::Number(field)
        | Field::Time(field) => holds(field, Test::IsNotNull),
        Field::Phone => holds(UserField::E164, Test::IsNotNull),
        Field::Domain => holds(UserField::Email, Test::IsNotNull),
        // It is shown always.
        Field::Blocked => UserSearch::Any(
            [true, false].map(|is| test(SearchTest::Blocked { at: now, is })).into(),
        ),
        // Everybody has some.
        Field::Identity(_) => holds(UserField::Number, Test::IsNotNull),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::syntax::parse, *};

    fn read(text: &str) -> Result<UserSearch, Problem> {
        search(&parse(text).unwrap(), Timestamp::from_unix_micros(0).unwrap())
    }

    fn equal(field: UserField, value: &str) -> UserSearch {
        holds(field, Test::Equal(Held::from(value)))
    }

    fn metadata(path: &str, value: Option<&str>) -> UserSearch {
        let value = value.map(str::to_owned);
        test(SearchTest::Metadata(MetadataTest { path: path.to_owned(), value }))
    }

    #[test]
    fn each_kind_of_field_is_read() {
        let word =
            |text: &str| test(SearchTest::Word { field: UserField::Name, text: text.to_owned() });
        for (text, search) in [
            ("name:李雷", word("李雷")),
            ("name:\"Li Lei\"", equal(UserField::Name, "Li Lei")),
            ("name:li*", holds(UserField::Name, Test::StartsWith("li".to_owned()))),
            ("name:*lei*", holds(UserField::Name, Test::Contains("lei".to_owned()))),
            ("email:fioman@qq.com", equal(UserField::Email, "fioman@qq.com")),
            ("email.domain:qq.com", test(SearchTest::Domain("qq.com".to_owned()))),
            ("phone_number:18600002222", equal(UserField::Phone, "18600002222")),
            ("phone_number:+8618600002222", equal(UserField::E164, "+8618600002222")),
            ("phone_number:\"18600002222\"", equal(UserField::Phone, "18600002222")),
            ("_exists_:nickname", holds(UserField::Nickname, Test::IsNotNull)),
            ("nickname:*", holds(UserField::Nickname, Test::IsNotNull)),
            ("_exists_:app_metadata.plan", metadata("app_metadata.plan", None)),
            ("app_metadata.plan.name:\"Gold\"", metadata("app_metadata.plan.name", Some("Gold"))),
            ("user_metadata.n:5", metadata("user_metadata.n", Some("5"))),
            ("logins_count:0", holds(UserField::Logins, Test::Equal(Held::Number(0)))),
            ("李雷", test(SearchTest::Term("李雷".to_owned()))),
            ("*omа*", test(SearchTest::Term("omа".to_owned()))),
        ] {
            assert_eq!(read(text), Ok(search), "{text}");
        }
        let either = ["5.0", "5"].map(|value| metadata("user_metadata.n", Some(value)));
        assert_eq!(read("user_metadata.n:5.0"), Ok(UserSearch::Any(either.into())));
        let pattern =
            Pattern { parts: vec!["l".to_owned(), "i".to_owned()], begins: true, ends: true };
        let pattern = test(SearchTest::Pattern { field: UserField::Name, pattern });
        assert_eq!(read("name:l*i"), Ok(pattern));
    }

    #[test]
    fn days_are_included_as_a_whole() {
        let micros = |text: &str| {
            let at = OffsetDateTime::parse(text, &Rfc3339).unwrap();
            Held::Time(Timestamp::new(at))
        };
        let created = |test| holds(UserField::CreatedAt, test);
        assert_eq!(
            read("created_at:[2026-03-12 TO 2026-03-13]"),
            Ok(UserSearch::All(vec![
                created(Test::AtLeast(micros("2026-03-12T00:00:00Z"))),
                created(Test::Less(micros("2026-03-14T00:00:00Z"))),
            ]))
        );
        assert_eq!(
            read("created_at:{2026-03-12 TO 2026-03-13T10:00:00+08:00}"),
            Ok(UserSearch::All(vec![
                created(Test::AtLeast(micros("2026-03-13T00:00:00Z"))),
                created(Test::Less(micros("2026-03-13T02:00:00Z"))),
            ]))
        );
    }

    #[test]
    fn what_cannot_be_answered_is_refused() {
        let deep = format!("user_metadata{}:1", ".a".repeat(100));
        for text in [
            "shoe_size:5",
            "user_metadata.n:[1 TO 2]",
            "user_metadata.n:ab*",
            "user_metadata:1",
            "user_metadata..a:1",
            &deep,
            "name:*li",
            "email:*a*",
            "jo*n",
            "email_verified:yes",
            "logins_count:many",
            "created_at:yesterday",
            "created_at:[9999-12-31 TO *]",
            "user_id:*abc*def",
            "_exists_:shoe_size",
            "name:\"\"",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
