//! Claims that are a text or a list of texts (`aud`, RFC 7519).

use serde::{Deserialize, Serialize};

/// One text, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    /// One, by itself.
    One(String),
    /// Several, or one in a list.
    Many(Vec<String>),
}

impl OneOrMany {
    /// `texts` as they are written: one by itself.
    pub(crate) fn of(mut texts: Vec<String>) -> Self {
        match (texts.len(), texts.pop()) {
            (1, Some(one)) => Self::One(one),
            (_, last) => {
                texts.extend(last);
                Self::Many(texts)
            }
        }
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        };
        texts.iter().map(String::as_str)
    }
}
