//! What stands in the log: enough to find a failure, and no secret.
#![expect(clippy::unwrap_used, reason = "the helper of a test fails the test, as its body does")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use actix_web::{HttpResponse, web};
use citizenry_http_kit::{Refusal, Routes, testing::Client};
use citizenry_identity::Error;
use serde_json::Value;
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

/// A log in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl io::Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut memory = self.0.lock().map_err(|_poisoned| io::Error::other("poisoned"))?;
        memory.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Memory {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the unit of work failed")]
struct Outer(#[source] io::Error);

async fn broken(_: web::Path<String>) -> Result<HttpResponse, Refusal> {
    Err(Error::internal(Outer(io::Error::other("disk full"))).into())
}

async fn panics() -> HttpResponse {
    panic!("on purpose")
}

fn configure(config: &mut web::ServiceConfig) {
    Routes::new().public_get("/users/{id}", broken).public_get("/panics", panics).configure(config);
}

/// The lines that a request for `target` leaves in the log at the level of debugging.
async fn lines(target: &str) -> Vec<Value> {
    let memory = Memory::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(memory.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let client = Client::new(configure).await;
    let ask = client.get(target).header("x-request-id", "abc-1");
    ask.header("authorization", "Bearer s3cret-token").header("cookie", "s3cret=1").send().await;
    let text = String::from_utf8_lossy(&memory.0.lock().unwrap().clone()).into_owned();
    assert!(!text.contains("s3cret"), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[actix_web::test]
async fn a_failure_is_one_line_with_its_causes_and_the_request() {
    let lines = lines("/users/7?access_token=s3cret").await;
    let failures: Vec<&Value> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    let [failure] = failures[..] else { panic!("{lines:?}") };
    assert_eq!(failure["fields"]["error"], "the unit of work failed: disk full");
    assert_eq!(failure["span"]["request_id"], "abc-1");
    assert_eq!(failure["span"]["door"], "plain");
    let end = lines.last().unwrap();
    assert_eq!(end["span"]["route"], "/users/{id}");
    assert_eq!(end["span"]["status"], 500);
    assert_eq!(end["span"]["method"], "GET");
    assert!(end["span"]["latency_us"].is_u64(), "{end}");
}

#[actix_web::test]
async fn a_panic_is_one_line_with_its_route() {
    let lines = lines("/panics?code=s3cret").await;
    let failures: Vec<&Value> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    let [failure] = failures[..] else { panic!("{lines:?}") };
    assert_eq!(failure["fields"]["message"], "a handler panicked");
    assert_eq!(failure["fields"]["panic"], "on purpose");
    assert_eq!(failure["fields"]["route"], "/panics");
}

#[actix_web::test]
async fn what_a_caller_does_wrong_is_no_failure() {
    let lines = lines("/nowhere/s3cret?x=%zz").await;
    assert!(!lines.is_empty());
    let quiet = |line: &Value| line["level"] == "DEBUG" || line["level"] == "INFO";
    assert!(lines.iter().all(quiet), "{lines:?}");
}
