use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::jws::Signer;
use crate::test_people::People;
use crate::test_tokens::{redeeming, refresh_token, refreshing, refused, text};
use crate::test_world::part;
use crate::{DpopHeader, ResourceError, TokenRequest, TokenType, UserinfoRequest};

const TOKEN_URL: &str = "https://id.example.com/oauth/token";
const USERINFO_URL: &str = "https://id.example.com/userinfo";

/// A proof of the possession of `signer`'s key.
fn proof(people: &People, signer: &Signer, method: &str, url: &str, token: &str) -> DpopHeader {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"typ": "dpop+jwt", "alg": signer.algorithm(),
        "jwk": signer.public_key().unwrap()});
    let moment = people.world.environment.moment();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    let claims = json!({"jti": moment.alphanumeric(20), "htm": method, "htu": url,
        "iat": moment.now().unix_seconds(), "ath": URL_SAFE_NO_PAD.encode(hash)});
    let proof = signer.append_signature(&format!("{}.{}", encode(&header), encode(&claims)));
    DpopHeader { proof, method: method.to_owned(), url: url.to_owned() }
}

#[test]
fn a_bound_token_is_good_with_its_key_alone() {
    block_on(async {
        let people = People::new().await;
        let identifier = "https://things.example.com/";
        people.server(identifier, |server| server.allow_offline_access = true).await;
        let client = people.own_spa().await;
        let (key, _) = Signer::generate_es256().unwrap();
        let (other, _) = Signer::generate_es256().unwrap();
        let jkt = key.public_key().unwrap().thumbprint();
        let scope = ("scope", "openid offline_access");
        for asked in [&[scope][..], &[scope, ("audience", identifier)]] {
            let code = people.code(&client, asked).await;
            let dpop = Some(proof(&people, &key, "POST", TOKEN_URL, ""));
            let request = TokenRequest { dpop, ..redeeming(&client, &code) };
            let answer = people.oauth.token(request).await.unwrap();
            assert_eq!(answer.token_type, TokenType::Dpop);
            if text(&answer.access_token).contains('.') {
                assert_eq!(part(text(&answer.access_token), 1)["cnf"], json!({ "jkt": jkt }));
            }
            let secret = people.own_client().await;
            let meaning = people.introspect(&secret, &answer.access_token).await;
            assert_eq!(meaning["cnf"], json!({ "jkt": jkt }));
            assert_eq!(meaning["token_type"], "DPoP");

            // At userinfo: by its scheme, with a proof of its key and for it.
            let token = text(&answer.access_token);
            let show = |scheme, dpop| UserinfoRequest {
                tenant: None,
                token: answer.access_token.clone(),
                scheme,
                dpop,
            };
            let good = || proof(&people, &key, "GET", USERINFO_URL, token);
            assert!(people.oauth.userinfo(show(TokenType::Dpop, Some(good()))).await.is_ok());
            let elsewhere = DpopHeader {
                url: USERINFO_URL.to_owned(),
                ..proof(&people, &key, "GET", TOKEN_URL, token)
            };
            for request in [
                show(TokenType::Bearer, None),
                show(TokenType::Bearer, Some(good())),
                show(TokenType::Dpop, None),
                show(TokenType::Dpop, Some(proof(&people, &other, "GET", USERINFO_URL, token))),
                show(TokenType::Dpop, Some(proof(&people, &key, "GET", USERINFO_URL, "other"))),
                show(TokenType::Dpop, Some(elsewhere)),
            ] {
                let refused = people.oauth.userinfo(request).await.unwrap_err();
                assert!(["invalid_token", "invalid_dpop_proof"].contains(&refused.code()));
            }

            // A public client's refresh token is bound as well.
            let token = refresh_token(&answer);
            assert_eq!(refused(people.refresh(&client, &token).await), "invalid_grant");
            let by = |signer| TokenRequest {
                dpop: Some(proof(&people, signer, "POST", TOKEN_URL, "")),
                ..refreshing(&client, &token)
            };
            assert_eq!(refused(people.oauth.token(by(&other)).await), "invalid_grant");
            let answer = people.oauth.token(by(&key)).await.unwrap();
            assert_eq!(answer.token_type, TokenType::Dpop);
        }
    });
}

#[test]
fn an_unbound_token_is_not_sent_as_if_it_were_bound() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let token = people.tokens(&client, &[]).await.access_token;
        let (key, _) = Signer::generate_es256().unwrap();
        let request = UserinfoRequest {
            tenant: None,
            dpop: Some(proof(&people, &key, "GET", USERINFO_URL, text(&token))),
            token,
            scheme: TokenType::Dpop,
        };
        let refused = people.oauth.userinfo(request).await;
        assert!(matches!(refused, Err(ResourceError::InvalidToken(_))));
    });
}

#[test]
fn a_code_that_is_bound_to_a_key_needs_it() {
    block_on(async {
        let people = People::new().await;
        let client = people.own_client().await;
        let (key, _) = Signer::generate_es256().unwrap();
        let (other, _) = Signer::generate_es256().unwrap();
        let jkt = key.public_key().unwrap().thumbprint();
        let code = people.code(&client, &[("dpop_jkt", jkt.as_str())]).await;
        let by = |signer: Option<&Signer>| TokenRequest {
            dpop: signer.map(|signer| proof(&people, signer, "POST", TOKEN_URL, "")),
            ..redeeming(&client, &code)
        };
        for signer in [None, Some(&other)] {
            assert_eq!(refused(people.oauth.token(by(signer)).await), "invalid_grant");
        }
        assert!(people.oauth.token(by(Some(&key))).await.is_ok());
    });
}

#[test]
fn a_client_that_must_send_proofs_must() {
    block_on(async {
        let people = People::new().await;
        let mut client = people.own_client().await;
        client.settings.oidc.dpop_bound_access_tokens = true;
        people.world.save_client(client.clone()).await;
        let code = people.code(&client, &[]).await;
        let answer = people.oauth.token(redeeming(&client, &code)).await;
        assert_eq!(refused(answer), "invalid_dpop_proof");
    });
}

#[test]
fn a_management_token_that_is_bound_is_no_bearer_token() {
    block_on(async {
        let people = People::new().await;
        let (key, _) = Signer::generate_es256().unwrap();
        let dpop = Some(proof(&people, &key, "POST", TOKEN_URL, ""));
        let request = TokenRequest { dpop, ..people.world.home.request() };
        let answer = people.oauth.token(request).await.unwrap();
        assert_eq!(answer.token_type, TokenType::Dpop);
        assert!(people.world.refuses(text(&answer.access_token)).await);
    });
}
