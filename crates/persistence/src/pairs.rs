//! Pairs of identifiers, as the rows that link one thing with another.

use std::collections::{BTreeMap, BTreeSet};

use crate::types::DbId;

/// The first of some pairs, each once and in order.
pub(crate) fn firsts(pairs: &BTreeSet<(DbId, DbId)>) -> BTreeSet<DbId> {
    pairs.iter().map(|(first, _)| *first).collect()
}

/// The second of some pairs, each once and in order.
pub(crate) fn seconds(pairs: &BTreeSet<(DbId, DbId)>) -> BTreeSet<DbId> {
    pairs.iter().map(|(_, second)| *second).collect()
}

/// Pairs as products of firsts and seconds, so that one statement serves each: as few as there are
/// different firsts or different seconds.
pub(crate) fn products(pairs: &BTreeSet<(DbId, DbId)>) -> Vec<(Vec<DbId>, Vec<DbId>)> {
    let mut by_first = BTreeMap::<DbId, Vec<DbId>>::new();
    let mut by_second = BTreeMap::<DbId, Vec<DbId>>::new();
    for (first, second) in pairs {
        by_first.entry(*first).or_default().push(*second);
        by_second.entry(*second).or_default().push(*first);
    }
    if by_first.len() <= by_second.len() {
        by_first.into_iter().map(|(first, seconds)| (vec![first], seconds)).collect()
    } else {
        by_second.into_iter().map(|(second, firsts)| (firsts, vec![second])).collect()
    }
}

/// How often each first is among some pairs, times `by`.
pub(crate) fn counted(pairs: &BTreeSet<(DbId, DbId)>, by: i64) -> BTreeMap<DbId, i64> {
    let mut counted = BTreeMap::new();
    for (first, _) in pairs {
        *counted.entry(*first).or_default() += by;
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_serves_each_first_or_each_second() {
        let id = |number: u128| DbId(number.into());
        let pairs = |pairs: &[(u128, u128)]| -> BTreeSet<_> {
            pairs.iter().map(|(first, second)| (id(*first), id(*second))).collect()
        };
        let one_first = pairs(&[(1, 7), (1, 8), (1, 9)]);
        assert_eq!(products(&one_first), [(vec![id(1)], vec![id(7), id(8), id(9)])]);
        let one_second = pairs(&[(1, 7), (2, 7)]);
        assert_eq!(products(&one_second), [(vec![id(1), id(2)], vec![id(7)])]);
        assert_eq!(counted(&one_first, -1), BTreeMap::from([(id(1), -3)]));
        assert_eq!(products(&BTreeSet::new()), []);
    }
}
