//! When the hub is killed: a moment drawn beforehand, and waiting for exactly that.
//!
//! Must not know: what the calls are.

use rand::RngExt;
use rand::rngs::StdRng;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};
use std::io::{ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Whatever is waited for, after this many answers the kill comes: enough calls stay under way.
const MOST_ANSWERS: u32 = 32;

/// A moment within the load.
#[derive(Debug)]
pub(super) enum Moment {
    /// So long after the calls were made, in milliseconds below 1,000.
    Elapsed(i64),
    /// At the n-th answer: those that shared its commit are on their way.
    Answers(u32),
    /// Right after the n-th write into the store's file: within a commit, before its sync is done or
    /// before its answers are.
    Writes(u32),
}

impl Moment {
    /// The moment of a round: each kind in turn.
    pub(super) fn draw(round: u64, rng: &mut StdRng) -> Self {
        match round % 3 {
            0 => Self::Writes(rng.random_range(1..=10)),
            1 => Self::Answers(rng.random_range(1..=24)),
            _ => Self::Elapsed(rng.random_range(10..=120)),
        }
    }
}

/// Tells a trap of an answer.
pub(super) struct Bell(UnixStream);

impl Bell {
    pub(super) fn ring(&self) {
        // The trap may be gone already: answers that were on their way still come.
        let _ = (&self.0).write(&[1]);
    }
}

/// Waits for a moment, with the kernel's own events: nothing is asked for in a loop.
pub(super) struct Trap {
    writes: OwnedFd,
    answers: UnixStream,
    elapsed: OwnedFd,
    most_writes: u32,
    most_answers: u32,
}

impl Trap {
    /// A trap for `moment`; `file` is the store's. From now on it counts.
    pub(super) fn set(moment: &Moment, file: &Path) -> (Self, Bell) {
        let writes = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
        inotify::add_watch(&writes, file, inotify::WatchFlags::MODIFY).unwrap();
        let (answers, bell) = UnixStream::pair().unwrap();
        answers.set_nonblocking(true).unwrap();
        bell.set_nonblocking(true).unwrap();
        // A timer that is not set never fires.
        let elapsed = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK).unwrap();
        let mut trap = Self {
            writes,
            answers,
            elapsed,
            most_writes: u32::MAX,
            most_answers: MOST_ANSWERS,
        };
        match *moment {
            Moment::Elapsed(ms) => {
                let it_interval = Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                };
                let it_value = Timespec {
                    tv_sec: 0,
                    tv_nsec: ms * 1_000_000,
                };
                let once = Itimerspec {
                    it_interval,
                    it_value,
                };
                timerfd_settime(&trap.elapsed, TimerfdTimerFlags::empty(), &once).unwrap();
            }
            Moment::Answers(most) => trap.most_answers = most,
            Moment::Writes(most) => trap.most_writes = most,
        }
        (trap, Bell(bell))
    }

    /// Returns at the moment.
    pub(super) fn wait(mut self) {
        let (mut writes, mut answers) = (0, 0);
        while writes < self.most_writes && answers < self.most_answers {
            let mut watched = [
                PollFd::new(&self.elapsed, PollFlags::IN),
                PollFd::new(&self.answers, PollFlags::IN),
                PollFd::new(&self.writes, PollFlags::IN),
            ];
            assert!(poll(&mut watched, None).unwrap() > 0);
            if watched[0].revents().contains(PollFlags::IN) {
                return;
            }
            answers += self.new_answers();
            writes += self.new_writes();
        }
    }

    fn new_answers(&mut self) -> u32 {
        let mut bytes = [0; 256];
        match self.answers.read(&mut bytes) {
            Ok(count) => u32::try_from(count).unwrap(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => panic!("{error}"),
        }
    }

    fn new_writes(&self) -> u32 {
        let mut buffer = [MaybeUninit::uninit(); 4_096];
        let mut events = inotify::Reader::new(&self.writes, &mut buffer);
        let mut count = 0;
        loop {
            match events.next() {
                Ok(_) => count += 1,
                Err(rustix::io::Errno::WOULDBLOCK) => return count,
                Err(error) => panic!("{error}"),
            }
        }
    }
}
