//! A connection that is kept: as much of HTTP/1.1 as the servers under measurement speak.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::Outcome;

/// Longer than any answer takes, even of an overloaded server.
const PATIENCE: Duration = Duration::from_mins(1);

/// One connection to one server.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    address: String,
}

/// What a server answered.
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The body.
    pub(super) body: String,
    headers: Vec<(String, String)>,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub(super) fn open(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), address: address.to_owned() })
    }

    /// Sends a request and waits for its answer.
    pub(super) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Outcome<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        write!(request, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    /// Sends a form.
    pub(super) fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
        self.send("POST", path, &[FORM], &encoded(fields))
    }

    /// Sends a form, expects success and reads the JSON answer.
    pub(super) fn form_json(&mut self, path: &str, fields: &[(&str, &str)]) -> Outcome<Value> {
        self.form(path, fields)?.json(path)
    }

    fn answer(&mut self) -> Outcome<Answer> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or("the server closed the connection or does not speak HTTP")?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: String::new() };
        let length = answer.header("content-length").map(str::parse).transpose()?;
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8(body)?;
        Ok(answer)
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

/// The header of a form.
pub(super) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

impl Answer {
    /// The first header of a name in small letters.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// What the browser would send back: the names and values of the cookies that were set.
    pub(super) fn cookies(&self) -> String {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        let pairs = set.filter_map(|(_, value)| value.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The JSON of a successful answer.
    pub(super) fn json(&self, what: &str) -> Outcome<Value> {
        if !(200..300).contains(&self.status) {
            return Err(format!("{what} answered {}: {}", self.status, self.body).into());
        }
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// A form's body.
pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A text as it stands in a form or behind the `?` of a path.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// The value of the input of a name in a page.
pub(super) fn input<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!(" name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped() {
        let fields = [("scope", "openid profile"), ("redirect_uri", "http://a/b?c=雷")];
        assert_eq!(
            encoded(&fields),
            "scope=openid%20profile&redirect_uri=http%3A%2F%2Fa%2Fb%3Fc%3D%E9%9B%B7"
        );
    }

    #[test]
    fn finds_a_hidden_input() {
        let page = r#"<form><input type="hidden" name="csrf" value="abc"><input name="other">"#;
        assert_eq!(input(page, "csrf"), Some("abc"));
        assert_eq!(input(page, "other"), None);
    }

    #[test]
    fn keeps_the_connection_from_answer_to_answer() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = [0; 512];
            for answer in [
                "HTTP/1.1 303 See Other\r\nset-cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n\
                 content-length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 1}",
            ] {
                assert!(stream.read(&mut seen).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let mut connection = Connection::open(&address).unwrap();
        let first = connection.form("/one", &[("a", "b")]).unwrap();
        assert_eq!((first.status, &*first.cookies()), (303, "a=1; b=2"));
        let second = connection.form_json("/two", &[("a", "b")]).unwrap();
        assert_eq!(second.get("a"), Some(&Value::from(1)));
        server.join().unwrap();
    }
}
