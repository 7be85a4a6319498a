//! Callers that go away in the middle, and a server that is killed in the middle.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Answer, Installation, Server, agent, on_both_databases};

/// How many users each of four callers makes before the server is killed.
const BEFORE_THE_KILL: usize = 20;

on_both_databases! {
    fn what_was_answered_before_a_kill_is_there_afterwards(installation) {
        let credentials = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let token = server.token(&credentials);
        let answered = AtomicUsize::new(0);
        let made: BTreeSet<String> = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..4)
                .map(|caller| scope.spawn({
                    let (server, token, answered) = (&server, &token, &answered);
                    move || create_until_it_fails(server, token, caller, answered)
                }))
                .collect();
            while answered.load(Ordering::Relaxed) < 4 * BEFORE_THE_KILL {
                std::thread::yield_now();
            }
            server.signal("KILL");
            callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
        });
        drop(server);

        let server = installation.serve(&[]);
        let token = server.token(&credentials);
        let stored = usernames(&server, &token);
        let lost: Vec<_> = made.difference(&stored).collect();
        assert!(lost.is_empty(), "answered and lost: {lost:?}");
        assert_eq!(created_events(&server, &token), stored.len(), "half of a change stayed");
    }

    fn callers_that_go_away_leave_no_lock_and_nothing_half_done(installation) {
        let credentials = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let token = server.token(&credentials);
        let address = server.base_url.strip_prefix("http://").unwrap();
        for number in 0..200_usize {
            let body = new_user(&format!("gone{number}")).to_string();
            let request = format!(
                "POST /api/v1/users HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut stream = TcpStream::connect(address).unwrap();
            // Whole, or cut anywhere: in the head, in the body, at the last byte.
            let sent = if number % 2 == 0 { request.len() } else { request.len() * number / 200 };
            stream.write_all(&request.as_bytes()[..sent]).unwrap();
            // A reset, not an orderly end: the server drops the request at once.
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
        let answer = server.post("/api/v1/users", &token, &new_user("stayed"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let (stored, told) = settled(&server, &token);
        assert!(stored.contains("stayed"));
        assert_eq!(told, stored.len(), "half of a change stayed");
    }
}

fn new_user(username: &str) -> Value {
    json!({ "connection": "authok", "username": username })
}

fn create_until_it_fails(
    server: &Server,
    token: &str,
    caller: usize,
    answered: &AtomicUsize,
) -> Vec<String> {
    let agent = agent();
    let mut made = Vec::new();
    for number in 0.. {
        let username = format!("caller{caller}user{number}");
        let request = agent.post(format!("{}/api/v1/users", server.base_url));
        let request = request.header("authorization", format!("Bearer {token}"));
        match request.send_json(new_user(&username)) {
            Ok(response) if response.status().is_success() => {
                made.push(username);
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(response) => panic!("status {}", response.status()),
            Err(_killed) => break,
        }
    }
    made
}

/// The usernames of everybody but the first administrator.
fn usernames(server: &Server, token: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for page in 1.. {
        let path = format!("/api/v1/users?page={page}&page_size=100");
        let answer = server.get(&path, token);
        let items = answer.body["items"].as_array().unwrap().clone();
        if items.is_empty() {
            break;
        }
        names.extend(items.iter().map(|it| it["username"].as_str().unwrap().to_owned()));
    }
    names.remove("admin");
    names
}

/// How many users the audit trail says were made, the first administrator aside.
fn created_events(server: &Server, token: &str) -> usize {
    let mut told = 0;
    for page in 1.. {
        let Answer { body, .. } =
            server.get(&format!("/api/v1/logs?page={page}&page_size=100"), token);
        let items = body["items"].as_array().unwrap().clone();
        if items.is_empty() {
            break;
        }
        told += items.iter().filter(|it| it["details"]["event"] == "user.created").count();
    }
    told - 1
}

/// What is stored and what is told once both stand still: units of work that had begun when their
/// callers went away run to their end.
fn settled(server: &Server, token: &str) -> (BTreeSet<String>, usize) {
    let mut before = (usernames(server, token), created_events(server, token));
    loop {
        let now = (usernames(server, token), created_events(server, token));
        if now == before {
            return now;
        }
        before = now;
    }
}
