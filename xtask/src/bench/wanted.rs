//! What the arguments ask for.

use std::path::PathBuf;

use super::database::Kind;
use super::extent::Extent;
use crate::Outcome;

/// What belongs together and can be asked for by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Starts, idle memory, the binary's size.
    Start,
    /// JWKS and discovery.
    Documents,
    /// Tokens, introspection, userinfo.
    Tokens,
    /// Passwords, and a storm of them.
    SignIn,
    /// A bulk import.
    Import,
    /// Pages of users.
    Pages,
    /// Searches.
    Search,
    /// Memory under mixed load.
    Memory,
    /// A user by his identifier.
    User,
    /// New users.
    Create,
    /// Two servers on one database.
    Servers,
    /// Many tenants, roles, clients and groups.
    Crowds,
    /// Decisions in process.
    Decisions,
}

impl Group {
    const ALL: [Self; 13] = [
        Self::Start,
        Self::Documents,
        Self::Tokens,
        Self::SignIn,
        Self::Import,
        Self::Pages,
        Self::Search,
        Self::Memory,
        Self::User,
        Self::Create,
        Self::Servers,
        Self::Crowds,
        Self::Decisions,
    ];

    /// Those that need a large directory.
    pub(super) const WITH_MANY: [Self; 4] = [Self::Import, Self::Pages, Self::Search, Self::Memory];

    /// Those that need a directory.
    pub(super) const WITH_PEOPLE: [Self; 9] = [
        Self::Documents,
        Self::Tokens,
        Self::SignIn,
        Self::Import,
        Self::Pages,
        Self::Search,
        Self::Memory,
        Self::User,
        Self::Create,
    ];

    /// As arguments name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Documents => "documents",
            Self::Tokens => "tokens",
            Self::SignIn => "sign-in",
            Self::Import => "import",
            Self::Pages => "pages",
            Self::Search => "search",
            Self::Memory => "memory",
            Self::User => "user",
            Self::Create => "create",
            Self::Servers => "group",
            Self::Crowds => "crowds",
            Self::Decisions => "decisions",
        }
    }

    fn of(name: &str) -> Outcome<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("there is no benchmark `{name}`, only {}", names.join(", ")).into()
        })
    }
}

/// What the arguments ask for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Small and short.
    pub(super) quick: bool,
    /// Builds without optimisation.
    pub(super) debug: bool,
    /// Writes what the last run found into the documentation, and measures nothing.
    pub(super) write: bool,
    /// The server to measure instead of the one that is built.
    pub(super) binary: Option<PathBuf>,
    /// Where the programs are that would be built otherwise.
    pub(super) built: Option<PathBuf>,
    groups: Vec<Group>,
    databases: Vec<Kind>,
    users: Option<u64>,
    rounds: Option<usize>,
}

impl Wanted {
    /// Reads them. A group may be named with or without `--only`.
    pub(super) fn from(rest: &[String]) -> Outcome<Self> {
        let mut wanted = Self::default();
        let mut arguments = rest.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument {
                "--quick" => wanted.quick = true,
                "--debug" => wanted.debug = true,
                "--write" => wanted.write = true,
                "--binary" => wanted.binary = Some(value()?.into()),
                "--built" => wanted.built = Some(value()?.into()),
                "--only" => {
                    for name in value()?.split(',') {
                        wanted.groups.push(Group::of(name)?);
                    }
                }
                "--users" => wanted.users = Some(value()?.parse()?),
                "--rounds" => wanted.rounds = Some(value()?.parse()?),
                "--database" => match value()? {
                    "sqlite" => wanted.databases.push(Kind::Sqlite),
                    "postgres" => wanted.databases.push(Kind::Postgres),
                    "both" => wanted.databases.clear(),
                    _ => return Err("--database is one of sqlite, postgres, both".into()),
                },
                flag if flag.starts_with('-') => {
                    return Err(format!("unexpected argument `{flag}`").into());
                }
                name => wanted.groups.push(Group::of(name)?),
            }
        }
        if wanted.users.is_some_and(|users| users < 100) || wanted.rounds == Some(0) {
            return Err("at least 100 users and one round are needed".into());
        }
        Ok(wanted)
    }

    /// Whether a group is to be measured.
    pub(super) fn group(&self, group: Group) -> bool {
        self.groups.is_empty() || self.groups.contains(&group)
    }

    /// Whether a database is to be measured.
    pub(super) fn database(&self, kind: Kind) -> bool {
        // Decisions have none.
        let none = self.groups == [Group::Decisions];
        !none && (self.databases.is_empty() || self.databases.contains(&kind))
    }

    /// Whether nothing is left out.
    pub(super) fn everything(&self) -> bool {
        self.groups.is_empty() && self.databases.is_empty()
    }

    /// How much is to be measured.
    pub(super) fn extent(&self) -> Extent {
        let mut extent = if self.quick { Extent::QUICK } else { Extent::FULL };
        if let Some(users) = self.users {
            extent = extent.with_users(users);
        }
        extent.rounds = self.rounds.unwrap_or(extent.rounds);
        extent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(arguments: &[&str]) -> Outcome<Wanted> {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        Wanted::from(&arguments)
    }

    #[test]
    fn nothing_asks_for_everything() {
        let everything = wanted(&["--quick"]).unwrap();
        assert!(everything.everything() && everything.quick);
        assert!(Group::ALL.into_iter().all(|group| everything.group(group)));
        assert!(everything.database(Kind::Sqlite) && everything.database(Kind::Postgres));
    }

    #[test]
    fn groups_and_databases_leave_the_others_out() {
        let some = wanted(&["sign-in", "--only", "user,pages", "--database", "sqlite"]).unwrap();
        assert!(some.group(Group::SignIn) && some.group(Group::Pages));
        assert!(!some.group(Group::Create) && !some.database(Kind::Postgres));
        assert!(!wanted(&["decisions"]).unwrap().database(Kind::Sqlite));
        assert!(wanted(&["--only", "nonsense"]).unwrap_err().to_string().contains("start, "));
        assert!(wanted(&["--users", "3"]).is_err());
    }

    #[test]
    fn a_large_directory_has_ten_times_as_many() {
        let extent = wanted(&["--users", "1000", "--rounds", "1"]).unwrap().extent();
        assert_eq!(
            (extent.few, extent.users, extent.many, extent.rounds),
            (1_000, 1_000, 10_000, 1)
        );
    }
}
