//! `cargo xtask ci`: what has to hold before a change is merged.

use crate::{Outcome, codegen, migrate, no_arguments, process, test, tidy};

/// Runs every check but the vendors' clients, cheapest first.
pub(crate) fn command(rest: &[String]) -> Outcome {
    no_arguments(rest)?;
    tidy::command(&[])?;
    process::run(&mut process::cargo(["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    process::run(&mut process::cargo(clippy))?;
    // Examples too, so that the features are those of clippy and nothing is checked anew.
    let doc = ["doc", "--workspace", "--no-deps", "--lib", "--bins", "--examples"];
    process::run(process::cargo(doc).env("RUSTDOCFLAGS", "--deny warnings"))?;
    deny()?;
    codegen::command(&["--check".to_owned()])?;
    migrate::command(&["check".to_owned()])?;
    test::command(&[])
}

fn deny() -> Outcome {
    if process::find("cargo-deny").is_none() {
        process::progress("cargo-deny is not installed: licences, bans and sources NOT checked");
        return Ok(());
    }
    let deny = ["deny", "--workspace", "check", "--config", ".deny.toml"];
    process::run(process::cargo(deny).args(["licenses", "bans", "sources"]))
}
