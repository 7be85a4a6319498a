//! The roles and groups that rows name.

use std::collections::{BTreeSet, HashMap};

use citizenry_authz::Caller;
use citizenry_identity::{Error, Group, GroupId, Moment, Role, RoleId, RowProblem, TenantId, Text};
use citizenry_storage::Tx;

use super::{
    members::problem,
    row::{ReadRow, Row},
};
use crate::{NewGroup, NewRole, dialect_rules::DialectRules, groups, ports::Ports, roles};

/// What the names in rows stand for; none for a name that several groups have.
#[derive(Debug, Default)]
pub(super) struct Names {
    roles: HashMap<Text<128>, RoleId>,
    groups: HashMap<Text<80>, Option<GroupId>>,
}

impl Names {
    /// Looks up what the rows of a chunk name.
    pub(super) async fn find(
        ports: &mut Ports<'_>,
        tenant: TenantId,
        rows: &[ReadRow],
    ) -> Result<Self, Error> {
        let (roles, groups) = named(rows);
        let mut names = Self::default();
        for some in roles.chunks(2_000) {
            for role in ports.bulk().roles_named(tenant, some).await? {
                names.roles.insert(role.name, role.id);
            }
        }
        for some in groups.chunks(2_000) {
            let found = ports.bulk().groups_called(tenant, some).await?;
            for word in some {
                names.add_group(word, &found);
            }
        }
        Ok(names)
    }

    fn add_group(&mut self, word: &Text<80>, found: &[Group]) {
        let coded = found.iter().find(|group| group.code == *word);
        let mut called = found.iter().filter(|group| group.name.as_str() == word.as_str());
        let group = match (coded, called.next(), called.next()) {
            (Some(group), ..) | (None, Some(group), None) => Some(group.id),
            (None, Some(_), Some(_)) => None,
            (None, None, _) => return,
        };
        self.groups.insert(word.clone(), group);
    }

    /// Makes the roles and groups that rows name and that are not there.
    pub(super) async fn make_missing(
        &mut self,
        tx: &mut dyn Tx,
        caller: &Caller,
        moment: &Moment,
        rows: &[ReadRow],
    ) -> Result<(), Error> {
        let (roles, groups) = named(rows);
        for name in
            roles.into_iter().filter(|name| !self.roles.contains_key(name)).collect::<Vec<_>>()
        {
            let new = NewRole { name: name.clone(), description: None };
            let role: Role = roles::create(tx, caller, moment, new).await?;
            self.roles.insert(name, role.id);
        }
        let missing: Vec<Text<80>> =
            groups.into_iter().filter(|word| !self.groups.contains_key(word)).collect();
        for some in missing.chunks(200) {
            let new = some.iter().map(|word| NewGroup {
                code: Some(word.clone()),
                name: Text::from_stored(word.as_str().to_owned()),
                description: None,
                source: None,
                wildcards: BTreeSet::new(),
                members: Vec::new(),
                tags: Vec::new(),
            });
            let rules = DialectRules::default();
            let made = groups::create(tx, caller, moment, new.collect(), rules).await?;
            self.groups.extend(made.into_iter().map(|group| (group.code, Some(group.id))));
        }
        Ok(())
    }

    /// What a row names.
    pub(super) fn of_row(&self, row: &Row) -> Result<(Vec<RoleId>, Vec<GroupId>), RowProblem> {
        let mut roles = Vec::with_capacity(row.roles.len());
        for name in &row.roles {
            let role = self.roles.get(name);
            let missing = || problem("NOT_FOUND", "roles", format!("there is no role {name}"));
            roles.push(*role.ok_or_else(missing)?);
        }
        let mut groups = Vec::with_capacity(row.groups.len());
        for word in &row.groups {
            match self.groups.get(word) {
                Some(Some(group)) => groups.push(*group),
                Some(None) => {
                    let message = format!("several groups are called {word}: give the code");
                    return Err(problem("CONFLICT", "groups", message));
                }
                None => {
                    let message = format!("there is no group {word}");
                    return Err(problem("NOT_FOUND", "groups", message));
                }
            }
        }
        Ok((roles, groups))
    }

    /// Lets names pass that are not there: for a trial that makes nothing.
    pub(super) fn pretend_missing(&mut self, moment: &Moment, rows: &[ReadRow]) {
        use citizenry_identity::Id as _;
        let (roles, groups) = named(rows);
        for name in roles {
            self.roles.entry(name).or_insert_with(|| RoleId::from_ulid(moment.ulid()));
        }
        for word in groups {
            self.groups.entry(word).or_insert_with(|| Some(GroupId::from_ulid(moment.ulid())));
        }
    }
}

/// The names in rows, each once and in order.
fn named(rows: &[ReadRow]) -> (Vec<Text<128>>, Vec<Text<80>>) {
    let (mut roles, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for row in rows.iter().filter_map(|read| read.row.as_ref().ok()) {
        roles.extend(row.roles.iter().cloned());
        groups.extend(row.groups.iter().cloned());
    }
    (roles.into_iter().collect(), groups.into_iter().collect())
}
