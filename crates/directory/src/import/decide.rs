//! What each row of a chunk comes to: pure, given what is stored.

use std::collections::BTreeSet;

use citizenry_authz::Caller;
use citizenry_identity::{Moment, RowProblem, Subject, User, UserId};

use super::{
    known::{Entry, Key, Known, foreign_key, keys_of_row},
    members::problem,
    merge,
    names::Names,
    row::{ReadRow, Row, RowForm},
};

/// What came of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// It made a user.
    Created,
    /// It changed a user.
    Updated,
    /// The user is there and as the row says.
    Unchanged,
    /// It was refused.
    Refused(Vec<RowProblem>),
}

/// A row and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowResult {
    /// The row's line, from 1.
    pub line: u64,
    /// What came of it.
    pub outcome: RowOutcome,
    /// Whom it speaks of; none where it was refused.
    pub user: Option<Subject>,
}

/// By what rows are judged.
#[derive(Debug)]
pub(super) struct Judgement<'a> {
    pub(super) caller: &'a Caller,
    pub(super) moment: &'a Moment,
    pub(super) names: &'a Names,
    /// Whether rows change users who are there.
    pub(super) upsert: bool,
    pub(super) form: RowForm,
    pub(super) kept: &'a Kept,
}

/// The administrators who are kept as they are.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Whom the caller may not change.
    pub(super) beyond: BTreeSet<UserId>,
    /// Whom rows may not keep from signing in, since nobody else is left.
    pub(super) spared: BTreeSet<UserId>,
}

impl Judgement<'_> {
    /// What each row comes to. The users of `known` are afterwards as the rows say.
    pub(super) fn of(&self, rows: &[ReadRow], known: &mut Known) -> Vec<RowResult> {
        let mut results = Vec::with_capacity(rows.len());
        for read in rows {
            let judged = match &read.row {
                Ok(row) => self.judge(row, known).map_err(|problem| vec![problem]),
                Err(problems) => Err(problems.clone()),
            };
            let (outcome, user) = match judged {
                Ok((outcome, user)) => (outcome, Some(user)),
                Err(problems) => (RowOutcome::Refused(problems), None),
            };
            results.push(RowResult { line: read.line, outcome, user });
        }
        results
    }

    fn judge(&self, row: &Row, known: &mut Known) -> Result<(RowOutcome, Subject), RowProblem> {
        let entry = match whom(row, known)? {
            None => return self.make(row, known),
            Some(user) => known.entries.get(&user).cloned(),
        };
        let Some(before) = entry else {
            return Err(problem("CONFLICT", "", "speaks of a user who is not there any more"));
        };
        check_same(row, &before.user)?;
        let after = self.changed(row, &before, known)?;
        let subject = after.user.subject.clone();
        if self.form == RowForm::Authok && !self.upsert {
            return Err(problem("DUPLICATED_USER", "", "The user already exists."));
        }
        let is_same = after.user == before.user
            && after.password == before.password
            && after.roles == before.roles
            && after.groups == before.groups
            && after.new_foreign_ids == before.new_foreign_ids;
        let now = self.moment.now();
        let shuts = before.user.can_sign_in(now) && !after.user.can_sign_in(now);
        if shuts && self.kept.spared.contains(&before.user.id) {
            return Err(problem("CONFLICT", "", "is the tenant's last administrator"));
        }
        if is_same {
            return Ok((RowOutcome::Unchanged, subject));
        }
        if !self.upsert {
            let message = "the user is there, and not as the row says";
            return Err(problem("DUPLICATED_USER", "", message));
        }
        if self.kept.beyond.contains(&before.user.id) {
            let message = "is an administrator, whom only one who stands as high may change";
            return Err(problem("FORBIDDEN", "", message));
        }
        known.put(after);
        Ok((RowOutcome::Updated, subject))
    }

    fn make(&self, row: &Row, known: &mut Known) -> Result<(RowOutcome, Subject), RowProblem> {
        let user = merge::made(row, self.caller, self.moment)?;
        let subject = user.subject.clone();
        let id = user.id;
        let mut entry = Entry::new(user, None);
        self.add_rest(row, &mut entry, known)?;
        known.put(entry);
        known.made.push(id);
        Ok((RowOutcome::Created, subject))
    }

    fn changed(&self, row: &Row, before: &Entry, known: &Known) -> Result<Entry, RowProblem> {
        let mut after = before.clone();
        after.user = merge::merged(row, &before.user, self.moment)?;
        if after.user != before.user {
            after.user.updated_at = row.past.updated_at.unwrap_or(self.moment.now());
            after.user.updated_by = self.caller.user();
        }
        self.add_rest(row, &mut after, known)?;
        Ok(after)
    }

    /// The password, roles, groups and foreign ids.
    fn add_rest(&self, row: &Row, entry: &mut Entry, known: &Known) -> Result<(), RowProblem> {
        let now = self.moment.now();
        let old = entry.password.as_ref();
        if let Some(new) = merge::password(row.password.as_ref(), old, &entry.user, now) {
            entry.password = Some(new);
            entry.has_new_password = true;
        }
        let (roles, groups) = self.names.of_row(row)?;
        for role in roles {
            if entry.roles.insert(role) {
                entry.new_roles.push(role);
            }
        }
        for group in groups {
            if entry.groups.insert(group) {
                entry.new_groups.push(group);
            }
        }
        for foreign in &row.foreign_ids {
            if known.user_of(&foreign_key(foreign)).is_none() {
                entry.new_foreign_ids.push(foreign.clone());
            }
        }
        Ok(())
    }
}

/// Whom a row speaks of; none where nobody has one of its keys.
fn whom(row: &Row, known: &Known) -> Result<Option<UserId>, RowProblem> {
    let keys = keys_of_row(row);
    let found: Vec<(&Key, UserId)> =
        keys.iter().filter_map(|key| Some((key, known.user_of(key)?))).collect();
    let users: BTreeSet<UserId> = found.iter().map(|(_, user)| *user).collect();
    let Some((_, first)) = found.first() else { return Ok(None) };
    match found.iter().find(|(_, user)| user != first) {
        Some((key, _)) if users.len() > 1 => {
            Err(problem("DUPLICATED_USER", key.path(), "belongs to another user"))
        }
        _ => Ok(Some(*first)),
    }
}

/// The user of a row is the one whom it names, and in the connection that it names.
fn check_same(row: &Row, user: &User) -> Result<(), RowProblem> {
    let taken = |path| problem("DUPLICATED_USER", path, "belongs to another user");
    if row.subject.as_ref().is_some_and(|subject| *subject != user.subject) {
        return Err(taken(if row.email.is_some() { "email" } else { "username" }));
    }
    if row.id.is_some_and(|id| id != user.id) {
        return Err(taken("user_id"));
    }
    if row.connection.id != user.connection {
        let message = "is not the connection that the user belongs to";
        return Err(problem("DUPLICATED_USER", "connection", message));
    }
    Ok(())
}
