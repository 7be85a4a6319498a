//! Callers that each send one request after the other over a connection that is kept.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::server::Server;
use crate::failure::{Exit, Failure};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request of HTTP/1.1, ready to be sent.
pub(super) struct Request {
    what: String,
    text: String,
}

impl Request {
    pub(super) fn get(path: &str, token: &str) -> Self {
        Self::new("GET", path, Some(token), "")
    }

    pub(super) fn post(path: &str, token: Option<&str>, body: &Value) -> Self {
        Self::new("POST", path, token, &body.to_string())
    }

    fn new(method: &str, path: &str, token: Option<&str>, body: &str) -> Self {
        let what = format!("{method} {path}");
        let mut text = format!("{what} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        // Writing to a text cannot fail.
        if let Some(token) = token {
            let _ = write!(text, "Authorization: Bearer {token}\r\n");
        }
        if !body.is_empty() {
            text.push_str("Content-Type: application/json\r\n");
        }
        let _ = write!(text, "Content-Length: {}\r\n\r\n{body}", body.len());
        Self { what, text }
    }
}

/// A text as it stands behind the `?` of a path.
pub(super) fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        let _ = write!(escaped, "%{byte:02X}");
        escaped
    })
}

/// A connection to the server.
pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(super) fn open(server: &Server) -> Result<Self, Failure> {
        let connect = || {
            let stream = TcpStream::connect(&server.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok::<_, io::Error>(Self(BufReader::new(stream)))
        };
        connect().map_err(|error| Failure::new(Exit::Unavailable, error))
    }

    /// Sends a request and reads its answer, which must be a good one, into `body`.
    fn send(&mut self, request: &Request, body: &mut Vec<u8>) -> Result<(), Failure> {
        let failed = |error: io::Error| {
            Failure::new(Exit::Unavailable, format!("{}: {error}", request.what))
        };
        let status = self.exchange(&request.text, body).map_err(failed)?;
        if (200..300).contains(&status) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(body);
        Err(Failure::new(Exit::Failed, format!("{} answered {status}: {said}", request.what)))
    }

    fn exchange(&mut self, request: &str, body: &mut Vec<u8>) -> io::Result<u16> {
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        let (mut status, mut length) = (None, 0);
        while self.0.read_line(&mut line)? > 2 {
            match (status, line.split_once(':')) {
                (None, _) => status = line.split(' ').nth(1).and_then(|code| code.parse().ok()),
                (_, Some((name, value))) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().map_err(io::Error::other)?;
                }
                _ => {}
            }
            line.clear();
        }
        body.resize(length, 0);
        self.0.read_exact(body)?;
        status.ok_or_else(|| io::Error::other("the server has closed the connection"))
    }

    /// The JSON that answers a request.
    pub(super) fn json(&mut self, request: &Request) -> Result<Value, Failure> {
        let mut body = Vec::new();
        self.send(request, &mut body)?;
        serde_json::from_slice(&body).map_err(|error| Failure::new(Exit::Failed, error))
    }
}

/// What came of a load.
pub(super) struct Load {
    /// Answers a second.
    pub(super) rate: f64,
    /// The time that half of the answers took at the most, milliseconds.
    pub(super) p50_ms: f64,
    /// The time that 99 of 100 took at the most.
    pub(super) p99_ms: f64,
    /// Processor time of the server for each, microseconds.
    pub(super) cpu_us: Option<f64>,
    /// Resident memory of the server at the end, MiB.
    pub(super) memory_mib: Option<f64>,
}

/// Has callers send the requests of ascending numbers for a while.
pub(super) fn measure(
    server: &Server,
    callers: u16,
    during: Duration,
    request: &(dyn Fn(u64) -> Request + Sync),
) -> Result<Load, Failure> {
    let (next, before, begin) = (AtomicU64::new(0), server.processor_time(), Instant::now());
    let call = || {
        let mut connection = Connection::open(server)?;
        let (mut times, mut body) = (Vec::new(), Vec::new());
        while begin.elapsed() < during {
            let request = request(next.fetch_add(1, Ordering::Relaxed));
            let sent = Instant::now();
            connection.send(&request, &mut body)?;
            times.push(sent.elapsed());
        }
        Ok::<_, Failure>(times)
    };
    let times = thread::scope(|scope| {
        let threads: Vec<_> = (0..callers).map(|_| scope.spawn(call)).collect();
        let times = threads.into_iter().map(|thread| match thread.join() {
            Ok(times) => times,
            Err(_panic) => Err(Failure::new(Exit::Failed, "a caller panicked")),
        });
        times.collect::<Result<Vec<_>, _>>()
    })?;
    let took = begin.elapsed().as_secs_f64();
    let mut times = times.concat();
    times.sort_unstable();
    let count = as_f64(times.len() as u64);
    let cpu = server.processor_time().zip(before).map(|(after, before)| after - before);
    let share = |of_100: usize| {
        let place = times.len().saturating_sub(1) * of_100 / 100;
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    Ok(Load {
        rate: count / took,
        p50_ms: share(50),
        p99_ms: share(99),
        cpu_us: cpu.map(|seconds| seconds * 1e6 / count),
        memory_mib: server.memory(),
    })
}

/// A count among figures.
#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
pub(super) fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_written_as_http_has_them() {
        let request = Request::post("/a", Some("t"), &Value::from(1));
        assert_eq!(
            request.text,
            "POST /a HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer t\r\n\
             Content-Type: application/json\r\nContent-Length: 1\r\n\r\n1"
        );
        assert_eq!(escaped("a*雷"), "%61%2A%E9%9B%B7");
    }
}
