use citizenry_identity::{
    AuthenticationMethod, ClientId, ClientIdentifier, ClientSecret, ClientSettings, TenantId, Text,
    Timestamp,
};

use super::*;

fn client(kind: ClientKind, redirect_uris: &[&str]) -> Client {
    let now = Timestamp::from_unix_micros(0).unwrap();
    Client {
        id: "01j00000000000000000000000".parse::<ClientId>().unwrap(),
        identifier: ClientIdentifier::parse("app").unwrap(),
        tenant: "01j00000000000000000000000".parse::<TenantId>().unwrap(),
        name: Text::parse("name", "App").unwrap(),
        kind,
        authentication_method: AuthenticationMethod::None,
        secret: ClientSecret { hash: [0; 32], sealed: Vec::new() },
        is_first_party: false,
        settings: ClientSettings {
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            ..ClientSettings::default()
        },
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Whether a web client with that one redirect URI may be answered at `requested`.
fn web(registered: &str, requested: &str) -> bool {
    is_registered(&client(ClientKind::Web, &[registered]), requested)
}

const REGISTERED: &str = "https://app.example.com/cb";

#[test]
fn what_is_registered_is_accepted_as_it_is_written() {
    for uri in [
        REGISTERED,
        "https://app.example.com/cb?tenant=a",
        "http://127.0.0.1:3000/cb",
        "com.example.app:/cb",
    ] {
        assert!(web(uri, uri), "{uri}");
    }
}

#[test]
fn redirect_uri_prefix() {
    for requested in [
        "https://app.example.com/c",
        "https://app.example.com/",
        "https://app.example.com",
        "https://app.example.co/cb",
        "https://app.example.com.evil.example/cb",
    ] {
        assert!(!web(REGISTERED, requested), "{requested}");
    }
    assert!(!web("https://app.example.com", "https://app.example.com.evil.example"));
}

#[test]
fn redirect_uri_suffix() {
    for requested in [
        "https://app.example.com/cb/",
        "https://app.example.com/cb/../../evil",
        "https://app.example.com/cb%2f..%2fevil",
        "https://app.example.com/cb;x",
        "https://app.example.com/cb?x=1",
        "https://app.example.com/cbx",
        "https://evil.example/https://app.example.com/cb",
    ] {
        assert!(!web(REGISTERED, requested), "{requested}");
    }
    assert!(!web("https://app.example.com/cb?a=1", "https://app.example.com/cb?a=1&b=2"));
}

#[test]
fn redirect_uri_port() {
    for requested in ["https://app.example.com:8443/cb", "https://app.example.com:443/cb"] {
        assert!(!web(REGISTERED, requested), "{requested}");
    }
    assert!(!web("http://127.0.0.1:3000/cb", "http://127.0.0.1:3001/cb"));
}

#[test]
fn redirect_uri_fragment() {
    for requested in ["https://app.example.com/cb#", "https://app.example.com/cb#x"] {
        assert!(!web(REGISTERED, requested), "{requested}");
        // Not even if somebody has registered it.
        assert!(!web(requested, requested), "{requested}");
    }
}

#[test]
fn redirect_uri_userinfo() {
    for requested in
        ["https://app.example.com@evil.example/cb", "https://user:secret@app.example.com/cb"]
    {
        assert!(!web(REGISTERED, requested), "{requested}");
        assert!(!web(requested, requested), "{requested}");
    }
}

#[test]
fn redirect_uri_spelled_otherwise() {
    for requested in [
        "HTTPS://app.example.com/cb",
        "https://APP.example.com/cb",
        "https://app.example.com/%63b",
        "http://app.example.com/cb",
        "https:app.example.com/cb",
        "https:\\\\app.example.com\\cb",
        "https://app.example.com\\.evil.example/cb",
        " https://app.example.com/cb",
        "https://app.example.com/cb\r\nset-cookie: a=b",
        "https://app.example.com/cb\0",
        "//app.example.com/cb",
        "/cb",
        "",
    ] {
        assert!(!web(REGISTERED, requested), "{requested}");
    }
}

#[test]
fn nothing_is_a_wildcard() {
    for registered in ["https://*.example.com/cb", "https://app.example.com/*", "*"] {
        assert!(!web(registered, REGISTERED), "{registered}");
    }
}

#[test]
fn redirect_uri_of_a_scheme_that_browsers_carry_out() {
    for uri in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://app.example.com/1",
    ] {
        assert!(!web(uri, uri), "{uri}");
        assert!(registrable(uri, ClientKind::Native).is_err(), "{uri}");
    }
}

#[test]
fn a_native_client_may_listen_on_any_loopback_port() {
    let native = client(
        ClientKind::Native,
        &["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost/cb", REGISTERED],
    );
    for (requested, expected) in [
        ("http://127.0.0.1:49152/cb", true),
        ("http://127.0.0.1/cb", true),
        ("http://[::1]:50000/cb", true),
        ("http://127.0.0.1:49152/other", false),
        ("http://127.0.0.1:49152/cb?x=1", false),
        ("http://127.0.0.1:99999/cb", false),
        ("http://127.0.0.1:/cb", false),
        ("http://127.0.0.1:80@evil.example/cb", false),
        ("http://127.0.0.1.evil.example/cb", false),
        ("http://127.0.0.1:80.evil.example/cb", false),
        ("http://127.0.0.2:80/cb", false),
        // A name may lead elsewhere (RFC 8252, section 8.3): as it is written, or not at all.
        ("http://localhost/cb", true),
        ("http://localhost:8080/cb", false),
        ("https://127.0.0.1:49152/cb", false),
        ("https://app.example.com:8443/cb", false),
    ] {
        assert_eq!(is_registered(&native, requested), expected, "{requested}");
    }
}

#[test]
fn who_may_register_what() {
    use ClientKind::{Native, Web};
    for (uri, kind, expected) in [
        (REGISTERED, Web, true),
        ("http://localhost:3000/cb", Web, true),
        ("http://127.0.0.1:3000/cb", Web, true),
        ("http://[::1]/cb", Web, true),
        ("http://app.example.com/cb", Web, false),
        ("http://app.example.com/cb", Native, false),
        ("com.example.app:/cb", Native, true),
        ("com.example.app:/cb", Web, false),
        ("app:/cb", Native, false),
        ("https://app.example.com/cb#x", Web, false),
        ("https://user@app.example.com/cb", Web, false),
        ("/cb", Web, false),
    ] {
        assert_eq!(registrable(uri, kind).is_ok(), expected, "{uri}");
    }
}

#[test]
fn parameters_are_added_and_cannot_break_out() {
    let state = [("state".to_owned(), "a b&code=x#\r\n中".to_owned())];
    let encoded = "state=a+b%26code%3Dx%23%0D%0A%E4%B8%AD";
    for (uri, expected) in [
        ("https://a.example/cb", format!("https://a.example/cb?{encoded}")),
        ("https://a.example/cb?", format!("https://a.example/cb?{encoded}")),
        ("https://a.example/cb?x=1", format!("https://a.example/cb?x=1&{encoded}")),
        ("https://a.example/cb?x=1&", format!("https://a.example/cb?x=1&{encoded}")),
        ("com.example.app:/cb", format!("com.example.app:/cb?{encoded}")),
    ] {
        assert_eq!(with_query(uri, &state), expected);
    }
    assert_eq!(with_query("https://a.example/cb", &[]), "https://a.example/cb");
    let fragment = with_fragment("https://a.example/cb?x=1", &state);
    assert_eq!(fragment, format!("https://a.example/cb?x=1#{encoded}"));
}
