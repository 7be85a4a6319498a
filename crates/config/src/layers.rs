//! Puts the layers on top of each other.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::environment;
use crate::file;
use crate::problem::{Problem, Problems, Source};
use crate::section::Setting;
use crate::sections::{self, Configuration};
use crate::value::Given;

/// The layers above the defaults, gathered by the program and then loaded together.
#[derive(Default)]
pub struct Layers {
    file: Option<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    flags: Vec<Flag>,
}

struct Flag {
    name: String,
    key: String,
    value: String,
    /// Written as `KEY=VALUE`, where secrets have no place.
    assigned: bool,
}

/// The effective configuration, and where each value came from.
#[derive(Debug)]
pub struct Loaded {
    /// The values.
    pub configuration: Configuration,
    sources: BTreeMap<&'static str, Source>,
}

/// One effective value, as `config show` prints it.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// `section.key`.
    pub key: &'static str,
    /// The value, secrets masked, empty when there is none.
    pub value: String,
    /// Where it came from.
    pub source: Source,
}

impl Layers {
    /// The defaults alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// The configuration file. It wins over the variable `CITIZENRY_CONFIG`.
    #[must_use]
    pub fn file(mut self, path: Option<PathBuf>) -> Self {
        self.file = path;
        self
    }

    /// The environment, usually `std::env::vars_os()`. Variables that do not begin with
    /// `CITIZENRY_` are ignored.
    #[must_use]
    pub fn environment<N, V>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.environment.extend(variables);
        self
    }

    /// An argument of the command line that sets `key`; ignored when it was not given. `name` is what
    /// the user typed (`--listen`).
    #[must_use]
    pub fn flag(mut self, name: &str, key: &str, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            let (name, key, value) = (name.into(), key.into(), value.into());
            self.flags.push(Flag { name, key, value, assigned: false });
        }
        self
    }

    /// Arguments of the form `KEY=VALUE`, for settings without a flag of their own. Secrets are
    /// refused: other users of the machine can read the arguments of a program.
    #[must_use]
    pub fn assignments(mut self, name: &str, texts: &[String]) -> Self {
        for text in texts {
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            let flag = Flag {
                name: name.into(),
                key: key.trim().into(),
                value: value.into(),
                assigned: true,
            };
            self.flags.push(flag);
        }
        self
    }

    /// Reads all layers and checks the result.
    ///
    /// # Errors
    /// Every problem of every layer, in the order of the layers.
    pub fn load(self) -> Result<Loaded, Problems> {
        let mut loader = Loader::default();
        if let Some(path) = self.file.clone().or_else(|| self.config_variable()) {
            for found in file::read(&path, &mut loader.problems) {
                loader.give(&found.key, &found.given, found.source);
            }
            loader.end_layer();
        }
        let mut variables = self.environment;
        variables.sort();
        for (name, value) in &variables {
            let Some(name) = name.to_str() else { continue };
            if let Some(found) = environment::read(name, value.to_str(), &mut loader.problems) {
                loader.give(&found.key, &found.given, found.source);
            }
        }
        loader.end_layer();
        for flag in self.flags {
            loader.give_flag(flag);
        }
        loader.finish()
    }

    fn config_variable(&self) -> Option<PathBuf> {
        let mut variables = self.environment.iter();
        variables
            .find(|(name, value)| name == environment::CONFIG_VARIABLE && !value.is_empty())
            .map(|(_, value)| value.into())
    }
}

impl Loaded {
    /// Every setting with its value and its source, in the order of the reference.
    pub fn entries(&self) -> Vec<Entry> {
        let entry = |setting: &Setting| Entry {
            key: setting.key,
            value: (setting.show)(&self.configuration),
            source: self.source(setting.key),
        };
        sections::settings().map(entry).collect()
    }

    /// Where the value of a key came from.
    pub fn source(&self, key: &str) -> Source {
        self.sources.get(key).cloned().unwrap_or(Source::Default)
    }

    /// A problem that only the program can find (a log filter that does not parse), with the place of
    /// the setting.
    pub fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        Problem::new(self.source(key), key, message)
    }
}

#[derive(Default)]
struct Loader {
    configuration: Configuration,
    sources: BTreeMap<&'static str, Source>,
    /// Keys given in the layer that is being read, to find a secret given twice.
    layer: BTreeMap<&'static str, Source>,
    problems: Vec<Problem>,
}

impl Loader {
    fn give(&mut self, key: &str, given: &Given, source: Source) {
        let outcome = if let Some(setting) = sections::find(key) {
            self.set(setting, given, source.clone())
        } else if let Some(setting) = secret_in_file(key) {
            self.set_from_file(setting, given, source.clone())
        } else {
            Err(unknown(key))
        };
        if let Err(message) = outcome {
            self.problems.push(Problem::new(source, key, message));
        }
    }

    fn give_flag(&mut self, flag: Flag) {
        let source = Source::Flag { name: flag.name };
        let secret = sections::find(&flag.key).filter(|setting| setting.secret && flag.assigned);
        if let Some(setting) = secret {
            let message = format!(
                "is secret, and arguments can be read by others; give a file with --set {}_file=FILE \
                 or the variable {}",
                setting.key,
                setting.variable(),
            );
            self.problems.push(Problem::new(source, flag.key, message));
        } else {
            self.give(&flag.key, &Given::Text(flag.value), source);
        }
    }

    fn set(
        &mut self,
        setting: &'static Setting,
        given: &Given,
        source: Source,
    ) -> Result<(), String> {
        if let Some(other) = self.layer.insert(setting.key, source.clone()) {
            return Err(format!("is given twice, also by {other}; keep one of them"));
        }
        (setting.set)(&mut self.configuration, given)?;
        self.sources.insert(setting.key, source);
        Ok(())
    }

    fn set_from_file(
        &mut self,
        setting: &'static Setting,
        given: &Given,
        source: Source,
    ) -> Result<(), String> {
        let path = Path::new(given.scalar()?);
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{} cannot be read ({error})", path.display()))?;
        let text = Given::Text(text.trim_end_matches(['\r', '\n']).to_owned());
        let source = Source::SecretFile { path: path.to_owned(), named_by: Box::new(source) };
        self.set(setting, &text, source)
    }

    fn end_layer(&mut self) {
        self.layer.clear();
    }

    fn finish(mut self) -> Result<Loaded, Problems> {
        for (key, message) in self.configuration.faults() {
            let source = self.sources.get(key).cloned().unwrap_or(Source::Default);
            self.problems.push(Problem::new(source, key, message));
        }
        if self.problems.is_empty() {
            Ok(Loaded { configuration: self.configuration, sources: self.sources })
        } else {
            Err(Problems(self.problems))
        }
    }
}

/// The secret that `section.key_file` would fill.
fn secret_in_file(key: &str) -> Option<&'static Setting> {
    sections::find(key.strip_suffix("_file")?).filter(|setting| setting.secret)
}

fn unknown(key: &str) -> String {
    let nearest = sections::settings()
        .map(|setting| (distance(key, setting.key), setting.key))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    match nearest {
        Some((_, other)) => format!("unknown setting; did you mean {other}?"),
        None => "unknown setting; `citizenry config reference` lists them".into(),
    }
}

/// The number of letters to insert, remove or change between two words.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        let mut next = vec![before];
        for (b, above) in right.chars().zip(row.iter().skip(1)) {
            before = (diagonal + usize::from(a != b)).min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
