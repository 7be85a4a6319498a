//! Time, taken in turn.

use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 7;
/// Seconds of one round of one sample, about.
const ROUND: f64 = 0.2;

/// What is timed.
pub(crate) struct Sample<'a> {
    /// So many at a time, so that the clock does not count.
    batch: usize,
    decide: Box<dyn FnMut() -> bool + 'a>,
}

impl<'a> Sample<'a> {
    pub(crate) fn new(batch: usize, decide: impl FnMut() -> bool + 'a) -> Self {
        Self { batch, decide: Box::new(decide) }
    }

    /// Nanoseconds of one.
    fn round(&mut self) -> f64 {
        let begin = Instant::now();
        let mut count = 0;
        while begin.elapsed().as_secs_f64() < ROUND {
            for _ in 0..self.batch {
                black_box((self.decide)());
            }
            count += self.batch;
        }
        begin.elapsed().as_secs_f64() * 1e9 / count as f64
    }
}

/// The medians of the samples, in nanoseconds, of rounds that are taken in turn.
pub(crate) fn interleaved(samples: &mut [Sample<'_>]) -> Vec<f64> {
    let mut rounds = vec![Vec::new(); samples.len()];
    for _ in 0..ROUNDS {
        for (sample, figures) in samples.iter_mut().zip(&mut rounds) {
            figures.push(sample.round());
        }
    }
    let median = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    rounds.into_iter().map(median).collect()
}
