//! Every test of every field, and what passes it: the rules of `Conditions` in a few lines, to hold
//! the databases against.

use std::{cmp::Ordering, fmt::Debug};

use citizenry_identity::folded;
use citizenry_storage::{Condition, Conditions, Field, Search, Test, Value, ValueKind};

use crate::support::at;

/// What an item has in a field: nothing, one value, or several.
pub(crate) type Values = Vec<Value>;

fn normal(value: &Value, fold: bool) -> Value {
    match value {
        Value::Text(text) if fold => Value::Text(folded(text)),
        value => value.clone(),
    }
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Number(one), Value::Number(other)) => one.cmp(other),
        (Value::Time(one), Value::Time(other)) => one.cmp(other),
        (Value::Flag(one), Value::Flag(other)) => one.cmp(other),
        _ => panic!("{one:?} is not of the type of {other:?}"),
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Time(_) | Value::Flag(_) => panic!("{value:?} has no parts"),
    }
}

/// Whether a field with these values passes; texts of the field are folded if `fold`.
fn passes(values: &Values, test: &Test, fold: bool) -> bool {
    let to = |value: &Value, other: &Value| compare(&normal(value, fold), &normal(other, fold));
    let part = |text: &str| if fold { folded(text) } else { text.to_owned() };
    let one_passes = |value: &Value| match test {
        Test::Equal(other) => to(value, other).is_eq(),
        Test::NotEqual(other) => to(value, other).is_ne(),
        Test::Greater(other) => to(value, other).is_gt(),
        Test::AtLeast(other) => to(value, other).is_ge(),
        Test::Less(other) => to(value, other).is_lt(),
        Test::AtMost(other) => to(value, other).is_le(),
        Test::Contains(text) => written(&normal(value, fold)).contains(&part(text)),
        Test::NotContains(text) => !written(&normal(value, fold)).contains(&part(text)),
        Test::StartsWith(text) => written(&normal(value, fold)).starts_with(&part(text)),
        Test::NotStartsWith(text) => !written(&normal(value, fold)).starts_with(&part(text)),
        Test::In(others) => others.iter().any(|other| to(value, other).is_eq()),
        Test::NotIn(others) => !others.iter().any(|other| to(value, other).is_eq()),
        Test::IsNull => false,
        Test::IsNotNull => true,
    };
    match test {
        Test::IsNull => values.is_empty(),
        _ => values.iter().any(one_passes),
    }
}

/// The tests that a field of `kind` knows, with values of the items and others.
fn tests_of(kind: ValueKind, values: &Values) -> Vec<Test> {
    let mut held: Values = Vec::new();
    let other = match kind {
        ValueKind::Text => Value::from("%"),
        ValueKind::Number => Value::from(2),
        ValueKind::Time => Value::Time(at(2)),
        ValueKind::Flag => Value::Flag(false),
        ValueKind::Window => panic!("no field here is a window"),
    };
    for value in values.iter().chain([&other]) {
        if !held.contains(value) {
            held.push(value.clone());
        }
    }
    let mut tests = vec![
        Test::IsNull,
        Test::IsNotNull,
        Test::In(Vec::new()),
        Test::NotIn(Vec::new()),
        Test::In(held.iter().take(2).cloned().collect()),
        Test::NotIn(held.iter().take(2).cloned().collect()),
    ];
    for value in held.iter().take(3).chain([&other]) {
        tests.extend([Test::Equal(value.clone()), Test::NotEqual(value.clone())]);
        if kind == ValueKind::Flag {
            continue;
        }
        tests.extend([
            Test::Greater(value.clone()),
            Test::AtLeast(value.clone()),
            Test::Less(value.clone()),
            Test::AtMost(value.clone()),
        ]);
        if kind == ValueKind::Time {
            continue;
        }
        let text = written(value);
        let first: String = text.chars().take(1).collect();
        let last: String = text.chars().skip(1).collect();
        for part in [first.to_uppercase(), last.to_lowercase(), "_".to_owned()] {
            tests.extend([
                Test::Contains(part.clone()),
                Test::NotContains(part.clone()),
                Test::StartsWith(part.clone()),
                Test::NotStartsWith(part),
            ]);
        }
    }
    tests
}

/// What lists of `items` must hold: for every test of every field, and for a search in those that
/// hold text or numbers, which items pass. `values` is what an item has in a field, `folds` whether
/// the field is stored folded.
pub(crate) fn cases<F: Field + Debug + PartialEq, I>(
    fields: &[F],
    items: &[I],
    number: impl Fn(&I) -> i64,
    values: impl Fn(&I, F) -> Values,
    folds: impl Fn(F) -> bool,
) -> Vec<(Conditions<F>, Vec<i64>)> {
    let passing = |conditions: &Conditions<F>| {
        let all = |item: &&I| {
            conditions.all.iter().all(|condition| {
                let field = condition.field;
                passes(&values(item, field), &condition.test, folds(field))
            })
        };
        let found = |item: &&I| {
            conditions.search.as_ref().is_none_or(|search| {
                let test = Test::Contains(search.text.clone());
                search
                    .fields
                    .iter()
                    .any(|field| passes(&values(item, *field), &test, folds(*field)))
            })
        };
        let mut numbers: Vec<i64> = items.iter().filter(all).filter(found).map(&number).collect();
        numbers.sort_unstable();
        numbers
    };
    let mut cases = Vec::new();
    for field in fields {
        let held: Values = items.iter().flat_map(|item| values(item, *field)).collect();
        for test in tests_of(field.kind(), &held) {
            let conditions = Conditions { all: vec![Condition::new(*field, test)], search: None };
            conditions.check().expect("a test that use cases let through");
            let expected = passing(&conditions);
            cases.push((conditions, expected));
        }
    }
    let searched: Vec<F> = fields
        .iter()
        .copied()
        .filter(|field| matches!(field.kind(), ValueKind::Text | ValueKind::Number))
        .collect();
    for text in ["1", "a", "%", "研", "nowhere"] {
        for fields in [&searched[..], &searched[..1]] {
            let search = Search { text: text.to_owned(), fields: fields.to_vec() };
            let all = vec![Condition::new(searched[0], Test::Greater(Value::from(0)))];
            let conditions = Conditions { all, search: Some(search) };
            conditions.check().expect("a search that use cases let through");
            let expected = passing(&conditions);
            cases.push((conditions, expected));
        }
    }
    cases
}
