//! Reads what strace writes with `-f -ttt -y`: one line for a call, or two when calls of other
//! threads came between its beginning and its end.

use std::collections::HashMap;

/// One system call on a descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its name.
    pub(super) call: String,
    /// The file or socket behind its first argument.
    pub(super) target: String,
    /// The lines on which it began and ended: the order in which the kernel stopped the threads.
    pub(super) begun: usize,
    pub(super) ended: usize,
    /// What it gave; -1 for an error.
    pub(super) result: i64,
}

/// The calls that came to an end, in that order.
pub(super) fn events(text: &str) -> Vec<Event> {
    let mut open: HashMap<&str, (String, String, usize)> = HashMap::new();
    let mut events = Vec::new();
    for (at, line) in text.lines().enumerate() {
        // Thread ids are padded to a width, so there may be more than one space.
        let words = line.split_once(' ').and_then(|(thread, rest)| {
            let (_, rest) = rest.trim_start().split_once(' ')?;
            Some((thread, rest))
        });
        let Some((thread, rest)) = words else {
            continue;
        };
        let begun = if rest.starts_with("<... ") {
            open.remove(thread)
        } else {
            beginning(rest).map(|(call, target)| (call, target, at))
        };
        let Some((call, target, begun)) = begun else {
            continue;
        };
        if rest.ends_with("<unfinished ...>") {
            open.insert(thread, (call, target, begun));
        } else if let Some(result) = result(rest) {
            events.push(Event {
                call,
                target,
                begun,
                ended: at,
                result,
            });
        }
    }
    events
}

/// Name and target of `call(3<target>, ...`.
fn beginning(rest: &str) -> Option<(String, String)> {
    let (call, arguments) = rest.split_once('(')?;
    let (descriptor, after) = arguments.split_once('<')?;
    descriptor.parse::<u32>().ok()?;
    let (target, _) = after.split_once('>')?;
    Some((call.to_owned(), target.to_owned()))
}

/// The number after the last ` = `.
fn result(rest: &str) -> Option<i64> {
    let (_, result) = rest.rsplit_once(" = ")?;
    result.split(' ').next()?.parse().ok()
}
