//! Filters of lists: one model for every dialect.

use citizenry_identity::Timestamp;

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
