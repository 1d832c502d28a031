//! Cuts Cedar text into statements, so that a fault can name its line. Knows strings, comments and
//! `;`, and nothing else of the language.

/// One statement, from its first word to its `;`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    /// Line on which it begins, from 1.
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

#[derive(Clone, Copy)]
enum Inside {
    Code,
    Comment,
    Text,
    Escape,
}

/// The statements of `text`; what follows the last `;` is one too, unless only space and comments.
pub(crate) fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut inside = Inside::Code;
    let mut line = 1;
    let mut start: Option<(usize, usize)> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        inside = match (inside, c) {
            (Inside::Code, '/') if chars.peek().is_some_and(|&(_, next)| next == '/') => {
                Inside::Comment
            }
            (Inside::Code, '"') => Inside::Text,
            (Inside::Code, ';') => {
                if let Some((line, from)) = start.take() {
                    found.extend(text.get(from..=at).map(|text| Statement { line, text }));
                }
                continue;
            }
            (Inside::Comment, '\n') | (Inside::Text, '"') => Inside::Code,
            (Inside::Text, '\\') => Inside::Escape,
            (Inside::Escape, _) => Inside::Text,
            (same, _) => same,
        };
        if start.is_none() && !c.is_whitespace() && !matches!(inside, Inside::Comment) {
            start = Some((line, at));
        }
        line += usize::from(c == '\n');
    }
    if let Some((line, from)) = start {
        found.extend(text.get(from..).map(|text| Statement { line, text }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_begin_after_comments_and_end_at_their_own_semicolon() {
        let text =
            "// a; comment\n\n@x(\"; \\\" ;\")\npermit (p); // and; so\nforbid\n(p);\n// end\n";
        let found = statements(text);
        assert_eq!(found.iter().map(|s| s.line).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(found[0].text, "@x(\"; \\\" ;\")\npermit (p);");
        assert_eq!(found[1].text, "forbid\n(p);");
    }

    #[test]
    fn what_follows_the_last_semicolon_is_a_statement_too() {
        assert_eq!(
            statements("a;\nb"),
            [
                Statement {
                    line: 1,
                    text: "a;"
                },
                Statement { line: 2, text: "b" },
            ]
        );
        assert!(statements(" \n// nothing").is_empty());
    }
}
