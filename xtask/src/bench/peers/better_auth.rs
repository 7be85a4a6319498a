//! npm `better-auth` with its own store in memory.

use std::process::Command;

use super::{Asked, Bench, scripts};
use crate::bench::programs::Program;
use crate::{Outcome, process};

/// Making users by its administration plugin, without a password. The script that runs it says the
/// administrator's cookie.
pub(super) fn users(bench: &Bench) -> Outcome<Asked> {
    let folder = bench.folder.join("better-auth");
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json", "better_auth.mjs"] {
        std::fs::copy(scripts().join(file), folder.join(file))?;
    }
    if !folder.join("node_modules").exists() {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        process::run(&mut npm)?;
    }
    let mut node = Command::new("node");
    node.arg(folder.join("better_auth.mjs")).env("NODE_ENV", "production");
    let log = folder.join("log");
    let program = Program::start(&mut node, &log)?;
    let said = std::fs::read_to_string(&log)?;
    let cookie = said.lines().find_map(|line| line.strip_prefix("cookie "));
    let cookie = cookie.ok_or("it says no cookie")?.to_owned();
    let origin = format!("http://{}", program.address);
    Ok(Asked {
        program,
        path: "/api/auth/admin/create-user",
        headers: vec![("Cookie".to_owned(), cookie), ("Origin".to_owned(), origin)],
        body: r#"{"email":"made%09d@mail.example.com","name":"@NAME@","role":"user"}"#.to_owned(),
    })
}
