//! What holds for every route of the table.

use std::{collections::BTreeSet, fmt::Write as _};

use actix_web::http::Method;
use citizenry_http_kit::{Access, testing::Answer};

use crate::{
    browser::text_of,
    world::{FORM, World},
};

/// Every route below a tenant's root, and the status of an answer to a stranger who sends nonsense.
const TABLE: [(&str, &str, u16); 37] = [
    ("GET", "/.well-known/openid-configuration", 200),
    ("GET", "/.well-known/oauth-authorization-server", 200),
    ("GET", "/.well-known/jwks.json", 200),
    ("GET", "/authorize", 400),
    ("POST", "/authorize", 303),
    ("POST", "/oauth/token", 401),
    ("POST", "/oauth/introspect", 401),
    ("POST", "/oauth/revoke", 401),
    ("POST", "/oauth/par", 401),
    ("POST", "/oauth/device/code", 401),
    ("GET", "/userinfo", 401),
    ("POST", "/userinfo", 401),
    ("GET", "/oidc/logout", 400),
    ("POST", "/oidc/logout", 400),
    ("POST", "/oidc/register", 400),
    ("GET", "/oidc/register/{client_id}", 401),
    ("PUT", "/oidc/register/{client_id}", 401),
    ("DELETE", "/oidc/register/{client_id}", 401),
    ("GET", "/v1/logout", 400),
    ("GET", "/v2/logout", 400),
    ("POST", "/dbconnections/signup", 400),
    ("POST", "/dbconnections/change_password", 400),
    ("GET", "/u/login", 400),
    ("POST", "/u/login", 400),
    ("GET", "/u/signup", 400),
    ("POST", "/u/signup", 400),
    ("GET", "/u/consent", 400),
    ("POST", "/u/consent", 400),
    ("GET", "/u/reset", 400),
    ("POST", "/u/reset", 400),
    ("GET", "/u/reset/{ticket}", 410),
    ("POST", "/u/reset/{ticket}", 410),
    ("GET", "/u/verify/{ticket}", 410),
    ("POST", "/u/verify/{ticket}", 410),
    ("GET", "/u/logout", 200),
    ("GET", "/activate", 200),
    ("POST", "/activate", 403),
];

/// Parameters of all endpoints, none of them any good.
const NONSENSE: &str = "client_id=nobody&client_secret=wrong&grant_type=client_credentials\
&token=nonsense&id_token_hint=nonsense&request=nonsense&csrf=nonsense&username=nobody\
&email=nobody%40example.com&password=nonsense&user_code=NONS-ENSE&action=allow";

fn filled(pattern: &str) -> String {
    pattern.replace("{client_id}", "nobody").replace("{ticket}", "nonsense")
}

async fn send_nonsense(world: &World, method: &str, path: &str) -> Answer {
    let client = world.client();
    match method {
        "GET" => client.get(&format!("{path}?{NONSENSE}")).send().await,
        "POST" if path.ends_with("/register") => {
            client.post(path).body("application/json", "{\"redirect_uris\": 7}").send().await
        }
        "POST" => client.post(path).body(FORM, NONSENSE).send().await,
        method => {
            let method: Method = method.parse().unwrap();
            client.request(method, path).body("application/json", "{}").send().await
        }
    }
}

/// What an answer says: status, the headers that matter, and the words of the body.
fn shown(answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.status);
    for name in [
        "content-type",
        "cache-control",
        "location",
        "www-authenticate",
        "x-frame-options",
        "access-control-allow-origin",
    ] {
        if !answer.header(name).is_empty() {
            _ = writeln!(text, "{name}: {}", answer.header(name));
        }
    }
    for cookie in answer.headers.get_all("set-cookie") {
        let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
        _ = writeln!(text, "set-cookie: {}=…;{attributes}", pair.split_once('=').unwrap().0);
    }
    let policy = answer.header("content-security-policy");
    if !policy.is_empty() {
        let kept = policy.split("; ").filter(|part| !part.starts_with("style-src"));
        _ = writeln!(text, "content-security-policy: {}", kept.collect::<Vec<_>>().join("; "));
    }
    let words = if answer.header("content-type").starts_with("text/html") {
        let id = answer.header("x-request-id").to_owned();
        let words = text_of(answer);
        if id.is_empty() { words } else { words.replace(&id, "(request)") }
    } else if answer.text().starts_with("{\"keys\":") {
        // Keys are new in every run.
        let keys = answer.json();
        let algorithms = keys["keys"].as_array().unwrap().iter().map(|key| &key["alg"]);
        format!("{:?}", algorithms.collect::<Vec<_>>())
    } else {
        answer.text()
    };
    _ = writeln!(text, "\n{words}\n");
    text
}

#[test]
fn the_table_has_every_route_for_every_tenant() {
    let routes = citizenry_http_oidc::routes();
    let known: BTreeSet<_> = routes
        .entries()
        .inspect(|route| assert_eq!(route.access, Access::Public, "{route:?}"))
        .map(|route| (route.method.to_string(), route.pattern.to_owned()))
        .collect();
    let expected: BTreeSet<_> = TABLE
        .iter()
        .flat_map(|(method, path, _)| {
            [(*method, (*path).to_owned()), (*method, format!("/t/{{tenant}}{path}"))]
        })
        .map(|(method, path)| (method.to_owned(), path))
        .collect();
    assert_eq!(known, expected);
    assert_eq!(expected.len(), 2 * TABLE.len());
}

#[actix_web::test]
async fn every_route_tells_strangers_with_nonsense_what_is_wrong() {
    let world = World::new().await;
    let before = world.state().await;
    let mut text = String::new();
    for (method, pattern, status) in TABLE {
        let path = filled(pattern);
        let answer = send_nonsense(&world, method, &path).await;
        assert_eq!(answer.status, status, "{method} {pattern}: {}", answer.text());
        let body = answer.text();
        for secret in ["fioman", &world.secret, "李雷"] {
            assert!(!body.contains(secret), "{method} {pattern}: {body}");
        }
        _ = write!(text, "{method} {pattern}\n{}", shown(&answer));

        // The same below a tenant's own path.
        let own = send_nonsense(&world, method, &format!("/t/acme{path}")).await;
        assert_eq!(own.status, status, "{method} /t/acme{pattern}: {}", own.text());
    }
    assert_eq!(world.state().await, before);
    assert_eq!(world.web.take(), Vec::<String>::new());
    assert!(world.mails().await.is_empty());
    insta::assert_snapshot!(text);
}

#[actix_web::test]
async fn every_route_answers_nothing_for_a_tenant_that_is_not_there() {
    let world = World::new().await;
    for (method, pattern, _) in TABLE {
        for tenant in ["nobody", "NOBODY", "%00", "a'b", "默认"] {
            let path = format!("/t/{}{}", urlencoded(tenant), filled(pattern));
            let answer = send_nonsense(&world, method, &path).await;
            let statuses = [400, 401, 404];
            assert!(statuses.contains(&answer.status), "{method} {path}: {}", answer.status);
            assert_eq!(answer.header("set-cookie"), "", "{method} {path}");
        }
    }
}

fn urlencoded(text: &str) -> String {
    if text.starts_with('%') {
        return text.to_owned();
    }
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[actix_web::test]
async fn every_route_names_its_methods() {
    let world = World::new().await;
    for (_, pattern, _) in TABLE {
        let own: BTreeSet<_> =
            TABLE.iter().filter(|row| row.1 == pattern).map(|(method, ..)| *method).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if own.contains(method) {
                continue;
            }
            for prefix in ["", "/t/acme"] {
                let path = format!("{prefix}{}", filled(pattern));
                let answer = world.client().request(method.parse().unwrap(), &path).send().await;
                assert_eq!(answer.status, 405, "{method} {path}");
                let allowed: BTreeSet<_> = answer.header("allow").split(", ").collect();
                assert!(own.iter().all(|method| allowed.contains(method)), "{method} {path}");
                assert!(!allowed.contains(method), "{method} {path}");
                assert_eq!(answer.json()["error"], "invalid_request", "{method} {path}");
            }
        }
    }
}

#[actix_web::test]
async fn clickjacking() {
    let world = World::new().await;
    let mut pages = 0;
    for (method, pattern, _) in TABLE {
        let answer = send_nonsense(&world, method, &filled(pattern)).await;
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        pages += 1;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{method} {pattern}: {policy}");
        assert!(policy.starts_with("default-src 'none'"), "{method} {pattern}: {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{method} {pattern}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {pattern}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{method} {pattern}");
    }
    assert!(pages > 15, "{pages}");
}
