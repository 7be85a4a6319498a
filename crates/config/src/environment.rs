//! The environment layer: which variables are meant for the server, and which setting each names.

use crate::problem::{Problem, Source};
use crate::value::Given;

/// What every variable of the server begins with.
const PREFIX: &str = "CITIZENRY_";

/// The variable that names the configuration file.
pub(crate) const CONFIG_VARIABLE: &str = "CITIZENRY_CONFIG";

/// One variable: the key it names, known or not.
pub(crate) struct Variable {
    pub(crate) key: String,
    pub(crate) given: Given,
    pub(crate) source: Source,
}

/// Reads one variable. `None` when it is not meant for the server.
pub(crate) fn read(
    name: &str,
    value: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Option<Variable> {
    let rest = name.strip_prefix(PREFIX)?;
    if name == CONFIG_VARIABLE {
        return None;
    }
    let source = Source::Environment { name: name.to_owned() };
    let Some((section, key)) = rest.split_once("__") else {
        let message = "is not a setting; variables are named CITIZENRY_SECTION__KEY, with two \
                       underscores in the middle";
        problems.push(Problem::general(source, message));
        return None;
    };
    let Some(value) = value else {
        problems.push(Problem::general(source, "is not valid UTF-8"));
        return None;
    };
    let key = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
    Some(Variable { key, given: Given::Text(value.to_owned()), source })
}
