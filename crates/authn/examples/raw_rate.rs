//! How many password hashes a second as many threads make that do nothing else:
//! `cargo run --release -p citizenry-authn --example raw_rate -- MEMORY_KIB PASSES THREADS MILLISECONDS`.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

use std::time::Duration;

use citizenry_authn::{Argon2Cost, raw_rate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |name: &str| -> Result<u32, Box<dyn std::error::Error>> {
        let text = arguments.next().ok_or_else(|| format!("{name} is missing"))?;
        Ok(text.parse()?)
    };
    let cost = Argon2Cost { memory_kib: number("memory")?, passes: number("passes")?, lanes: 1 };
    let threads = usize::try_from(number("threads")?)?;
    let during = Duration::from_millis(number("milliseconds")?.into());
    println!("{}", raw_rate(cost, threads, during)?);
    Ok(())
}
