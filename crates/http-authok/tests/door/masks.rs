//! Snapshots without what differs from run to run: ids and secrets become numbered words.

/// Numbers ids and secrets in the order in which they appear.
#[derive(Debug, Default)]
pub(crate) struct Masks(Vec<String>);

impl Masks {
    /// `text` with ULIDs, client ids and secrets replaced.
    pub(crate) fn mask(&mut self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut word = String::new();
        for letter in text.chars().chain(['\n']) {
            if letter.is_ascii_alphanumeric() {
                word.push(letter);
                continue;
            }
            masked.push_str(&self.replace(&word));
            word.clear();
            masked.push(letter);
        }
        masked.pop();
        masked
    }

    fn replace(&mut self, word: &str) -> String {
        let ulid = word.len() == 26 && word.starts_with("01");
        let client = word.len() == 32;
        let secret = word.len() == 64;
        if !(ulid || client || secret) {
            return word.to_owned();
        }
        let kind = if ulid { "id" } else { "random" };
        let at = self.0.iter().position(|known| known == word).unwrap_or_else(|| {
            self.0.push(word.to_owned());
            self.0.len() - 1
        });
        format!("<{kind} {at}>")
    }
}
