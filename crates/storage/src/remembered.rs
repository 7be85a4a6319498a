//! What a server may remember of the database: answers that hold as long as nothing is committed.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Where a database stands. It is another one after every commit, of this process or another's,
/// before anybody is told that the commit is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation(pub u64);

/// Answers of the database, each good in the generation that it was read in and in no other: what
/// is remembered is never older than a read that would begin now. While a database cannot tell its
/// generation ([`Storage::generation`](crate::Storage::generation) is `None`) it is asked every time.
///
/// Bounded: when it is full, everything is forgotten.
#[derive(Debug)]
pub struct Remembered<K, V> {
    most: usize,
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    generation: Option<Generation>,
    answers: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// Remembers at most `most` answers.
    pub fn at_most(most: usize) -> Self {
        let state = State { generation: None, answers: HashMap::new() };
        Self { most, state: Mutex::new(state) }
    }

    /// The answer of that key in this generation.
    pub fn get(&self, generation: Option<Generation>, key: &K) -> Option<V> {
        let generation = generation?;
        let state = self.lock();
        if state.generation != Some(generation) {
            return None;
        }
        state.answers.get(key).cloned()
    }

    /// Remembers an answer. `generation` was asked for *before* the database was read: the answer
    /// of a read that a commit has overtaken is of no generation that will be asked for.
    pub fn put(&self, generation: Option<Generation>, key: K, answer: V) {
        let Some(generation) = generation else { return };
        let mut state = self.lock();
        if state.generation != Some(generation) || state.answers.len() >= self.most {
            state.answers.clear();
            state.generation = Some(generation);
        }
        state.answers.insert(key, answer);
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_in_its_generation_alone() {
        let remembered = Remembered::at_most(8);
        let (first, second) = (Some(Generation(1)), Some(Generation(2)));
        assert_eq!(remembered.get(first, &"a"), None);
        remembered.put(first, "a", 1);
        assert_eq!(remembered.get(first, &"a"), Some(1));
        assert_eq!(remembered.get(second, &"a"), None);
        // A read that began before the commit ends after one that began after it.
        remembered.put(second, "a", 2);
        remembered.put(first, "a", 1);
        assert_eq!(remembered.get(second, &"a"), None);
    }

    #[test]
    fn nothing_is_remembered_without_a_generation() {
        let remembered = Remembered::at_most(8);
        remembered.put(None, "a", 1);
        assert_eq!(remembered.get(None, &"a"), None);
        assert_eq!(remembered.get(Some(Generation(0)), &"a"), None);
    }

    #[test]
    fn it_is_bounded() {
        let remembered = Remembered::at_most(8);
        let now = Some(Generation(1));
        for key in 0..100 {
            remembered.put(now, key, key);
        }
        let kept = (0..100).filter(|key| remembered.get(now, key).is_some()).count();
        assert!((1..=8).contains(&kept), "{kept}");
        assert_eq!(remembered.get(now, &99), Some(99));
    }
}
