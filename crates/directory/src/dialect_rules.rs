//! Rules that only some dialects have.

/// Which of the rules hold that only some dialects promise. A door says so with a constant; the
/// rules themselves are carried out here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DialectRules {
    /// Whether a change is refused that would bring the tenant above one of its quotas.
    pub quotas: bool,
    /// Whether disabled groups can neither be changed nor get members.
    pub refuse_disabled_groups: bool,
    /// Whether a department has at most one head: a new one takes the place of all others.
    pub one_head: bool,
}
