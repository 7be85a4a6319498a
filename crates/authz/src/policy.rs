//! The policy as a table that people can read in a diff.

use std::fmt::Write as _;

use crate::{Action, Caller, CallerTenant, Credential, Permissions, Resource, Subject};
use citizenry_identity::{ClientId, Id, Number, Origin, TenantId, TenantName, TimeZone, UserId};

/// Who appears in the table.
fn standings() -> [(&'static str, Subject, Permissions); 6] {
    let client = Subject::Client(ClientId::from_ulid(1.into()));
    let user = Subject::User(UserId::from_ulid(1.into()));
    let of_users = Permissions::all().iter().filter(|it| it.as_str().ends_with(":users")).collect();
    let readers = Permissions::all().iter().filter(|it| it.as_str().starts_with("read:")).collect();
    [
        ("operator", Subject::Operator, Permissions::all()),
        ("administrator", user, Permissions::all()),
        ("client with every scope", client, Permissions::all()),
        ("client with the scopes of users", client, of_users),
        ("client with the read scopes", client, readers),
        ("person without a role", user, Permissions::none()),
    ]
}

/// The table of role × resource × action: one block for each standing, one line a resource, the
/// letters of the actions (create, read, update, delete) that [`Caller::may`] lets pass, and last
/// whether he may do to administrators what he may do to users.
pub fn policy_table() -> String {
    let mut table = String::new();
    for (name, subject, permissions) in standings() {
        let caller = caller(subject, permissions);
        let _ = writeln!(table, "{name}");
        for resource in std::iter::once(Resource::AllTenants).chain(Resource::ALL) {
            let letters: String = Action::ALL
                .into_iter()
                .map(|action| match (caller.may(action, resource), action.verb().chars().next()) {
                    (Ok(()), Some(letter)) => letter.to_ascii_uppercase(),
                    _ => '-',
                })
                .collect();
            let _ = writeln!(table, "  {:<24} {letters}", resource.noun());
        }
        let other = UserId::from_ulid(2.into());
        let too = if caller.may_change_administrator(other).is_ok() { "too" } else { "not" };
        let _ = writeln!(table, "  administrators           {too}");
        table.push('\n');
    }
    table
}

fn caller(subject: Subject, permissions: Permissions) -> Caller {
    let tenant = CallerTenant {
        id: TenantId::from_ulid(1.into()),
        number: Number::FIRST,
        name: TenantName::from_stored(TenantName::DEFAULT.to_owned()),
        display_name: TenantName::DEFAULT.to_owned(),
        time_zone: TimeZone::utc(),
        phone_country: 86,
    };
    Caller::new(tenant, subject, Credential::AccessToken, permissions, Origin::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_the_one_that_was_agreed() {
        insta::assert_snapshot!("policy", policy_table());
    }

    #[test]
    fn nobody_inside_a_tenant_reaches_all_tenants() {
        for (name, subject, permissions) in standings() {
            let may = caller(subject, permissions).may(Action::Read, Resource::AllTenants).is_ok();
            assert_eq!(may, name == "operator", "{name}");
        }
    }
    #[test]
    fn everybody_may_change_himself() {
        let own = UserId::from_ulid(1.into());
        for (name, subject, permissions) in standings() {
            let caller = caller(subject, permissions);
            let may = caller.may_change_administrator(own).is_ok();
            assert_eq!(may, caller.user().is_some() || caller.administers(), "{name}");
        }
    }
}
