//! Status and locks as doors with fewer words for them read and write them.

use super::{LockReason, LockWindow, Status, User};
use crate::{Error, Timestamp};

/// A user's state as a door with three words for it shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountState {
    /// Active, and no lock's window contains now.
    Active,
    /// Not active, and no lock's window contains now.
    Inactive,
    /// A lock's window contains now.
    Locked,
}

impl User {
    /// The state at `now` in three words.
    pub fn account_state(&self, now: Timestamp) -> AccountState {
        if self.locks.contain(now) {
            AccountState::Locked
        } else if self.status == Status::Active {
            AccountState::Active
        } else {
            AccountState::Inactive
        }
    }

    /// Moves the account to `state`: `Active` lifts every lock and activates, `Inactive` lifts every
    /// lock and suspends, `Locked` activates and opens an administrator's lock. The state that the
    /// account is in already changes nothing.
    ///
    /// Returns whether anything changed.
    ///
    /// # Errors
    /// `Conflict` on `status` for a resigned or archived user: both are final.
    pub fn set_account_state(
        &mut self,
        state: AccountState,
        now: Timestamp,
    ) -> Result<bool, Error> {
        if self.account_state(now) == state {
            return Ok(false);
        }
        match state {
            AccountState::Active => self.set_status(Status::Active, now)?,
            AccountState::Inactive => {
                if self.status == Status::Active {
                    self.set_status(Status::Suspended, now)?;
                }
            }
            AccountState::Locked => {
                self.set_status(Status::Active, now)?;
                self.lock(LockReason::Admin, LockWindow { from: now, until: None }, now);
                return Ok(true);
            }
        }
        self.lift_locks(now);
        Ok(true)
    }

    /// Suspends an active account, or activates one that is suspended or deactivated. What it is
    /// already changes nothing; locks stay as they are.
    ///
    /// Returns whether anything changed.
    ///
    /// # Errors
    /// `Conflict` on `status` for a resigned or archived user: both are final.
    pub fn set_enabled(&mut self, enabled: bool, now: Timestamp) -> Result<bool, Error> {
        if (self.status == Status::Active) == enabled {
            return Ok(false);
        }
        let status = if enabled { Status::Active } else { Status::Suspended };
        self.set_status(status, now)?;
        Ok(true)
    }
}
