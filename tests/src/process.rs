//! Processes that end with whoever started them: on drop, on panic, on Ctrl-C, and on `kill -9`.
//!
//! Must not know what is started.
//!
//! The members of a [`Group`] share a process group. Beside it stands a guard, a shell that reads a pipe only we hold:
//! when we end, however, the pipe closes and the guard kills the group. Dropping a group takes the same path, so there
//! is one way to end and it is always exercised.

mod group;
mod port;
mod signal;
mod wait;

pub use group::{Ending, Group};
pub use port::free_ports;
pub use signal::signal;
pub use wait::{Deadline, last_lines};
