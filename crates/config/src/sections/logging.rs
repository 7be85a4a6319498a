use crate::section::section;
use crate::text_values::LogFormat;

section! {
    /// What is written to standard error.
    Logging at logging {
        /// How lines are written.
        format: LogFormat = LogFormat::Text;
        /// What is written: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by
        /// module, like `info,citizenry_persistence=debug`.
        level: String = "info,actix_server=warn".into();
    }
}
