//! The vendors' rate limits: so many requests in a period for each route and caller (or address).
//! Off unless a [`RateLimiter`] is among the app data.

use std::{
    fmt,
    hash::{BuildHasher as _, Hash, RandomState},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use citizenry_identity::Clock;
use governor::{
    Quota, clock, middleware::StateInformationMiddleware, state::keyed::HashMapStateStore,
};

use crate::doors::seconds_rounded_up;

/// How many requests are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a [`period`](Self::period), all of which may come at once.
    pub requests: NonZeroU32,
    /// The period; must not be zero.
    pub period: Duration,
    /// Most pairs of route and caller that are counted apart. Past it, newcomers share one count
    /// for each route until old ones have rested for a period.
    pub most_keys: usize,
}

impl RateLimit {
    /// `requests` a second, counted apart for up to 100,000 pairs of route and caller.
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self { requests, period: Duration::from_secs(1), most_keys: 100_000 }
    }
}

/// What the answer says of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitStatus {
    /// Requests that may come at once.
    pub limit: u32,
    /// How many of them are left.
    pub remaining: u32,
    /// When all of them are there again, in seconds since 1970.
    pub reset: i64,
    /// How long to wait, when this request was one too many.
    pub retry_after: Option<Duration>,
}

impl RateLimitStatus {
    /// Writes `X-RateLimit-Limit`, `-Remaining`, `-Reset`, and `Retry-After` on a refusal.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let mut set = |name, value| headers.insert(HeaderName::from_static(name), value);
        set("x-ratelimit-limit", HeaderValue::from(self.limit));
        set("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        set("x-ratelimit-reset", HeaderValue::from(self.reset));
        if let Some(wait) = self.retry_after {
            set("retry-after", HeaderValue::from(seconds_rounded_up(wait)));
        }
    }
}

/// Counts requests. Shared by all workers: make it once, hand in clones of its `web::Data`.
pub struct RateLimiter {
    limit: RateLimit,
    /// How long one request takes to be forgotten.
    interval: Duration,
    counts:
        governor::RateLimiter<u64, HashMapStateStore<u64>, UnixTime, StateInformationMiddleware>,
    clock: Arc<dyn Clock>,
    /// Keys are hashes, with a key of our own so that nobody can make two callers meet.
    hasher: RandomState,
    /// When resting keys were last removed, in seconds since 1970: at most once a second.
    swept: AtomicI64,
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Time since 1970, read from the clock that is handed in.
#[derive(Debug, Clone)]
struct UnixTime(Arc<dyn Clock>);

impl clock::Clock for UnixTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().unix_micros()).unwrap_or_default())
    }
}

impl RateLimiter {
    /// Counts by `clock` against `limit`.
    pub fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        let interval = (limit.period / limit.requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(limit.requests));
        let counts = governor::RateLimiter::new(
            quota.allow_burst(limit.requests),
            HashMapStateStore::default(),
            UnixTime(Arc::clone(&clock)),
        );
        let (hasher, swept) = (RandomState::new(), AtomicI64::new(i64::MIN));
        Self { limit, interval, counts, clock, hasher, swept }
    }

    /// Counts one request on `route` (a method and a pattern, say) by `requester` (a caller's
    /// identifier, or an address). [`RateLimitStatus::retry_after`] tells whether it is one too many.
    pub fn count(&self, route: impl Hash, requester: impl Hash) -> RateLimitStatus {
        let now = self.clock.now();
        let mut key = self.hasher.hash_one((&route, &requester));
        if self.is_full(now.unix_seconds()) {
            key = self.hasher.hash_one((&route, "newcomers"));
        }
        let limit = self.limit.requests.get();
        let (remaining, retry_after) = match self.counts.check_key(&key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(refused) => {
                let now = clock::Clock::now(self.counts.clock());
                (0, Some(refused.wait_time_from(now)))
            }
        };
        let until_full = self.interval * limit.saturating_sub(remaining);
        let until_full = i64::try_from(seconds_rounded_up(until_full)).unwrap_or(i64::MAX);
        let reset = now.unix_seconds().saturating_add(until_full);
        RateLimitStatus { limit, remaining, reset, retry_after }
    }

    /// Whether no more keys are taken, after those that have rested are gone.
    fn is_full(&self, now: i64) -> bool {
        if self.counts.len() < self.limit.most_keys {
            return false;
        }
        if self.swept.swap(now, Ordering::Relaxed) != now {
            self.counts.retain_recent();
        }
        self.counts.len() >= self.limit.most_keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SetClock;

    fn limiter(clock: &SetClock, most_keys: usize) -> RateLimiter {
        let three = NonZeroU32::new(3).unwrap();
        let limit = RateLimit { most_keys, ..RateLimit::per_second(three) };
        RateLimiter::new(limit, Arc::new(clock.clone()))
    }

    #[test]
    fn the_fourth_request_of_a_second_waits_and_the_others_count_down() {
        let clock = SetClock::default();
        let limiter = limiter(&clock, 100);
        let count = || limiter.count(("GET", "/users"), "client");
        for remaining in [2, 1, 0] {
            let status = count();
            assert_eq!((status.limit, status.remaining, status.retry_after), (3, remaining, None));
        }
        let refused = count();
        assert_eq!(refused.remaining, 0);
        assert!(refused.retry_after.unwrap() <= Duration::from_millis(334));
        assert!(refused.retry_after.unwrap() >= Duration::from_millis(333));
        assert_eq!(refused.reset, clock.now().unix_seconds() + 1);
        clock.advance(Duration::from_millis(334));
        assert_eq!(count().retry_after, None);
        assert!(count().retry_after.is_some());
    }

    #[test]
    fn routes_and_callers_are_counted_apart() {
        let clock = SetClock::default();
        let limiter = limiter(&clock, 100);
        for _ in 0..4 {
            limiter.count(("GET", "/users"), "one");
        }
        assert!(limiter.count(("GET", "/users"), "one").retry_after.is_some());
        assert!(limiter.count(("GET", "/roles"), "one").retry_after.is_none());
        assert!(limiter.count(("GET", "/users"), "two").retry_after.is_none());
    }

    #[test]
    fn the_number_of_keys_is_bounded_and_resting_keys_make_room() {
        let clock = SetClock::default();
        let limiter = limiter(&clock, 10);
        for caller in 0..50_u32 {
            limiter.count("route", caller);
        }
        assert_eq!(limiter.counts.len(), 11, "ten callers and the newcomers");
        assert!(limiter.count("route", 99_u32).retry_after.is_some(), "newcomers share a count");
        clock.advance(Duration::from_secs(20));
        assert!(limiter.count("route", 99_u32).retry_after.is_none());
        assert_eq!(limiter.counts.len(), 1);
    }

    #[test]
    fn the_headers_are_written() {
        let mut headers = HeaderMap::new();
        let retry_after = Some(Duration::from_millis(300));
        RateLimitStatus { limit: 3, remaining: 0, reset: 1_647_041_625, retry_after }
            .write(&mut headers);
        assert_eq!(headers.get("x-ratelimit-limit").unwrap(), "3");
        assert_eq!(headers.get("x-ratelimit-remaining").unwrap(), "0");
        assert_eq!(headers.get("x-ratelimit-reset").unwrap(), "1647041625");
        assert_eq!(headers.get("retry-after").unwrap(), "1");
    }
}
