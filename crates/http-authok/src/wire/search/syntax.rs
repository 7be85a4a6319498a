//! The syntax of `q`: words, phrases, ranges, fields, operators, parentheses.

use winnow::{
    Parser as _,
    combinator::{alt, delimited, preceded, repeat},
    error::{EmptyError, Result as Parsed},
    token::{any, none_of, one_of, take_while},
};

/// The most parentheses inside each other, and the most negations.
const DEEPEST: usize = 10;
/// The most terms of one query.
const MOST_TERMS: usize = 50;

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Term { field: Option<String>, value: Value },
}

/// What a field is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A word, cut at its wild cards: one part without any.
    Word(Vec<String>),
    /// A text between quotes.
    Phrase(String),
    /// From and to, each open where it is `None`.
    Range { from: Option<Bound>, to: Option<Bound> },
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) text: String,
    pub(super) is_included: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Must,
    Field(String),
    Value(Value),
}

type Problem = &'static str;

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Query, Problem> {
    let tokens = tokens(text)?;
    let terms = tokens.iter().filter(|token| matches!(token, Token::Value(_))).count();
    if terms > MOST_TERMS {
        return Err("may have at most 50 terms");
    }
    let mut reader = Reader { tokens: tokens.into_iter().peekable() };
    let query = reader.alternatives(None, 0)?;
    match reader.tokens.next() {
        None => Ok(query),
        Some(Token::Close) => Err("has a parenthesis that was never opened"),
        Some(_) => Err("cannot be read to its end"),
    }
}

/// A character of a word: a backslash takes the next one as itself.
#[derive(Clone, Copy)]
enum Letter {
    Itself(char),
    Wild,
    Special(char),
}

fn escaped(input: &mut &str) -> Parsed<char, EmptyError> {
    preceded('\\', any).parse_next(input)
}

fn ends_words(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"' | '[' | ']' | '{' | '}' | ':' | '\\')
}

fn letter(input: &mut &str) -> Parsed<Letter, EmptyError> {
    alt((
        escaped.map(Letter::Itself),
        '*'.map(|_| Letter::Wild),
        one_of(['?', '~', '^']).map(Letter::Special),
        none_of(ends_words).map(Letter::Itself),
    ))
    .parse_next(input)
}

/// The letters of a word; a value goes on over colons, as times do.
fn word(input: &mut &str, is_value: bool) -> Parsed<Vec<Letter>, EmptyError> {
    if is_value {
        repeat(1.., alt((letter, ':'.map(Letter::Itself)))).parse_next(input)
    } else {
        repeat(1.., letter).parse_next(input)
    }
}

fn phrase(input: &mut &str) -> Parsed<String, EmptyError> {
    let inside = repeat(0.., alt((escaped, none_of(['"', '\\']))));
    delimited('"', inside, '"').parse_next(input)
}

fn blanks(input: &mut &str) -> Parsed<(), EmptyError> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

fn end(input: &mut &str) -> Parsed<String, EmptyError> {
    let bare = take_while(1.., |c: char| !c.is_whitespace() && !matches!(c, ']' | '}' | '"'));
    delimited(blanks, alt((phrase, bare.map(str::to_owned))), blanks).parse_next(input)
}

fn range(input: &mut &str) -> Parsed<Value, EmptyError> {
    let (open, from, _, to, close) =
        (one_of(['[', '{']), end, "TO", end, one_of([']', '}'])).parse_next(input)?;
    let bound = |text: String, is_included| (text != "*").then_some(Bound { text, is_included });
    Ok(Value::Range { from: bound(from, open == '['), to: bound(to, close == ']') })
}

/// `>=1`, `<2`: what Lucene's own parser reads, too.
fn comparison(input: &mut &str) -> Parsed<Value, EmptyError> {
    let (operator, text) = (alt((">=", "<=", ">", "<")), end).parse_next(input)?;
    let bound = Some(Bound { text, is_included: operator.ends_with('=') });
    Ok(if operator.starts_with('>') {
        Value::Range { from: bound, to: None }
    } else {
        Value::Range { from: None, to: bound }
    })
}

fn value_of(letters: &[Letter]) -> Result<Value, Problem> {
    let mut parts = vec![String::new()];
    for letter in letters {
        match letter {
            Letter::Itself(c) => {
                if let Some(last) = parts.last_mut() {
                    last.push(*c);
                }
            }
            Letter::Wild => parts.push(String::new()),
            Letter::Special('?') => return Err("may have * as wild card, not ?"),
            Letter::Special(_) => return Err("may not have ~ and ^ outside of quotes"),
        }
    }
    Ok(Value::Word(parts))
}

fn plain(letters: &[Letter]) -> Option<String> {
    let c = |letter: &Letter| match letter {
        Letter::Itself(c) => Some(*c),
        Letter::Wild | Letter::Special(_) => None,
    };
    letters.iter().map(c).collect()
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut rest = text;
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let is_value = matches!(tokens.last(), Some(Token::Field(_)));
        let token = match first {
            '(' => simple(&mut rest, 1, Token::Open),
            ')' => simple(&mut rest, 1, Token::Close),
            '!' | '-' if !is_value => simple(&mut rest, 1, Token::Not),
            '+' if !is_value && !starts_number(rest) => simple(&mut rest, 1, Token::Must),
            '&' if rest.starts_with("&&") => simple(&mut rest, 2, Token::And),
            '|' if rest.starts_with("||") => simple(&mut rest, 2, Token::Or),
            '/' => return Err("may not have regular expressions"),
            '"' => {
                let text = phrase(&mut rest).map_err(|_unread| "has a quote that is not closed")?;
                Token::Value(Value::Phrase(text))
            }
            '[' | '{' if is_value => {
                let read = range(&mut rest);
                Token::Value(read.map_err(|_unread| "has a range that is not [a TO b]")?)
            }
            '>' | '<' if is_value => {
                let read = comparison(&mut rest);
                Token::Value(read.map_err(|_unread| "has a comparison without a value")?)
            }
            _ => read_word(&mut rest, is_value)?,
        };
        tokens.push(token);
    }
}

fn simple(rest: &mut &str, length: usize, token: Token) -> Token {
    *rest = rest.get(length..).unwrap_or_default();
    token
}

/// A phone number begins with the sign of what must be.
fn starts_number(rest: &str) -> bool {
    rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
}

fn read_word(rest: &mut &str, is_value: bool) -> Result<Token, Problem> {
    let letters = word(rest, is_value).map_err(|_unread| "has a character out of its place")?;
    if !is_value {
        if let Some(after) = rest.strip_prefix(':') {
            *rest = after;
            let name = plain(&letters).ok_or("may not have wild cards in the name of a field")?;
            return Ok(Token::Field(name));
        }
        match plain(&letters).as_deref() {
            Some("AND") => return Ok(Token::And),
            Some("OR") => return Ok(Token::Or),
            Some("NOT") => return Ok(Token::Not),
            _ => {}
        }
    }
    value_of(&letters).map(Token::Value)
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

fn joined(mut parts: Vec<Query>, join: fn(Vec<Query>) -> Query) -> Result<Query, Problem> {
    match parts.pop() {
        None => Err("is empty"),
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Ok(join(parts))
        }
    }
}

impl Reader {
    /// Alternatives: with `OR` between them, or nothing.
    fn alternatives(&mut self, field: Option<&str>, depth: usize) -> Result<Query, Problem> {
        let mut parts = vec![self.conjunction(field, depth)?];
        loop {
            match self.tokens.peek() {
                None | Some(Token::Close) => return joined(parts, Query::Any),
                Some(Token::Or) => {
                    self.tokens.next();
                }
                Some(_) => {}
            }
            parts.push(self.conjunction(field, depth)?);
        }
    }

    /// What must hold together: with `AND` between them, or before a negation nothing.
    fn conjunction(&mut self, field: Option<&str>, depth: usize) -> Result<Query, Problem> {
        let mut parts = vec![self.negation(field, depth)?];
        loop {
            match self.tokens.peek() {
                Some(Token::And) => {
                    self.tokens.next();
                }
                Some(Token::Not | Token::Must) => {}
                _ => return joined(parts, Query::All),
            }
            parts.push(self.negation(field, depth)?);
        }
    }

    fn negation(&mut self, field: Option<&str>, depth: usize) -> Result<Query, Problem> {
        let mut is_negated = false;
        while let Some(token) =
            self.tokens.next_if(|token| matches!(token, Token::Not | Token::Must))
        {
            is_negated ^= token == Token::Not;
        }
        let term = self.term(field, depth)?;
        Ok(if is_negated { Query::Not(Box::new(term)) } else { term })
    }

    fn term(&mut self, field: Option<&str>, depth: usize) -> Result<Query, Problem> {
        let of = |value| Query::Term { field: field.map(str::to_owned), value };
        match self.tokens.next() {
            Some(Token::Open) if depth >= DEEPEST => Err("may be nested at most 10 deep"),
            Some(Token::Open) => {
                let inside = self.alternatives(field, depth + 1)?;
                match self.tokens.next() {
                    Some(Token::Close) => Ok(inside),
                    _ => Err("has a parenthesis that is not closed"),
                }
            }
            Some(Token::Field(_)) if field.is_some() => Err("has a field inside of a field"),
            Some(Token::Field(name)) => match self.tokens.peek() {
                Some(Token::Value(_) | Token::Open) => self.term(Some(&name), depth),
                _ => Err("has a field without a value"),
            },
            Some(Token::Value(value)) => Ok(of(value)),
            Some(Token::Close) => Err("has parentheses with nothing in them"),
            Some(Token::And | Token::Or | Token::Not | Token::Must) | None => {
                Err("has an operator with nothing to join")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Query {
        let parts = text.split('*').map(str::to_owned).collect();
        Query::Term { field: None, value: Value::Word(parts) }
    }

    fn of(field: &str, value: Value) -> Query {
        Query::Term { field: Some(field.to_owned()), value }
    }

    fn phrase(text: &str) -> Value {
        Value::Phrase(text.to_owned())
    }

    #[test]
    fn operators_bind_as_lucene_binds_them() {
        use Query::{All, Any, Not};
        let not = |query| Not(Box::new(query));
        for (text, query) in [
            ("a b", Any(vec![word("a"), word("b")])),
            ("a OR b AND c", Any(vec![word("a"), All(vec![word("b"), word("c")])])),
            ("(a OR b) && c", All(vec![Any(vec![word("a"), word("b")]), word("c")])),
            ("a NOT b", All(vec![word("a"), not(word("b"))])),
            ("a -b", All(vec![word("a"), not(word("b"))])),
            ("NOT NOT a", word("a")),
            ("and or not", Any(vec![word("and"), word("or"), word("not")])),
            ("+8618600002222", word("+8618600002222")),
            (r"a\:b\*", word("a:b*").clone()),
        ] {
            if text.contains('\\') {
                let literal = Value::Word(vec!["a:b*".to_owned()]);
                assert_eq!(parse(text), Ok(Query::Term { field: None, value: literal }));
            } else {
                assert_eq!(parse(text), Ok(query), "{text}");
            }
        }
    }

    #[test]
    fn fields_take_every_kind_of_value() {
        let bound = |text: &str, is_included| Some(Bound { text: text.to_owned(), is_included });
        for (text, query) in [
            ("name:\"李 雷\"", of("name", phrase("李 雷"))),
            ("name: jo*", of("name", Value::Word(vec!["jo".to_owned(), String::new()]))),
            (
                "created_at:2026-03-12T08:30:00Z",
                of("created_at", Value::Word(vec!["2026-03-12T08:30:00Z".to_owned()])),
            ),
            ("n:[1 TO 2}", of("n", Value::Range { from: bound("1", true), to: bound("2", false) })),
            ("n:{* TO \"2\"]", of("n", Value::Range { from: None, to: bound("2", true) })),
            ("n:>=5", of("n", Value::Range { from: bound("5", true), to: None })),
            (
                "name:(a \"b\")",
                Query::Any(vec![
                    of("name", Value::Word(vec!["a".to_owned()])),
                    of("name", phrase("b")),
                ]),
            ),
        ] {
            assert_eq!(parse(text), Ok(query), "{text}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for text in [
            "(", ")", "()", "a AND", "AND a", "a OR", "OR", "NOT", "name:", "name:)", "a)", "(a",
            "\"a", "n:[1 TO", "n:[1 2]", "n:[", "[1 TO 2]", "a:b:", "a:(b:c)", "/a.*/", "name:/a/",
            "jo?n", "jon~2", "jon^3", "na*me:x", "\\", "a]", "n:>",
        ] {
            if text == "a:b:" {
                assert!(parse(text).is_ok(), "a value may hold colons");
            } else {
                assert!(parse(text).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn bombs_are_refused() {
        let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(10)).is_ok());
        assert!(parse(&nested(11)).is_err());
        assert!(parse(&nested(2_000)).is_err());
        assert!(parse(&"NOT ".repeat(1_000)).is_err());
        assert!(parse(&"a ".repeat(50)).is_ok());
        assert!(parse(&"a ".repeat(51)).is_err());
    }
}
