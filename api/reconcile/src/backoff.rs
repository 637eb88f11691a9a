//! How long to wait before trying again: doubling, capped, spread by jitter. Pure.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LAST: Duration = Duration::from_mins(1);

/// The wait after the `failures`-th failure in a row. `jitter` is between 0 and 1 and spreads the wait over its
/// upper half, so that environments that failed together do not return together.
pub fn wait(failures: u32, jitter: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LAST);
    doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        assert_eq!(wait(1, 1.0), FIRST);
        assert_eq!(wait(2, 1.0), FIRST * 2);
        assert_eq!(wait(100, 1.0), LAST);
        assert_eq!(wait(100, 0.0), LAST / 2);
    }
}
