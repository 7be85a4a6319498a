//! Writes the door's `OpenAPI` description to standard output.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let text = citizenry_http_authok::openapi::description()
        .to_pretty_json()
        .map_err(std::io::Error::other)?;
    writeln!(std::io::stdout(), "{text}")
}
