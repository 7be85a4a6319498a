//! Whether a user is who is searched for: predicates on his row.

use citizenry_identity::TenantId;
use citizenry_storage::{
    IdentityField, MetadataTest, Pattern, Result, SearchTest, UserSearch, begins_a_word, digits,
    domain_key, ports::UserField, text_key,
};
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    backend::Backend,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Bool, HasSqlType, Text},
    sqlite::Sqlite,
};

use crate::{
    conditions::{Finds, Predicate, unsuitable},
    keyset::{like, sought},
    schema::users,
    search::HasToken,
    types::{DbId, DbTime, sql},
};

/// What a predicate on a user is written with.
pub(crate) enum Piece {
    Sql(&'static str),
    Text(String),
    Time(DbTime),
    Id(DbId),
    /// The function that finds one text in another.
    Position,
    HasToken(Box<HasToken>),
}

/// A predicate on a user, written by hand.
pub(crate) struct Written(Vec<Piece>);

impl Expression for Written {
    type SqlType = Bool;
}

impl AppearsOnTable<users::table> for Written {}

impl SelectableExpression<users::table> for Written {}

impl<G> ValidGrouping<G> for Written {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Written {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// How a database asks for a token.
pub(crate) trait AsksForTokens: Backend {
    fn token<'b>(has: &'b HasToken, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
}

impl AsksForTokens for Pg {
    fn token<'b>(has: &'b HasToken, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        has.on_postgres(out)
    }
}

impl AsksForTokens for Sqlite {
    fn token<'b>(has: &'b HasToken, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        has.on_sqlite(out)
    }
}

impl<DB> QueryFragment<DB> for Written
where
    DB: Backend + HasSqlType<sql::Ts> + HasSqlType<sql::Id> + Finds + AsksForTokens,
    String: ToSql<Text, DB>,
    DbTime: ToSql<sql::Ts, DB>,
    DbId: ToSql<sql::Id, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        for piece in &self.0 {
            match piece {
                Piece::Sql(text) => out.push_sql(text),
                Piece::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Piece::Time(time) => out.push_bind_param::<sql::Ts, _>(time)?,
                Piece::Id(id) => out.push_bind_param::<sql::Id, _>(id)?,
                Piece::Position => out.push_sql(DB::POSITION),
                Piece::HasToken(has) => DB::token(has, &mut out)?,
            }
        }
        Ok(())
    }
}

/// A tree of predicates.
enum Tree<DB: Backend> {
    All(Vec<Predicate<users::table, DB>>),
    Any(Vec<Predicate<users::table, DB>>),
    Not(Predicate<users::table, DB>),
}

impl<DB: Backend> Expression for Tree<DB> {
    type SqlType = Bool;
}

impl<DB: Backend> AppearsOnTable<users::table> for Tree<DB> {}

impl<DB: Backend> SelectableExpression<users::table> for Tree<DB> {}

impl<DB: Backend, G> ValidGrouping<G> for Tree<DB> {
    type IsAggregate = is_aggregate::No;
}

impl<DB: Backend> QueryId for Tree<DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Tree<DB> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let (parts, nothing, between) = match self {
            Self::All(parts) => (parts, "(1 = 1", " AND "),
            Self::Any(parts) => (parts, "(1 = 0", " OR "),
            Self::Not(part) => {
                out.push_sql("(");
                part.walk_ast(out.reborrow())?;
                // What has no value is not what is asked for.
                out.push_sql(" IS NOT TRUE)");
                return Ok(());
            }
        };
        out.push_sql(nothing);
        for part in parts {
            out.push_sql(between);
            part.walk_ast(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// Turns searches into predicates.
pub(crate) struct Matching<P> {
    /// The tenant whose users they are.
    pub(crate) tenant: TenantId,
    /// Whether the users are among the candidates of the search: then those have its tokens.
    pub(crate) among_candidates: bool,
    /// Turns a condition into a predicate.
    pub(crate) passing: P,
}

/// The column, or the part of one, that holds the key of a text.
fn column(field: UserField) -> Result<&'static str> {
    Ok(match field {
        UserField::Name => "users.name_key",
        UserField::Nickname => "users.nickname_key",
        UserField::Username => "users.username_key",
        UserField::Email => "users.email_key",
        UserField::E164 => "users.phone",
        UserField::Phone => "(users.keys ->> 'phone')",
        UserField::GivenName => "(users.keys ->> 'given_name')",
        UserField::FamilyName => "(users.keys ->> 'family_name')",
        UserField::Title => "(users.keys ->> 'title')",
        UserField::Landline => "(users.keys ->> 'landline')",
        UserField::Subject => "users.subject",
        UserField::ExternalId => "users.external_id",
        _ => return Err(unsuitable()),
    })
}

/// After what a word begins, besides the beginning of the text.
const BEFORE_WORDS: [&str; 5] = [" ", "-", ".", "_", "'"];

/// Where in a text another is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// Before the `@` of an email address.
    Local,
}

/// `column` contains `key`, or a word of it begins with `key`, as [`SearchTest::Word`] says.
fn word(column: &'static str, key: &str, part: Part) -> Vec<Piece> {
    let mut pieces = vec![Piece::Sql("(")];
    let found = |pieces: &mut Vec<Piece>, text: &str, is: &'static str| {
        pieces.extend([
            Piece::Position,
            Piece::Sql(column),
            Piece::Sql(", "),
            Piece::Text(sought(text)),
            Piece::Sql(is),
        ]);
    };
    let within = |pieces: &mut Vec<Piece>, text: &str| {
        found(pieces, text, ") > 0");
        if part == Part::Local {
            pieces.push(Piece::Sql(" AND "));
            found(pieces, text, ") < ");
            found(pieces, "@", ")");
        }
    };
    if begins_a_word(key) {
        found(&mut pieces, key, ") = 1");
        for before in BEFORE_WORDS {
            pieces.push(Piece::Sql(" OR "));
            within(&mut pieces, &format!("{before}{key}"));
        }
    } else {
        within(&mut pieces, key);
    }
    pieces.push(Piece::Sql(")"));
    pieces
}

fn term(text: &str) -> Result<Vec<Piece>> {
    use UserField::{Email, FamilyName, GivenName, Name, Nickname, Username};
    let key = text_key(text);
    let mut ways = Vec::new();
    for field in [Name, GivenName, FamilyName, Nickname, Username] {
        ways.push(word(column(field)?, &key, Part::Whole));
    }
    if !key.contains('@') {
        ways.push(word(column(Email)?, &key, Part::Local));
    }
    if text.contains('@') {
        let equal = Piece::Sql("users.email_key = ");
        ways.push(vec![equal, Piece::Text(sought(&Email.key(text)))]);
    }
    if let Some(digits) = digits(text) {
        ways.push(word(column(UserField::E164)?, digits, Part::Whole));
    }
    let mut pieces = vec![Piece::Sql("(")];
    for (number, way) in ways.into_iter().enumerate() {
        if number > 0 {
            pieces.push(Piece::Sql(" OR "));
        }
        pieces.extend(way);
    }
    pieces.push(Piece::Sql(")"));
    Ok(pieces)
}

/// `column` looks like `pattern`, whose parts are keys.
fn looks_like(column: &'static str, pattern: String) -> Vec<Piece> {
    vec![
        Piece::Sql("("),
        Piece::Sql(column),
        Piece::Sql(" LIKE "),
        Piece::Text(pattern),
        Piece::Sql(" ESCAPE '\\')"),
    ]
}

fn pattern(field: UserField, pattern: &Pattern) -> String {
    let parts: Vec<String> = pattern.parts.iter().map(|part| like(&field.key(part))).collect();
    let before = if pattern.begins { "" } else { "%" };
    let after = if pattern.ends { "" } else { "%" };
    format!("{before}{}{after}", parts.join("%"))
}

impl<P> Matching<P> {
    fn token(&self, test: &MetadataTest, is_certain: bool) -> Vec<Piece> {
        if is_certain && self.among_candidates {
            return vec![Piece::Sql("1 = 1")];
        }
        vec![Piece::HasToken(Box::new(HasToken::new(test.token_of(self.tenant))))]
    }

    fn identity(&self, field: IdentityField, value: &str) -> Vec<Piece> {
        let tenant = || Piece::Id(self.tenant.into());
        let (test, value) = match field {
            IdentityField::Provider => (" AND provider = ", value),
            IdentityField::ProviderUserId => (" AND provider_user_id = ", value),
            IdentityField::Connection => (
                " AND connection_id IN (SELECT connections.id FROM connections \
                 WHERE connections.tenant_id = identities.tenant_id AND connections.name = ",
                value,
            ),
        };
        vec![
            Piece::Sql("users.id IN (SELECT user_id FROM identities WHERE tenant_id = "),
            tenant(),
            Piece::Sql(test),
            Piece::Text(sought(value)),
            Piece::Sql(if field == IdentityField::Connection { "))" } else { ")" }),
        ]
    }

    fn blocked(&self, at: DbTime, is: bool) -> Vec<Piece> {
        vec![
            Piece::Sql(if is { "(" } else { "NOT (" }),
            Piece::Sql("users.status <> "),
            Piece::Text(citizenry_identity::Status::Active.as_str().to_owned()),
            Piece::Sql(" OR users.id IN (SELECT user_id FROM user_locks WHERE tenant_id = "),
            Piece::Id(self.tenant.into()),
            Piece::Sql(" AND locked_from <= "),
            Piece::Time(at),
            Piece::Sql(" AND (locked_until IS NULL OR locked_until > "),
            Piece::Time(at),
            Piece::Sql(")))"),
        ]
    }

    /// Whether a user passes a search.
    pub(crate) fn search<DB>(&self, search: &UserSearch) -> Result<Predicate<users::table, DB>>
    where
        DB: Backend + 'static,
        P: Fn(UserField, &citizenry_storage::Test) -> Result<Predicate<users::table, DB>>,
        Written: QueryFragment<DB>,
    {
        self.part(search, true)
    }

    /// The same for a part of a search; `is_certain` is whether everybody passes it who is found.
    fn part<DB>(&self, search: &UserSearch, is_certain: bool) -> Result<Predicate<users::table, DB>>
    where
        DB: Backend + 'static,
        P: Fn(UserField, &citizenry_storage::Test) -> Result<Predicate<users::table, DB>>,
        Written: QueryFragment<DB>,
    {
        let all = |parts: &[UserSearch], is_certain| {
            parts.iter().map(|part| self.part(part, is_certain)).collect::<Result<Vec<_>>>()
        };
        Ok(match search {
            UserSearch::All(parts) => Box::new(Tree::All(all(parts, is_certain)?)),
            UserSearch::Any(parts) => Box::new(Tree::Any(all(parts, false)?)),
            UserSearch::Not(part) => Box::new(Tree::Not(self.part(part, false)?)),
            UserSearch::Test(test) => self.test(test, is_certain)?,
        })
    }

    fn test<DB>(&self, test: &SearchTest, is_certain: bool) -> Result<Predicate<users::table, DB>>
    where
        DB: Backend + 'static,
        P: Fn(UserField, &citizenry_storage::Test) -> Result<Predicate<users::table, DB>>,
        Written: QueryFragment<DB>,
    {
        let pieces = match test {
            SearchTest::Condition(condition) => {
                return (self.passing)(condition.field, &condition.test);
            }
            SearchTest::Term(text) => term(text)?,
            SearchTest::Word { field, text } => {
                word(column(*field)?, &field.key(text), Part::Whole)
            }
            SearchTest::Pattern { field, pattern: looks } => {
                looks_like(column(*field)?, pattern(*field, looks))
            }
            SearchTest::Domain(domain) => {
                looks_like("users.email_key", format!("%@{}", like(&domain_key(domain))))
            }
            SearchTest::Metadata(test) => self.token(test, is_certain),
            SearchTest::Identity { field, value } => self.identity(*field, value),
            SearchTest::Blocked { at, is } => self.blocked(DbTime(*at), *is),
        };
        Ok(Box::new(Written(pieces)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_every_other_character_as_itself() {
        let written = |begins, ends| {
            let parts = vec!["a%".to_owned(), "_B".to_owned()];
            pattern(UserField::Name, &Pattern { parts, begins, ends })
        };
        assert_eq!(written(true, true), r"a\%%\_b");
        assert_eq!(written(false, false), r"%a\%%\_b%");
    }
}
