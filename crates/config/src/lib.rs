//! The configuration of a Citizenry server: typed sections, layered sources, one table.
//!
//! Each setting is written down once, in [`sections`]: its name, type, default and description. The
//! same table parses the layers, prints the effective values and renders `docs/configuration.md`
//! ([`reference()`]), so the three cannot disagree.
//!
//! Later layers win: defaults < TOML file < environment (`CITIZENRY_SECTION__KEY`) < flags. A secret
//! may also be named by a file that holds it (`…_FILE`, `…_file`). Whatever nobody would read, an
//! unknown key or an unknown `CITIZENRY_` variable, is a problem; problems are collected and returned
//! together, each with the place it came from.
//!
//! Only `bins/` reads this crate: the other crates are handed the values they need.
//!
//! ```
//! use citizenry_config::Layers;
//!
//! let loaded = Layers::new()
//!     .environment([("CITIZENRY_SERVER__LISTEN", "0.0.0.0:9000")])
//!     .load()?;
//! assert_eq!(loaded.configuration.server.listen.to_string(), "0.0.0.0:9000");
//!
//! let problems = Layers::new()
//!     .environment([("CITIZENRY_SERVER__LISTEN", "nowhere"), ("CITIZENRY_SERVER__LISTNE", "x")])
//!     .load()
//!     .unwrap_err();
//! assert_eq!(problems.0.len(), 2);
//! # Ok::<(), citizenry_config::Problems>(())
//! ```

mod environment;
mod file;
mod layers;
mod network;
mod problem;
mod reference;
mod section;
pub mod sections;
mod text_values;
mod value;

pub use layers::{Entry, Layers, Loaded};
pub use network::{ListenAddress, PublicUrl};
pub use problem::{Problem, Problems, Source};
pub use reference::reference;
pub use sections::Configuration;
pub use text_values::{ByteSize, DatabaseUrl, ForwardedHeader, LogFormat};

#[cfg(test)]
mod tests;
