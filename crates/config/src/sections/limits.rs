use crate::section::section;
use crate::text_values::ByteSize;

section! {
    /// What a client may ask for.
    Limits at limits {
        /// The largest body of a request; a larger one is answered with 413.
        body: ByteSize = ByteSize(1 << 20);
        /// Requests a second that one client may send to one route, as the Authok service allows
        /// (3 there). More are answered with 429. Off when not given.
        requests_per_second: Option<u32> = None;
    }
}
