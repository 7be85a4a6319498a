//! People make their own accounts.

use citizenry_directory::{ConnectionChanges, SignUp, SignUpError, UserRef};
use citizenry_identity::{ClientIdentifier, Error, Origin, PasswordRule, TenantStatus};
use citizenry_storage::MailKind;
use citizenry_testkit::block_on;
use serde_json::json;

use super::world::World;

fn sign_up(world: &World, name: &str) -> SignUp {
    SignUp {
        tenant: world.tenant(),
        connection: None,
        client: None,
        email: Some(format!("{name}@example.com")),
        username: Some(name.to_owned()),
        phone: None,
        password: "compoejffio@jfowfjeio".into(),
        given_name: None,
        family_name: Some(String::new()),
        name: Some("李雷".to_owned()),
        nickname: None,
        picture: None,
        user_metadata: json!({"plan": "free"}).as_object().cloned().unwrap(),
        locale: Some("zh-CN".to_owned()),
        origin: Origin {
            ip: Some("192.0.2.7".parse().unwrap()),
            user_agent: None,
            request_id: None,
        },
    }
}

async fn refused(world: &World, request: SignUp) -> SignUpError {
    world.directory.sign_up(request).await.unwrap_err()
}

#[test]
fn an_account_is_made_and_its_address_to_be_verified() {
    block_on(async {
        let world = World::new().await;
        world.tick();
        let user = world.directory.sign_up(sign_up(&world, "fioman")).await.unwrap();
        assert!(!user.email_verified);
        assert_eq!(user.profile.name.as_deref(), Some("李雷"));
        assert_eq!(user.profile.family_name, None);
        assert_eq!(user.user_metadata.as_object().get("plan"), Some(&json!("free")));
        assert_eq!(user.signed_up_ip, Some("192.0.2.7".parse().unwrap()));
        assert!(world.password(user.id).await.is_some());
        let found = world.directory.user(&world.operator, &UserRef::Id(user.id)).await.unwrap();
        assert_eq!(found.connection_name(user.connection), "authok");
        let mails = world.mails().await;
        assert_eq!((mails.len(), mails[0].kind), (1, MailKind::EmailVerification));
        assert_eq!(mails[0].locale.as_deref(), Some("zh-CN"));
        assert_eq!(world.trail(1).await, ["user.signed_up"]);
    });
}

#[test]
fn what_is_taken_is_named_and_a_weak_password_says_why() {
    block_on(async {
        let world = World::new().await;
        world.directory.sign_up(sign_up(&world, "fioman")).await.unwrap();
        let again = SignUp { username: None, ..sign_up(&world, "FIOMAN") };
        assert!(matches!(refused(&world, again).await, SignUpError::Taken { field: "email" }));
        let again = SignUp { email: None, ..sign_up(&world, "Fioman") };
        assert!(matches!(refused(&world, again).await, SignUpError::Taken { field: "username" }));
        let weak = SignUp { password: "short".into(), ..sign_up(&world, "other") };
        let SignUpError::Refused(rules) = refused(&world, weak).await else { panic!("accepted") };
        assert_eq!(rules, [PasswordRule::MinLength(8)]);
    });
}

#[test]
fn what_cannot_be_read_is_named() {
    block_on(async {
        let world = World::new().await;
        let base = || sign_up(&world, "fioman");
        let text = |text: &str| Some(text.to_owned());
        for (field, request) in [
            ("email", SignUp { email: text("no address"), ..base() }),
            ("email", SignUp { email: None, username: text(""), ..base() }),
            ("username", SignUp { username: text("two words"), ..base() }),
            ("username", SignUp { username: text("other@example.com"), ..base() }),
            ("username", SignUp { username: text("18600002222"), ..base() }),
            ("phone", SignUp { phone: text("12"), ..base() }),
            ("picture", SignUp { picture: text("javascript:alert(1)"), ..base() }),
            ("name", SignUp { name: Some("x".repeat(300)), ..base() }),
        ] {
            let error = refused(&world, request).await;
            let SignUpError::Other(Error::Invalid { field: named, .. }) = &error else {
                panic!("{field}: {error}");
            };
            assert_eq!(named, field);
        }
        let own =
            SignUp { username: text("fioman@example.com"), phone: text("18600002222"), ..base() };
        assert!(world.directory.sign_up(own).await.is_ok());
    });
}

#[test]
fn a_connection_that_is_closed_or_not_for_the_client_takes_nobody() {
    block_on(async {
        let world = World::new().await;
        let base = || sign_up(&world, "fioman");
        let text = |text: &str| Some(text.to_owned());
        for connection in ["sms", "no-such", "no such"] {
            let request = SignUp { connection: text(connection), ..base() };
            let error = refused(&world, request).await;
            assert!(matches!(error, SignUpError::Closed), "{connection}: {error}");
        }
        let user = world.user("other").await.user;
        let set = async |changes: ConnectionChanges| {
            let changed =
                world.directory.update_connection(&world.operator, user.connection, changes);
            changed.await.unwrap();
        };
        let options = json!({"disable_signup": true}).as_object().cloned();
        set(ConnectionChanges { options, ..Default::default() }).await;
        assert!(matches!(refused(&world, base()).await, SignUpError::Closed));
        let options = json!({"disable_signup": false}).as_object().cloned();
        let own = world.provisioned.client.identifier.clone();
        let enabled_clients = Some(vec![own.clone()]);
        set(ConnectionChanges { options, enabled_clients, ..Default::default() }).await;
        let other = Some(ClientIdentifier::parse("other").unwrap());
        let foreign = refused(&world, SignUp { client: other, ..base() }).await;
        assert!(matches!(foreign, SignUpError::Closed));
        assert!(world.directory.sign_up(SignUp { client: Some(own), ..base() }).await.is_ok());
        let status = TenantStatus::Disabled;
        world.directory.set_tenant_status(&world.operator, world.tenant(), status).await.unwrap();
        let closed = refused(&world, sign_up(&world, "third")).await;
        assert!(matches!(closed, SignUpError::Closed));
    });
}

#[test]
fn an_address_that_signs_up_too_often_is_slowed_down_whether_or_not_it_succeeds() {
    block_on(async {
        let world = World::new().await;
        for number in 0..20 {
            let name = format!("user{}", number / 2);
            let result = world.directory.sign_up(sign_up(&world, &name)).await;
            assert_eq!(result.is_ok(), number % 2 == 0, "{number}");
        }
        let error = refused(&world, sign_up(&world, "fioman")).await;
        let SignUpError::Other(Error::RateLimited { retry_after }) = error else {
            panic!("{error}");
        };
        assert_eq!(retry_after.as_secs(), 60);
        let elsewhere = SignUp {
            origin: Origin { ip: Some("192.0.2.8".parse().unwrap()), ..Origin::default() },
            ..sign_up(&world, "fioman")
        };
        assert!(world.directory.sign_up(elsewhere).await.is_ok());
        world.pass(60);
        assert!(world.directory.sign_up(sign_up(&world, "lilei")).await.is_ok());
    });
}
