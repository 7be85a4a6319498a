//! From the start to the end of a server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::harness::{Answer, Installation, after, agent, on_both_databases};

on_both_databases! {
    fn sigterm_ends_with_success_and_keeps_what_was_answered(installation) {
        let credentials = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let token = server.token(&credentials);
        let user = serde_json::json!({ "connection": "authok", "username": "fioman" });
        assert_eq!(server.post("/api/v1/users", &token, &user).status, 200);
        let (status, _, errors) = server.stop("TERM");
        assert_eq!(status.code(), Some(0), "{errors}");

        let again = installation.serve(&[]);
        assert_eq!(installation.json(&["user", "get", "fioman"])["username"], "fioman");
        let (status, _, errors) = again.stop("INT");
        assert_eq!(status.code(), Some(0), "{errors}");
    }
}

/// A request whose body is still on its way when the signal comes is answered; a new connection is
/// not accepted any more.
#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let installation = Installation::sqlite();
    let credentials = installation.json(&["bootstrap"]);
    let server = installation.serve(&[]);
    let door = &credentials["doors"]["authok"];
    let body = serde_json::json!({
        "grant_type": "client_credentials",
        "client_id": door["client_id"],
        "client_secret": door["client_secret"],
        "audience": format!("{}/api/v1", server.base_url),
    })
    .to_string();
    let address = server.base_url.strip_prefix("http://").unwrap().to_owned();
    let mut slow = TcpStream::connect(&address).unwrap();
    // The server answers `Expect` once the handler reads the body: then the request is under way.
    write!(
        slow,
        "POST /oauth/token HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    let mut proceed = [0; 12];
    slow.read_exact(&mut proceed).unwrap();
    assert_eq!(&proceed, b"HTTP/1.1 100");
    server.signal("TERM");
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    slow.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 200") && answer.contains("access_token"), "{answer}");
    let (status, ..) = server.stop("TERM");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn health_and_metrics_stand_on_their_own_port() {
    let installation = Installation::sqlite();
    let server = installation.serve(&["--metrics-listen", "127.0.0.1:0"]);
    let base = after(&server.printed, "metrics on ").unwrap();
    let get = |path: &str| Answer::of(agent().get(format!("{base}{path}")).call());
    assert_eq!(get("/health/live").body["status"], "ok");
    assert_eq!(get("/health/ready").body["status"], "ok");
    assert_eq!(server.get("/api/v1/users", "nonsense").status, 401);
    let metrics = get("/metrics");
    let text = metrics.body.as_str().unwrap();
    assert!(text.contains("http_request_duration_seconds_count{door=\"authok\""), "{text}");
    assert_ne!(server.get("/metrics", "x").status, 200);
}

#[test]
fn json_logs_carry_the_request_and_no_secret() {
    let installation = Installation::sqlite();
    let credentials = installation.json(&["bootstrap"]);
    let server = installation.serve(&["--log-format", "json", "--log-level", "debug"]);
    let token = server.token(&credentials);
    assert_eq!(server.get("/api/v1/users", &token).status, 200);
    let (_, _, errors) = server.stop("TERM");
    let secret = credentials["doors"]["authok"]["client_secret"].as_str().unwrap();
    assert!(!errors.contains(secret) && !errors.contains(&token));
    let lines: Vec<serde_json::Value> =
        errors.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(lines.iter().any(|line| line.to_string().contains("request_id")), "{errors}");
}

#[test]
fn a_configured_rate_limit_is_kept() {
    let installation = Installation::sqlite();
    let credentials = installation.json(&["bootstrap"]);
    let server = installation.serve(&["--set", "limits.requests_per_second=2"]);
    let token = server.token(&credentials);
    let statuses: Vec<_> = (0..20).map(|_| server.get("/api/v1/roles", &token).status).collect();
    assert_eq!(statuses[..2], [200, 200]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_configured_host_name_stands_for_its_tenant() {
    let installation = Installation::sqlite();
    installation.json(&["bootstrap"]);
    installation.json(&["tenant", "create", "acme"]);
    let server = installation.serve(&[
        "--public-url",
        "https://id.example.com/",
        "--set",
        "tenancy.hosts=acme.example.com=acme",
    ]);
    let issuer = |host: &str| {
        let url = format!("{}/.well-known/openid-configuration", server.base_url);
        Answer::of(agent().get(url).header("host", host).call()).body["issuer"].clone()
    };
    assert_eq!(issuer("acme.example.com"), "https://id.example.com/t/acme/");
    assert_eq!(issuer("id.example.com"), "https://id.example.com/");
}
