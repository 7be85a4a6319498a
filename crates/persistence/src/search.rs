//! The search index of users, as SQL: what is written into it, and what is asked of it.
//!
//! PostgreSQL has the tokens as an array with an index of its elements, SQLite a full-text index of
//! documents without text. Both find candidates by the same tree of tokens; whether a candidate is
//! one, a predicate on his row says ([`crate::matching`]).

use citizenry_identity::{Direction, Timestamp, User};
use citizenry_storage::{
    Candidates,
    tokens::{digest, user_tokens},
};
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, Text},
    sqlite::Sqlite,
};

use crate::{
    schema::users,
    types::{DbId, DbTime, sql},
};

/// How many documents there may be of users who were made in one second.
const DOCUMENTS_A_SECOND: i64 = 1 << 31;

/// SQLite: where the documents begin of users who were made in the same second as one at `at`.
pub(crate) fn first_document(at: Timestamp) -> i64 {
    let seconds = at.unix_micros().div_euclid(1_000_000);
    seconds.clamp(0, i64::from(u32::MAX)) * DOCUMENTS_A_SECOND
}

/// SQLite: the documents of the same second as `document`: the first and the last.
pub(crate) fn documents_beside(document: i64) -> (i64, i64) {
    let first = document - document.rem_euclid(DOCUMENTS_A_SECOND);
    (first, first + (DOCUMENTS_A_SECOND - 1))
}

/// A tree of tokens, all of which together where they stand together.
#[derive(Debug, Clone)]
enum Tree {
    Tokens(Vec<i64>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Tree {
    fn new(candidates: &Candidates) -> Self {
        match candidates {
            Candidates::Token(token) => Self::Tokens(vec![*token]),
            Candidates::Any(parts) => {
                let mut any = Vec::new();
                for part in parts.iter().map(Self::new) {
                    match part {
                        Self::Any(parts) => any.extend(parts),
                        part => any.push(part),
                    }
                }
                Self::Any(any)
            }
            Candidates::All(parts) => {
                let (mut together, mut all) = (Vec::new(), Vec::new());
                for part in parts.iter().map(Self::new) {
                    match part {
                        Self::Tokens(tokens) => together.extend(tokens),
                        Self::All(parts) => all.extend(parts),
                        any @ Self::Any(_) => all.push(any),
                    }
                }
                if all.is_empty() {
                    return Self::Tokens(together);
                }
                if !together.is_empty() {
                    all.insert(0, Self::Tokens(together));
                }
                Self::All(all)
            }
        }
    }

    /// The tree in the words of SQLite's full-text index, with no more parentheses than needed: its
    /// parser counts them. Nothing of it is a caller's.
    fn expression(&self) -> String {
        let parts: Vec<String>;
        let between = match self {
            Self::Tokens(tokens) => {
                parts = tokens.iter().map(|token| word(*token)).collect();
                " AND "
            }
            Self::All(all) => {
                let part = |part: &Self| match part {
                    Self::Any(_) => format!("({})", part.expression()),
                    part => part.expression(),
                };
                parts = all.iter().map(part).collect();
                " AND "
            }
            Self::Any(any) => {
                parts = any.iter().map(Self::expression).collect();
                " OR "
            }
        };
        parts.join(between)
    }

    /// Has the statement kept prepared where all such have one text: others are as many as there
    /// are shapes of trees.
    fn keep_prepared(&self, out: &mut AstPass<'_, '_, Pg>) {
        if !matches!(self, Self::Tokens(_)) {
            out.unsafe_to_cache_prepared();
        }
    }

    /// The tree as a condition on PostgreSQL's arrays.
    fn condition<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (parts, between) = match self {
            Self::Tokens(tokens) => {
                out.push_sql("user_search.tokens @> ");
                return out.push_bind_param::<Array<BigInt>, _>(tokens);
            }
            Self::All(parts) => (parts, " AND "),
            Self::Any(parts) => (parts, " OR "),
        };
        for (number, part) in parts.iter().enumerate() {
            out.push_sql(if number == 0 { "(" } else { between });
            part.condition(out)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// A token as a word of SQLite's full-text index: 13 digits and letters, and no operator.
fn word(token: i64) -> String {
    let mut bits = token.cast_unsigned();
    let mut word = String::with_capacity(13);
    for _ in 0..13 {
        let digit = u32::try_from(bits & 31).unwrap_or_default();
        word.push(char::from_digit(digit, 32).unwrap_or('0'));
        bits >>= 5;
    }
    word
}

/// Tokens as a document of SQLite's full-text index.
pub(crate) fn document(tokens: &[i64]) -> String {
    let words: Vec<String> = tokens.iter().map(|token| word(*token)).collect();
    words.join(" ")
}

/// Whether a user is a candidate, and of the tenant: a condition on `users`, which needs no other of
/// the tenant.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    tenant: DbId,
    tree: Tree,
    expression: String,
}

impl Found {
    /// The users of `tenant` who are `candidates`.
    pub(crate) fn new(tenant: DbId, candidates: &Candidates) -> Self {
        let tree = Tree::new(candidates);
        let expression = tree.expression();
        Self { tenant, tree, expression }
    }

    /// SQLite: the first `limit` candidates in order of their documents, from one on.
    pub(crate) fn by_age(&self, direction: Direction, from: i64, limit: i64) -> ByAge {
        ByAge { found: self.clone(), direction, from, limit }
    }

    /// How many they are, and `most` at the most.
    pub(crate) fn counted(&self, most: i64) -> CountFound {
        CountFound { found: self.clone(), most }
    }
}

impl Expression for Found {
    type SqlType = Bool;
}

impl AppearsOnTable<users::table> for Found {}

impl SelectableExpression<users::table> for Found {}

impl<G> ValidGrouping<G> for Found {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Found {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Found {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.tree.keep_prepared(&mut out);
        // As an array, so that it is found first, and no list is walked for it. The tenant is in the
        // tokens: with a condition on it his part of another index would be walked.
        out.push_sql("users.tenant_id = ");
        out.push_bind_param::<sql::Id, _>(&self.tenant)?;
        out.push_sql(
            " AND users.id = ANY (ARRAY (SELECT user_search.user_id FROM user_search WHERE ",
        );
        self.tree.condition(&mut out)?;
        out.push_sql("))");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for Found {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        // As a pair and with `+`, so that no other index of a tenant is walked instead.
        out.push_sql(
            "(users.tenant_id, users.id) IN (SELECT user_search.tenant_id, user_search.user_id \
             FROM user_search WHERE +user_search.tenant_id = ",
        );
        out.push_bind_param::<sql::Id, _>(&self.tenant)?;
        out.push_sql(
            " AND user_search.document IN (SELECT rowid FROM user_search_tokens \
             WHERE user_search_tokens MATCH ",
        );
        out.push_bind_param::<Text, _>(&self.expression)?;
        out.push_sql("))");
        Ok(())
    }
}

/// Candidates in order of their documents: document, time of creation, identifier. As many are read
/// as are answered, whatever their number.
#[derive(Debug, Clone)]
pub(crate) struct ByAge {
    found: Found,
    direction: Direction,
    from: i64,
    limit: i64,
}

impl Query for ByAge {
    type SqlType = (BigInt, sql::Ts, sql::Id);
}

impl QueryId for ByAge {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Sqlite> for ByAge {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "SELECT user_search.document, user_search.created_at, user_search.user_id \
             FROM user_search_tokens CROSS JOIN user_search \
             ON user_search.document = user_search_tokens.rowid \
             WHERE user_search_tokens MATCH ",
        );
        out.push_bind_param::<Text, _>(&self.found.expression)?;
        let (beyond, order) = match self.direction {
            Direction::Ascending => (" AND user_search_tokens.rowid >= ", "ASC"),
            Direction::Descending => (" AND user_search_tokens.rowid <= ", "DESC"),
        };
        out.push_sql(beyond);
        out.push_bind_param::<BigInt, _>(&self.from)?;
        out.push_sql(" ORDER BY user_search_tokens.rowid ");
        out.push_sql(order);
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        Ok(())
    }
}

/// How many candidates there are. Not many more are counted than wanted.
#[derive(Debug, Clone)]
pub(crate) struct CountFound {
    found: Found,
    most: i64,
}

impl Query for CountFound {
    type SqlType = BigInt;
}

impl QueryId for CountFound {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for CountFound {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.found.tree.keep_prepared(&mut out);
        out.push_sql("SELECT count(*) FROM (SELECT 1 FROM user_search WHERE ");
        self.found.tree.condition(&mut out)?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.most)?;
        out.push_sql(") AS found");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for CountFound {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "SELECT count(*) FROM (SELECT rowid FROM user_search_tokens \
             WHERE user_search_tokens MATCH ",
        );
        out.push_bind_param::<Text, _>(&self.found.expression)?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.most)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Whether a user has a token, asked for each user by himself.
#[derive(Debug, Clone)]
pub(crate) struct HasToken {
    tokens: Vec<i64>,
    word: String,
}

impl HasToken {
    pub(crate) fn new(token: i64) -> Self {
        Self { tokens: vec![token], word: word(token) }
    }

    pub(crate) fn on_postgres<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "EXISTS (SELECT 1 FROM user_search WHERE user_search.tenant_id = users.tenant_id \
             AND user_search.user_id = users.id AND user_search.tokens @> ",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.tokens)?;
        out.push_sql(")");
        Ok(())
    }

    pub(crate) fn on_sqlite<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "EXISTS (SELECT 1 FROM user_search_tokens WHERE user_search_tokens.rowid = \
             (SELECT user_search.document FROM user_search \
             WHERE user_search.tenant_id = users.tenant_id AND user_search.user_id = users.id) \
             AND user_search_tokens MATCH ",
        );
        out.push_bind_param::<Text, _>(&self.word)?;
        out.push_sql(")");
        Ok(())
    }
}

/// A statement that is kept prepared.
macro_rules! kept {
    ($name:ident) => {
        impl QueryId for $name {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }
    };
}

/// The tokens of a user.
#[derive(Debug)]
pub(crate) struct TokensOf {
    pub(crate) tenant: DbId,
    pub(crate) user: DbId,
    pub(crate) created_at: DbTime,
    pub(crate) digest: i64,
    pub(crate) tokens: Vec<i64>,
}

impl TokensOf {
    pub(crate) fn new(user: &User) -> Self {
        let tokens = user_tokens(user);
        let digest = digest(&tokens);
        Self {
            tenant: user.tenant.into(),
            user: user.id.into(),
            created_at: user.created_at.into(),
            digest,
            tokens,
        }
    }
}

/// PostgreSQL: writes the tokens of users, of those who have others; at most 10,000.
#[derive(Debug)]
pub(crate) struct WriteTokens(pub(crate) Vec<TokensOf>);

impl QueryId for WriteTokens {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for WriteTokens {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.0.len() > 1 {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql("INSERT INTO user_search (tenant_id, user_id, digest, tokens) VALUES ");
        for (number, of) in self.0.iter().enumerate() {
            out.push_sql(if number == 0 { "(" } else { ", (" });
            out.push_bind_param::<sql::Id, _>(&of.tenant)?;
            out.push_sql(", ");
            out.push_bind_param::<sql::Id, _>(&of.user)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(&of.digest)?;
            out.push_sql(", ");
            out.push_bind_param::<Array<BigInt>, _>(&of.tokens)?;
            out.push_sql(")");
        }
        out.push_sql(
            " ON CONFLICT (tenant_id, user_id) DO UPDATE SET digest = excluded.digest, \
             tokens = excluded.tokens WHERE user_search.digest <> excluded.digest",
        );
        Ok(())
    }
}

/// SQLite: notes the tokens of a user, if they are not those that are there. Without `RETURNING`,
/// which would have the index written for each user.
#[derive(Debug)]
pub(crate) struct WriteDigest {
    /// Where the documents of his second begin, and where the last may be.
    documents: (i64, i64),
    tenant: DbId,
    user: DbId,
    created_at: DbTime,
    digest: i64,
}
kept!(WriteDigest);

impl WriteDigest {
    pub(crate) fn new(of: &TokensOf) -> Self {
        Self {
            documents: documents_beside(first_document(of.created_at.into())),
            tenant: of.tenant,
            user: of.user,
            created_at: of.created_at,
            digest: of.digest,
        }
    }
}

impl QueryFragment<Sqlite> for WriteDigest {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO user_search (document, tenant_id, user_id, created_at, digest) \
             VALUES ((SELECT coalesce(max(document), ",
        );
        out.push_bind_param::<BigInt, _>(&self.documents.0)?;
        out.push_sql(") + 1 FROM user_search WHERE document BETWEEN ");
        out.push_bind_param::<BigInt, _>(&self.documents.0)?;
        out.push_sql(" AND ");
        out.push_bind_param::<BigInt, _>(&self.documents.1)?;
        out.push_sql("), ");
        out.push_bind_param::<sql::Id, _>(&self.tenant)?;
        out.push_sql(", ");
        out.push_bind_param::<sql::Id, _>(&self.user)?;
        out.push_sql(", ");
        out.push_bind_param::<sql::Ts, _>(&self.created_at)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.digest)?;
        out.push_sql(
            ") ON CONFLICT (tenant_id, user_id) DO UPDATE SET digest = excluded.digest \
             WHERE digest <> excluded.digest",
        );
        Ok(())
    }
}

/// SQLite: the number of a user's document.
#[derive(Debug)]
pub(crate) struct DocumentOf {
    tenant: DbId,
    user: DbId,
}
kept!(DocumentOf);

impl DocumentOf {
    pub(crate) fn new(of: &TokensOf) -> Self {
        Self { tenant: of.tenant, user: of.user }
    }
}

impl Query for DocumentOf {
    type SqlType = BigInt;
}

impl QueryFragment<Sqlite> for DocumentOf {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT document FROM user_search WHERE tenant_id = ");
        out.push_bind_param::<sql::Id, _>(&self.tenant)?;
        out.push_sql(" AND user_id = ");
        out.push_bind_param::<sql::Id, _>(&self.user)?;
        Ok(())
    }
}

/// SQLite: writes a document of tokens in the place of the one that may be there.
#[derive(Debug)]
pub(crate) struct WriteDocument {
    pub(crate) document: i64,
    pub(crate) text: String,
}
kept!(WriteDocument);

impl QueryFragment<Sqlite> for WriteDocument {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT OR REPLACE INTO user_search_tokens (rowid, tokens) VALUES (");
        out.push_bind_param::<BigInt, _>(&self.document)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.text)?;
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_written_for_the_full_text_index() {
        use Candidates::{All, Any, Token};
        let found =
            |candidates: &Candidates| Found::new(DbId(ulid::Ulid::nil()), candidates).expression;
        let (one, two) = (word(1), word(2));
        assert_eq!(one, "1000000000000");
        assert_eq!(found(&Token(1)), one);
        assert_eq!(found(&All(vec![Token(1), Token(2)])), format!("{one} AND {two}"));
        assert_eq!(
            found(&All(vec![Any(vec![Token(1), Token(2)]), Token(1)])),
            format!("{one} AND ({one} OR {two})")
        );
        assert_eq!(word(-1).len(), 13);
        assert_eq!(document(&[1, 2]), format!("{one} {two}"));
    }
}
