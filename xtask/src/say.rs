//! Standard output and error. Must not know: what is said.

/// Tells a line to whoever started the verb.
#[expect(
    clippy::print_stdout,
    reason = "a verb's result is read by a person or a CI log"
)]
pub(crate) fn line(text: impl std::fmt::Display) {
    println!("{text}");
}

/// Tells why the verb failed.
#[expect(
    clippy::print_stderr,
    reason = "a verb's failure is read by a person or a CI log"
)]
pub(crate) fn error(text: impl std::fmt::Display) {
    eprintln!("{text}");
}
