use citizenry_authz::Subject;
use citizenry_identity::{ManagementPermission, Status, User};
use citizenry_testkit::block_on;

use super::*;
use crate::test_doors::{Doors, PASSWORD};
use crate::test_tokens::text;

const ANGUS: ManagementDoor = ManagementDoor::Angus;

fn name(text: &str) -> Text<100> {
    Text::parse("name", text).unwrap()
}

fn personal(named: &str) -> NewPersonalToken {
    NewPersonalToken {
        name: name(named),
        expires_at: None,
        password: PASSWORD.into(),
        quotas: false,
    }
}

fn system(named: &str, rights: &[(&str, AccessRight)]) -> NewSystemToken {
    let resource = |(resource, right): &(&str, AccessRight)| ResourceAccess {
        resource: (*resource).to_owned(),
        operations: Vec::new(),
        rights: vec![*right],
    };
    NewSystemToken {
        name: name(named),
        expires_at: None,
        access: TokenAccess {
            kind: AccessKind::Rights,
            resources: rights.iter().map(resource).collect(),
        },
        quotas: false,
    }
}

fn names(caller: &Caller) -> Vec<&'static str> {
    caller.permissions().iter().map(ManagementPermission::as_str).collect()
}

/// On which field a change is refused.
#[track_caller]
fn refused_on<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Invalid { field, .. } => format!("invalid {field}"),
        Error::Conflict { kind: Kind::ApiToken, field } => format!("conflict {field}"),
        Error::NotFound { kind: Kind::ApiToken, id } => format!("not found {id}"),
        Error::Forbidden { permission } => format!("forbidden {permission}"),
        other => panic!("{other:?}"),
    }
}

async fn events(doors: &Doors, kind: EventKind) -> usize {
    let tenant = doors.lilei().tenant;
    let read = doors.people.world.storage.read(async move |ports| {
        let filter = citizenry_storage::ports::EventFilter {
            kinds: Some(vec![kind]),
            ..citizenry_storage::ports::EventFilter::default()
        };
        Ok::<_, Error>(ports.events().list(tenant, &filter, &Listing::first(100)).await?)
    });
    read.await.unwrap().items.len()
}

#[test]
fn a_personal_token_stands_for_its_maker_with_the_rights_of_the_moment() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let caller = doors.caller_of(ANGUS, doors.lilei()).await;
        let (token, value) = oauth.create_personal_token(&caller, personal("a")).await.unwrap();
        assert_eq!(text(&value).len(), 128);
        assert_eq!(token.owner, ApiTokenOwner::User(doors.lilei().id));
        assert_eq!(token.created_by, Some(doors.lilei().id));
        let now = doors.people.world.environment.clock.now();
        assert_eq!(token.expires_at, Some(now.plus_seconds(315_360_000)), "ten years");
        let known = doors.caller(ANGUS, &value).await.unwrap();
        assert_eq!(known.subject(), Subject::User(doors.lilei().id));
        assert_eq!(*known.permissions(), Permissions::of_person(ANGUS, false));
        doors.set_administrator(doors.lilei(), true).await;
        doors.make_operator(doors.lilei()).await;
        let known = doors.caller(ANGUS, &value).await.unwrap();
        assert_eq!(*known.permissions(), Permissions::all());
        assert!(known.is_above_tenants());
        assert!(doors.refuses(ManagementDoor::AudienceManager, &value).await);
        assert!(doors.people.world.refuses(text(&value)).await);
        assert_eq!(events(&doors, EventKind::API_TOKEN_CREATED).await, 1);
    });
}

#[test]
fn a_personal_token_needs_the_password_and_a_future() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let caller = doors.caller_of(ANGUS, doors.lilei()).await;
        let wrong = NewPersonalToken { password: "x".into(), ..personal("a") };
        let refused = oauth.create_personal_token(&caller, wrong).await;
        assert_eq!(refused_on(refused), "invalid password");
        let now = doors.people.world.environment.clock.now();
        for past in [now, now.plus_seconds(-1)] {
            let new = NewPersonalToken { expires_at: Some(past), ..personal("a") };
            let refused = oauth.create_personal_token(&caller, new).await;
            assert_eq!(refused_on(refused), "invalid expires_at");
        }
        let client = doors.client_token(ANGUS, None).await.unwrap().access_token;
        let client = doors.caller(ANGUS, &client).await.unwrap();
        let refused = oauth.create_personal_token(&client, personal("a")).await;
        assert_eq!(refused_on(refused), "forbidden user");
        assert!(oauth.personal_tokens(&caller).await.unwrap().is_empty());
    });
}

#[test]
fn a_name_is_taken_once_by_each_owner() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let lilei = doors.caller_of(ANGUS, doors.lilei()).await;
        let administrator = doors.caller_of(ANGUS, &doors.administrator).await;
        oauth.create_personal_token(&lilei, personal("a")).await.unwrap();
        oauth.create_personal_token(&administrator, personal("a")).await.unwrap();
        oauth.create_system_token(&administrator, system("a", &[])).await.unwrap_err();
        let one = [("User", AccessRight::OnlyRead)];
        oauth.create_system_token(&administrator, system("a", &one)).await.unwrap();
        let refused = oauth.create_personal_token(&lilei, personal("a")).await;
        assert_eq!(refused_on(refused), "conflict name");
        let refused = oauth.create_system_token(&administrator, system("a", &one)).await;
        assert_eq!(refused_on(refused), "conflict name");
    });
}

#[test]
fn quotas_count_where_they_are_asked_for() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let mut tenant = doors.people.world.home.tenant.clone();
        tenant.settings.quotas.user_tokens = Some(2);
        tenant.settings.quotas.system_tokens = Some(1);
        doors.people.world.save_tenant(tenant).await;
        let caller = doors.caller_of(ANGUS, &doors.administrator).await;
        let make = async |named: &str, quotas| {
            let new = NewPersonalToken { quotas, ..personal(named) };
            oauth.create_personal_token(&caller, new).await
        };
        make("a", true).await.unwrap();
        make("b", true).await.unwrap();
        assert_eq!(refused_on(make("c", true).await), "conflict quota.user_tokens");
        make("c", false).await.unwrap();
        let make = async |named: &str, quotas| {
            let one = [("User", AccessRight::OnlyRead)];
            let new = NewSystemToken { quotas, ..system(named, &one) };
            oauth.create_system_token(&caller, new).await
        };
        make("a", true).await.unwrap();
        assert_eq!(refused_on(make("b", true).await), "conflict quota.system_tokens");
        make("b", false).await.unwrap();
    });
}

#[test]
fn people_see_and_delete_their_own_alone() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let lilei = doors.caller_of(ANGUS, doors.lilei()).await;
        let administrator = doors.caller_of(ANGUS, &doors.administrator).await;
        let (first, value) = oauth.create_personal_token(&lilei, personal("a")).await.unwrap();
        doors.people.wait(1);
        let (second, _) = oauth.create_personal_token(&lilei, personal("b")).await.unwrap();
        let one = [("User", AccessRight::OnlyRead)];
        let (system, _) =
            oauth.create_system_token(&administrator, system("s", &one)).await.unwrap();

        let listed = oauth.personal_tokens(&lilei).await.unwrap();
        let numbers: Vec<_> = listed.iter().map(|view| view.token.number).collect();
        assert_eq!(numbers, [second.number, first.number], "the newest first");
        for view in &listed {
            let maker = view.created_by.as_ref().unwrap();
            assert_eq!((maker.id, maker.number), (doors.lilei().id, doors.lilei().number));
        }
        assert!(oauth.personal_tokens(&administrator).await.unwrap().is_empty());

        let (shown, again) = oauth.personal_token_value(&lilei, first.number).await.unwrap();
        assert_eq!((shown.number, text(&again)), (first.number, text(&value)));
        assert_eq!(events(&doors, EventKind::API_TOKEN_REVEALED).await, 1);
        for (caller, number) in [
            (&administrator, first.number),
            (&lilei, system.number),
            (&lilei, doors.lilei().number),
        ] {
            let refused = oauth.personal_token_value(caller, number).await;
            assert_eq!(refused_on(refused), format!("not found {number}"));
        }

        let all = vec![first.number, second.number, system.number];
        oauth.delete_personal_tokens(&administrator, all.clone()).await.unwrap();
        assert!(doors.caller(ANGUS, &value).await.is_ok());
        oauth.delete_personal_tokens(&lilei, vec![first.number, system.number]).await.unwrap();
        assert!(doors.refuses(ANGUS, &value).await);
        assert_eq!(oauth.personal_tokens(&lilei).await.unwrap().len(), 1);
        assert_eq!(oauth.system_tokens(&administrator).await.unwrap().len(), 1);
        assert_eq!(events(&doors, EventKind::API_TOKEN_DELETED).await, 1);
        oauth.delete_personal_tokens(&lilei, all).await.unwrap();
        assert_eq!(events(&doors, EventKind::API_TOKEN_DELETED).await, 2);
    });
}

#[test]
fn a_token_by_hand_ends_with_what_it_stands_for() {
    block_on(async {
        let ends: [fn(&mut User); 2] =
            [|user| user.status = Status::Suspended, |user| user.status = Status::Resigned];
        for end in ends {
            let doors = Box::pin(Doors::new()).await;
            let caller = doors.caller_of(ANGUS, doors.lilei()).await;
            let made = doors.people.oauth.create_personal_token(&caller, personal("a")).await;
            let (_, value) = made.unwrap();
            doors.change_user(doors.lilei(), end).await;
            assert!(doors.refuses(ANGUS, &value).await);
        }
        let doors = Box::pin(Doors::new()).await;
        let caller = doors.caller_of(ANGUS, doors.lilei()).await;
        let end = doors.people.world.environment.clock.now().plus_seconds(60);
        let new = NewPersonalToken { expires_at: Some(end), ..personal("a") };
        let (_, value) = doors.people.oauth.create_personal_token(&caller, new).await.unwrap();
        doors.people.wait(59);
        assert!(doors.caller(ANGUS, &value).await.is_ok());
        doors.people.wait(1);
        assert!(doors.refuses(ANGUS, &value).await);
        let (_, value) =
            doors.people.oauth.create_personal_token(&caller, personal("b")).await.unwrap();
        doors.people.lock(doors.lilei()).await;
        assert!(doors.refuses(ANGUS, &value).await);
    });
}

#[test]
fn a_closed_tenant_has_no_tokens() {
    block_on(async {
        let doors = Doors::new().await;
        let caller = doors.caller_of(ANGUS, &doors.administrator).await;
        let oauth = &doors.people.oauth;
        let (_, own) = oauth.create_personal_token(&caller, personal("a")).await.unwrap();
        let one = [("User", AccessRight::OnlyRead)];
        let (_, system) = oauth.create_system_token(&caller, system("a", &one)).await.unwrap();
        doors.people.world.disable(&doors.people.world.home).await;
        for value in [&own, &system] {
            assert!(doors.refuses(ANGUS, value).await);
        }
    });
}

#[test]
fn a_system_token_may_do_what_was_asked_for() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let caller = doors.caller_of(ANGUS, &doors.administrator).await;
        let rights = [
            ("User", AccessRight::OnlyRead),
            ("Dept", AccessRight::ReadWrite),
            ("Tenant", AccessRight::All),
        ];
        let new = system("s", &rights);
        let asked = new.access.clone();
        let (token, value) = oauth.create_system_token(&caller, new).await.unwrap();
        let known = doors.caller(ANGUS, &value).await.unwrap();
        assert_eq!(known.subject(), Subject::Client(doors.client(ANGUS).id));
        let expected =
            ["create:departments", "read:departments", "read:users", "update:departments"];
        assert_eq!(names(&known), expected);
        assert!(!known.is_above_tenants());
        assert!(doors.refuses(ManagementDoor::AudienceManager, &value).await);
        assert!(doors.people.world.refuses(text(&value)).await);
        assert_eq!(oauth.system_token_access(&caller, token.number).await.unwrap(), asked);
        let (_, again) = oauth.system_token_value(&caller, token.number).await.unwrap();
        assert_eq!(text(&again), text(&value));
        let listed = oauth.system_tokens(&caller).await.unwrap();
        assert_eq!(listed[0].created_by.as_ref().unwrap().id, doors.administrator.id);
        // By operations: it is known, and may do nothing.
        let mut new = system("o", &rights);
        new.access.kind = AccessKind::Operations;
        let (_, powerless) = oauth.create_system_token(&caller, new).await.unwrap();
        assert!(names(&doors.caller(ANGUS, &powerless).await.unwrap()).is_empty());
        let number = token.number;
        oauth.delete_system_tokens(&caller, vec![number]).await.unwrap();
        assert!(doors.refuses(ANGUS, &value).await);
        for refused in [
            oauth.system_token_access(&caller, number).await.map(|_| ()),
            oauth.system_token_value(&caller, number).await.map(|_| ()),
        ] {
            assert_eq!(refused_on(refused), format!("not found {number}"));
        }
    });
}

#[test]
fn a_system_token_ends_with_the_client_of_the_door() {
    block_on(async {
        let doors = Doors::new().await;
        let caller = doors.caller_of(ANGUS, &doors.administrator).await;
        let one = [("User", AccessRight::OnlyRead)];
        let (_, value) =
            doors.people.oauth.create_system_token(&caller, system("a", &one)).await.unwrap();
        assert!(doors.caller(ANGUS, &value).await.is_ok());
        let client = doors.client(ANGUS).clone();
        let delete = doors.people.world.storage.transact(async move |tx| {
            Ok::<_, Error>(tx.clients().delete(client.tenant, client.id).await?)
        });
        assert!(delete.await.unwrap());
        assert!(doors.refuses(ANGUS, &value).await);
        let refused =
            doors.people.oauth.create_system_token(&caller, system("b", &one)).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound { kind: Kind::Client, .. }), "{refused:?}");
    });
}

#[test]
fn nobody_gets_further_by_a_system_token_than_he_is() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let one = [("User", AccessRight::All)];
        let administrator = doors.caller_of(ANGUS, &doors.administrator).await;
        let (token, _) =
            oauth.create_system_token(&administrator, system("a", &one)).await.unwrap();
        let person = doors.caller_of(ANGUS, doors.lilei()).await;
        let refused = oauth.create_system_token(&person, system("b", &one)).await;
        assert_eq!(refused_on(refused), "forbidden create:api_tokens");
        for refused in [
            oauth.system_tokens(&person).await.map(|_| ()),
            oauth.system_token_value(&person, token.number).await.map(|_| ()),
            oauth.system_token_access(&person, token.number).await.map(|_| ()),
        ] {
            assert_eq!(refused_on(refused), "forbidden read:api_tokens");
        }
        let refused = oauth.delete_system_tokens(&person, vec![token.number]).await;
        assert_eq!(refused_on(refused), "forbidden delete:api_tokens");
        // With the right to tokens, but not to people.
        let few = Caller::new(
            person.tenant_context().clone(),
            person.subject(),
            person.credential(),
            Permissions::from_scope("create:api_tokens read:api_tokens read:users"),
            person.origin().clone(),
        );
        let refused = oauth.create_system_token(&few, system("b", &one)).await;
        assert_eq!(refused_on(refused), "forbidden create:users");
        let refused = oauth.system_token_value(&few, token.number).await;
        assert_eq!(refused_on(refused), "forbidden create:users");
        assert_eq!(events(&doors, EventKind::API_TOKEN_REVEALED).await, 0);
        let look = [("User", AccessRight::OnlyRead)];
        let (own, _) = oauth.create_system_token(&few, system("b", &look)).await.unwrap();
        assert!(oauth.system_token_value(&few, own.number).await.is_ok());
    });
}

#[test]
fn another_tenants_tokens_are_not_there() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let caller = doors.caller_of(ANGUS, &doors.administrator).await;
        let one = [("User", AccessRight::OnlyRead)];
        let (token, value) = oauth.create_system_token(&caller, system("a", &one)).await.unwrap();
        let stranger = Caller::operator(&doors.people.world.foreign.tenant);
        assert!(oauth.system_tokens(&stranger).await.unwrap().is_empty());
        let refused = oauth.system_token_value(&stranger, token.number).await;
        assert_eq!(refused_on(refused), format!("not found {}", token.number));
        oauth.delete_system_tokens(&stranger, vec![token.number]).await.unwrap();
        assert!(doors.caller(ANGUS, &value).await.is_ok());
    });
}

#[test]
fn a_token_by_hand_is_not_signed_out_by_a_client() {
    block_on(async {
        let doors = Doors::new().await;
        let oauth = &doors.people.oauth;
        let caller = doors.caller_of(ANGUS, doors.lilei()).await;
        let (_, value) = oauth.create_personal_token(&caller, personal("a")).await.unwrap();
        let request = crate::RevokeRequest {
            tenant: None,
            client: crate::test_tokens::credentials(doors.client(ANGUS)),
            token: value.clone(),
            origin: citizenry_identity::Origin::default(),
        };
        let refused = oauth.sign_out_by_client(request).await;
        assert_eq!(crate::test_tokens::refused(refused), "invalid_grant");
        assert!(!oauth.revoke_shown_token(&caller, &value).await.unwrap());
        assert!(doors.caller(ANGUS, &value).await.is_ok());
    });
}
