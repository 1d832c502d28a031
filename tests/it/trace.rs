//! Rule 2 seen from outside: no byte of a reply leaves before the disk has its entry.
//!
//! The running hub is traced by the kernel (strace), so what is counted are its system calls and not
//! what it says of them.

mod parse;

use super::run;
use crate::call::{Answer, Call, ROUTES, acknowledge, publish};
use crate::flow::next;
use crate::tool::tool;
use parse::{Event, events};
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, Raw};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use tempfile::TempDir;
use tonic::transport::Channel;

/// Reads and writes of a connection, and everything that brings bytes to a file or a file to disk.
const CALLS: &str = "trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,\
                     pwrite64,fdatasync,fsync,sync_file_range";

/// A process that is traced. The trace is complete once it is taken.
struct Trace {
    strace: Child,
    /// What it tells of threads that come and go. Kept open: it would die of a closed one.
    told: BufReader<ChildStderr>,
    file: PathBuf,
    _folder: TempDir,
}

impl Trace {
    /// Begins; returns when every thread of the process is traced.
    fn attach(process: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trace");
        let mut strace = Command::new(tool("strace", "strace"))
            .args(["-f", "-ttt", "-y", "-s", "0", "-e", CALLS, "-o"])
            .arg(&file)
            .args(["-p", &process.to_string()])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(strace.stderr.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        assert!(
            line.contains("attached"),
            "the hub is not dumpable, so only root may trace it: run this test as root, where \
             ptrace is allowed ({line})"
        );
        Self {
            strace,
            told,
            file,
            _folder: folder,
        }
    }

    /// Ends it; the events in the order in which the kernel told them.
    fn take(mut self) -> Vec<Event> {
        let process = rustix::process::Pid::from_child(&self.strace);
        rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
        self.told.read_to_end(&mut Vec::new()).unwrap();
        self.strace.wait().unwrap();
        events(&fs::read_to_string(&self.file).unwrap())
    }
}

/// The sockets of established connections to a port of this machine, by inode.
fn sockets(port: u16) -> BTreeSet<String> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let ours = format!(":{port:04X}");
    let rows = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row[1].ends_with(&ours) && row[3] == "01")
        .map(|row| format!("socket:[{}]", row[9]))
        .collect()
}

/// A new connection, and the hub's socket of it.
async fn connect(chain: &Chain, name: &str) -> (Channel, String) {
    let port = chain.sandbox.hub_port();
    let before = sockets(port);
    let channel = Raw::connect(&chain.sandbox, name, port).await.unwrap();
    let new: Vec<_> = sockets(port).difference(&before).cloned().collect();
    let [socket] = new.as_slice() else {
        panic!("{new:?} are new, not one")
    };
    (channel, socket.clone())
}

/// What a trace tells of one call.
#[derive(Debug, PartialEq)]
struct Told {
    /// Bytes of the first write to the caller after the request was read.
    reply: i64,
    /// Syncs of the store's file, each of something written after the request was read, that were
    /// done before that write began.
    syncs: usize,
}

fn told(events: &[Event], socket: &str, store: &Path) -> Told {
    let store = store.to_str().unwrap();
    let on = |name: &'static [&str], target: &str| {
        let target = target.to_owned();
        events.iter().filter(move |event| {
            name.contains(&event.call.as_str()) && event.target == target && event.result >= 0
        })
    };
    let reads = || on(&["read", "readv", "recvfrom", "recvmsg"], socket).filter(|e| e.result > 0);
    let request = reads().next().expect("a request that is read");
    let reply = on(&["write", "writev", "sendto", "sendmsg"], socket)
        .find(|write| write.begun > request.ended)
        .expect("a reply that is written");
    let read = reads().rfind(|read| read.ended < reply.begun).unwrap();
    let synced = |sync: &&Event| {
        sync.ended < reply.begun
            && on(&["pwrite64"], store).any(|w| w.begun > read.ended && w.ended < sync.begun)
    };
    Told {
        reply: reply.result,
        syncs: on(&["fdatasync"], store).filter(synced).count(),
    }
}

/// Makes one call under trace.
async fn traced(chain: &Chain, call: Call) -> Told {
    let (channel, socket) = connect(chain, call.by).await;
    // Nothing of before is still on its way to the disk: an entry under a checkpoint is.
    let before = publish(chain, ROUTES[1], true).await;
    let other = Raw::connect(&chain.sandbox, before.by, chain.sandbox.hub_port())
        .await
        .unwrap();
    let keys = chain.partner("om").log_keys();
    assert!(matches!(before.make(other, keys).await, Answer::Proven(_)));
    let trace = Trace::attach(chain.hub.as_ref().unwrap().id());
    let Answer::Proven(proof) = call.make(channel.clone(), keys).await else {
        panic!("no answer")
    };
    // Asked again, it is answered again: by then the first reply's write is in the trace, whole.
    assert!(matches!(call.make(channel, keys).await, Answer::Proven(_)));
    let events = trace.take();
    let told = told(
        &events,
        &socket,
        &chain.sandbox.root().join("hub/data/store/db"),
    );
    println!("entry {}: {told:?}", proof.index());
    told
}

#[test]
fn a_publish_is_synced_before_the_first_byte_of_its_reply() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let call = publish(&chain, ROUTES[0], false).await;
        let told = traced(&chain, call).await;
        assert!(told.syncs >= 1, "{told:?}");
        // It is the reply, with a leaf in it, and no frame of housekeeping.
        assert!(told.reply > 374, "{told:?}");
    });
}

#[test]
fn an_acknowledgement_is_synced_before_the_first_byte_of_its_reply() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (channel, _) = connect(&chain, "politie").await;
        let sent = publish(&chain, ROUTES[0], false).await;
        let keys = chain.partner("politie").log_keys();
        assert!(matches!(sent.make(channel, keys).await, Answer::Proven(_)));
        let opened = next(&chain, "veilig-thuis", "intake").await;
        let id = opened.id.0.to_vec();
        let call = acknowledge("veilig-thuis", id, v1::AckState::Delivered);
        let told = traced(&chain, call).await;
        assert!(told.syncs >= 1, "{told:?}");
        assert!(told.reply > 374, "{told:?}");
    });
}

/// What the tests above stand on: that an early reply and a late sync are told.
#[test]
fn a_trace_in_another_order_counts_no_sync() {
    let lines = [
        "7 1.0 recvfrom(9<socket:[42]>, \"\"..., 8192, 0, NULL, NULL) = 900",
        "8     1.1 pwrite64(5</data/db>, \"\"..., 400, 96) = 400",
        "8 1.2 fdatasync(6</data/db> <unfinished ...>",
        "8 1.4 <... fdatasync resumed>) = 0",
        "7 1.5 writev(9<socket:[42]>, [{...}], 2) = 800",
    ];
    let count = |order: [usize; 5]| {
        let text: Vec<&str> = order.into_iter().map(|place| lines[place]).collect();
        told(
            &events(&text.join("\n")),
            "socket:[42]",
            Path::new("/data/db"),
        )
        .syncs
    };
    assert_eq!(count([0, 1, 2, 3, 4]), 1);
    assert_eq!(count([0, 1, 2, 4, 3]), 0, "the sync was not done");
    assert_eq!(count([0, 1, 4, 2, 3]), 0, "the sync had not begun");
    assert_eq!(count([0, 2, 3, 1, 4]), 0, "the sync was of something else");
    assert_eq!(count([1, 2, 3, 0, 4]), 0, "the sync was before the request");
}
