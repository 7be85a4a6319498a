//! What hashing costs on this machine, measured: which parameters to choose, and how many hashes a
//! second they come to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use citizenry_identity::Error;
use secrecy::SecretString;

use crate::argon2_hasher::{Argon2Cost, spend};
use crate::argon2_pool::Memory;

/// How many hashes are timed for each set of parameters; the fastest counts, as the others have
/// waited for something.
const ROUNDS: u32 = 3;

/// Between what limits [`calibrate`] looks for parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalibrationLimits {
    /// The most memory that all hashing threads together may take, KiB.
    pub memory_kib: u64,
    /// The number of hashing threads.
    pub threads: usize,
}

/// A set of parameters and what it costs here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The parameters.
    pub cost: Argon2Cost,
    /// How long one hash takes while nothing else runs.
    pub time: Duration,
    /// How many hashes a second as many threads make as the limits name, if each has a core.
    pub hashes_per_second: f64,
    /// The memory of all threads, KiB.
    pub memory_kib: u64,
    /// Whether it is within the limits and takes no longer than was asked for.
    pub fits: bool,
    /// Whether it is the one to choose: of those that fit the one with the most memory, and when
    /// none does, the cheapest. True of exactly one.
    pub proposed: bool,
}

/// Measures OWASP's sets of Argon2id parameters, each with as many more passes as `target` allows
/// for one hash (one that takes longer as it stands is reported as it stands).
///
/// Takes a few times `target` for each; blocks the thread.
///
/// # Errors
/// `Internal` when a hash cannot be computed.
pub fn calibrate(target: Duration, limits: CalibrationLimits) -> Result<Vec<Candidate>, Error> {
    let threads = limits.threads.max(1);
    let mut candidates = Vec::new();
    for recommended in Argon2Cost::OWASP {
        let least = time(recommended)?;
        let cost = with_passes_for(recommended, least, target);
        let time = if cost == recommended { least } else { time(cost)? };
        let memory_kib = u64::from(cost.memory_kib).saturating_mul(to_u64(threads));
        candidates.push(Candidate {
            cost,
            time,
            hashes_per_second: per_second(threads, time),
            memory_kib,
            fits: memory_kib <= limits.memory_kib && time <= target,
            proposed: false,
        });
    }
    propose(&mut candidates);
    Ok(candidates)
}

/// Marks the candidate to choose; they come with the most memory first.
fn propose(candidates: &mut [Candidate]) {
    let best = match candidates.iter().position(|candidate| candidate.fits) {
        Some(fitting) => Some(fitting),
        None => candidates
            .iter()
            .enumerate()
            .min_by_key(|(_, candidate)| (candidate.memory_kib, candidate.time))
            .map(|(number, _)| number),
    };
    if let Some(candidate) = best.and_then(|number| candidates.get_mut(number)) {
        candidate.proposed = true;
    }
}

/// The cost with the most passes that fit into `target`, never fewer than recommended.
fn with_passes_for(recommended: Argon2Cost, time: Duration, target: Duration) -> Argon2Cost {
    let one_pass = time / recommended.passes.max(1);
    let passes = target.as_nanos() / one_pass.as_nanos().max(1);
    let passes = u32::try_from(passes).unwrap_or(u32::MAX).clamp(recommended.passes, 64);
    Argon2Cost { passes, ..recommended }
}

/// How long one hash takes, at its fastest.
fn time(cost: Argon2Cost) -> Result<Duration, Error> {
    let mut memory = Memory::default();
    let password = SecretString::from("calibration");
    // The first one touches its memory for the first time.
    spend(&mut memory, cost, &password)?;
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        spend(&mut memory, cost, &password)?;
        fastest = fastest.min(begin.elapsed());
    }
    Ok(fastest)
}

/// How many hashes a second `threads` threads make that do nothing else, measured for `during`:
/// what an [`Argon2Hasher`](crate::Argon2Hasher) with as many threads cannot exceed.
///
/// # Errors
/// `Internal` when a hash cannot be computed.
pub fn raw_rate(cost: Argon2Cost, threads: usize, during: Duration) -> Result<f64, Error> {
    let done = AtomicU64::new(0);
    let begin = Instant::now();
    let work = || -> Result<(), Error> {
        let mut memory = Memory::default();
        let password = SecretString::from("calibration");
        while begin.elapsed() < during {
            spend(&mut memory, cost, &password)?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().map_err(|_panic| Error::internal("a hashing thread panicked"))?
        })
    })?;
    let done = u32::try_from(done.into_inner()).unwrap_or(u32::MAX);
    Ok(f64::from(done) / begin.elapsed().as_secs_f64().max(f64::MIN_POSITIVE))
}

fn per_second(threads: usize, time: Duration) -> f64 {
    let threads = u32::try_from(threads).unwrap_or(u32::MAX);
    f64::from(threads) / time.as_secs_f64().max(f64::MIN_POSITIVE)
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(memory_kib: u64, millis: u64, fits: bool) -> Candidate {
        Candidate {
            cost: Argon2Cost::default(),
            time: Duration::from_millis(millis),
            hashes_per_second: 1.0,
            memory_kib,
            fits,
            proposed: false,
        }
    }

    #[test]
    fn every_recommended_set_is_measured_and_one_proposed() {
        let limits = CalibrationLimits { memory_kib: 256 * 1024, threads: 2 };
        let candidates = calibrate(Duration::ZERO, limits).unwrap();
        assert_eq!(candidates.len(), 5);
        for (candidate, recommended) in candidates.iter().zip(Argon2Cost::OWASP) {
            assert_eq!(candidate.cost, recommended);
            assert_eq!(candidate.memory_kib, 2 * u64::from(recommended.memory_kib));
            assert!(candidate.time > Duration::ZERO && candidate.hashes_per_second > 0.0);
            assert!(!candidate.fits, "nothing takes no time");
        }
        let proposed: Vec<_> = candidates.iter().filter(|c| c.proposed).collect();
        assert_eq!(proposed.len(), 1);
        assert_eq!(proposed[0].cost.memory_kib, 7_168, "the least memory");
    }

    #[test]
    fn more_time_means_more_passes_but_never_fewer_than_recommended() {
        let passes = |millis, target| {
            let time = Duration::from_millis(millis);
            with_passes_for(Argon2Cost::default(), time, Duration::from_millis(target)).passes
        };
        assert_eq!(passes(20, 100), 10);
        assert_eq!(passes(20, 39), 3);
        assert_eq!(passes(20, 1), 2);
        assert_eq!(passes(0, 100), 64);
    }

    #[test]
    fn the_most_memory_that_fits_is_proposed_and_else_the_cheapest() {
        let proposed = |mut candidates: Vec<Candidate>| {
            propose(&mut candidates);
            candidates.iter().position(|candidate| candidate.proposed)
        };
        let (large, middle, small) =
            (candidate(46, 9, false), candidate(19, 9, true), candidate(7, 9, true));
        assert_eq!(proposed(vec![large, middle, small]), Some(1));
        assert_eq!(proposed(vec![large, candidate(19, 9, false)]), Some(1));
        assert_eq!(proposed(vec![]), None);
    }

    #[test]
    fn the_raw_rate_counts_what_was_done() {
        let cost = Argon2Cost { memory_kib: 64, passes: 1, lanes: 1 };
        let rate = raw_rate(cost, 2, Duration::from_millis(50)).unwrap();
        assert!(rate > 2.0, "{rate}");
    }
}
