//! A partner's system in a process of its own, with open deliveries in its memory.

use super::story::desk;
use seinhuis_tests::Chain;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The process; it ends when dropped.
pub(super) struct Inbox(Child);

impl Inbox {
    /// Receives `due` deliveries of a partner and keeps them open.
    pub(super) fn open(chain: &Chain, name: &str, due: usize) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seinhuis-test-inbox"))
            .arg(chain.sandbox.partner_config(name))
            .args([desk(name).as_str(), &due.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut told)
            .unwrap();
        assert_eq!(told, "open\n", "the inbox of {name}");
        Self(child)
    }

    pub(super) fn process(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
