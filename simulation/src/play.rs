//! One interleaving: some acts, brought to their end in an order that the seed draws; then every desk
//! reads what is left for it. Must not know: what should come of it.

use crate::SimulationError;
use crate::act::{Act, Playing};
use crate::fault::During;
use crate::seen::Seen;
use crate::stage::Stage;
use crate::step::{Landed, Steered};
use seinhuis_domain::agreement::StepKind;
use seinhuis_types::{Clock, Millis};
use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

/// Fewest and most acts of one interleaving, beside the two it may begin with.
const FEWEST: usize = 1;
const MOST: usize = 5;
/// More turns than any interleaving takes; one that does would never end.
const TURNS: usize = 100_000;

/// What came of one interleaving.
pub(crate) struct Played {
    pub(crate) acts: Vec<Act>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) landed: Vec<Landed>,
    /// Hub time at its end.
    pub(crate) now: Millis,
}

/// The acts that the seed draws.
fn drawn(stage: &Stage) -> Vec<Act> {
    let steering = &stage.steering;
    let count = FEWEST + steering.draw(MOST - FEWEST + 1);
    let rest = (0..count).map(|_| Act::draw(steering));
    // Half of them begin with two acts of which one may end what the other does.
    let pair = Act::PAIRS.get(steering.draw(2 * Act::PAIRS.len()));
    pair.into_iter().flatten().copied().chain(rest).collect()
}

/// Plays `seed`: its own acts, or those given.
pub(crate) fn play(
    stage: &mut Stage,
    seed: u64,
    acts: Option<&[Act]>,
) -> Result<Played, SimulationError> {
    let hub = stage.begin(seed)?;
    let stage = &*stage;
    let own = drawn(stage);
    let acts = acts.map_or(own, <[Act]>::to_vec);
    let playing = Playing {
        stage,
        hub,
        seen: RefCell::new(Vec::new()),
        broken: RefCell::new(None),
    };
    let tasks = acts.iter().map(|act| Task::new(playing.act(*act)));
    together(stage, tasks.collect())?;
    stage.steering.calm();
    let suspended = suspender(&playing.seen.borrow());
    if let Some(party) = suspended
        && !stage.steering.one_in(3)
    {
        let resume = playing.act(Act::Step(party, StepKind::Resume, 6));
        together(stage, vec![Task::new(resume)])?;
    }
    // As a hub does from time to time, for what could not be decided when the suspension ended.
    let pass = async {
        playing.hub.free_held(None).await;
    };
    together(stage, vec![Task::new(pass)])?;
    let rest = |party| {
        let playing = &playing;
        Task::new(async move {
            if let Err(error) = playing.receive(party, false).await {
                playing.broken.borrow_mut().get_or_insert(error);
            }
        })
    };
    together(stage, [0, 1, 2].map(rest).into())?;
    if let Some(error) = playing.broken.take() {
        return Err(error);
    }
    Ok(Played {
        acts,
        seen: playing.seen.take(),
        landed: stage.steering.landed(),
        now: Steered(Arc::clone(&stage.steering)).now(),
    })
}

/// Who suspended the agreement, if it is suspended by the order of the log.
fn suspender(seen: &[Seen]) -> Option<usize> {
    let steps = seen.iter().filter_map(|seen| match seen {
        Seen::Step { party, kind, index } => Some((*index, *party, *kind)),
        _ => None,
    });
    let last = steps.filter(|(.., kind)| *kind != StepKind::Leave).max();
    last.and_then(|(_, party, kind)| (kind == StepKind::Suspend).then_some(party))
}

/// Whether a task was told to go on.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Task<'a> {
    future: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
    flag: Arc<Flag>,
}

impl<'a> Task<'a> {
    fn new(act: impl Future<Output = ()> + 'a) -> Self {
        Self {
            future: Some(Box::pin(act)),
            flag: Arc::new(Flag(AtomicBool::new(true))),
        }
    }

    fn ready(&self) -> bool {
        self.future.is_some() && self.flag.0.load(Ordering::SeqCst)
    }

    fn go_on(&mut self) {
        self.flag.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.flag));
        let mut context = Context::from_waker(&waker);
        if let Some(future) = &mut self.future
            && future.as_mut().poll(&mut context).is_ready()
        {
            self.future = None;
        }
    }
}

/// Has tasks go on, one at a time, until none can: each is at its end, or waits for news that nobody has.
fn together(stage: &Stage, mut tasks: Vec<Task<'_>>) -> Result<(), SimulationError> {
    for _ in 0..TURNS {
        let mut ready: Vec<&mut Task<'_>> = tasks.iter_mut().filter(|task| task.ready()).collect();
        let landing = usize::from(stage.steering.waits());
        if ready.is_empty() && landing == 0 {
            return Ok(());
        }
        let next = stage.steering.draw(ready.len() + landing);
        match ready.get_mut(next) {
            Some(task) => task.go_on(),
            None => {
                stage.steering.land().during("store")?;
            }
        }
    }
    Err(SimulationError::new("interleaving", "it does not end"))
}
