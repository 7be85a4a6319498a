//! Import many users: rows from a file are read, held against what is stored, and written in chunks.
//!
//! [`Lines`] cuts an input into [`RawChunk`]s, [`RowRules::read`] makes a [`Chunk`] of each (no
//! database needed: several threads share the work), and [`Importer::apply`] writes a chunk in one
//! unit of work, together with how far the import has come. An import that is stopped goes on where
//! its last commit ended; one that is repeated finds every row `Unchanged`. What a row may hold is
//! told in `docs/import.md`.

mod chunk;
mod completion;
mod decide;
mod given;
mod known;
mod members;
mod merge;
mod names;
mod row;
mod run;
mod write;

pub use chunk::{Chunk, Lines, MAX_LINE, Position, RawChunk};
pub use decide::{RowOutcome, RowResult};
pub(crate) use merge::only_identity;
pub use row::{RowForm, RowRules};
pub(crate) use run::actor_of;
pub use run::{ImportOptions, Importer, Input};
