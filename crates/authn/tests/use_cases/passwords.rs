use citizenry_authz::Subject as Asking;
use citizenry_identity::{
    ClientId, Error, EventKind, Id, Kind, PasswordPolicy, PasswordStrength, StoredPassword, User,
};
use citizenry_storage::{MailKind, StorageError};
use citizenry_testkit::block_on;
use secrecy::SecretString;

use super::world::{PASSWORD, World, word};

const NEW: &str = "Another1-of-mine";

impl World {
    async fn change_own(&self, user: &User, old: &str, new: &str) -> Result<(), Error> {
        let caller = self.himself(user);
        self.authn.change_own_password(&caller, &old.into(), &new.into(), None).await
    }

    async fn without_password(&self, name: &str) -> User {
        let user = self.unsaved(name, &self.connection);
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut user = user.clone();
                user.number = tx.numbers().next().await?;
                tx.users().insert(&user).await?;
                Ok(user)
            })
            .await
            .unwrap()
    }
}

fn refused(result: &Result<(), Error>) -> String {
    match result {
        Ok(()) => "done".to_owned(),
        Err(Error::Invalid { field, .. }) => format!("invalid {field}"),
        Err(Error::Conflict { kind, field }) => format!("conflict {kind} {field}"),
        Err(Error::RateLimited { retry_after }) => format!("wait {}", retry_after.as_secs()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_old_password_opens_the_way_to_another() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        world.pass(5);
        world.change_own(&user, PASSWORD, NEW).await.unwrap();
        let stored = world.password(user.id).await;
        let now = world.moment().now();
        let hash = stored.hash.clone();
        assert_eq!(stored, StoredPassword::new(hash, PasswordStrength::Strong, now));
        assert!(!world.opens(&entered.secret).await, "browsers are signed out");
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "wrong");
        assert_eq!(word(&world.try_in("fioman", NEW).await), "in");
        let mails = world.mails().await;
        assert_eq!((mails.len(), mails[0].kind), (1, MailKind::PasswordChanged));
        assert_eq!(world.told(EventKind::USER_PASSWORD_CHANGED).await, 1);
    });
}

#[test]
fn a_new_password_keeps_the_rules_of_tenant_and_door() {
    block_on(async {
        let world = World::new().await;
        world.set_tenant(|tenant| tenant.settings.password_policy.history = 2).await;
        let user = world.user("fioman").await;
        let with = |old: &str, new: &str, policy: Option<PasswordPolicy>| {
            let (caller, old, new) = (world.himself(&user), old.into(), new.into());
            let authn = world.authn.clone();
            async move { authn.change_own_password(&caller, &old, &new, policy).await }
        };
        assert_eq!(refused(&with(PASSWORD, "short", None).await), "invalid password");
        assert_eq!(refused(&with(PASSWORD, PASSWORD, None).await), "invalid password");
        let door = Some(PasswordPolicy::audience_manager());
        assert_eq!(refused(&with(PASSWORD, "only eleven", door.clone()).await), "invalid password");
        with(PASSWORD, "only eleven", None).await.unwrap();
        assert_eq!(
            refused(&with("only eleven", PASSWORD, None).await),
            "invalid password",
            "one of the last two"
        );
        assert_eq!(
            refused(&with("only eleven", &"x".repeat(5_000), None).await),
            "invalid password"
        );
        with("only eleven", NEW, door).await.unwrap();
    });
}

#[test]
fn a_token_is_no_way_to_guess_the_password() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let caller = world.himself(&user);
        for _ in 0..4 {
            let result = world.change_own(&user, "guess", NEW).await;
            assert_eq!(refused(&result), "invalid old_password");
        }
        let guess = world.authn.check_own_password(&caller, &"guess".into()).await;
        assert_eq!(refused(&guess), "invalid password");
        world.hasher.take();
        assert_eq!(refused(&world.change_own(&user, PASSWORD, NEW).await), "wait 60");
        let check = world.authn.check_own_password(&caller, &PASSWORD.into()).await;
        assert_eq!(refused(&check), "wait 60");
        assert_eq!(world.hasher.take(), (0, 0), "nothing is looked at");
        // Whoever holds the token locks nobody out.
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "in");
        assert_eq!(world.reasons(EventKind::USER_SIGN_IN_FAILED).await, ["own-password"; 5]);
        world.pass(60);
        world.authn.check_own_password(&caller, &PASSWORD.into()).await.unwrap();
        world.change_own(&user, PASSWORD, NEW).await.unwrap();
        world.authn.check_own_password(&caller, &NEW.into()).await.unwrap();
    });
}

#[test]
fn an_expired_password_is_not_the_old_one() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        world
            .change_password(user.id, |password, moment| password.expires_at = Some(moment.now()))
            .await;
        let result = world.change_own(&user, PASSWORD, NEW).await;
        assert_eq!(refused(&result), "invalid old_password");
    });
}

#[test]
fn another_may_check_a_password_who_may_change_it() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let caller = world.client_caller("update:users");
        let check = |password: &str| {
            let password: SecretString = password.into();
            let (authn, caller, number) = (world.authn.clone(), caller.clone(), user.number);
            async move { authn.check_password_of(&caller, number, &password).await }
        };
        check(PASSWORD).await.unwrap();
        for _ in 0..5 {
            assert_eq!(refused(&check("guess").await), "invalid password");
        }
        assert_eq!(refused(&check(PASSWORD).await), "wait 60");
        // It is another counter than the user's own.
        let himself = world.himself(&user);
        world.authn.check_own_password(&himself, &PASSWORD.into()).await.unwrap();
        let nobody = world.authn.check_password_of(&caller, user.id, &PASSWORD.into()).await;
        assert_eq!(refused(&nobody), "wait 60");
        let unknown = citizenry_identity::Number::new(999_999).unwrap();
        let missing = world.authn.check_password_of(&caller, unknown, &PASSWORD.into()).await;
        assert!(matches!(missing, Err(Error::NotFound { kind: Kind::User, .. })));
        let reader = world.client_caller("read:users");
        let forbidden = world.authn.check_password_of(&reader, user.id, &PASSWORD.into()).await;
        assert!(matches!(forbidden, Err(Error::Forbidden { permission: "update:users" })));
    });
}

#[test]
fn who_has_no_password_gets_one_once() {
    block_on(async {
        let world = World::new().await;
        let user = world.without_password("fioman").await;
        let caller = world.himself(&user);
        let wrong = world.authn.check_own_password(&caller, &NEW.into()).await;
        assert_eq!(refused(&wrong), "invalid password");
        let short = world.authn.init_own_password(&caller, &"short".into(), None).await;
        assert_eq!(refused(&short), "invalid password");
        world.authn.init_own_password(&caller, &NEW.into(), None).await.unwrap();
        assert_eq!(word(&world.try_in("fioman", NEW).await), "in");
        let again = world.authn.init_own_password(&caller, &PASSWORD.into(), None).await;
        assert_eq!(refused(&again), "conflict user password");
        assert_eq!(word(&world.try_in("fioman", NEW).await), "in");
    });
}

#[test]
fn a_mailed_password_replaces_the_old_one_for_a_while() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let entered = world.signed_in("fioman").await;
        let caller = world.himself(&user);
        let policy = Some(PasswordPolicy::audience_manager());
        world.authn.send_temporary_password(&caller, policy, 86_400).await.unwrap();
        let mails = world.mails().await;
        assert_eq!((mails.len(), mails[0].kind), (1, MailKind::TemporaryPassword));
        assert_eq!(
            (mails[0].to.as_str(), mails[0].valid_seconds),
            ("fioman@example.com", Some(86_400))
        );
        let password = mails[0].secret.clone().unwrap();
        assert!(!format!("{:?}", mails[0]).contains(&password));
        assert!((12..=40).contains(&password.len()), "{password}");
        assert!(!world.opens(&entered.secret).await);
        assert_eq!(word(&world.try_in("fioman", PASSWORD).await), "wrong");
        world.pass(86_399);
        assert_eq!(word(&world.try_in("fioman", &password).await), "in");
        world.change_own(&user, &password, NEW).await.unwrap();
        assert_eq!(world.password(user.id).await.expires_at, None, "one's own is good for ever");
        world.authn.send_temporary_password(&caller, None, 60).await.unwrap();
        let mails = world.mails().await;
        let second = mails.iter().find_map(|mail| mail.secret.clone()).unwrap();
        assert_ne!(second, password);
        world.pass(60);
        assert_eq!(word(&world.try_in("fioman", &second).await), "wrong");
        assert_eq!(world.told(EventKind::TEMPORARY_PASSWORD_SENT).await, 2);
    });
}

#[test]
fn mailed_passwords_have_an_end_and_need_an_address() {
    block_on(async {
        let world = World::new().await;
        let user = world.user("fioman").await;
        let caller = world.himself(&user);
        for _ in 0..5 {
            world.authn.send_temporary_password(&caller, None, 60).await.unwrap();
        }
        let sixth = world.authn.send_temporary_password(&caller, None, 60).await;
        assert_eq!(refused(&sixth), "wait 3600");
        assert_eq!(world.mails().await.len(), 5);
        let other = world.user("lilei").await;
        world.change(other.id, |user, _| user.email = None).await;
        let before = world.password(other.id).await;
        let caller = world.himself(&other);
        let refusal = world.authn.send_temporary_password(&caller, None, 60).await;
        assert_eq!(refused(&refusal), "invalid email");
        assert_eq!(world.password(other.id).await, before);
    });
}

#[test]
fn clients_and_people_of_other_sources_have_no_password_here() {
    block_on(async {
        let world = World::new().await;
        let client = world.caller(Asking::Client(ClientId::from_ulid(7.into())), "");
        let forbidden = world.authn.check_own_password(&client, &PASSWORD.into()).await;
        assert!(matches!(forbidden, Err(Error::Forbidden { permission: "user" })));
        let user = world.user("fioman").await;
        let (tenant, id) = (world.tenant.id, world.connection.id);
        world
            .storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut connection = tx.connections().find_for_update(tenant, id).await?.unwrap();
                connection.strategy = citizenry_identity::Strategy::parse("samlp").unwrap();
                tx.connections().save(&connection).await
            })
            .await
            .unwrap();
        let caller = world.himself(&user);
        let result = world.authn.init_own_password(&caller, &NEW.into(), None).await;
        assert_eq!(refused(&result), "conflict user connection");
    });
}
