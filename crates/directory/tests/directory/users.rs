use citizenry_directory::{Deletion, MetadataChange, UserChanges, UserQuery, UserRef};
use citizenry_identity::{
    Email, Error, Listing, LockReason, Metadata, Patch, Profile, ProfileChanges, Status, Text,
};
use citizenry_testkit::block_on;
use serde_json::json;

use super::world::{World, caller, conflict, new_user, tenant};

fn metadata(value: serde_json::Value) -> Metadata {
    let serde_json::Value::Object(object) = value else { panic!("no object") };
    Metadata::new("user_metadata", object).unwrap()
}

#[test]
fn a_user_is_created_found_changed_and_deleted_and_the_trail_tells() {
    block_on(async {
        let world = World::new().await;
        let (directory, operator) = (&world.directory, &world.operator);
        world.tick();
        let made = world.user("fioman").await.user;
        assert_eq!(made.subject.as_str(), format!("authok|{}", made.id));
        let by_subject = UserRef::from(made.subject.clone());
        let found = directory.user(operator, &by_subject).await.unwrap();
        assert_eq!(found.user, made);
        assert_eq!(found.connection_name(made.connection), "authok");

        world.tick();
        let name = Patch::Set(Text::parse("name", "李雷").unwrap());
        let profile = ProfileChanges { name, ..ProfileChanges::default() };
        let changes = UserChanges { profile, ..UserChanges::default() };
        let changed = directory.update_user(operator, &by_subject, changes).await.unwrap().user;
        assert_eq!(changed.profile.name.as_deref(), Some("李雷"));
        assert_eq!(directory.user(operator, &by_subject).await.unwrap().user, changed);

        world.tick();
        directory.delete_user(operator, &by_subject).await.unwrap();
        let gone = directory.user(operator, &by_subject).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }));
        assert_eq!(world.trail(3).await, ["user.deleted", "user.updated", "user.created"]);
    });
}

#[test]
fn a_change_that_comes_to_nothing_writes_nothing() {
    block_on(async {
        let world = World::new().await;
        let made = world.user("fioman").await.user;
        let (reference, before) = (UserRef::Id(made.id), world.trail(100).await.len());
        let changes = UserChanges {
            blocked: Some(false),
            email: Patch::Set(Email::parse("fioman@example.com").unwrap()),
            ..UserChanges::default()
        };
        let same = world.directory.update_user(&world.operator, &reference, changes).await.unwrap();
        assert_eq!(same.user, made);
        assert_eq!(world.trail(100).await.len(), before);
    });
}

#[test]
fn a_taken_username_or_email_conflicts_in_any_spelling_and_leaves_nothing() {
    block_on(async {
        let world = World::new().await;
        world.user("fioman").await;
        let before = world.trail(100).await.len();
        let mut second = new_user("FIOMAN");
        second.email = None;
        let error = world.directory.create_user(&world.operator, second).await.unwrap_err();
        assert_eq!(conflict(&error), Some("username"));
        let mut second = new_user("other");
        second.email = Some(Email::parse("Fioman@EXAMPLE.com").unwrap());
        let error = world.directory.create_user(&world.operator, second).await.unwrap_err();
        assert_eq!(conflict(&error), Some("email"));
        assert_eq!(world.trail(100).await.len(), before);
    });
}

#[test]
fn blocking_follows_the_rules_of_two_state_doors() {
    block_on(async {
        let world = World::new().await;
        let id = UserRef::Id(world.user("fioman").await.user.id);
        let set = async |blocked| {
            let changes = UserChanges { blocked: Some(blocked), ..UserChanges::default() };
            world.directory.update_user(&world.operator, &id, changes).await.unwrap().user
        };
        let blocked = set(true).await;
        assert!(blocked.locks.get(LockReason::Admin).is_some());
        assert_eq!(blocked.status, Status::Active);
        // Writing what would be read changes nothing.
        assert_eq!(set(true).await, blocked);
        let free = set(false).await;
        assert!(free.locks.is_empty() && free.can_sign_in(world.directory.now()));
    });
}

#[test]
fn a_new_address_is_not_verified_unless_it_is_said_so() {
    block_on(async {
        let world = World::new().await;
        let mut new = new_user("fioman");
        new.email_verified = true;
        let made = world.directory.create_user(&world.operator, new).await.unwrap().user;
        assert!(made.email_verified);
        let email = Patch::Set(Email::parse("li.lei@example.com").unwrap());
        let changes = UserChanges { email, ..UserChanges::default() };
        let reference = UserRef::Id(made.id);
        let changed = world.directory.update_user(&world.operator, &reference, changes).await;
        assert!(!changed.unwrap().user.email_verified);
    });
}

#[test]
fn metadata_is_replaced_or_merged_as_the_door_asks() {
    block_on(async {
        let world = World::new().await;
        let mut new = new_user("fioman");
        new.user_metadata = metadata(json!({"a": 1, "b": 2}));
        let made = world.directory.create_user(&world.operator, new).await.unwrap().user;
        let reference = UserRef::Id(made.id);
        let change = async |change| {
            let changes = UserChanges { user_metadata: Some(change), ..UserChanges::default() };
            let user = world.directory.update_user(&world.operator, &reference, changes).await;
            serde_json::Value::Object(user.unwrap().user.user_metadata.into_object())
        };
        let merged = metadata(json!({"a": null, "c": 3})).into_object();
        assert_eq!(change(MetadataChange::Merge(merged)).await, json!({"b": 2, "c": 3}));
        let replaced = change(MetadataChange::Replace(metadata(json!({"d": 4})))).await;
        assert_eq!(replaced, json!({"d": 4}));
    });
}

#[test]
fn what_lies_in_another_tenant_is_absent() {
    block_on(async {
        let world = World::new().await;
        let made = world.user("fioman").await.user;
        let other = tenant(&world.directory, "other").await;
        let stranger = citizenry_authz::Caller::operator(&other.tenant);
        let reference = UserRef::Id(made.id);
        let directory = &world.directory;
        let absent = |result: Result<(), Error>| matches!(result, Err(Error::NotFound { .. }));
        assert!(absent(directory.user(&stranger, &reference).await.map(drop)));
        let changes = UserChanges { blocked: Some(true), ..UserChanges::default() };
        assert!(absent(directory.update_user(&stranger, &reference, changes).await.map(drop)));
        assert!(absent(directory.delete_user(&stranger, &reference).await));
        directory
            .delete_users(&stranger, vec![reference.clone()], Deletion::default())
            .await
            .unwrap();
        let page = directory.users(&stranger, UserQuery::default(), Listing::first(10)).await;
        let names: Vec<_> = page.unwrap().items.iter().map(|it| it.user.display_name()).collect();
        assert_eq!(names, ["Administrator"]);
        assert_eq!(directory.user(&world.operator, &reference).await.unwrap().user, made);
    });
}

#[test]
fn every_right_is_asked_for_by_name() {
    block_on(async {
        let world = World::new().await;
        let reference = UserRef::Id(world.user("fioman").await.user.id);
        let reader = world.client("read:users");
        let directory = &world.directory;
        let lacks = |result: Result<(), Error>| match result {
            Err(Error::Forbidden { permission }) => permission,
            _ => "nothing",
        };
        assert!(directory.user(&reader, &reference).await.is_ok());
        let created = directory.create_user(&reader, new_user("other")).await;
        assert_eq!(lacks(created.map(drop)), "create:users");
        let changed = directory.update_user(&reader, &reference, UserChanges::default()).await;
        assert_eq!(lacks(changed.map(drop)), "update:users");
        assert_eq!(lacks(directory.delete_user(&reader, &reference).await), "delete:users");
        let nobody = caller(&world.provisioned.tenant, "");
        assert_eq!(lacks(directory.user(&nobody, &reference).await.map(drop)), "read:users");
    });
}

#[test]
fn an_unknown_or_foreign_connection_is_an_invalid_field() {
    block_on(async {
        let world = World::new().await;
        for name in ["nowhere", "sms"] {
            let mut new = new_user("fioman");
            new.connection = Some(citizenry_identity::ConnectionName::parse(name).unwrap());
            let error = world.directory.create_user(&world.operator, new).await.unwrap_err();
            assert!(
                matches!(error, Error::Invalid { field, .. } if field == "connection"),
                "{name}"
            );
        }
        let mut new = new_user("fioman");
        new.connection = Some(citizenry_identity::ConnectionName::parse("database").unwrap());
        let view = world.directory.create_user(&world.operator, new).await.unwrap();
        assert_eq!(view.connection_name(view.user.connection), "authok");
    });
}

#[test]
fn pages_hold_everybody_once() {
    block_on(async {
        let world = World::new().await;
        for number in 0..23 {
            world.user(&format!("user{number}")).await;
        }
        let mut seen = std::collections::BTreeSet::new();
        for page in 0..5 {
            let mut listing = Listing::first(5);
            listing.start = citizenry_identity::Start::Skip(page * 5);
            listing.with_total = true;
            let query = UserQuery::default();
            let page = world.directory.users(&world.operator, query, listing).await.unwrap();
            assert_eq!(page.total, Some(24));
            seen.extend(page.items.into_iter().map(|view| view.user.id));
        }
        assert_eq!(seen.len(), 24);
    });
}

#[test]
fn a_profile_field_that_is_not_named_stays() {
    block_on(async {
        let world = World::new().await;
        let mut new = new_user("fioman");
        new.profile = Profile {
            title: Text::optional("title", Some("Engineer".to_owned())).unwrap(),
            ..Profile::default()
        };
        let made = world.directory.create_user(&world.operator, new).await.unwrap().user;
        let nickname = Patch::Set(Text::parse("nickname", "fio").unwrap());
        let profile = ProfileChanges { nickname, ..ProfileChanges::default() };
        let changes = UserChanges { profile, ..UserChanges::default() };
        let reference = UserRef::Id(made.id);
        let changed = world.directory.update_user(&world.operator, &reference, changes).await;
        assert_eq!(changed.unwrap().user.profile.title.as_deref(), Some("Engineer"));
    });
}
