//! The parameters of a request, held to their limits before anything looks at them.

use std::collections::BTreeMap;

use super::AuthorizationError;

/// The most parameters of one request.
pub(crate) const MAX_COUNT: usize = 100;
/// The most bytes of all names and values of one request.
pub(crate) const MAX_BYTES: usize = 8 * 1_024;
/// The most `resource` parameters of one request.
const MAX_RESOURCES: usize = 10;

/// The parameters of a request, each once (RFC 6749, section 3.1), `resource` aside (RFC 8707).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    single: BTreeMap<String, String>,
    resources: Vec<String>,
}

impl Parameters {
    /// Reads parameters as they were sent. Empty ones count as absent (RFC 6749, section 3.1).
    ///
    /// # Errors
    /// What is wrong: too many, too large, repeated, or with control characters.
    pub(crate) fn read(sent: Vec<(String, String)>) -> Result<Self, &'static str> {
        let bytes: usize = sent.iter().map(|(name, value)| name.len() + value.len()).sum();
        if sent.len() > MAX_COUNT {
            return Err("the request has too many parameters");
        }
        if bytes > MAX_BYTES {
            return Err("the request is too large");
        }
        let mut parameters = Self::default();
        for (name, value) in sent {
            parameters.add(name, value)?;
        }
        Ok(parameters)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), &'static str> {
        // Line breaks and the like have no place in any parameter: they are how headers are forged.
        if name.chars().chain(value.chars()).any(char::is_control) {
            return Err("a parameter has a control character");
        }
        if name == "resource" {
            if self.resources.len() >= MAX_RESOURCES {
                return Err("the request names too many resources");
            }
            if !value.is_empty() {
                self.resources.push(value);
            }
            return Ok(());
        }
        if self.single.insert(name, value).is_some() {
            return Err("a parameter is repeated");
        }
        Ok(())
    }

    /// Reads parameters that are answered on a page when they are bad.
    pub(crate) fn of_page(sent: Vec<(String, String)>) -> Result<Self, AuthorizationError> {
        Self::read(sent).map_err(|reason| AuthorizationError::page("invalid_request", reason))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.single.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The same, owned.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// The words of a parameter that is a list separated by blanks.
    pub(crate) fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).unwrap_or_default().split(' ').filter(|word| !word.is_empty())
    }

    /// The values of `resource`.
    pub(crate) fn resources(&self) -> &[String] {
        &self.resources
    }

    /// These parameters, and those of `others` that are not among them.
    pub(crate) fn or(mut self, others: &Self) -> Self {
        for (name, value) in &others.single {
            self.single.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if self.resources.is_empty() {
            self.resources.clone_from(&others.resources);
        }
        self
    }

    /// Without the parameters of those names.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.single.retain(|name, _| !names.contains(&name.as_str()));
        self
    }

    /// All of them, as [`Parameters::read`] reads them.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        let resources = self.resources.into_iter().map(|it| ("resource".to_owned(), it));
        self.single.into_iter().chain(resources).collect()
    }
}
