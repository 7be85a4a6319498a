//! What only a real connection shows: answers to bodies that nobody reads, panics, TLS.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail the test, as its body does"
)]

use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, rt, web};
use citizenry_http_kit::{
    Certificate, Doors, Refusal, Routes, StrictJson,
    testing::{PlainShape, boundary},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::Value;

async fn create(StrictJson(body): StrictJson<Value>) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

async fn panics(StrictJson(_): StrictJson<Value>) -> HttpResponse {
    panic!("on purpose")
}

async fn refuses() -> Result<HttpResponse, Refusal> {
    Err(Refusal::RouteNotFound)
}

fn configure(config: &mut web::ServiceConfig) {
    Routes::new()
        .public_post("/users", create)
        .public_post("/panics", panics)
        .public_post("/refuses", refuses)
        .post("/closed", create)
        .configure(config);
}

/// A server on a free port; with TLS when there is a certificate.
fn serve(certificate: Option<&Arc<Certificate>>) -> (SocketAddr, ServerHandle) {
    let boundary = boundary(Doors::new("plain", PlainShape));
    let server = HttpServer::new(move || App::new().configure(configure).wrap(boundary.clone()))
        .workers(1)
        .client_disconnect_timeout(Duration::from_secs(5))
        .disable_signals();
    let server = match certificate {
        Some(certificate) => {
            server.bind_rustls_0_23("127.0.0.1:0", certificate.server_config().unwrap()).unwrap()
        }
        None => server.bind("127.0.0.1:0").unwrap(),
    };
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);
    (address, handle)
}

/// A request that carries `body`.
fn post(path: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Writes each of `requests` in whole before reading its answer, all on one connection.
async fn ask_in_turn(address: SocketAddr, requests: Vec<Vec<u8>>) -> Vec<String> {
    let asked = web::block(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        requests.into_iter().map(|request| ask(&mut stream, &request)).collect::<Vec<_>>()
    });
    asked.await.unwrap()
}

/// The answer to `request`: read as far as its `Content-Length` says.
fn ask(stream: &mut (impl std::io::Read + std::io::Write), request: &[u8]) -> String {
    stream.write_all(request).unwrap();
    let (mut answer, mut byte) = (Vec::new(), [0_u8; 1]);
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
    let mut body = vec![0_u8; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

#[actix_web::test]
async fn a_client_that_writes_ten_megabytes_first_reads_its_refusal() {
    let (address, handle) = serve(None);
    let large = vec![b'x'; 10 << 20];
    for (path, status) in [
        ("/users", "413"),
        ("/closed", "401"),
        ("/refuses", "404"),
        ("/nowhere", "404"),
        ("/%zz", "400"),
    ] {
        let again = post("/users", b"[1]");
        let answers = ask_in_turn(address, vec![post(path, &large), again]).await;
        assert!(answers[0].starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {}", answers[0]);
        assert!(answers[0].contains(&format!("\"status\":{status}")), "{}", answers[0]);
        assert!(answers[1].ends_with("\r\n\r\n[1]"), "the connection lives on: {}", answers[1]);
    }
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_panic_is_answered_and_the_connection_lives_on() {
    let (address, handle) = serve(None);
    let requests = vec![post("/panics", b"{}"), post("/panics", b"{}"), post("/users", b"[2]")];
    let answers = ask_in_turn(address, requests).await;
    for answer in &answers[..2] {
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.contains("x-request-id: "), "{answer}");
        assert!(answer.ends_with("\"internal error\",\"status\":500}"), "{answer}");
    }
    assert!(answers[2].ends_with("\r\n\r\n[2]"), "{}", answers[2]);
    handle.stop(false).await;
}

/// Asks over TLS and trusts `certificate` alone.
fn ask_over_tls(address: SocketAddr, certificate: &[u8]) -> Result<String, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(address)?);
    stream.conn.complete_io(&mut stream.sock)?;
    Ok(ask(&mut stream, &post("/users", b"[3]")))
}

#[actix_web::test]
async fn a_new_certificate_is_served_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let (chain, key) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
    let write = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let pair = rcgen::generate_simple_self_signed(names).unwrap();
        std::fs::write(&chain, pair.cert.pem()).unwrap();
        std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
        pair.cert.pem().into_bytes()
    };
    let first = write(&["localhost"]);
    let certificate = Certificate::load(&chain, &key).unwrap();
    let (address, handle) = serve(Some(&certificate));
    let trusted = first.clone();
    let answer = web::block(move || ask_over_tls(address, &trusted)).await.unwrap().unwrap();
    assert!(answer.ends_with("\r\n\r\n[3]"), "{answer}");

    let second = write(&["localhost", "another.example.org"]);
    assert!(certificate.reload_if_changed().unwrap());
    assert!(web::block(move || ask_over_tls(address, &first)).await.unwrap().is_err());
    let answer = web::block(move || ask_over_tls(address, &second)).await.unwrap().unwrap();
    assert!(answer.ends_with("\r\n\r\n[3]"), "{answer}");
    handle.stop(false).await;
}
