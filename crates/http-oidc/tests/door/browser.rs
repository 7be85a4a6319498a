//! A browser: it keeps cookies, reads forms and posts them. It follows redirects only when told to,
//! so that a test sees each.

use std::{cell::RefCell, collections::BTreeMap};

use citizenry_http_kit::testing::{Answer, Ask};
use citizenry_identity::Client;

use crate::world::{CALLBACK, CHALLENGE, FORM, PASSWORD, PUBLIC_URL, World, form, merged, query};

pub(crate) struct Browser<'w> {
    pub(crate) world: &'w World,
    pub(crate) cookies: RefCell<BTreeMap<String, String>>,
}

/// The form of a page: where it goes, and its hidden inputs.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) hidden: Vec<(String, String)>,
}

impl<'w> Browser<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        Self { world, cookies: RefCell::default() }
    }

    fn ask(&self, ask: Ask) -> Ask {
        let cookies = self.cookies.borrow();
        if cookies.is_empty() {
            return ask;
        }
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        ask.header("cookie", &pairs.join("; "))
    }

    fn keep(&self, answer: &Answer) {
        for header in answer.headers.get_all("set-cookie") {
            let header = header.to_str().unwrap();
            let (pair, attributes) = header.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(attributes.contains("HttpOnly") && attributes.contains("Path=/"), "{header}");
            assert!(attributes.contains("Secure") && name.starts_with("__Host-"), "{header}");
            if attributes.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.get_with(target, &[]).await
    }

    pub(crate) async fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        let target = target.strip_prefix(PUBLIC_URL).unwrap_or(target);
        let ask = self.ask(self.world.client().get(target));
        let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
        let answer = ask.send().await;
        self.keep(&answer);
        answer
    }

    pub(crate) async fn post<N: AsRef<str>, V: AsRef<str>>(
        &self,
        target: &str,
        parameters: &[(N, V)],
    ) -> Answer {
        let ask = self.ask(self.world.client().post(target)).body(FORM, form(parameters));
        let answer = ask.send().await;
        self.keep(&answer);
        answer
    }

    /// Follows a redirect.
    pub(crate) async fn follow(&self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.get(answer.header("location")).await
    }

    /// Sends the form of `page`, with what was typed.
    pub(crate) async fn submit(&self, page: &Answer, typed: &[(&str, &str)]) -> Answer {
        let Form { action, mut hidden } = form_of(page);
        hidden.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(&action, &hidden).await
    }

    /// Asks for an authorization, with `others` in place of or beside the usual parameters.
    pub(crate) async fn authorize(&self, client: &Client, others: &[(&str, &str)]) -> Answer {
        self.get(&authorization(client, others)).await
    }

    /// The sign-in page of an authorization request.
    pub(crate) async fn sign_in_page(&self, client: &Client) -> Answer {
        let answer = self.authorize(client, &[]).await;
        let page = self.follow(&answer).await;
        assert_eq!(page.status, 200, "{}", page.text());
        page
    }

    /// Signs 李雷 in on a sign-in page.
    pub(crate) async fn enter(&self, page: &Answer) -> Answer {
        self.submit(page, &[("username", "fioman"), ("password", PASSWORD)]).await
    }

    /// Signs 李雷 in to a client, allows whatever it asks for, and answers with its code.
    pub(crate) async fn code(&self, client: &Client, others: &[(&str, &str)]) -> String {
        let mut answer = self.authorize(client, others).await;
        if answer.header("location").contains("/u/login") {
            let page = self.follow(&answer).await;
            answer = self.enter(&page).await;
        }
        if answer.header("location").contains("/u/consent") {
            let page = self.follow(&answer).await;
            answer = self.submit(&page, &[("action", "allow")]).await;
        }
        let location = answer.header("location");
        assert!(location.starts_with(CALLBACK), "{} {location} {}", answer.status, answer.text());
        query(location).remove("code").unwrap_or_else(|| panic!("no code: {location}"))
    }
}

/// The path and query of an authorization request.
pub(crate) fn authorization(client: &Client, others: &[(&str, &str)]) -> String {
    let usual = [
        ("client_id", client.identifier.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "xyz"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    format!("/authorize?{}", form(&merged(&usual, others)))
}

/// The form of a page.
#[track_caller]
pub(crate) fn form_of(page: &Answer) -> Form {
    let html = page.text();
    let Some((_, form)) = html.split_once("<form method=\"post\" action=\"") else {
        panic!("no form: {} {}", page.status, text_of(page));
    };
    let (action, form) = form.split_once('"').unwrap();
    let form = form.split_once("</form>").unwrap().0;
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|input| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        (unescaped(name), unescaped(rest.split_once('"').unwrap().0))
    });
    Form { action: unescaped(action), hidden: hidden.collect() }
}

/// The address that a link of the page leads to whose address contains `part`.
#[track_caller]
pub(crate) fn link_of(page: &Answer, part: &str) -> String {
    let html = page.text();
    let mut links = html.split("href=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0);
    let found = links.find(|link| link.contains(part));
    unescaped(found.unwrap_or_else(|| panic!("no link with {part}: {}", text_of(page))))
}

fn unescaped(text: &str) -> String {
    [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// What a page says, without its marks.
pub(crate) fn text_of(answer: &Answer) -> String {
    let html = answer.text();
    let mut text = String::new();
    for part in html.split('<') {
        let Some((tag, words)) = part.split_once('>') else { continue };
        if !tag.starts_with("style") && !tag.starts_with("script") {
            text.push_str(&unescaped(words));
            text.push(' ');
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
