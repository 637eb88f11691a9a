//! The queue of environments to look at: each at most once in it, each at most with one worker.
//!
//! Holds ids and times only. Knows neither database nor cluster; losing it costs nothing but the time until the
//! next start fills it again.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use berth_model::id::EnvironmentId;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Whose work goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody is waiting.
    Person,
    /// The cluster changed, a retry is due, or the process has just started.
    Background,
}

/// Environments that want a pass.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    people: VecDeque<EnvironmentId>,
    background: VecDeque<EnvironmentId>,
    queued: HashSet<EnvironmentId>,
    running: HashSet<EnvironmentId>,
    /// Asked for while running: looked at again afterwards.
    again: HashMap<EnvironmentId, Urgency>,
    later: BinaryHeap<Reverse<(Instant, EnvironmentId)>>,
    /// The one valid entry of `later` for an environment.
    due: HashMap<EnvironmentId, Instant>,
    closed: bool,
}

impl Queue {
    /// Wants a pass over the environment. Asking twice is asking once.
    pub fn push(&self, id: EnvironmentId, urgency: Urgency) {
        self.state().push(id, urgency);
        self.changed.notify_one();
    }

    /// Wants a pass over the environment after a while, unless one happens before.
    pub fn push_after(&self, id: EnvironmentId, wait: Duration) {
        let mut state = self.state();
        let at = Instant::now() + wait;
        if state.due.get(&id).is_none_or(|due| at < *due) {
            state.due.insert(id, at);
            state.later.push(Reverse((at, id)));
        }
        drop(state);
        self.changed.notify_one();
    }

    /// The next environment to look at; waits for one. `None` once the queue is closed.
    pub async fn pop(&self) -> Option<EnvironmentId> {
        loop {
            let changed = self.changed.notified();
            let next_due = {
                let mut state = self.state();
                if state.closed {
                    // Others wait on the same signal.
                    self.changed.notify_one();
                    return None;
                }
                state.promote(Instant::now());
                if let Some(id) = state.take() {
                    if !(state.people.is_empty() && state.background.is_empty()) {
                        self.changed.notify_one();
                    }
                    return Some(id);
                }
                state.later.peek().map(|Reverse((at, _))| *at)
            };
            match next_due {
                Some(at) => {
                    tokio::select! {
                        () = changed => {}
                        () = tokio::time::sleep_until(at) => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    /// The worker is done with the environment; others may have it.
    pub fn done(&self, id: EnvironmentId) {
        let mut state = self.state();
        state.running.remove(&id);
        if let Some(urgency) = state.again.remove(&id) {
            state.push(id, urgency);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// No further environment is handed out.
    pub fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
        self.changed.notify_one();
    }

    /// How many environments wait for a worker right now.
    pub fn depth(&self) -> usize {
        let state = self.state();
        state.people.len() + state.background.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is consistent between statements: a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, id: EnvironmentId, urgency: Urgency) {
        if self.running.contains(&id) {
            let again = self.again.entry(id).or_insert(urgency);
            if urgency == Urgency::Person {
                *again = urgency;
            }
        } else if self.queued.insert(id) {
            match urgency {
                Urgency::Person => self.people.push_back(id),
                Urgency::Background => self.background.push_back(id),
            }
        }
    }

    fn promote(&mut self, now: Instant) {
        while let Some(Reverse((at, id))) = self.later.peek().copied() {
            if at > now {
                return;
            }
            self.later.pop();
            if self.due.get(&id) == Some(&at) {
                self.due.remove(&id);
                self.push(id, Urgency::Background);
            }
        }
    }

    fn take(&mut self) -> Option<EnvironmentId> {
        let id = self.people.pop_front().or_else(|| self.background.pop_front())?;
        self.queued.remove(&id);
        self.due.remove(&id);
        self.running.insert(id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_environment_is_queued_once_and_people_go_first() {
        let queue = Queue::default();
        let (a, b) = (EnvironmentId::new(), EnvironmentId::new());
        queue.push(a, Urgency::Background);
        queue.push(a, Urgency::Background);
        queue.push(b, Urgency::Person);
        assert_eq!(queue.depth(), 2);
        assert_eq!(queue.pop().await, Some(b));
        assert_eq!(queue.pop().await, Some(a));
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_during_a_pass_brings_one_more_pass_and_never_two_workers() {
        let queue = Queue::default();
        let id = EnvironmentId::new();
        queue.push(id, Urgency::Person);
        assert_eq!(queue.pop().await, Some(id));
        queue.push(id, Urgency::Background);
        queue.push(id, Urgency::Background);
        assert_eq!(queue.depth(), 0);
        queue.done(id);
        assert_eq!(queue.pop().await, Some(id));
        queue.done(id);
        assert_eq!(queue.depth(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_comes_when_it_is_due_and_not_after_an_earlier_pass() {
        let queue = Queue::default();
        let id = EnvironmentId::new();
        let start = Instant::now();
        queue.push_after(id, Duration::from_secs(10));
        queue.push_after(id, Duration::from_secs(3));
        assert_eq!(queue.pop().await, Some(id));
        assert_eq!(start.elapsed().as_secs(), 3);
        queue.done(id);
        let more = tokio::time::timeout(Duration::from_mins(1), queue.pop()).await;
        assert!(more.is_err(), "the later retry is void");
    }

    #[tokio::test(start_paused = true)]
    async fn closing_releases_every_worker() {
        let queue = std::sync::Arc::new(Queue::default());
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.pop().await })
            })
            .collect();
        tokio::task::yield_now().await;
        queue.close();
        for worker in workers {
            assert_eq!(worker.await.unwrap(), None);
        }
    }
}
