//! The table of settings, and the macro that writes a section and its rows at once.

use crate::sections::Configuration;
use crate::value::Given;

/// One row of the table: everything there is to know of a setting.
pub(crate) struct Setting {
    /// `section.key`.
    pub(crate) key: &'static str,
    /// What may be written, in words.
    pub(crate) kind: &'static str,
    /// The setting's doc comment.
    pub(crate) description: &'static str,
    /// Never printed, and may come from a file named by `<key>_file`.
    pub(crate) secret: bool,
    /// Parses and stores.
    pub(crate) set: fn(&mut Configuration, &Given) -> Result<(), String>,
    /// The value as it may be printed.
    pub(crate) show: fn(&Configuration) -> String,
}

/// The rows of one section.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) settings: &'static [Setting],
}

impl Setting {
    /// The name after the section's.
    pub(crate) fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }

    /// The environment variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!("CITIZENRY_{}", self.key.replace('.', "__").to_uppercase())
    }
}

/// Defines the struct of a section, its defaults and its rows from one list.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident at $path:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl $name {
            pub(crate) const TABLE: $crate::section::Section = $crate::section::Section {
                name: stringify!($path),
                description: concat!($($about, "\n"),+),
                settings: &[ $(
                    $crate::section::Setting {
                        key: concat!(stringify!($path), ".", stringify!($field)),
                        kind: <$type as $crate::value::Value>::KIND,
                        description: concat!($($doc, "\n"),+),
                        secret: <$type as $crate::value::Value>::SECRET,
                        set: |configuration, given| {
                            configuration.$path.$field = $crate::value::Value::parse(given)?;
                            Ok(())
                        },
                        show: |configuration| {
                            $crate::value::Value::show(&configuration.$path.$field)
                        },
                    },
                )+ ],
            };
        }
    };
}

pub(crate) use section;
