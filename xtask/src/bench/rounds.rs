//! Rounds: what is compared is measured in turn, so that whatever else the machine does meets all of
//! it alike.

use super::http::Connection;
use super::programs::Program;
use super::report::{Aim, Row};
use super::wrk::Load;
use crate::Outcome;

/// What is measured in each round.
pub(super) type Measure<'a> = Box<dyn FnMut() -> Outcome<Load> + 'a>;

/// The other side of a comparison.
pub(super) struct Side<'a> {
    /// What it is.
    pub(super) name: &'a str,
    /// What the ratio of the rates to it should be.
    pub(super) aim: Aim,
    /// Its load.
    pub(super) measure: Measure<'a>,
}

/// Measures a load and others in turn and compares the rates: a row for each other.
pub(super) fn compare(
    work: &str,
    rounds: usize,
    ours: Measure<'_>,
    others: Vec<Side<'_>>,
) -> Vec<Row> {
    let (mut ours, mut others) = (ours, others);
    let mut here: Vec<Load> = Vec::new();
    let mut there: Vec<Outcome<Vec<f64>>> = others.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..rounds {
        match ours() {
            Ok(load) => here.push(load),
            Err(error) => return vec![Row::missing(work, error)],
        }
        for (side, rates) in others.iter_mut().zip(&mut there) {
            // One that has failed is left alone for the rest.
            let Ok(known) = rates else { continue };
            match (side.measure)() {
                Ok(load) => known.push(load.rate),
                Err(error) => *rates = Err(error),
            }
        }
    }
    let row = |(side, rates): (&Side<'_>, Outcome<Vec<f64>>)| match rates {
        Ok(rates) => {
            let pairs: Vec<_> = here.iter().map(|load| load.rate).zip(rates).collect();
            Row::ratio(work, side.name, "/s", &pairs, side.aim).with_loads(&here)
        }
        Err(error) => Row::missing(&format!("{work}, beside {}", side.name), error),
    };
    others.iter().zip(there).map(row).collect()
}

/// Measures two loads in turn and compares what `figure` says of them, milliseconds.
pub(super) fn compare_latency(
    work: &str,
    than: &str,
    rounds: usize,
    aim: Aim,
    figure: fn(&Load) -> f64,
    (mut ours, mut other): (Measure<'_>, Measure<'_>),
) -> Row {
    let (mut pairs, mut loads) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        match (ours(), other()) {
            (Ok(here), Ok(there)) => {
                pairs.push((figure(&here), figure(&there)));
                loads.push(here);
            }
            (Err(error), _) | (_, Err(error)) => return Row::missing(work, error),
        }
    }
    Row::ratio(work, than, " ms", &pairs, aim).with_loads(&loads)
}

/// Leaves an answer with the bare server; `form` says how it is to be kept.
pub(super) fn teach(bare: &Program, name: &str, form: &str, answer: &str) -> Outcome {
    let mut connection = Connection::open(&bare.address)?;
    let answer = connection.send("PUT", &format!("/{name}{form}"), &[], answer)?;
    match answer.status {
        204 => Ok(()),
        status => Err(format!("the bare server answered {status}: {}", answer.body).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(rate: f64) -> Load {
        Load { rate, p50: 1.0, p99: 2.0, cpu: None, memory: None }
    }

    #[test]
    fn a_side_that_fails_leaves_the_others() {
        let side = |name, measure: Measure<'static>| Side { name, aim: Aim::None, measure };
        let rows = compare(
            "work",
            3,
            Box::new(|| Ok(load(5.0))),
            vec![
                side("good", Box::new(|| Ok(load(10.0)))),
                side("bad", Box::new(|| Err("it broke".into()))),
            ],
        );
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().any(|row| row.get("ratio") == Some(&0.5.into())), "{rows:?}");
        assert!(rows.iter().any(|row| row.get("missing") == Some(&"it broke".into())), "{rows:?}");
    }
}
