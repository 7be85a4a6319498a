//! What people see and change of themselves.

use citizenry_directory::{OwnChanges, UserRef};
use citizenry_identity::{
    AccountState, Email, Error, Patch, ProfileChanges, Status, Text, Username,
};
use citizenry_testkit::block_on;

use super::world::{World, conflict};

#[test]
fn everybody_sees_and_changes_himself_without_any_permission() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await.user;
        let own = world.person(user.id, "");
        let detail = world.directory.own_user(&own).await.unwrap();
        assert_eq!(detail.user(), &user);
        assert!(!detail.is_administrator && detail.created_by.is_none());
        let profile = ProfileChanges {
            given_name: Patch::Set(Text::parse("given_name", "雷").unwrap()),
            ..ProfileChanges::default()
        };
        let email = Patch::Set(Email::parse("fioman@qq.com").unwrap());
        world.tick();
        let changes = OwnChanges { email, profile, ..OwnChanges::default() };
        let detail = world.directory.update_own_user(&own, changes).await.unwrap();
        assert_eq!(detail.user().profile.given_name.as_deref(), Some("雷"));
        assert_eq!(detail.user().email.as_ref().unwrap().as_str(), "fioman@qq.com");
        let author = detail.updated_by.clone().unwrap();
        assert_eq!((author.number, author.name.as_str()), (user.number, "雷"));
        assert_eq!(world.trail(1).await, ["user.updated"]);
        let same = world.directory.update_own_user(&own, OwnChanges::default()).await.unwrap();
        assert_eq!(same.user().version, 2);
        let forbidden = world.directory.user_detail(&own, &UserRef::Id(user.id)).await;
        assert!(matches!(forbidden, Err(Error::Forbidden { .. })));
        for nobody in [&world.operator, &world.client("read:users update:users")] {
            let refused = world.directory.own_user(nobody).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })));
            let refused = world.directory.update_own_user(nobody, OwnChanges::default()).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })));
        }
    });
}

#[test]
fn nobody_takes_what_is_anothers() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await.user;
        world.user("hanmeimei").await;
        let own = world.person(user.id, "");
        let email = Patch::Set(Email::parse("HanMeimei@example.com").unwrap());
        let changes = OwnChanges { email, ..OwnChanges::default() };
        let taken = world.directory.update_own_user(&own, changes).await.unwrap_err();
        assert_eq!(conflict(&taken), Some("email"));
        let username = |text| OwnChanges {
            username: Patch::Set(Username::parse(text).unwrap()),
            ..OwnChanges::default()
        };
        let taken = world.directory.update_own_user(&own, username("HANMEIMEI")).await.unwrap_err();
        assert_eq!(conflict(&taken), Some("username"));
        for stands_in_the_way in ["hanmeimei@example.com", "13800138000"] {
            let changed = world.directory.update_own_user(&own, username(stands_in_the_way)).await;
            assert!(
                matches!(changed, Err(Error::Invalid { field, .. }) if field == "username"),
                "{stands_in_the_way}"
            );
        }
        let found = world.directory.own_user(&own).await.unwrap();
        assert_eq!(found.user(), &user);
    });
}

#[test]
fn who_suspends_himself_is_out() {
    block_on(async {
        let world = World::new().await;
        let id = world.user("fioman").await.user.id;
        world.sign_in(id).await;
        let own = world.person(id, "");
        let state = Some(AccountState::Inactive);
        let changes = OwnChanges { state, ..OwnChanges::default() };
        let detail = world.directory.update_own_user(&own, changes).await.unwrap();
        assert_eq!(detail.user().status, Status::Suspended);
        assert_eq!(world.access(id).await, (0, 0));
    });
}
