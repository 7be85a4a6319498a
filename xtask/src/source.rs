//! Rust source without its comments and literals, so that checks see code alone.

/// The text with comments, strings and character literals blanked out, line breaks kept.
pub(crate) fn code_only(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    let mut previous = ' ';
    while let Some(character) = rest.chars().next() {
        let starts_word = !is_word(previous);
        let length = skipped(rest, starts_word);
        let (taken, after) = if length > 0 {
            rest.split_at_checked(length).unwrap_or((rest, ""))
        } else {
            rest.split_at_checked(character.len_utf8()).unwrap_or((rest, ""))
        };
        if length > 0 {
            code.push(' ');
            code.extend(taken.chars().filter(|character| *character == '\n'));
            previous = ' ';
        } else {
            code.push_str(taken);
            previous = character;
        }
        rest = after;
    }
    code
}

/// Whether a word (an identifier or keyword) stands in a line of code.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    line.split(|character| !is_word(character)).any(|found| found == word)
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// How many bytes at the start of `rest` are a comment or a literal.
fn skipped(rest: &str, starts_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return quoted(rest, 1);
    }
    if rest.starts_with('\'') {
        return character_literal(rest);
    }
    if !starts_word {
        return 0;
    }
    for prefix in ["br", "cr", "r", "b", "c"] {
        let Some(after) = rest.strip_prefix(prefix) else { continue };
        if prefix.ends_with('r') {
            let hashes = after.len() - after.trim_start_matches('#').len();
            if after.get(hashes..).is_some_and(|text| text.starts_with('"')) {
                return raw(rest, prefix.len() + hashes + 1, hashes);
            }
        } else if after.starts_with('"') {
            return quoted(rest, prefix.len() + 1);
        }
    }
    0
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(text) = rest.get(at..).filter(|text| !text.is_empty()) {
        if text.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip_while(|(at, _)| *at < start) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw(rest: &str, start: usize, hashes: usize) -> usize {
    let end = format!("\"{}", "#".repeat(hashes));
    rest.get(start..)
        .and_then(|text| text.find(&end))
        .map_or(rest.len(), |at| start + at + end.len())
}

/// A lifetime also begins with a quote, but has none after its first character.
fn character_literal(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            rest.get(3..).and_then(|text| text.find('\'')).map_or(0, |at| 3 + at + 1)
        }
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_kept() {
        let text =
            "a(); // todo!()\n/* x /* y */\nz */ b(\"dbg!\", r#\"un\"safe\"#);\nlet c = '\"'; d";
        let code = code_only(text);
        assert_eq!(code.lines().count(), text.lines().count());
        for gone in ["todo", "dbg", "safe", "z"] {
            assert!(!code.contains(gone), "{gone} in {code}");
        }
        for kept in ["a();", "b(", "let c =", "; d"] {
            assert!(code.contains(kept), "{kept} not in {code}");
        }
    }

    #[test]
    fn lifetimes_are_not_taken_for_literals() {
        let code = code_only("fn f<'a>(x: &'a str, y: char) { g('\\'', x) } // '");
        assert!(code.contains("&'a str"), "{code}");
        assert!(code.contains(", x)"), "{code}");
    }

    #[test]
    fn a_word_is_whole() {
        assert!(has_word("let x = unsafe {", "unsafe"));
        assert!(!has_word("#![forbid(unsafe_code)]", "unsafe"));
    }
}
