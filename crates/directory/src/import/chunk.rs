//! An input, cut into chunks of rows: never more of it in memory than one chunk.

use std::io::{self, BufRead};

use serde_json::Value;

use super::row::ReadRow;

/// The longest row, bytes: 1 MiB. A longer one is refused without being kept.
pub const MAX_LINE: usize = 1 << 20;
/// How many rows one unit of work writes at most.
const CHUNK_ROWS: usize = 1_000;
/// How many bytes of rows it writes at most, the last row aside: 4 MiB.
const CHUNK_BYTES: usize = 4 << 20;
/// What some programs put in front of a file of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A place in an input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// How many bytes lie before it.
    pub bytes: u64,
    /// How many lines lie before it.
    pub lines: u64,
}

/// A row as it came.
#[derive(Debug)]
pub(super) struct RawRow {
    /// Its line, from 1.
    pub(super) line: u64,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// A line of text, which may be anything.
    Text(Vec<u8>),
    /// An entry of a JSON array.
    Entry(Value),
    /// More than [`MAX_LINE`].
    TooLong,
}

/// Rows as they came.
#[derive(Debug)]
pub struct RawChunk {
    pub(super) rows: Vec<RawRow>,
    pub(super) end: Position,
}

impl RawChunk {
    /// The entries of a JSON array, counted as lines, from the place that was reached before.
    pub fn of_entries(entries: Vec<Value>, from: Position) -> Vec<Self> {
        let row = |(line, entry): (u64, Value)| RawRow { line, content: Content::Entry(entry) };
        let mut rows = (1..).zip(entries).skip_while(|(line, _)| *line <= from.lines).map(row);
        let mut chunks = Vec::new();
        loop {
            let some: Vec<RawRow> = rows.by_ref().take(CHUNK_ROWS).collect();
            let Some(last) = some.last() else { return chunks };
            let end = Position { bytes: from.bytes, lines: last.line };
            chunks.push(Self { rows: some, end });
        }
    }
}

/// Rows that were read, to be written.
#[derive(Debug)]
pub struct Chunk {
    pub(super) rows: Vec<ReadRow>,
    pub(super) end: Position,
}

impl Chunk {
    /// Where the input goes on after the chunk.
    pub fn end(&self) -> Position {
        self.end
    }
}

/// An input of one row a line.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    at: Position,
}

impl<R: BufRead> Lines<R> {
    /// The rows of `input`, which begins at `at`.
    pub fn new(input: R, at: Position) -> Self {
        Self { input, at }
    }

    /// The next rows; none at the end of the input. Empty lines are passed over, and counted.
    ///
    /// # Errors
    /// Those of the input.
    pub fn chunk(&mut self) -> io::Result<Option<RawChunk>> {
        let before = self.at;
        let (mut rows, mut size) = (Vec::new(), 0_usize);
        while rows.len() < CHUNK_ROWS && size < CHUNK_BYTES {
            let Some(content) = self.line()? else { break };
            if let Content::Text(text) = &content {
                size += text.len();
                if text.trim_ascii().is_empty() {
                    continue;
                }
            }
            rows.push(RawRow { line: self.at.lines, content });
        }
        Ok((self.at != before).then_some(RawChunk { rows, end: self.at }))
    }

    /// The next line without its end.
    fn line(&mut self) -> io::Result<Option<Content>> {
        let (mut text, mut length, mut ended) = (Vec::new(), 0_u64, false);
        while !ended {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let (part, used) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    ended = true;
                    (buffer.get(..end).unwrap_or_default(), end + 1)
                }
                None => (buffer, buffer.len()),
            };
            if text.len() <= MAX_LINE {
                let room = (MAX_LINE + 1).saturating_sub(text.len());
                text.extend_from_slice(part.get(..room).unwrap_or(part));
            }
            length += used as u64;
            self.input.consume(used);
        }
        if length == 0 {
            return Ok(None);
        }
        if self.at.bytes == 0 && text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        self.at.bytes += length;
        self.at.lines += 1;
        Ok(Some(if text.len() > MAX_LINE { Content::TooLong } else { Content::Text(text) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(chunk: &RawChunk) -> Vec<(u64, String)> {
        let text = |row: &RawRow| match &row.content {
            Content::Text(text) => (row.line, String::from_utf8_lossy(text).into_owned()),
            Content::Entry(entry) => (row.line, entry.to_string()),
            Content::TooLong => (row.line, "too long".to_owned()),
        };
        chunk.rows.iter().map(text).collect()
    }

    #[test]
    fn lines_are_counted_and_empty_ones_passed_over() {
        let input = b"\xef\xbb\xbfa\r\n\n \nb\nlast".as_slice();
        let mut lines = Lines::new(io::BufReader::with_capacity(2, input), Position::default());
        let chunk = lines.chunk().unwrap().unwrap();
        let expected = [(1, "a\r"), (4, "b"), (5, "last")];
        assert_eq!(texts(&chunk), expected.map(|(line, text)| (line, text.to_owned())));
        assert_eq!(chunk.end, Position { bytes: input.len() as u64, lines: 5 });
        assert!(lines.chunk().unwrap().is_none());
    }

    #[test]
    fn a_line_that_is_too_long_is_not_kept_and_the_next_is_found() {
        let mut input = vec![b'x'; 10 << 20];
        input.extend_from_slice(b"\nb\n");
        let mut lines = Lines::new(input.as_slice(), Position::default());
        let chunk = lines.chunk().unwrap().unwrap();
        assert_eq!(texts(&chunk), [(1, "too long".to_owned()), (2, "b".to_owned())]);
        let longest = vec![b'x'; MAX_LINE];
        let mut lines = Lines::new(longest.as_slice(), Position::default());
        let chunk = lines.chunk().unwrap().unwrap();
        assert!(matches!(&chunk.rows[0].content, Content::Text(text) if text.len() == MAX_LINE));
    }

    #[test]
    fn a_chunk_is_bounded_by_rows_and_by_bytes() {
        let many = "{}\n".repeat(2_500);
        let mut lines = Lines::new(many.as_bytes(), Position::default());
        let mut sizes = Vec::new();
        while let Some(chunk) = lines.chunk().unwrap() {
            sizes.push(chunk.rows.len());
        }
        assert_eq!(sizes, [1_000, 1_000, 500]);
        let large = format!("{}\n", "x".repeat(900_000)).repeat(12);
        let mut lines = Lines::new(large.as_bytes(), Position::default());
        assert_eq!(lines.chunk().unwrap().unwrap().rows.len(), 5);
    }

    #[test]
    fn entries_go_on_where_they_were_left() {
        let entries = || (0..1_500).map(Value::from).collect::<Vec<_>>();
        let all = RawChunk::of_entries(entries(), Position::default());
        assert_eq!(all.iter().map(|chunk| chunk.rows.len()).collect::<Vec<_>>(), [1_000, 500]);
        let rest = RawChunk::of_entries(entries(), Position { bytes: 0, lines: 1_499 });
        assert_eq!(texts(&rest[0]), [(1_500, "1499".to_owned())]);
    }
}
