//! Roles with permissions and users with roles, the same in every run.

use std::collections::BTreeSet;

/// Permissions of a role, and roles of a user.
const EACH: usize = 3;

/// Which roles hold which permissions, and which users have which roles, all by their numbers. There
/// are as many permissions as roles.
pub(crate) struct Directory {
    pub(crate) roles: Vec<[usize; EACH]>,
    pub(crate) users: Vec<[usize; EACH]>,
}

/// Whether a user holds a permission.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    pub(crate) user: usize,
    pub(crate) permission: usize,
    /// What the answer has to be.
    pub(crate) expected: bool,
}

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

impl Directory {
    pub(crate) fn new(roles: usize, users: usize) -> Self {
        let mut dice = Dice(1);
        let mut some = |count: usize| -> Vec<[usize; EACH]> {
            (0..count).map(|_| std::array::from_fn(|_| dice.below(roles))).collect()
        };
        Self { roles: some(roles), users: some(users) }
    }

    /// Questions without end, half of which are to be answered with yes.
    pub(crate) fn questions(&self) -> impl Iterator<Item = Question> {
        let mut dice = Dice(2);
        std::iter::repeat_with(move || {
            let user = dice.below(self.users.len());
            let permission = if dice.below(2) == 0 {
                self.roles[self.users[user][dice.below(EACH)]][dice.below(EACH)]
            } else {
                dice.below(self.roles.len())
            };
            let expected = self.permissions(user).contains(&permission);
            Question { user, permission, expected }
        })
    }

    fn permissions(&self, user: usize) -> BTreeSet<usize> {
        self.users[user].iter().flat_map(|&role| self.roles[role]).collect()
    }

    /// Fails when an engine answers otherwise than it has to.
    pub(crate) fn check(
        &self,
        name: &str,
        decide: impl Fn(&Question) -> bool,
    ) -> Result<(), String> {
        self.check_some(1_000, name, decide)
    }

    /// The same for a slow one.
    pub(crate) fn check_few(
        &self,
        name: &str,
        decide: impl Fn(&Question) -> bool,
    ) -> Result<(), String> {
        self.check_some(10, name, decide)
    }

    fn check_some(
        &self,
        count: usize,
        name: &str,
        decide: impl Fn(&Question) -> bool,
    ) -> Result<(), String> {
        match self.questions().take(count).find(|question| decide(question) != question.expected) {
            None => Ok(()),
            Some(Question { user, permission, .. }) => {
                Err(format!("{name} decides wrongly about user {user} and permission {permission}"))
            }
        }
    }
}
