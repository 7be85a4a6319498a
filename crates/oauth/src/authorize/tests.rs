use citizenry_authz::Credential;
use citizenry_identity::{
    AuthenticationMethod, Client, Error, Event, Listing, Origin, PermissionRef, ScopeName, Session,
    SigningAlgorithm, User,
};
use citizenry_storage::ports::EventFilter;
use serde_json::json;
use time::Duration;

use super::*;
use crate::authorization_code::{self, CodeDetails};
use crate::test_people::{CALLBACK, CHALLENGE, People, answer, answered, error, on_page};
use crate::test_world::PUBLIC_URL;

mod pushed;
mod request_objects;

impl People {
    /// A client of the tenant itself, without PKCE.
    async fn own(&self) -> Client {
        self.client(|client| {
            client.is_first_party = true;
            client.authentication_method = AuthenticationMethod::ClientSecretBasic;
        })
        .await
    }

    async fn details(&self, answer: &AuthorizationResponse) -> CodeDetails {
        let code = answer.parameter("code").unwrap().to_owned().into();
        let sealer = std::sync::Arc::clone(&self.world.environment.sealer);
        let find = self.world.storage.transact(async move |tx| {
            authorization_code::find_for_update(tx, &*sealer, &code).await
        });
        find.await.unwrap().unwrap().1
    }

    async fn events(&self) -> Vec<Event> {
        let tenant = self.world.home.tenant.id;
        let list = self.world.storage.read(async move |ports| {
            let filter = EventFilter::default();
            Ok::<_, Error>(ports.events().list(tenant, &filter, &Listing::first(50)).await?)
        });
        list.await.unwrap().items
    }

    async fn allow(&self, request: &ValidatedRequest, who: &(Session, User)) -> Step {
        self.oauth.allow(request, Some(who), &Origin::default()).await.unwrap()
    }

    fn advance(&self, seconds: i64) {
        self.world.clock.advance(Duration::seconds(seconds));
    }
}

#[tokio::test]
async fn a_good_request_is_answered_with_a_code() {
    let people = People::new().await;
    let client = people.own().await;
    let request = people
        .validate(&[
            ("client_id", client.identifier.as_str()),
            ("nonce", "n-1"),
            ("max_age", "600"),
            ("ui_locales", "zh-CN en"),
        ])
        .await
        .unwrap();
    assert_eq!(people.authorize(&request, None).await, Step::SignIn);
    let who = people.lilei().await;
    let answer = answer(people.authorize(&request, Some(&who)).await);
    assert_eq!((answer.redirect_uri.as_str(), &answer.mode), (CALLBACK, &ResponseMode::Query));
    assert_eq!(answer.parameter("state"), Some("xyz"));
    assert_eq!(answer.parameter("iss"), Some(format!("{PUBLIC_URL}/").as_str()));
    assert!(answer.parameter("code").unwrap().len() >= 43);
    assert!(answer.location().unwrap().starts_with("https://app.example.com/cb?code="));
    let details = people.details(&answer).await;
    assert_eq!(details.redirect_uri, CALLBACK);
    assert!(details.redirect_uri_was_sent);
    assert_eq!(details.code_challenge.as_deref(), Some(CHALLENGE));
    assert_eq!(details.session(), Some(who.0.id));
    assert_eq!(details.authorized.scopes, ["openid", "email"]);
    assert_eq!(details.authorized.nonce.as_deref(), Some("n-1"));
    assert_eq!(details.authorized.auth_time, who.0.authenticated_at.unix_seconds());
    assert!(details.authorized.wants_auth_time);
    assert_eq!(details.authorized.locale.as_deref(), Some("zh-CN"));
    let kinds: Vec<_> = people.events().await.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["client.authorized"]);
}

#[tokio::test]
async fn open_redirect() {
    let people = People::new().await;
    for others in [
        [("redirect_uri", "https://evil.example/cb")],
        [("redirect_uri", "https://app.example.com/cb/")],
        [("client_id", "unknown")],
        [("client_id", "no client\u{e9}")],
    ] {
        // Neither a good request nor a bad one leads there.
        for response_type in ["code", "token"] {
            let mut others = others.to_vec();
            others.push(("response_type", response_type));
            on_page(people.validate(&others).await);
        }
    }
    let without = people.parameters(&[("client_id", "")]);
    assert_eq!(on_page(people.validate_all(without).await), "invalid_request");
    let foreign = AuthorizationRequest {
        tenant: Some("acme".to_owned()),
        parameters: people.parameters(&[]),
        ..AuthorizationRequest::default()
    };
    assert_eq!(on_page(people.oauth.validate(foreign).await), "invalid_client");
    people.world.disable(&people.world.home).await;
    assert_eq!(on_page(people.validate(&[]).await), "invalid_client");
}

#[tokio::test]
async fn a_redirect_uri_may_be_left_out_when_there_is_one_and_no_openid() {
    let mut people = People::new().await;
    let left_out = [("redirect_uri", ""), ("scope", "email")];
    let request = people.validate(&left_out).await.unwrap();
    assert_eq!((request.redirect_uri.as_str(), request.redirect_uri_was_sent), (CALLBACK, false));
    assert_eq!(on_page(people.validate(&[("redirect_uri", "")]).await), "invalid_request");
    people.change(|it| it.settings.redirect_uris.push("https://b.example/cb".into())).await;
    assert_eq!(on_page(people.validate(&left_out).await), "invalid_request");
}

#[tokio::test]
async fn repeated_parameters() {
    let people = People::new().await;
    for name in ["client_id", "redirect_uri", "state", "scope", "nonce", "unknown"] {
        let mut parameters = people.parameters(&[(name, "a")]);
        parameters.push((name.to_owned(), "a".to_owned()));
        assert_eq!(on_page(people.validate_all(parameters).await), "invalid_request", "{name}");
    }
}

#[tokio::test]
async fn oversized_parameters() {
    let people = People::new().await;
    let fits = "a".repeat(7 * 1024);
    assert!(people.validate(&[("state", &fits)]).await.is_ok());
    let large = "a".repeat(8 * 1024);
    for name in ["state", "scope", "redirect_uri", "x"] {
        let result = people.validate(&[(name, &large)]).await;
        assert_eq!(on_page(result), "invalid_request", "{name}");
    }
    let mut many = people.parameters(&[]);
    many.extend((0..100).map(|number| (format!("x{number}"), String::new())));
    assert_eq!(on_page(people.validate_all(many).await), "invalid_request");
    let mut resources = people.parameters(&[]);
    resources.extend((0..11).map(|number| ("resource".to_owned(), format!("https://a/{number}"))));
    assert_eq!(on_page(people.validate_all(resources).await), "invalid_request");
}

#[tokio::test]
async fn header_injection_in_state() {
    let people = People::new().await;
    for state in ["a\r\nSet-Cookie: b=c", "a\nb", "a\0b", "\u{85}"] {
        assert_eq!(on_page(people.validate(&[("state", state)]).await), "invalid_request");
    }
    let state = "a&code=evil#x \"<script>中";
    let request = people.validate(&[("state", state)]).await.unwrap();
    let denied = people.oauth.deny(&request);
    assert_eq!(denied.parameter("state"), Some(state));
    let location = denied.location().unwrap();
    assert!(location.is_ascii() && !location.contains(['\r', '\n', ' ', '"', '<', '#']));
    assert!(!location.contains("&code="), "{location}");
}

#[tokio::test]
async fn missing_state_and_nonce() {
    let people = People::new().await;
    let client = people.own().await;
    let id = client.identifier.as_str();
    // Neither is required with a code (OpenID Connect Core, section 3.1.2.1), and none is made up.
    let request = people.validate(&[("client_id", id), ("state", "")]).await.unwrap();
    let answer = answer(people.authorize(&request, Some(&people.lilei().await)).await);
    assert_eq!(answer.parameter("state"), None);
    assert_eq!(people.details(&answer).await.authorized.nonce, None);
}

#[tokio::test]
async fn response_types_and_grants() {
    let mut people = People::new().await;
    let ask = |response_type| [("response_type", response_type)];
    assert_eq!(answered(people.validate(&ask("")).await), "invalid_request");
    for other in ["token", "id_token", "code id_token", "code token", "none", "CODE"] {
        let result = people.validate(&ask(other)).await;
        assert_eq!(answered(result), "unsupported_response_type", "{other}");
    }
    let registration = [("registration", "{}")];
    assert_eq!(answered(people.validate(&registration).await), "registration_not_supported");
    people.change(|it| it.settings.response_types = vec!["token".to_owned()]).await;
    assert_eq!(answered(people.validate(&[]).await), "unauthorized_client");
    people
        .change(|it| {
            it.settings.response_types = vec!["id_token".to_owned(), "code".to_owned()];
            it.settings.grant_types = Some(vec!["client_credentials".to_owned()]);
        })
        .await;
    assert_eq!(answered(people.validate(&[]).await), "unauthorized_client");
}

#[tokio::test]
async fn pkce_downgrade() {
    let mut people = People::new().await;
    let long = "a".repeat(44);
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    let bad = [
        none,
        [("code_challenge", ""), ("code_challenge_method", "S256")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "s256")],
        [("code_challenge", "short"), ("code_challenge_method", "S256")],
        [("code_challenge", &long), ("code_challenge_method", "S256")],
        [
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
            ("code_challenge_method", "S256"),
        ],
    ];
    for others in &bad {
        assert_eq!(answered(people.validate(others).await), "invalid_request", "{others:?}");
    }
    let secret = AuthenticationMethod::ClientSecretPost;
    people.change(|it| it.authentication_method = secret).await;
    assert_eq!(people.validate(&none).await.unwrap().code_challenge, None);
    for others in &bad[1..] {
        assert_eq!(answered(people.validate(others).await), "invalid_request", "{others:?}");
    }
    people.change(|it| it.settings.oidc.require_pkce = true).await;
    assert_eq!(answered(people.validate(&none).await), "invalid_request");
    assert_eq!(people.validate(&[]).await.unwrap().code_challenge.as_deref(), Some(CHALLENGE));
}

#[tokio::test]
async fn scopes_that_nobody_offers_are_passed_over_and_malformed_ones_refused() {
    let people = People::new().await;
    people.server("https://api.example/", |_| ()).await;
    let ask = [
        ("scope", "openid  read:things openid fly offline_access write:things"),
        ("audience", "https://api.example"),
    ];
    let request = people.validate(&ask).await.unwrap();
    assert_eq!(request.scopes, ["openid", "read:things", "write:things"]);
    assert_eq!(request.audiences, ["https://api.example/"]);
    for malformed in ["openid \"", "openid a\\b", "openid 中"] {
        let result = people.validate(&[("scope", malformed)]).await;
        assert_eq!(answered(result), "invalid_scope", "{malformed}");
    }
}

#[tokio::test]
async fn offline_access_needs_the_grant_and_the_resource_servers_leave() {
    let mut people = People::new().await;
    people.server("https://no.example/", |_| ()).await;
    people.server("https://yes.example/", |it| it.allow_offline_access = true).await;
    for (audience, expected) in
        [("", true), ("https://yes.example/", true), ("https://no.example/", false)]
    {
        let ask = [("scope", "openid offline_access"), ("audience", audience)];
        let request = people.validate(&ask).await.unwrap();
        let given = request.scopes.contains(&"offline_access".to_owned());
        assert_eq!(given, expected, "{audience}");
    }
    people.change(|it| it.settings.grant_types = Some(vec!["authorization_code".to_owned()])).await;
    let request = people.validate(&[("scope", "openid offline_access")]).await.unwrap();
    assert_eq!(request.scopes, ["openid"]);
}

#[tokio::test]
async fn audiences_and_resources() {
    let people = People::new().await;
    for identifier in ["https://a.example/", "https://b.example/"] {
        people.server(identifier, |_| ()).await;
    }
    let audiences = async |others: &[(&str, &str)]| people.validate(others).await;
    let both = [("audience", "https://b.example/"), ("resource", "https://a.example/")];
    let request = audiences(&both).await.unwrap();
    assert_eq!(request.audiences, ["https://b.example/", "https://a.example/"]);
    let twice = [("resource", "https://a.example/"), ("resource", "https://a.example")];
    assert_eq!(audiences(&twice).await.unwrap().audiences, ["https://a.example/"]);
    // Every access token is good for userinfo.
    let userinfo = format!("{PUBLIC_URL}/userinfo");
    let request = audiences(&[("audience", &userinfo)]).await.unwrap();
    assert_eq!(request.audiences, Vec::<String>::new());
    for unknown in ["https://c.example/", "x", "https://a.example/#f"] {
        assert_eq!(answered(audiences(&[("audience", unknown)]).await), "invalid_target");
        assert_eq!(answered(audiences(&[("resource", unknown)]).await), "invalid_target");
    }
    let mut tenant = people.world.home.tenant.clone();
    tenant.settings.default_audience = Some("https://a.example/".to_owned());
    people.world.save_tenant(tenant).await;
    assert_eq!(audiences(&[]).await.unwrap().audiences, ["https://a.example/"]);
    let request = audiences(&[("resource", "https://b.example/")]).await.unwrap();
    assert_eq!(request.audiences, ["https://b.example/"]);
}

#[tokio::test]
async fn a_user_gets_no_more_than_his_permissions_where_policies_are_enforced() {
    let people = People::new().await;
    let client = people.own().await;
    let server = people.server("https://api.example/", |it| it.enforce_policies = true).await;
    people.server("https://free.example/", |_| ()).await;
    let scopes = async |audience: &str, scope: &str| {
        let ask =
            [("client_id", client.identifier.as_str()), ("audience", audience), ("scope", scope)];
        let request = people.validate(&ask).await.unwrap();
        let step = people.authorize(&request, Some(&people.lilei().await)).await;
        people.details(&answer(step)).await.authorized.scopes
    };
    let both = "openid read:things write:things";
    assert_eq!(scopes("https://api.example/", both).await, ["openid"]);
    let free = scopes("https://free.example/", both).await;
    assert_eq!(free, ["openid", "read:things", "write:things"]);
    let (tenant, user) = (people.user.tenant, people.user.id);
    let held = PermissionRef {
        resource_server: server.id,
        scope: ScopeName::parse("scope", "read:things").unwrap(),
    };
    let give = people.world.storage.transact(async move |tx| {
        tx.assignments().add_user_permissions(tenant, user, &[held]).await?;
        Ok::<_, Error>(())
    });
    give.await.unwrap();
    assert_eq!(scopes("https://api.example/", both).await, ["openid", "read:things"]);
    // The management API always enforces them.
    let management = people.world.home.management.identifier.to_string();
    assert_eq!(scopes(&management, "openid read:users").await, ["openid"]);
}

#[tokio::test]
async fn response_modes() {
    let mut people = People::new().await;
    let ask = |mode| [("response_mode", mode)];
    for (mode, expected) in [
        ("", ResponseMode::Query),
        ("query", ResponseMode::Query),
        ("fragment", ResponseMode::Fragment),
        ("form_post", ResponseMode::FormPost),
    ] {
        assert_eq!(people.validate(&ask(mode)).await.unwrap().response_mode, expected);
    }
    for unknown in ["jwt", "query.jwt", "FORM_POST"] {
        assert_eq!(answered(people.validate(&ask(unknown)).await), "invalid_request");
    }
    // Messages go to registered origins alone, and errors do not go elsewhere either.
    for registered in
        ["https://other.example", "http://app.example.com", "https://app.example.com:1"]
    {
        people.change(|it| it.settings.web_origins = vec![registered.to_owned()]).await;
        let bad = [("response_mode", "web_message"), ("response_type", "token")];
        assert_eq!(on_page(people.validate(&bad).await), "invalid_request", "{registered}");
    }
    people.change(|it| it.settings.web_origins = vec!["https://app.example.com".into()]).await;
    let request = people.validate(&ask("web_message")).await.unwrap();
    let origin = "https://app.example.com".to_owned();
    assert_eq!(request.response_mode, ResponseMode::WebMessage { origin });
    let answer = answer(people.authorize(&request_with(&request, Prompt::None), None).await);
    assert_eq!(answer.mode, request.response_mode);
    assert_eq!((answer.parameter("error"), answer.location()), (Some("login_required"), None));
}

fn request_with(request: &ValidatedRequest, prompt: Prompt) -> ValidatedRequest {
    ValidatedRequest { prompts: vec![prompt], ..request.clone() }
}

#[tokio::test]
async fn malformed_parameters_of_openid_connect() {
    let people = People::new().await;
    for (name, value) in [
        ("prompt", "none login"),
        ("prompt", "register"),
        ("max_age", "-1"),
        ("max_age", "soon"),
        ("max_age", "99999999999"),
        ("claims", "[]"),
        ("claims", "{"),
        ("claims", r#"{"id_token": 1}"#),
        ("claims", r#"{"userinfo": {"email": true}}"#),
        ("id_token_hint", "x.y.z"),
        ("dpop_jkt", "short"),
    ] {
        let result = people.validate(&[(name, value)]).await;
        assert_eq!(answered(result), "invalid_request", "{name} {value}");
    }
    let claims = r#"{"userinfo": {"email": null}, "id_token": {"auth_time": {"essential": true}},
        "other": 1}"#;
    let request = people.validate(&[("claims", &claims.replace('\n', " "))]).await.unwrap();
    assert!(request.wants_auth_time);
    assert_eq!(
        serde_json::to_value(request.claims).unwrap(),
        json!({"userinfo": {"email": null}, "id_token": {"auth_time": {"essential": true}}})
    );
    let deep = format!("{{\"id_token\": {}", "[".repeat(1_000));
    assert_eq!(answered(people.validate(&[("claims", &deep)]).await), "invalid_request");
    for (acr, unmet) in [
        (r#"{"essential": true, "values": ["gold"]}"#, true),
        (r#"{"essential": true, "value": "gold"}"#, true),
        (r#"{"essential": true}"#, false),
        (r#"{"values": ["gold"]}"#, false),
    ] {
        let claims = format!(r#"{{"id_token": {{"acr": {acr}}}}}"#);
        match people.validate(&[("claims", &claims)]).await {
            Ok(_) => assert!(!unmet, "{acr}"),
            other => assert_eq!(answered(other), "unmet_authentication_requirements", "{acr}"),
        }
    }
    // What is not known changes nothing.
    let unknown = [("auth0Client", "eyJ"), ("display", "hologram"), ("acr_values", "gold")];
    assert!(people.validate(&unknown).await.is_ok());
}

/// What the page asks for again, by `prompt`, by age, and by when the sign-in was.
#[tokio::test]
async fn prompt_and_max_age() {
    #[derive(Debug, PartialEq)]
    enum Next {
        Code,
        SignIn,
        Consent,
        Error(&'static str),
    }
    use Next::{Code, Consent, Error, SignIn};
    // Seconds between sign-in and request (negative: signed in for the request; none: nobody).
    let table = [
        ("", "", None, SignIn),
        ("none", "", None, Error("login_required")),
        ("", "", Some(1_000), Code),
        ("none", "", Some(1_000), Code),
        ("login", "", Some(1_000), SignIn),
        ("login", "", Some(-5), Code),
        ("select_account", "", Some(1_000), SignIn),
        ("create", "", Some(1_000), SignIn),
        ("create", "", Some(-5), Code),
        ("consent", "", Some(1_000), Consent),
        ("login consent", "", Some(1_000), SignIn),
        ("login consent", "", Some(-5), Consent),
        ("", "1001", Some(1_000), Code),
        ("", "1000", Some(1_000), Code),
        ("", "999", Some(1_000), SignIn),
        ("", "0", Some(1_000), SignIn),
        ("", "0", Some(-5), Code),
        ("", "1", Some(-5), Code),
        ("none", "999", Some(1_000), Error("login_required")),
        ("none", "10000", Some(1_000), Code),
    ];
    for (prompt, max_age, signed_in, expected) in table {
        let people = People::new().await;
        let client = people.own().await;
        let before = match signed_in {
            Some(seconds) if seconds >= 0 => {
                let who = people.lilei().await;
                people.advance(seconds);
                Some(who)
            }
            _ => None,
        };
        let id = client.identifier.as_str();
        let ask = [("client_id", id), ("prompt", prompt), ("max_age", max_age)];
        let request = people.validate(&ask).await.unwrap();
        let who = match signed_in {
            Some(seconds) if seconds < 0 => {
                people.advance(5);
                let who = people.lilei().await;
                people.advance(-seconds);
                Some(who)
            }
            _ => before,
        };
        let next = match people.authorize(&request, who.as_ref()).await {
            Step::SignIn => SignIn,
            Step::Consent(_) => Consent,
            Step::Answer(answer) => match answer.parameter("error") {
                None => Code,
                Some("login_required") => Error("login_required"),
                Some(other) => panic!("{other}"),
            },
        };
        assert_eq!(next, expected, "prompt {prompt:?}, max_age {max_age:?}, {signed_in:?}");
    }
}

#[tokio::test]
async fn a_client_may_have_a_max_age_of_its_own() {
    let people = People::new().await;
    let client = people
        .client(|client| {
            client.settings.oidc.default_max_age = Some(60);
            client.settings.oidc.require_auth_time = true;
            client.settings.oidc.default_acr_values = vec!["bronze".to_owned()];
        })
        .await;
    let id = client.identifier.as_str();
    let request = people.validate(&[("client_id", id)]).await.unwrap();
    assert_eq!((request.max_age, request.wants_auth_time), (Some(60), true));
    assert_eq!(request.acr_values, ["bronze"]);
    let request = people.validate(&[("client_id", id), ("max_age", "5")]).await.unwrap();
    assert_eq!(request.max_age, Some(5));
}

#[tokio::test]
async fn consent_is_asked_for_once_and_for_what_is_new() {
    let people = People::new().await;
    people.server("https://api.example/", |_| ()).await;
    let who = people.lilei().await;
    let mail = people.validate(&[("scope", "openid email")]).await.unwrap();
    let Step::Consent(screen) = people.authorize(&mail, Some(&who)).await else { panic!() };
    assert_eq!(screen.client.id, people.client.id);
    let shown: Vec<_> = screen.scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(shown, ["openid", "email"]);
    let silent = request_with(&mail, Prompt::None);
    assert_eq!(error(people.authorize(&silent, Some(&who)).await), "consent_required");
    let denied = people.oauth.deny(&mail);
    assert_eq!(denied.parameter("error"), Some("access_denied"));
    assert!(matches!(people.authorize(&mail, Some(&who)).await, Step::Consent(_)));
    assert!(answer(people.allow(&mail, &who).await).parameter("code").is_some());
    // Remembered, for less as well, and in a silent request.
    let less = people.validate(&[("scope", "openid")]).await.unwrap();
    for request in [&mail, &less, &silent] {
        let step = people.authorize(request, Some(&who)).await;
        assert!(answer(step).parameter("code").is_some());
    }
    let more = [("scope", "openid profile read:things"), ("audience", "https://api.example/")];
    let more = people.validate(&more).await.unwrap();
    let Step::Consent(screen) = people.authorize(&more, Some(&who)).await else { panic!() };
    assert_eq!(screen.scopes[2].audience_name.as_deref(), Some("https://api.example/"));
    people.allow(&more, &who).await;
    assert!(answer(people.authorize(&more, Some(&who)).await).parameter("code").is_some());
    // Asked again when the client wants it so; and another user is asked for himself.
    let again = request_with(&mail, Prompt::Consent);
    assert!(matches!(people.authorize(&again, Some(&who)).await, Step::Consent(_)));
    assert!(answer(people.allow(&again, &who).await).parameter("code").is_some());
    let other = people.signed_in(&people.another_user("meimei").await).await;
    assert!(matches!(people.authorize(&mail, Some(&other)).await, Step::Consent(_)));
    let granted =
        people.events().await.iter().filter(|it| it.kind.as_str() == "consent.granted").count();
    assert_eq!(granted, 3);
}

#[tokio::test]
async fn clients_of_the_tenant_ask_only_where_a_resource_server_does_not_trust_them() {
    let people = People::new().await;
    let client = people.own().await;
    people
        .server("https://strict.example/", |it| {
            it.skip_consent_for_verifiable_first_party_clients = false;
        })
        .await;
    let who = people.lilei().await;
    let ask = [
        ("client_id", client.identifier.as_str()),
        ("audience", "https://strict.example/"),
        ("scope", "openid"),
    ];
    let request = people.validate(&ask).await.unwrap();
    assert!(answer(people.authorize(&request, Some(&who)).await).parameter("code").is_some());
    let ask = [ask[0], ask[1], ("scope", "openid read:things")];
    let request = people.validate(&ask).await.unwrap();
    assert!(matches!(people.authorize(&request, Some(&who)).await, Step::Consent(_)));
    people.allow(&request, &who).await;
    assert!(answer(people.authorize(&request, Some(&who)).await).parameter("code").is_some());
}

#[tokio::test]
async fn who_was_locked_or_signed_out_meanwhile_signs_in_again() {
    let people = People::new().await;
    let client = people.own().await;
    let request = people.validate(&[("client_id", client.identifier.as_str())]).await.unwrap();
    let silent = request_with(&request, Prompt::None);
    let refused = async |who: &(Session, User)| {
        assert_eq!(people.authorize(&request, Some(who)).await, Step::SignIn);
        assert_eq!(error(people.authorize(&silent, Some(who)).await), "login_required");
    };
    let ended = people.lilei().await;
    let (tenant, session) = (ended.0.tenant, ended.0.id);
    let end = people.world.storage.transact(async move |tx| {
        tx.sessions().delete(tenant, session).await?;
        Ok::<_, Error>(())
    });
    end.await.unwrap();
    refused(&ended).await;
    let who = people.lilei().await;
    let (mut user, now) = (people.user.clone(), people.world.environment.moment().now());
    user.block(now);
    let lock = people.world.storage.transact(async move |tx| {
        tx.users().save(&user).await?;
        Ok::<_, Error>(())
    });
    lock.await.unwrap();
    refused(&who).await;
    let idle = people.signed_in(&people.another_user("meimei").await).await;
    assert!(matches!(people.authorize(&request, Some(&idle)).await, Step::Answer(_)));
    people.advance(86_401);
    refused(&idle).await;
    // A session of one user says nothing of another.
    let (session, _) = people.signed_in(&people.another_user("jim").await).await;
    refused(&(session, people.another_user("kate").await)).await;
}

#[tokio::test]
async fn a_redirect_uri_that_was_taken_away_meanwhile_gets_no_code() {
    let mut people = People::new().await;
    people.change(|it| it.is_first_party = true).await;
    let request = people.validate(&[]).await.unwrap();
    people.change(|it| it.settings.redirect_uris = vec!["https://b.example/".into()]).await;
    let who = people.lilei().await;
    let step = people.oauth.authorize(&request, Some(&who), &Origin::default()).await;
    assert_eq!(on_page(step), "invalid_client");
}

#[tokio::test]
async fn sealed_requests_open_in_their_browser_for_an_hour() {
    let people = People::new().await;
    let request = people.validate(&[("prompt", "login"), ("nonce", "n")]).await.unwrap();
    let sealed = people.oauth.seal_request(&request, b"browser").unwrap();
    assert!(sealed.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_'));
    assert_eq!(people.oauth.open_request(&sealed, b"browser"), Some(request.clone()));
    // Cross-site sign-in: a request of one browser is worth nothing in another.
    assert_eq!(people.oauth.open_request(&sealed, b"another"), None);
    let changed = format!("{}A", &sealed[..sealed.len() - 1]);
    let long = "A".repeat(100_000);
    for text in [changed.as_str(), "", "A", "%%%", &long] {
        assert_eq!(people.oauth.open_request(text, b"browser"), None);
    }
    people.advance(3_600);
    assert_eq!(people.oauth.open_request(&sealed, b"browser"), Some(request));
    people.advance(1);
    assert_eq!(people.oauth.open_request(&sealed, b"browser"), None);
}

/// A token of the type `typ`, signed by the tenant.
async fn id_token(people: &People, typ: &str, claims: &serde_json::Value) -> String {
    let tenant = &people.world.home.tenant;
    let key = people.oauth.signing_key(tenant, SigningAlgorithm::Es256).await.unwrap();
    let signer = people.oauth.shared.signers.get(&*people.world.environment.sealer, &key).unwrap();
    signer.sign(typ, Some(&key.id.to_string()), claims).unwrap()
}

#[tokio::test]
async fn id_token_hints() {
    let people = People::new().await;
    let client = people.own().await;
    let id = client.identifier.as_str();
    let claims = |subject: &str| json!({"iss": format!("{PUBLIC_URL}/"), "sub": subject, "aud": id, "exp": 1, "iat": 1});
    let ask = async |hint: &str, prompt: &str| {
        people.validate(&[("client_id", id), ("id_token_hint", hint), ("prompt", prompt)]).await
    };
    let who = people.lilei().await;
    // Expired long ago, and still good: it says whom the client means.
    let hint = id_token(&people, "JWT", &claims("authok|lilei")).await;
    for prompt in ["", "none"] {
        let request = ask(&hint, prompt).await.unwrap();
        let answer = answer(people.authorize(&request, Some(&who)).await);
        assert!(answer.parameter("code").is_some());
    }
    let other = id_token(&people, "JWT", &claims("authok|meimei")).await;
    people.advance(10);
    let silent = ask(&other, "none").await.unwrap();
    assert_eq!(error(people.authorize(&silent, Some(&who)).await), "login_required");
    let request = ask(&other, "").await.unwrap();
    assert_eq!(people.authorize(&request, Some(&who)).await, Step::SignIn);
    people.advance(10);
    let again = people.lilei().await;
    assert_eq!(error(people.authorize(&request, Some(&again)).await), "login_required");
    let meimei = people.signed_in(&people.another_user("meimei").await).await;
    assert!(answer(people.authorize(&request, Some(&meimei)).await).parameter("code").is_some());
    // The `claims` parameter says the same, and must not say something else.
    let wanted = r#"{"id_token": {"sub": {"value": "authok|meimei"}}}"#;
    let both = [("client_id", id), ("id_token_hint", hint.as_str()), ("claims", wanted)];
    assert_eq!(answered(people.validate(&both).await), "invalid_request");
    let request = people.validate(&[both[0], both[2]]).await.unwrap();
    assert_eq!(request.expected_subject.as_deref(), Some("authok|meimei"));
}

#[tokio::test]
async fn bad_id_token_hints() {
    let people = People::new().await;
    let good = json!({"iss": format!("{PUBLIC_URL}/"), "sub": "authok|lilei", "aud": "a"});
    let signed = id_token(&people, "JWT", &good).await;
    assert!(people.validate(&[("id_token_hint", &signed)]).await.is_ok());
    let foreign_tenant = &people.world.foreign.tenant;
    let key = people.oauth.signing_key(foreign_tenant, SigningAlgorithm::Es256).await.unwrap();
    let signer = people.oauth.shared.signers.get(&*people.world.environment.sealer, &key).unwrap();
    let unsigned = crate::jws::unsigned(&good).unwrap();
    let cut = signed.rsplit_once('.').unwrap().0;
    let other_issuer = json!({"iss": "https://evil.example/", "sub": "authok|lilei", "aud": "a"});
    for (name, hint) in [
        ("another tenant's key", signer.sign("JWT", Some(&key.id.to_string()), &good).unwrap()),
        ("alg none", unsigned),
        ("no signature", format!("{cut}.")),
        ("a changed signature", format!("{cut}.{}", "A".repeat(86))),
        ("another issuer", id_token(&people, "JWT", &other_issuer).await),
        ("an access token", id_token(&people, "at+jwt", &good).await),
        ("a logout token", id_token(&people, "logout+jwt", &good).await),
        ("no subject", id_token(&people, "JWT", &json!({"iss": format!("{PUBLIC_URL}/")})).await),
    ] {
        let result = people.validate(&[("id_token_hint", &hint)]).await;
        assert_eq!(answered(result), "invalid_request", "{name}");
    }
}

#[tokio::test]
async fn nothing_secret_shows_in_debug_output() {
    let people = People::new().await;
    let client = people.own().await;
    let request = people.validate(&[("client_id", client.identifier.as_str())]).await.unwrap();
    let step = people.authorize(&request, Some(&people.lilei().await)).await;
    let shown = format!("{step:?}");
    assert!(!shown.contains(answer(step).parameter("code").unwrap()), "{shown}");
}

#[tokio::test]
async fn consents_are_listed_and_taken_back() {
    use citizenry_authz::{Caller, Permissions, Subject};

    let people = People::new().await;
    let who = people.lilei().await;
    let request = people.validate(&[]).await.unwrap();
    people.allow(&request, &who).await;
    let caller = |permissions| {
        Caller::new(
            (&people.world.home.tenant).into(),
            Subject::Client(people.client.id),
            Credential::AccessToken,
            permissions,
            Origin::default(),
        )
    };
    let (may, may_not) = (caller(Permissions::all()), caller(Permissions::none()));
    let list = || people.oauth.consents(&may, people.user.id, Listing::first(10));
    let consents = list().await.unwrap().items;
    let scopes: Vec<_> = consents[0].scopes.iter().map(ScopeName::as_str).collect();
    assert_eq!((consents.len(), consents[0].client), (1, people.client.id));
    assert_eq!((consents[0].audience.as_str(), scopes), ("", vec!["openid", "email"]));
    let refused = people.oauth.consents(&may_not, people.user.id, Listing::first(10)).await;
    assert!(matches!(refused, Err(Error::Forbidden { permission: "read:grants" })));
    let id = consents[0].id;
    let refused = people.oauth.revoke_consent(&may_not, id).await;
    assert!(matches!(refused, Err(Error::Forbidden { permission: "delete:grants" })));
    assert_eq!(list().await.unwrap().items.len(), 1);
    people.oauth.revoke_consent(&may, id).await.unwrap();
    assert!(matches!(people.authorize(&request, Some(&who)).await, Step::Consent(_)));
    assert!(matches!(people.oauth.revoke_consent(&may, id).await, Err(Error::NotFound { .. })));
    people.allow(&request, &who).await;
    let other = people.another_user("meimei").await.id;
    assert_eq!(people.oauth.revoke_consents(&may, other, None).await.unwrap(), 0);
    let client = Some(people.client.id);
    assert_eq!(people.oauth.revoke_consents(&may, people.user.id, client).await.unwrap(), 1);
    assert!(list().await.unwrap().items.is_empty());
}
