//! Passwords that are made for new users and mailed to them.

use citizenry_directory::{FirstPassword, NewUser};
use citizenry_identity::{Error, PasswordPolicy, PasswordStrength};
use citizenry_storage::MailKind;
use citizenry_testkit::block_on;

use super::world::{World, new_user};

fn first() -> FirstPassword {
    let policy = PasswordPolicy { min_length: 20, min_classes: 4, ..PasswordPolicy::default() };
    FirstPassword { policy, valid_seconds: 86_400 }
}

#[test]
fn a_first_password_is_mailed_and_good_for_a_while() {
    block_on(async {
        let world = World::new().await;
        let new = NewUser { first_password: Some(first()), ..new_user("fioman") };
        let user = world.directory.create_user(&world.operator, new).await.unwrap().user;
        let mails = world.mails().await;
        let [mail] = mails.as_slice() else { panic!("{mails:?}") };
        assert_eq!(mail.kind, MailKind::TemporaryPassword);
        assert_eq!((mail.to.as_str(), mail.valid_seconds), ("fioman@example.com", Some(86_400)));
        let secret = mail.secret.clone().unwrap();
        assert!(secret.len() >= 20);
        assert!(!format!("{mail:?}").contains(&secret));
        let stored = world.password(user.id).await.unwrap();
        assert_eq!(stored.hash.as_str(), format!("$plain${secret}"));
        assert_eq!(stored.strength, PasswordStrength::Strong);
        assert_eq!(stored.expires_at, Some(world.directory.now().plus_seconds(86_400)));
        assert_eq!(world.trail(2).await, ["user.temporary_password_sent", "user.created"]);
        let detail = world.directory.user_detail(&world.operator, &user.id.into()).await.unwrap();
        let facts = detail.password.unwrap();
        assert!(!facts.has_expired && facts.expires_at == stored.expires_at);
        world.pass(86_400);
        let detail = world.directory.user_detail(&world.operator, &user.id.into()).await.unwrap();
        assert!(detail.password.unwrap().has_expired);
    });
}

#[test]
fn nothing_is_made_without_an_address_and_a_given_password_goes_before() {
    block_on(async {
        let world = World::new().await;
        let new = NewUser { first_password: Some(first()), email: None, ..new_user("fioman") };
        let refused = world.directory.create_user(&world.operator, new).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "email"));
        let new = NewUser {
            first_password: Some(first()),
            password: Some("a password of hers".into()),
            ..new_user("hanmeimei")
        };
        let user = world.directory.create_user(&world.operator, new).await.unwrap().user;
        assert!(world.mails().await.is_empty());
        assert_eq!(world.password(user.id).await.unwrap().expires_at, None);
    });
}

#[test]
fn the_doors_rule_holds_beside_the_tenants() {
    block_on(async {
        let world = World::new().await;
        let policy = PasswordPolicy { min_length: 12, ..PasswordPolicy::permissive() };
        let new = |password: &str, policy: &PasswordPolicy| NewUser {
            password: Some(password.into()),
            password_policy: Some(policy.clone()),
            ..new_user("fioman")
        };
        let refused = world.directory.create_user(&world.operator, new("eleven char", &policy));
        assert!(matches!(refused.await, Err(Error::Invalid { field, .. }) if field == "password"));
        let lax = PasswordPolicy::permissive();
        let refused = world.directory.create_user(&world.operator, new("short", &lax)).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "password"));
        let made = world.directory.create_user(&world.operator, new("twelve chars", &policy)).await;
        let reference = made.unwrap().user.id.into();
        let set = async |password: &str| {
            let policy = Some(policy.clone());
            let caller = &world.operator;
            world.directory.set_password(caller, &reference, password.into(), policy, false).await
        };
        let refused = set("eleven char").await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "password"));
        world.tick();
        set("thirteen chars").await.unwrap();
        assert_eq!(world.trail(1).await, ["user.password_changed"]);
    });
}

#[test]
fn another_administrators_password_may_be_out_of_reach() {
    block_on(async {
        let world = World::new().await;
        let directory = &world.directory;
        let second = world.user("second").await.user.id;
        directory.set_administrator(&world.operator, &second.into(), true).await.unwrap();
        let admin = world.administrator();
        let set = async |id, spares| {
            let password = "correct horse battery".into();
            directory
                .set_password(&admin, &citizenry_directory::UserRef::Id(id), password, None, spares)
                .await
        };
        assert!(matches!(set(second, true).await, Err(Error::Forbidden { .. })));
        set(second, false).await.unwrap();
        set(world.provisioned.administrator.id, true).await.unwrap();
        let ordinary = world.user("ordinary").await.user.id;
        world.sign_in(ordinary).await;
        set(ordinary, true).await.unwrap();
        assert_eq!(world.access(ordinary).await, (0, 0));
    });
}
