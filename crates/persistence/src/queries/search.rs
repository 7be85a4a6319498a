//! The search index of users.

use citizenry_identity::{Direction, User};
use citizenry_storage::{Result, tokens::VERSION};
use diesel::prelude::*;

use super::Session;
use crate::{
    keyset::beyond,
    rows::users::UserRow,
    schema::{user_search_state, users},
    search::TokensOf,
    types::DbId,
};

/// How far the index of the users goes who were there before it.
#[derive(Queryable)]
struct State {
    version: i64,
    is_complete: bool,
    tenant_id: DbId,
    user_id: DbId,
}

impl Session<'_> {
    /// Writes the search tokens of users of any number, of those whose tokens have changed.
    pub(super) async fn index_users(&mut self, users: &[User]) -> Result<()> {
        write_tokens!(self, users.iter().map(TokensOf::new));
        Ok(())
    }

    /// See `Users::index_next`.
    pub(super) async fn index_next_users(&mut self, limit: u32) -> Result<bool> {
        let columns = (
            user_search_state::version,
            user_search_state::is_complete,
            user_search_state::tenant_id,
            user_search_state::user_id,
        );
        let mut state: State = value!(self, for_update!(user_search_state::table.select(columns)))?;
        if state.version != VERSION {
            let nobody = DbId(ulid::Ulid::nil());
            state =
                State { version: VERSION, is_complete: false, tenant_id: nobody, user_id: nobody };
        }
        if state.is_complete {
            return Ok(true);
        }
        let (tenant, user) = (state.tenant_id, state.user_id.0);
        let query = users::table
            .filter(beyond(users::tenant_id, users::id, Direction::Ascending, tenant, user))
            .order((users::tenant_id, users::id))
            .limit(i64::from(limit))
            .select(UserRow::as_select());
        let rows: Vec<UserRow> = all!(self, for_update!(query))?;
        let is_complete = u32::try_from(rows.len()).is_ok_and(|found| found < limit);
        let last =
            rows.last().map_or((state.tenant_id, state.user_id), |row| (row.tenant_id, row.id));
        // Neither identities nor locks are in the tokens.
        let users = rows.into_iter().map(|row| row.model(Vec::new(), Vec::new()));
        self.index_users(&users.collect::<Result<Vec<User>>>()?).await?;
        let statement = diesel::update(user_search_state::table).set((
            user_search_state::version.eq(VERSION),
            user_search_state::is_complete.eq(is_complete),
            user_search_state::tenant_id.eq(last.0),
            user_search_state::user_id.eq(last.1),
        ));
        run!(self, statement)?;
        Ok(is_complete)
    }
}
