//! How long a decision takes: whether a user, by any of his roles, holds a permission. Ours beside
//! Cedar's and Casbin's, over the same roles and users, in turn. Prints a line of JSON a figure.

mod casbin_engine;
mod cedar_engine;
mod directory;
mod ours;
mod timing;

use serde_json::json;

use directory::{Directory, Question};
use timing::{Sample, interleaved};

const USERS: usize = 100_000;
/// Roles, and how they are written.
const ROLES: [(usize, &str); 2] = [(1_000, "1,000"), (10_000, "10,000")];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut flat = Vec::new();
    for (roles, written) in ROLES {
        let directory = Directory::new(roles, USERS);
        let work = format!("decision, {written} roles, 100,000 users");
        let here = ours::Ours::new(&directory);
        directory.check("ours", |question| here.decide(question))?;
        let (mine, cedar, casbin) = measure(&directory, &here)?;
        println!("{}", json!({ "work": work, "nanoseconds": mine, "at_most": 800.0 }));
        println!("{}", beside(&work, mine, "cedar-policy, one general policy", cedar, 1.5));
        println!("{}", beside(&work, mine, "casbin", casbin, 500.0));
        let once = interleaved(&mut [Sample::new(1_000, || here.effective(&directory))]);
        let work = format!("effective permissions of a user, once a token, {written} roles");
        println!("{}", json!({ "work": work, "nanoseconds": once.first() }));
        flat.push(mine);
    }
    if let [few, many] = *flat {
        // Time with many over time with few, told as rates.
        println!("{}", beside("decision, 10,000 roles", many, "1,000 roles", few, 0.8));
    }
    let caller = ours::management();
    let management = interleaved(&mut [Sample::new(1_000, || ours::may(&caller))]);
    let work = "decision on a management permission";
    println!("{}", json!({ "work": work, "nanoseconds": management.first(), "at_most": 800.0 }));
    Ok(())
}

fn beside(work: &str, mine: f64, than: &str, other: f64, at_least: f64) -> serde_json::Value {
    json!({
        "work": work, "nanoseconds": mine, "than": than, "other_nanoseconds": other,
        "at_least": at_least,
    })
}

/// Nanoseconds of a decision of each, medians of rounds that are taken in turn.
fn measure(
    directory: &Directory,
    here: &ours::Ours,
) -> Result<(f64, f64, f64), Box<dyn std::error::Error>> {
    let cedar = cedar_engine::Cedar::new(directory)?;
    directory.check("cedar", |question| cedar.decide(question))?;
    let casbin = casbin_engine::Casbin::new(directory)?;
    directory.check_few("casbin", |question| casbin.decide(question))?;
    // Made before: they take longer than an answer.
    let asked: Vec<Question> = directory.questions().take(100_000).collect();
    let mut questions = [(); 3].map(|()| asked.iter().cycle());
    let [first, second, third] = &mut questions;
    let figures = interleaved(&mut [
        Sample::new(10_000, || first.next().is_some_and(|question| here.decide(question))),
        Sample::new(1_000, || second.next().is_some_and(|question| cedar.decide(question))),
        Sample::new(5, || third.next().is_some_and(|question| casbin.decide(question))),
    ]);
    match *figures {
        [mine, cedar, casbin] => Ok((mine, cedar, casbin)),
        _ => Err("a figure is missing".into()),
    }
}
