use citizenry_identity::{ManagementDoor, Origin};
use citizenry_testkit::block_on;

use crate::test_doors::{Doors, LINK, PASSWORD};
use crate::test_tokens::{credentials, refresh_token, refused, text};
use crate::{BasicClient, ClientCredentials, ClientProblem, TokenError, TokenRequest};

/// Whether a token has the form that its door publishes.
fn has_form(door: ManagementDoor, token: &str) -> bool {
    match door {
        ManagementDoor::Angus => token.len() == 128,
        ManagementDoor::AudienceManager => {
            token.split('-').map(str::len).collect::<Vec<_>>() == [8, 4, 4, 4, 12]
        }
    }
}

#[test]
fn tokens_have_the_form_and_the_life_that_the_door_publishes() {
    block_on(async {
        let doors = Doors::new().await;
        for (door, lifetime) in
            [(ManagementDoor::Angus, 36_000), (ManagementDoor::AudienceManager, 3_599)]
        {
            let first = doors.sign_in(door, doors.lilei()).await;
            assert_eq!(first.expires_in, lifetime);
            assert_eq!(first.scope, "", "the door has words of its own");
            assert!(first.id_token.is_none());
            let client = doors.client(door);
            let next = doors.people.refresh(client, &refresh_token(&first)).await.unwrap();
            let tokens = [&first, &next]
                .map(|answer| [answer.access_token.clone(), refresh_token(answer)])
                .concat();
            for (at, token) in tokens.iter().enumerate() {
                assert!(has_form(door, text(token)), "{}", text(token));
                assert!(!tokens[..at].iter().any(|other| text(other) == text(token)));
            }
            assert!(doors.caller(door, &next.access_token).await.is_ok());
            // Whatever scopes are asked for later.
            let request = TokenRequest {
                scope: Some("user_trust read write".to_owned()),
                ..crate::test_tokens::refreshing(client, &refresh_token(&next))
            };
            assert!(doors.people.oauth.token(request).await.is_ok());
        }
    });
}

#[test]
fn a_clients_own_settings_go_before_the_doors() {
    block_on(async {
        let doors = Doors::new().await;
        let mut client = doors.client(ManagementDoor::Angus).clone();
        client.settings.oidc.id_token_lifetime = Some(60);
        client.settings.oidc.refresh_token_idle_lifetime = Some(120);
        doors.people.world.save_client(client.clone()).await;
        let first = doors.sign_in(ManagementDoor::Angus, doors.lilei()).await;
        assert_eq!(first.expires_in, 60);
        doors.people.wait(61);
        assert!(doors.refuses(ManagementDoor::Angus, &first.access_token).await);
        doors.people.wait(60);
        let late = doors.people.refresh(&client, &refresh_token(&first)).await;
        assert_eq!(refused(late), "invalid_grant");
    });
}

#[test]
fn a_refresh_token_is_good_once_and_its_reuse_ends_all_of_its_sign_in() {
    block_on(async {
        for door in ManagementDoor::ALL {
            let doors = Box::pin(Doors::new()).await;
            let client = doors.client(door);
            let other = doors.sign_in(door, doors.lilei()).await;
            let first = doors.sign_in(door, doors.lilei()).await;
            let next = doors.people.refresh(client, &refresh_token(&first)).await.unwrap();
            assert!(doors.caller(door, &next.access_token).await.is_ok());
            let again = doors.people.refresh(client, &refresh_token(&first)).await;
            assert_eq!(refused(again), "invalid_grant");
            for token in [&first.access_token, &next.access_token] {
                assert!(doors.refuses(door, token).await);
            }
            let after = doors.people.refresh(client, &refresh_token(&next)).await;
            assert_eq!(refused(after), "invalid_grant");
            assert!(doors.caller(door, &other.access_token).await.is_ok(), "another sign-in");
        }
    });
}

#[test]
fn a_refresh_token_of_angus_lasts_twenty_hours_from_its_own_issuing() {
    block_on(async {
        let doors = Doors::new().await;
        let client = doors.client(ManagementDoor::Angus);
        let mut tokens = doors.sign_in(ManagementDoor::Angus, doors.lilei()).await;
        for _ in 0..3 {
            doors.people.wait(71_999);
            tokens = doors.people.refresh(client, &refresh_token(&tokens)).await.unwrap();
        }
        doors.people.wait(72_000);
        let late = doors.people.refresh(client, &refresh_token(&tokens)).await;
        assert_eq!(refused(late), "invalid_grant");
    });
}

#[test]
fn a_code_of_the_hosted_page_gets_tokens_that_open_the_door() {
    block_on(async {
        let doors = Doors::new().await;
        for door in ManagementDoor::ALL {
            let client = doors.client(door);
            let tokens = doors.people.tokens(client, &[("scope", "read write")]).await;
            assert!(doors.caller(door, &tokens.access_token).await.is_ok());
            let next = doors.people.refresh(client, &refresh_token(&tokens)).await.unwrap();
            assert!(doors.caller(door, &next.access_token).await.is_ok());
        }
    });
}

#[test]
fn without_the_refresh_grant_there_is_no_refresh_token() {
    block_on(async {
        let doors = Doors::new().await;
        let mut client = doors.client(ManagementDoor::AudienceManager).clone();
        client.settings.grant_types = Some(vec!["password".to_owned()]);
        doors.people.world.save_client(client).await;
        let answer = doors.sign_in(ManagementDoor::AudienceManager, doors.lilei()).await;
        assert!(answer.refresh_token.is_none());
        let own = doors.client_token(ManagementDoor::AudienceManager, None).await;
        assert_eq!(refused(own), "unauthorized_client");
    });
}

#[test]
fn a_user_is_meant_by_name_or_number_and_proved_by_password_or_link() {
    block_on(async {
        let doors = Doors::new().await;
        let door = ManagementDoor::Angus;
        let lilei = doors.lilei();
        let good = doors.asking(door, lilei);
        let named =
            TokenRequest { user_number: None, username: Some("lilei".to_owned()), ..good.clone() };
        let linked = |request: &TokenRequest| TokenRequest {
            password: None,
            link_secret: Some(LINK.into()),
            ..request.clone()
        };
        let number_wins = TokenRequest { username: Some("hanmeimei".to_owned()), ..good.clone() };
        for request in [good.clone(), named.clone(), linked(&good), linked(&named), number_wins] {
            let token = doors.people.oauth.token(request).await.unwrap().access_token;
            let caller = doors.caller(door, &token).await.unwrap();
            assert_eq!(caller.user(), Some(lilei.id));
        }
        let nobody = TokenRequest { user_number: None, ..good.clone() };
        let unproved = TokenRequest { password: None, ..good.clone() };
        for request in [nobody, unproved] {
            assert_eq!(refused(doors.people.oauth.token(request).await), "invalid_request");
        }
        // A password is no link secret, nor the other way round.
        let crossed = [
            TokenRequest { password: Some(LINK.into()), ..good.clone() },
            TokenRequest { password: None, link_secret: Some(PASSWORD.into()), ..good },
        ];
        for request in crossed {
            let error = doors.people.oauth.token(request).await.unwrap_err();
            assert!(matches!(error, TokenError::WrongPassword), "{error:?}");
        }
    });
}

#[test]
fn why_nobody_was_signed_in_can_be_told() {
    block_on(async {
        let doors = Doors::new().await;
        let by = async |name: &str| {
            let request = TokenRequest {
                user_number: None,
                username: Some(name.to_owned()),
                ..doors.asking(ManagementDoor::Angus, doors.lilei())
            };
            doors.people.oauth.token(request).await.unwrap_err()
        };
        assert!(matches!(by("nobody").await, TokenError::WrongPassword));
        assert!(matches!(by("limit").await, TokenError::LimitReached { retry_after: 120 }));
        assert!(matches!(by("many").await, TokenError::TooMany { retry_after: 60 }));
        assert!(matches!(by("blocked").await, TokenError::UserBlocked));
        assert!(matches!(by("old").await, TokenError::PasswordMustChange));
        for name in ["nobody", "limit", "blocked", "old"] {
            assert_eq!(by(name).await.code(), "invalid_grant", "{name}");
        }
    });
}

#[test]
fn why_a_client_is_refused_can_be_told() {
    block_on(async {
        let doors = Doors::new().await;
        let good = doors.asking(ManagementDoor::Angus, doors.lilei());
        let by = async |client: ClientCredentials| {
            let request = TokenRequest { client, ..good.clone() };
            match doors.people.oauth.token(request).await.unwrap_err() {
                TokenError::InvalidClient(problem) => problem,
                other => panic!("{other:?}"),
            }
        };
        let named = |name: &str, secret: Option<&str>| ClientCredentials {
            client_id: Some(name.to_owned()),
            client_secret: secret.map(Into::into),
            ..ClientCredentials::default()
        };
        let id = doors.client(ManagementDoor::Angus).identifier.as_str();
        assert_eq!(by(named("nobody", Some("x"))).await, ClientProblem::Unknown);
        assert_eq!(by(named("no client at all!", Some("x"))).await, ClientProblem::Unknown);
        assert_eq!(by(named(id, Some("x"))).await, ClientProblem::Credentials);
        assert_eq!(by(named(id, None)).await, ClientProblem::Credentials);
        let basic = BasicClient { client_id: id.to_owned(), client_secret: "x".into() };
        let basic = ClientCredentials { basic: Some(basic), ..ClientCredentials::default() };
        assert_eq!(by(basic).await, ClientProblem::Credentials);
    });
}

#[test]
fn introspection_tells_of_the_doors_tokens() {
    block_on(async {
        let doors = Doors::new().await;
        for door in ManagementDoor::ALL {
            let client = doors.client(door);
            let tokens = doors.sign_in(door, doors.lilei()).await;
            let access = doors.people.introspect(client, &tokens.access_token).await;
            assert_eq!(access["active"], true);
            assert_eq!(access["client_id"], client.identifier.as_str());
            assert_eq!(access["sub"], "authok|lilei");
            assert_eq!(access["aud"], "https://default.example.com/api/v1");
            let exp = access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap();
            assert_eq!(exp, i64::from(tokens.expires_in));
            let refresh = doors.people.introspect(client, &refresh_token(&tokens)).await;
            assert_eq!(refresh["active"], true);
            assert_eq!(refresh.get("token_type"), None);
            let own = doors.client_token(door, None).await.unwrap().access_token;
            let own = doors.people.introspect(client, &own).await;
            assert_eq!(own["sub"], format!("{}@clients", client.identifier));
            let caller = doors.caller(door, &tokens.access_token).await.unwrap();
            let token = &tokens.access_token;
            assert!(doors.people.oauth.revoke_shown_token(&caller, token).await.unwrap());
            let ended = doors.people.introspect(client, &tokens.access_token).await;
            assert_eq!(ended, serde_json::json!({ "active": false }));
        }
    });
}

/// A request by a door's client about a token.
fn showing(
    doors: &Doors,
    door: ManagementDoor,
    token: &secrecy::SecretString,
) -> crate::RevokeRequest {
    crate::RevokeRequest {
        tenant: None,
        client: credentials(doors.client(door)),
        token: token.clone(),
        origin: Origin::default(),
    }
}

#[test]
fn a_client_signs_out_whom_it_has_signed_in() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let (door, other) = (ManagementDoor::Angus, ManagementDoor::AudienceManager);
        let tokens = doors.sign_in(door, doors.lilei()).await;
        let foreign = oauth.sign_out_by_client(showing(&doors, other, &tokens.access_token)).await;
        assert_eq!(refused(foreign), "invalid_grant");
        assert!(doors.caller(door, &tokens.access_token).await.is_ok());
        oauth.sign_out_by_client(showing(&doors, door, &tokens.access_token)).await.unwrap();
        assert!(doors.refuses(door, &tokens.access_token).await);
        let refreshed = doors.people.refresh(doors.client(door), &refresh_token(&tokens)).await;
        assert_eq!(refused(refreshed), "invalid_grant");
        let own = doors.client_token(door, None).await.unwrap().access_token;
        oauth.sign_out_by_client(showing(&doors, door, &own)).await.unwrap();
        assert!(doors.refuses(door, &own).await);
        for unknown in [&tokens.access_token, &own, &"x".into(), &"x".repeat(200).into()] {
            assert!(oauth.sign_out_by_client(showing(&doors, door, unknown)).await.is_ok());
        }
        let mut wrong = showing(&doors, door, &tokens.access_token);
        wrong.client.client_secret = Some("x".into());
        assert_eq!(refused(oauth.sign_out_by_client(wrong).await), "invalid_client");
    });
}

#[test]
fn a_shown_token_is_revoked_by_its_owner_or_an_administrator() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        for door in ManagementDoor::ALL {
            let owner = doors.caller_of(door, doors.lilei()).await;
            let administrator = doors.caller_of(door, &doors.administrator).await;
            let theirs = doors.sign_in(door, &doors.administrator).await;
            for token in [&theirs.access_token, &refresh_token(&theirs)] {
                assert!(!oauth.revoke_shown_token(&owner, token).await.unwrap());
            }
            assert!(doors.caller(door, &theirs.access_token).await.is_ok(), "it goes on");
            for caller in [&owner, &administrator] {
                for shows_refresh in [false, true] {
                    let tokens = doors.sign_in(door, doors.lilei()).await;
                    let refresh = refresh_token(&tokens);
                    let shown = if shows_refresh { &refresh } else { &tokens.access_token };
                    assert!(oauth.revoke_shown_token(caller, shown).await.unwrap());
                    assert!(doors.refuses(door, &tokens.access_token).await);
                    let refreshed = doors.people.refresh(doors.client(door), &refresh).await;
                    assert_eq!(refused(refreshed), "invalid_grant");
                    assert!(!oauth.revoke_shown_token(caller, shown).await.unwrap(), "again");
                }
            }
            let own = doors.client_token(door, None).await.unwrap().access_token;
            assert!(!oauth.revoke_shown_token(&owner, &own).await.unwrap());
            assert!(oauth.revoke_shown_token(&administrator, &own).await.unwrap());
            assert!(doors.refuses(door, &own).await);
        }
    });
}

#[test]
fn no_administrator_revokes_what_is_not_his_tenants_or_not_a_doors() {
    block_on(async {
        let doors = Doors::new().await;
        let (oauth, world) = (&doors.people.oauth, &doors.people.world);
        let tokens = doors.sign_in(ManagementDoor::Angus, doors.lilei()).await;
        let stranger = citizenry_authz::Caller::operator(&world.foreign.tenant);
        assert!(!oauth.revoke_shown_token(&stranger, &tokens.access_token).await.unwrap());
        assert!(doors.caller(ManagementDoor::Angus, &tokens.access_token).await.is_ok());
        let administrator = doors.caller_of(ManagementDoor::Angus, &doors.administrator).await;
        let management = world.management_token().await;
        assert!(!oauth.revoke_shown_token(&administrator, &management).await.unwrap());
        assert!(!world.refuses(text(&management)).await);
        for unknown in ["", "x", "a.b.c"] {
            assert!(!oauth.revoke_shown_token(&administrator, &unknown.into()).await.unwrap());
        }
    });
}
