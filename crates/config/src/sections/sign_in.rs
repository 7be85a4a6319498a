use std::time::Duration;

use crate::section::section;

section! {
    /// How people sign in, and what clients may do.
    SignIn at sign_in {
        /// Threads that hash passwords. Each needs the memory of one hash. Default: one for each
        /// core but one, at least one.
        hash_threads: Option<u32> = None;
        /// Passwords that may wait for a thread; one more is answered with 503 at once. Default: 16
        /// for each thread.
        hash_queue: Option<u32> = None;
        /// Memory of one password hash (argon2id), KiB. `citizenry hash calibrate` proposes a value.
        hash_memory: u32 = 19_456;
        /// Passes over the memory of one password hash (argon2id).
        hash_passes: u32 = 2;
        /// Whether applications may register themselves at `/oidc/register` (RFC 7591).
        dynamic_registration: bool = false;
        /// Whether proofs of possession (`DPoP`, RFC 9449) must carry a nonce of this server.
        require_dpop_nonce: bool = false;
        /// How long a signing key signs before the next one takes over. Never when 0.
        key_rotation: Duration = Duration::from_hours(90 * 24);
        /// How often ended sessions and expired tokens are cleared away.
        clean_up_interval: Duration = Duration::from_mins(5);
    }
}

impl SignIn {
    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        let mut within = |key, value: u32, least: u32, most: u32| {
            if !(least..=most).contains(&value) {
                faults.push((key, format!("must be {least} to {most}")));
            }
        };
        within("sign_in.hash_threads", self.hash_threads.unwrap_or(1), 1, 256);
        within("sign_in.hash_queue", self.hash_queue.unwrap_or(1), 1, 10_000);
        // The least that OWASP names for argon2id, and what still leaves a machine to others.
        within("sign_in.hash_memory", self.hash_memory, 7_168, 262_144);
        within("sign_in.hash_passes", self.hash_passes, 1, 64);
        if self.clean_up_interval < Duration::from_secs(1) {
            faults.push(("sign_in.clean_up_interval", "must be at least 1 s".into()));
        }
        if u64::from(self.hash_memory) * u64::from(self.hash_passes) < 7_168 * 5 {
            let least = "hash_memory times hash_passes must be 35840 KiB or more";
            faults.push(("sign_in.hash_passes", least.into()));
        }
        let day = Duration::from_hours(24);
        if !self.key_rotation.is_zero() && self.key_rotation < day {
            faults.push(("sign_in.key_rotation", "must be 0 or at least a day".into()));
        }
    }
}
