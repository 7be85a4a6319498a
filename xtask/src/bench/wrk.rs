//! Load by the program wrk: one thread, connections that are kept, a script that makes the requests.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::http::FORM;
use crate::{Outcome, process};

/// Connections at a time.
pub(super) const CONNECTIONS: usize = 16;

/// The requests of one load.
pub(super) enum Requests {
    /// The same form again and again.
    Form(String),
    /// The same `GET` with an access token.
    Get(String),
    /// Refresh tokens, each used once: an answer brings the next one. The form lacks the token,
    /// which comes last.
    Refresh { form: String, tokens: Vec<String> },
}

/// What a load came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Load {
    /// Answers a second.
    pub(super) rate: f64,
    /// Half of the answers came within so many milliseconds.
    pub(super) p50: f64,
    /// 99 of 100 answers came within so many milliseconds.
    pub(super) p99: f64,
}

/// Loads `address` and `path`; fails when anything but success is answered.
pub(super) fn run(
    address: &str,
    path: &str,
    requests: &Requests,
    during: Duration,
    folder: &Path,
) -> Outcome<Load> {
    let script = folder.join("load.lua");
    std::fs::write(&script, lua(path, requests))?;
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--timeout", "30s"]);
    wrk.args(["--connections", &CONNECTIONS.to_string()]);
    wrk.args(["--duration", &format!("{}s", during.as_secs()), "--script"]).arg(&script);
    let said = process::read(wrk.arg(format!("http://{address}{path}")))?;
    load(&said).map_err(|why| format!("{path}: {why}\n{said}").into())
}

/// Reads the line that the script prints at the end.
fn load(said: &str) -> Outcome<Load> {
    let line = said.lines().find_map(|line| line.strip_prefix("load "));
    let figures: Value = serde_json::from_str(line.ok_or("wrk says nothing")?)?;
    let figure = |name| figures.get(name).and_then(Value::as_f64).ok_or("a figure is missing");
    let (requests, failed) = (figure("requests")?, figure("failed")?);
    if requests < 1.0 || failed > 0.0 {
        return Err(format!("{failed} of {requests} requests failed").into());
    }
    let rate = requests / figure("micros")? * 1e6;
    Ok(Load { rate, p50: figure("p50")? / 1e3, p99: figure("p99")? / 1e3 })
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

/// The script. Everything quoted is ASCII, whose escapes are the same in Lua.
fn lua(path: &str, requests: &Requests) -> String {
    let (content_type, form_type) = FORM;
    let form_header = format!("[{content_type:?}] = {form_type:?}");
    match requests {
        Requests::Form(body) => format!(
            "wrk.method = \"POST\"\nwrk.body = {body:?}\nwrk.headers = {{ {form_header} }}\n{DONE}"
        ),
        Requests::Get(token) => {
            let authorization = format!("Bearer {token}");
            format!("wrk.headers[\"Authorization\"] = {authorization:?}\n{DONE}")
        }
        Requests::Refresh { form, tokens } => {
            let tokens: Vec<String> = tokens.iter().map(|token| format!("{token:?}")).collect();
            format!(
                "local path = {path:?}\nlocal headers = {{ {form_header} }}\n\
                 local form = {form:?}\nlocal tokens = {{ {} }}\n{REFRESH}{DONE}",
                tokens.join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_with_failures_is_no_figure() {
        let line = |failed| {
            format!(
                "Running\nload {{\"requests\":200,\"micros\":2000000,\"failed\":{failed},\
                 \"p50\":1500,\"p99\":3000}}\n"
            )
        };
        let expected = Load { rate: 100.0, p50: 1.5, p99: 3.0 };
        assert_eq!(load(&line(0)).unwrap(), expected);
        assert!(load(&line(3)).unwrap_err().to_string().contains("3 of 200"));
        assert!(load("nothing").is_err());
    }
}
