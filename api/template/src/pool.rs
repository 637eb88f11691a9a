//! The threads on which templates are compiled and rendered.
//!
//! The expression parser and evaluator recurse. A stack that overflows ends the process, so they get 16 MiB each
//! and never run on a thread of an async runtime. Knows nothing about templates.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use futures::channel::oneshot;

/// The longest expression that parses needs between four and six.
const STACK: usize = 16 * 1024 * 1024;

type Job = Box<dyn FnOnce() + Send>;

/// `None` when the machine would not give us a single thread.
static QUEUE: OnceLock<Option<Mutex<Sender<Job>>>> = OnceLock::new();

/// Runs `f` on the pool. When `f` panics the panic goes on in the caller, and the pool's thread lives on.
pub async fn run<T, F>(f: F) -> T
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (answer, answered) = oneshot::channel::<Result<T, Box<dyn Any + Send>>>();
    let job: Job = Box::new(move || {
        // A caller that went away does not want the answer.
        drop(answer.send(catch_unwind(AssertUnwindSafe(f))));
    });
    submit(job);
    match answered.await {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(canceled) => resume_unwind(Box::new(canceled)),
    }
}

/// The same for a caller that can wait a few milliseconds: `f` runs on the pool, or here when this is a thread of it.
pub fn run_blocking<T, F>(f: F) -> T
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    if OF_THE_POOL.get() {
        return f();
    }
    let (answer, answered) = channel();
    submit(Box::new(move || {
        drop(answer.send(catch_unwind(AssertUnwindSafe(f))));
    }));
    match answered.recv() {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(gone) => resume_unwind(Box::new(gone)),
    }
}

fn submit(job: Job) {
    let refused = match QUEUE.get_or_init(start) {
        Some(queue) => {
            let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.send(job).err().map(|refused| refused.0)
        }
        None => Some(job),
    };
    if let Some(job) = refused {
        job();
    }
}

fn start() -> Option<Mutex<Sender<Job>>> {
    let (sender, receiver) = channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    let wanted = thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 16));
    let started = (0..wanted)
        .filter(|number| {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new()
                .name(format!("template-{number}"))
                .stack_size(STACK)
                .spawn(move || work(&receiver))
                .is_ok()
        })
        .count();
    (started > 0).then(|| Mutex::new(sender))
}

thread_local! {
    /// Whether this is a thread of the pool: it must not wait for another one.
    static OF_THE_POOL: Cell<bool> = const { Cell::new(false) };
}

fn work(receiver: &Mutex<Receiver<Job>>) {
    OF_THE_POOL.set(true);
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::run;
    use futures::executor::block_on;
    use std::panic::catch_unwind;

    #[test]
    fn a_panic_reaches_the_caller_and_leaves_the_pool_usable() {
        for _ in 0..64 {
            assert!(catch_unwind(|| block_on(run(|| assert_eq!(1, 2, "on purpose")))).is_err());
        }
        assert_eq!(block_on(run(|| 7)), 7);
    }

    #[test]
    fn whoever_waits_on_the_pool_itself_does_not_wait_for_ever() {
        let nested = || super::run_blocking(|| super::run_blocking(|| super::run_blocking(|| 7)));
        let waiting: Vec<_> = (0..64).map(|_| std::thread::spawn(nested)).collect();
        assert!(waiting.into_iter().all(|one| one.join().unwrap() == 7));
    }

    #[test]
    fn a_deep_recursion_fits_the_stack() {
        fn depth(n: u64) -> u64 {
            if n == 0 {
                0
            } else {
                std::hint::black_box(depth(n - 1)) + 1
            }
        }
        assert_eq!(block_on(run(|| depth(20_000))), 20_000);
    }
}
