//! Where in a text something stands: the line, and the key on it.

pub(crate) use seinhuis_types::line_at as number;
use std::ops::Range;

/// The key on the line where the span begins, if it looks like a key. Never a value.
pub(crate) fn key(text: &str, span: &Range<usize>) -> Option<String> {
    let line = text
        .lines()
        .nth(number(text, span.start).saturating_sub(1))?;
    let key = line.split_once('=').map_or(line, |(key, _)| key).trim();
    let shaped = !key.is_empty()
        && key.len() <= 40
        && key
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.' | b'[' | b']'));
    shaped.then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_line_and_a_key_but_never_a_value() {
        let text = "a = 1\nport = \"x\"\n= 7\n[hub]";
        let at = |needle| text.find(needle).unwrap();
        assert_eq!(number(text, at("\"x\"")), 2);
        assert_eq!(
            key(text, &(at("\"x\"")..at("\"x\""))),
            Some("port".to_owned())
        );
        assert_eq!(key(text, &(at("= 7")..at("= 7"))), None);
        assert_eq!(
            key(text, &(at("[hub]")..at("[hub]"))),
            Some("[hub]".to_owned())
        );
        assert_eq!(number(text, 0), 1);
    }
}
