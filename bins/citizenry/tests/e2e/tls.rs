//! The TLS listener.

use std::sync::Arc;

use crate::harness::Installation;

#[test]
fn the_same_doors_answer_over_tls() {
    let installation = Installation::sqlite();
    let credentials = installation.json(&["bootstrap"]);
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let pair = rcgen::generate_simple_self_signed(names).unwrap();
    let cert = installation.write("cert.pem", &pair.cert.pem());
    let key = installation.write("key.pem", &pair.signing_key.serialize_pem());
    let files = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let server = installation.serve(&[&files[..], &["--tls-listen", "127.0.0.1:0"]].concat());

    let certificate = ureq::tls::Certificate::from_der(pair.cert.der()).to_owned();
    let roots = ureq::tls::RootCerts::Specific(Arc::new(vec![certificate]));
    let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
    let agent: ureq::Agent =
        ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build().into();
    let base = server.tls_url().unwrap();
    let token = server.token(&credentials);
    let mut answer = agent
        .get(format!("{base}/api/v1/clients"))
        .header("authorization", format!("Bearer {token}"))
        .call()
        .unwrap();
    assert_eq!(answer.status(), 200);
    let body: serde_json::Value = answer.body_mut().read_json().unwrap();
    let names: Vec<_> = body["items"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert!(names.contains(&&serde_json::json!("ManagementAPI App")), "{body}");
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_named() {
    let installation = Installation::sqlite();
    let pair = |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let cert = installation.write("cert.pem", &pair("a.example").cert.pem());
    let key = installation.write("key.pem", &pair("b.example").signing_key.serialize_pem());
    let output = installation.run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--tls-listen",
        "127.0.0.1:0",
        "--tls-cert",
        cert.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(6));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("tls.key"), "{errors}");
}
