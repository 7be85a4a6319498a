//! What the token endpoint asks about people: whom it means, and what proves him.

use citizenry_authn::SignIn;
use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_http_oidc::PasswordGrant;
use citizenry_identity::{Error, Number, Origin, UserId};
use citizenry_oauth::{
    AttemptProof, AttemptedUser, PasswordAttempt, PasswordGrantError, PasswordVerifier as _,
};

use crate::world::{PASSWORD, World};

/// A question of the web client's.
fn attempt(world: &World, user: AttemptedUser, proof: AttemptProof) -> PasswordAttempt {
    PasswordAttempt {
        tenant: world.home.tenant.id,
        user,
        proof,
        realm: None,
        client: world.home.web.identifier.clone(),
        origin: Origin::default(),
    }
}

fn named(name: &str) -> AttemptedUser {
    AttemptedUser::Named(name.to_owned())
}

/// 李雷 by his number.
async fn lilei(world: &World) -> AttemptedUser {
    AttemptedUser::Number(world.user("fioman@qq.com").await.unwrap().number)
}

/// A number that is nobody's here.
fn nobody() -> AttemptedUser {
    AttemptedUser::Number(Number::new(Number::MAX).unwrap())
}

fn password(text: &str) -> AttemptProof {
    AttemptProof::Password(text.into())
}

/// A secret that 李雷's password was exchanged for.
async fn link_secret(world: &World) -> AttemptProof {
    let request = SignIn {
        tenant: world.home.tenant.id,
        connection: None,
        client: Some(world.home.web.identifier.clone()),
        identifier: "fioman".to_owned(),
        password: PASSWORD.into(),
        previous: None,
        device: None,
        origin: Origin::default(),
    };
    let mut accounts = world.authn.accounts_of(request).await.unwrap();
    AttemptProof::LinkSecret(accounts.pop().unwrap().link_secret)
}

#[actix_web::test]
async fn a_user_is_meant_by_name_or_number_and_proved_by_password_or_link() {
    let world = World::new().await;
    let grant = PasswordGrant::new(world.authn.clone());
    let check = async |user, proof| {
        let checked = grant.check(attempt(&world, user, proof)).await;
        checked.map(|user| user.id).map_err(|error| format!("{error:?}"))
    };
    let himself: Result<UserId, String> = Ok(world.home.user.id);
    let by_number = lilei(&world).await;
    let wrong = Err("Wrong".to_owned());
    assert_eq!(check(named("fioman"), password(PASSWORD)).await, himself);
    assert_eq!(check(by_number.clone(), password(PASSWORD)).await, himself);
    assert_eq!(check(nobody(), password(PASSWORD)).await, wrong);
    let AttemptedUser::Number(number) = &by_number else { unreachable!() };
    let typed = named(&number.to_string());
    assert_eq!(check(typed, password(PASSWORD)).await, wrong, "a number is no name");
    assert_eq!(check(by_number.clone(), password("wrong")).await, wrong);
    for user in [named("fioman"), by_number.clone()] {
        let secret = link_secret(&world).await;
        assert_eq!(check(nobody(), secret.clone()).await, wrong, "somebody else's");
        assert_eq!(check(user.clone(), secret.clone()).await, himself);
        assert_eq!(check(user, secret).await, wrong, "it is good once");
    }
    let crossed = AttemptProof::LinkSecret(PASSWORD.into());
    assert_eq!(check(by_number, crossed).await, wrong);
}

#[actix_web::test]
async fn the_last_attempt_that_is_looked_at_is_told_from_those_that_are_not() {
    let world = World::new().await;
    let grant = PasswordGrant::new(world.authn.clone());
    let by_number = lilei(&world).await;
    let check = async |text| grant.check(attempt(&world, by_number.clone(), password(text))).await;
    for _ in 0..4 {
        assert!(matches!(check("wrong").await, Err(PasswordGrantError::Wrong)));
    }
    let fifth = check("wrong").await;
    assert!(matches!(fifth, Err(PasswordGrantError::LimitReached { retry_after: 60 })));
    for text in ["wrong", PASSWORD] {
        let further = check(text).await;
        assert!(matches!(further, Err(PasswordGrantError::TooMany { retry_after: 60 })));
    }
}

#[actix_web::test]
async fn somebody_who_is_in_confirms_his_own_password() {
    let world = World::new().await;
    let grant = PasswordGrant::new(world.authn.clone());
    let caller = |subject| {
        let tenant = CallerTenant::from(&world.home.tenant);
        let (credential, permissions) = (Credential::AccessToken, Permissions::none());
        Caller::new(tenant, subject, credential, permissions, Origin::default())
    };
    let person = caller(Subject::User(world.home.user.id));
    assert!(grant.confirm(&person, &PASSWORD.into()).await.is_ok());
    let refused = grant.confirm(&person, &"wrong".into()).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "password"), "{refused}");
    let client = caller(Subject::Client(world.home.web.id));
    let refused = grant.confirm(&client, &PASSWORD.into()).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden { .. }), "{refused}");
}
