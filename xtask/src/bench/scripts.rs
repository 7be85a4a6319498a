//! The scripts by which wrk makes its requests.

use std::path::PathBuf;

use super::http::FORM;

/// The requests of one load.
pub(super) enum Requests {
    /// The same `GET` again and again.
    Plain,
    /// The same form again and again.
    Form(String),
    /// The same `GET` with an access token.
    Get(String),
    /// A `GET` with an access token of any of the lines of a file, which stand behind the path.
    Each {
        /// The access token.
        token: String,
        /// The ends of paths, one a line, each as it stands in a request.
        lines: PathBuf,
    },
    /// Refresh tokens, each used once: an answer brings the next one. The form lacks the token,
    /// which comes last.
    Refresh {
        /// The beginning of the form.
        form: String,
        /// The tokens to begin with.
        tokens: Vec<String>,
    },
    /// A JSON body that is another one each time.
    Create {
        /// What authorizes it: header lines.
        headers: Vec<(String, String)>,
        /// The body. `%09d` stands for the number, wherever it comes; a percent sign is `%%`.
        body: String,
        /// Texts of which each body has one in place of `@NAME@`.
        names: Vec<String>,
        /// The first number.
        first: u64,
    },
    /// Several kinds in turn, at random by weight.
    Mixed {
        /// The access token.
        token: String,
        /// The ends of the paths of users, one a line.
        lines: PathBuf,
        /// The form for tokens.
        form: String,
        /// The body of a new user, as for `Create`.
        body: String,
        /// The first number.
        first: u64,
    },
}

const DONE: &str = r#"
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    'load {"requests":%d,"micros":%d,"failed":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
"#;

/// Takes the tokens in their order and puts each answer's behind them. wrk asks for one request
/// that it never sends; when the line runs empty the last one is used again, which an answer within
/// the grace period allows.
const REFRESH: &str = r#"
local first, last = 1, #tokens
function request()
  local token = tokens[first]
  if first < last then
    tokens[first] = nil
    first = first + 1
  end
  return wrk.format("POST", path, headers, form .. token)
end
function response(status, headers, body)
  local token = string.match(body, '"refresh_token":"([^"]+)"')
  if token then
    last = last + 1
    tokens[last] = token
  end
end
"#;

/// Requests are put together by hand: wrk's own function costs more than the answer of a fast
/// server.
const EACH: &str = r"
local ends = {}
for line in io.lines(file) do ends[#ends + 1] = line end
math.randomseed(1)
function request() return head .. ends[math.random(#ends)] .. tail end
";

/// `#` counts bytes, which is what Content-Length tells.
const CREATE: &str = r#"
math.randomseed(1)
function request()
  local text = string.gsub(string.gsub(body, "%%09d", string.format("%09d", number)), "@NAME@", names[math.random(#names)])
  number = number + 1
  return head .. #text .. "\r\n\r\n" .. text
end
"#;

/// Of a hundred requests seventy read a user, ten a page, ten ask for a token and ten make a user.
const MIXED: &str = r#"
local ends = {}
for line in io.lines(file) do ends[#ends + 1] = line end
math.randomseed(1)
function request()
  local kind = math.random(100)
  if kind <= 70 then return user .. ends[math.random(#ends)] .. tail end
  if kind <= 80 then return list .. tail end
  if kind <= 90 then return token end
  local text = string.gsub(body, "%%09d", string.format("%09d", number))
  number = number + 1
  return create .. #text .. "\r\n\r\n" .. text
end
"#;

/// A text as Lua reads it, bytes as they are.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\r' => quoted.push_str("\\r"),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// The script for a server at `address`.
pub(super) fn lua(address: &str, path: &str, requests: &Requests) -> String {
    let (content_type, form_type) = FORM;
    let form_header = format!("[{}] = {}", quoted(content_type), quoted(form_type));
    match requests {
        Requests::Plain => DONE.to_owned(),
        Requests::Form(body) => format!(
            "wrk.method = \"POST\"\nwrk.body = {}\nwrk.headers = {{ {form_header} }}\n{DONE}",
            quoted(body)
        ),
        Requests::Get(token) => {
            let authorization = quoted(&format!("Bearer {token}"));
            format!("wrk.headers[\"Authorization\"] = {authorization}\n{DONE}")
        }
        Requests::Each { token, lines } => format!(
            "local file = {}\nlocal head = {}\nlocal tail = {}\n{EACH}{DONE}",
            quoted(&lines.display().to_string()),
            quoted(&format!("GET {path}")),
            quoted(&tail(address, token))
        ),
        Requests::Refresh { form, tokens } => {
            let tokens: Vec<String> = tokens.iter().map(|token| quoted(token)).collect();
            format!(
                "local path = {}\nlocal headers = {{ {form_header} }}\n\
                 local form = {}\nlocal tokens = {{ {} }}\n{REFRESH}{DONE}",
                quoted(path),
                quoted(form),
                tokens.join(", ")
            )
        }
        Requests::Create { headers, body, names, first } => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            format!(
                "local head = {}\nlocal body = {}\nlocal names = {{ {} }}\n\
                 local number = {first}\n{CREATE}{DONE}",
                quoted(&post(address, path, headers)),
                quoted(body),
                names.join(", ")
            )
        }
        Requests::Mixed { token, lines, form, body, first } => {
            let authorization = [("Authorization".to_owned(), format!("Bearer {token}"))];
            let ask = [(content_type.to_owned(), form_type.to_owned())];
            let locals = [
                ("file", lines.display().to_string()),
                ("user", format!("GET {path}/")),
                ("list", format!("GET {path}?page=0&per_page=50")),
                ("tail", tail(address, token)),
                (
                    "token",
                    format!("{}{}\r\n\r\n{form}", post(address, "/oauth/token", &ask), form.len()),
                ),
                ("create", post(address, path, &authorization)),
                ("body", body.clone()),
            ];
            let locals = locals.map(|(name, text)| format!("local {name} = {}\n", quoted(&text)));
            format!("{}local number = {first}\n{MIXED}{DONE}", locals.concat())
        }
    }
}

/// What follows the path of a `GET` with an access token.
fn tail(address: &str, token: &str) -> String {
    format!(" HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// A `POST` up to the length of its body. The body is JSON unless the headers say otherwise.
fn post(address: &str, path: &str, headers: &[(String, String)]) -> String {
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n");
    if !headers.iter().any(|(name, _)| name == "Content-Type") {
        head.push_str("Content-Type: application/json\r\n");
    }
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head + "Content-Length: "
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_for_lua() {
        assert_eq!(quoted("a\"b\\c\r\n雷"), "\"a\\\"b\\\\c\\r\\n雷\"");
    }

    #[test]
    fn a_body_is_json_unless_the_headers_say_otherwise() {
        let plain = post("h:1", "/x", &[]);
        assert!(plain.contains("Content-Type: application/json\r\n"), "{plain}");
        let form = post("h:1", "/x", &[(FORM.0.to_owned(), FORM.1.to_owned())]);
        assert!(!form.contains("json"), "{form}");
        assert!(form.ends_with("Content-Length: "), "{form}");
    }
}
