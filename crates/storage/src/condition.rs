//! Filters of lists: one model for every dialect.

use citizenry_identity::{Error, Timestamp};

/// A test that an item must pass to be in a list. `F` names the fields of one kind of item; each
/// says of which type its values are.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition<F> {
    /// What is tested.
    pub field: F,
    /// How.
    pub test: Test,
}

impl<F> Condition<F> {
    /// `field` must pass `test`.
    pub const fn new(field: F, test: Test) -> Self {
        Self { field, test }
    }

    /// `field` must be `value`.
    pub const fn equal(field: F, value: Value) -> Self {
        Self { field, test: Test::Equal(value) }
    }
}

/// A test of one field. What has no value passes [`Test::IsNull`] and no other. Texts compare
/// folded where the field is stored folded.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Is this.
    Equal(Value),
    /// Is something else.
    NotEqual(Value),
    /// Comes after this.
    Greater(Value),
    /// Is this or comes after it.
    AtLeast(Value),
    /// Comes before this.
    Less(Value),
    /// Is this or comes before it.
    AtMost(Value),
    /// Contains this text, literally. A scan: the use case bounds it.
    Contains(String),
    /// Does not contain this text. A scan: the use case bounds it.
    NotContains(String),
    /// Starts with this text, literally.
    StartsWith(String),
    /// Does not start with this text.
    NotStartsWith(String),
    /// Is one of these; at most 1,000.
    In(Vec<Value>),
    /// Is none of these; at most 1,000.
    NotIn(Vec<Value>),
    /// Has no value.
    IsNull,
    /// Has a value.
    IsNotNull,
}

impl Test {
    /// Whether the test must look at every item, since no index helps.
    pub const fn is_scan(&self) -> bool {
        matches!(self, Self::Contains(_) | Self::NotContains(_))
    }
}

/// Of which type the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// A text.
    Text,
    /// A number. Tests of parts of a text look at it as it is written.
    Number,
    /// A point in time.
    Time,
    /// Yes or no.
    Flag,
    /// A window of time, held against a point in time: [`Test::Equal`] passes when it contains the
    /// point, [`Test::NotEqual`] when it does not. No other test.
    Window,
}

/// A field of one kind of item that conditions may test.
pub trait Field: Copy {
    /// Of which type its values are.
    fn kind(self) -> ValueKind;
}

/// A value that a field is held against. One of another type than the field's is `Invalid` on
/// `filter`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// A point in time.
    Time(Timestamp),
    /// Yes or no.
    Flag(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// A text that any one of several fields must contain, literally. A scan: the use case bounds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Search<F> {
    /// The text.
    pub text: String,
    /// The fields; text fields, or numbers, which are compared as they are written.
    pub fields: Vec<F>,
}

/// Which items a list holds: those that pass every condition and the search.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions<F> {
    /// What must all hold; at most 40.
    pub all: Vec<Condition<F>>,
    /// What must be found in some field.
    pub search: Option<Search<F>>,
}

impl Test {
    /// The values that the field is held against.
    fn values(&self) -> &[Value] {
        match self {
            Self::Equal(value)
            | Self::NotEqual(value)
            | Self::Greater(value)
            | Self::AtLeast(value)
            | Self::Less(value)
            | Self::AtMost(value) => std::slice::from_ref(value),
            Self::In(values) | Self::NotIn(values) => values,
            Self::Contains(_)
            | Self::NotContains(_)
            | Self::StartsWith(_)
            | Self::NotStartsWith(_)
            | Self::IsNull
            | Self::IsNotNull => &[],
        }
    }

    /// Whether a field of `kind` can be tested so.
    fn suits(&self, kind: ValueKind) -> bool {
        let tested = match self {
            Self::Equal(_) | Self::NotEqual(_) => true,
            Self::In(_) | Self::NotIn(_) | Self::IsNull | Self::IsNotNull => {
                kind != ValueKind::Window
            }
            Self::Greater(_) | Self::AtLeast(_) | Self::Less(_) | Self::AtMost(_) => {
                matches!(kind, ValueKind::Text | ValueKind::Number | ValueKind::Time)
            }
            Self::Contains(_)
            | Self::NotContains(_)
            | Self::StartsWith(_)
            | Self::NotStartsWith(_) => matches!(kind, ValueKind::Text | ValueKind::Number),
        };
        tested && self.values().iter().all(|value| value.is_of(kind))
    }
}

impl Value {
    fn is_of(&self, kind: ValueKind) -> bool {
        match self {
            Self::Text(_) => kind == ValueKind::Text,
            Self::Number(_) => kind == ValueKind::Number,
            Self::Time(_) => matches!(kind, ValueKind::Time | ValueKind::Window),
            Self::Flag(_) => kind == ValueKind::Flag,
        }
    }
}

impl<F: Field> Conditions<F> {
    /// The most conditions of one list.
    pub const MAX_CONDITIONS: usize = 40;
    /// The most values of one condition.
    pub const MAX_VALUES: usize = 1_000;
    /// The most values of all conditions together.
    pub const MAX_VALUES_IN_ALL: usize = 4_000;

    /// Whether storage can follow the conditions: every list that takes some begins with this.
    ///
    /// # Errors
    /// `Invalid` on `filter` when a field is held against a value of another type or by a test that
    /// it has not, or when there are too many conditions or values; `Invalid` on `search` when
    /// a field in which is searched is neither text nor number, or there is none.
    pub fn check(&self) -> Result<(), Error> {
        if self.all.len() > Self::MAX_CONDITIONS {
            return Err(Error::invalid("filter", "has too many conditions"));
        }
        let counts = self.all.iter().map(|condition| condition.test.values().len());
        let too_many = counts.clone().any(|count| count > Self::MAX_VALUES)
            || counts.sum::<usize>() > Self::MAX_VALUES_IN_ALL;
        if too_many {
            return Err(Error::invalid("filter", "has too many values"));
        }
        if !self.all.iter().all(|condition| condition.test.suits(condition.field.kind())) {
            return Err(Error::invalid("filter", "holds a field against what it cannot be"));
        }
        let Some(search) = &self.search else { return Ok(()) };
        let searchable = |field: &F| matches!(field.kind(), ValueKind::Text | ValueKind::Number);
        if search.fields.is_empty()
            || search.fields.len() > Self::MAX_CONDITIONS
            || !search.fields.iter().all(searchable)
        {
            return Err(Error::invalid("search", "must be in fields that hold text or numbers"));
        }
        Ok(())
    }
}

impl<F> Default for Conditions<F> {
    fn default() -> Self {
        Self { all: Vec::new(), search: None }
    }
}

impl<F> Conditions<F> {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.search.is_none()
    }

    /// Whether every item must be looked at.
    pub fn is_scan(&self) -> bool {
        self.search.is_some() || self.all.iter().any(|condition| condition.test.is_scan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy)]
    struct Of(ValueKind);

    impl Field for Of {
        fn kind(self) -> ValueKind {
            self.0
        }
    }

    fn one(kind: ValueKind, test: Test) -> Conditions<Of> {
        Conditions { all: vec![Condition::new(Of(kind), test)], search: None }
    }

    fn field_of(error: Error) -> String {
        match error {
            Error::Invalid { field, .. } => field.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_are_of_the_type_of_their_field() {
        use ValueKind::{Flag, Number, Text, Time, Window};
        let time = Value::Time(Timestamp::from_unix_micros(1).unwrap());
        let values = [Value::from("a"), Value::from(1), time, Value::Flag(true)];
        for (kind, fits) in [
            (Text, [true, false, false, false]),
            (Number, [false, true, false, false]),
            (Time, [false, false, true, false]),
            (Window, [false, false, true, false]),
            (Flag, [false, false, false, true]),
        ] {
            for (value, fits) in values.iter().zip(fits) {
                let conditions = one(kind, Test::Equal(value.clone()));
                assert_eq!(conditions.check().is_ok(), fits, "{kind:?} {value:?}");
                let conditions = one(kind, Test::In(vec![value.clone()]));
                assert_eq!(conditions.check().is_ok(), fits && kind != Window, "{kind:?}");
            }
        }
    }

    #[test]
    fn fields_have_the_tests_that_make_sense() {
        use ValueKind::{Flag, Number, Text, Time, Window};
        for (kind, parts, null) in [
            (Text, true, true),
            (Number, true, true),
            (Time, false, true),
            (Flag, false, true),
            (Window, false, false),
        ] {
            for test in [
                Test::Contains("1".into()),
                Test::NotContains("1".into()),
                Test::StartsWith("1".into()),
                Test::NotStartsWith("1".into()),
            ] {
                assert_eq!(one(kind, test).check().is_ok(), parts, "{kind:?}");
            }
            for test in [Test::IsNull, Test::IsNotNull, Test::NotIn(Vec::new())] {
                assert_eq!(one(kind, test).check().is_ok(), null, "{kind:?}");
            }
        }
        assert!(one(Flag, Test::Less(Value::Flag(true))).check().is_err());
    }

    #[test]
    fn conditions_and_values_are_bounded() {
        let many = |count| Test::In(vec![Value::from(1); count]);
        let number = |test| Condition::new(Of(ValueKind::Number), test);
        let all = |tests: Vec<Test>| Conditions {
            all: tests.into_iter().map(number).collect(),
            search: None,
        };
        assert!(all(vec![many(1_000); 4]).check().is_ok());
        assert_eq!(field_of(all(vec![many(1_001)]).check().unwrap_err()), "filter");
        assert_eq!(field_of(all(vec![many(900); 5]).check().unwrap_err()), "filter");
        assert!(all(vec![Test::IsNull; 40]).check().is_ok());
        assert_eq!(field_of(all(vec![Test::IsNull; 41]).check().unwrap_err()), "filter");
    }

    #[test]
    fn only_texts_and_numbers_are_searched() {
        let search = |kinds: &[ValueKind]| Conditions {
            all: Vec::new(),
            search: Some(Search {
                text: "a".to_owned(),
                fields: kinds.iter().map(|kind| Of(*kind)).collect(),
            }),
        };
        assert!(search(&[ValueKind::Text, ValueKind::Number]).check().is_ok());
        for kinds in [&[ValueKind::Text, ValueKind::Time][..], &[ValueKind::Flag], &[]] {
            assert_eq!(field_of(search(kinds).check().unwrap_err()), "search");
        }
    }
}
