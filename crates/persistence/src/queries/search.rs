//! The search index of users.

use std::cmp::Ordering;

use citizenry_identity::{Direction, Listing, Start, TenantId, User};
use citizenry_storage::{
    Result,
    ports::{UserFilter, UserSort},
    tokens::VERSION,
};
use diesel::prelude::*;

use super::Session;
use crate::{
    keyset::{self, beyond},
    rows::users::UserRow,
    schema::{user_search_state, users},
    search::{Found, TokensOf, documents_beside, first_document},
    types::{DbId, DbTime},
};

/// How many candidates of a search are looked at in order of age, for one page.
const MOST_BY_AGE: usize = 4_000;

/// How many candidates more than are needed are taken at once: those of the last second wait for the
/// next time, since there may be more of them.
const SPARE: usize = 16;

/// A candidate of a search: his document, when he was made, who he is.
type Candidate = (i64, DbTime, DbId);

/// Candidates of a search as the index yields them: second by second, in the order of age.
struct Walk<'f> {
    found: &'f Found,
    direction: Direction,
    /// Whom the page comes after.
    after: Option<(DbTime, DbId)>,
    /// The document where the next ones begin.
    from: i64,
    /// The candidates of the last second so far.
    held: Vec<Candidate>,
    take: usize,
    looked_at: usize,
    is_over: bool,
}

impl<'f> Walk<'f> {
    fn new(
        found: &'f Found,
        direction: Direction,
        after: Option<(DbTime, DbId)>,
        wanted: usize,
    ) -> Self {
        let from = match (direction, after) {
            (Direction::Ascending, None) => 0,
            (Direction::Descending, None) => i64::MAX,
            (Direction::Ascending, Some((at, _))) => first_document(at.into()),
            (Direction::Descending, Some((at, _))) => documents_beside(first_document(at.into())).1,
        };
        let take = wanted + SPARE;
        Self { found, direction, after, from, held: Vec::new(), take, looked_at: 0, is_over: false }
    }

    fn compare(&self, a: (DbTime, DbId), b: (DbTime, DbId)) -> Ordering {
        match self.direction {
            Direction::Ascending => a.cmp(&b),
            Direction::Descending => b.cmp(&a),
        }
    }

    /// Takes what the index has yielded: the candidates of whole seconds, in the order of age.
    fn accept(&mut self, yielded: Vec<Candidate>) -> Vec<DbId> {
        self.is_over = yielded.len() < self.take;
        self.looked_at += yielded.len();
        self.take *= 2;
        self.held.extend(yielded);
        let mut yielded = std::mem::take(&mut self.held);
        if let Some((last, _, _)) = yielded.last().copied().filter(|_| !self.is_over) {
            let (first, end) = documents_beside(last);
            let waits = |candidate: &Candidate| (first..=end).contains(&candidate.0);
            self.held = yielded.extract_if(.., |candidate| waits(candidate)).collect();
            self.from = if self.direction == Direction::Ascending { last + 1 } else { last - 1 };
        }
        let mut places: Vec<_> = yielded.into_iter().map(|(_, at, id)| (at, id)).collect();
        if let Some(after) = self.after {
            places.retain(|place| self.compare(*place, after) == Ordering::Greater);
        }
        places.sort_by(|a, b| self.compare(*a, *b));
        places.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether it has come too far for one page.
    fn is_too_long(&self) -> bool {
        self.looked_at > MOST_BY_AGE
    }
}

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

    /// The rows of a page, and one more, of a search in order of age; none when too many candidates
    /// would have to be looked at. What a page costs does not depend on how many are found.
    pub(super) async fn found_by_age(
        &mut self,
        tenant: TenantId,
        filter: &UserFilter,
        found: &Found,
        listing: &Listing<UserSort>,
    ) -> Result<Option<Vec<UserRow>>> {
        let (skipped, after) = match &listing.start {
            Start::Skip(skipped) => (usize::try_from(*skipped).unwrap_or(usize::MAX), None),
            Start::After(cursor) => match keyset::time(&cursor.key) {
                Some(at) => (0, Some((at, DbId(cursor.id)))),
                None => return Ok(Some(Vec::new())),
            },
        };
        let page = usize::try_from(listing.limit).unwrap_or(usize::MAX).saturating_add(1);
        let wanted = skipped.saturating_add(page);
        if wanted > MOST_BY_AGE {
            return Ok(None);
        }
        let direction = keyset::direction(listing, Direction::Descending);
        let mut walk = Walk::new(found, direction, after, wanted);
        let mut rows: Vec<UserRow> = Vec::new();
        while rows.len() < wanted && !walk.is_over {
            if walk.is_too_long() {
                return Ok(None);
            }
            let take = i64::try_from(walk.take).unwrap_or(i64::MAX);
            let by_age = walk.found.by_age(walk.direction, walk.from, take);
            let yielded: Vec<Candidate> = candidates_by_age!(self, by_age)?;
            let candidates = walk.accept(yielded);
            for some in candidates.chunks(wanted) {
                let mut passing = self.users_among(tenant, filter, some.to_vec()).await?;
                passing.sort_by(|a, b| walk.compare((a.created_at, a.id), (b.created_at, b.id)));
                rows.append(&mut passing);
                if rows.len() >= wanted {
                    break;
                }
            }
        }
        rows.truncate(wanted);
        Ok(Some(rows.split_off(skipped.min(rows.len()))))
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
