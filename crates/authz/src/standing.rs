//! What a person may do by signing in to a management door.

use citizenry_identity::{ManagementDoor, ManagementPermission};

use crate::Permissions;

impl Permissions {
    /// What a person may do who has signed in through `door`: everything in his tenant for an
    /// administrator. Others may look at people and structure in AngusGM's door, and nothing but
    /// what concerns themselves in Audience Manager's.
    pub fn of_person(door: ManagementDoor, is_administrator: bool) -> Self {
        if is_administrator {
            return Self::all();
        }
        match door {
            ManagementDoor::AudienceManager => Self::none(),
            ManagementDoor::Angus => ["departments", "groups", "tags", "users"]
                .iter()
                .filter_map(|noun| ManagementPermission::parse(&format!("read:{noun}")))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_without_the_role_look_and_touch_nothing() {
        let names = |door| {
            let permissions = Permissions::of_person(door, false);
            permissions.iter().map(|it| it.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert!(names(ManagementDoor::AudienceManager).is_empty());
        let looks = ["read:departments", "read:groups", "read:tags", "read:users"];
        assert_eq!(names(ManagementDoor::Angus), looks);
        for door in ManagementDoor::ALL {
            assert_eq!(Permissions::of_person(door, true), Permissions::all());
        }
    }
}
