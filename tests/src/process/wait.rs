//! Waiting for a condition until a deadline, and quoting logs when it does not come.
//!
//! Must not know what is waited for.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(15);

/// How much of the end of a log is read, and how many of its lines are quoted.
const TAIL: (u64, usize) = (16 * 1024, 12);

/// A time until which a condition is looked at again and again.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    end: Instant,
}

impl Deadline {
    /// The deadline that ends in `time`.
    pub fn after(time: Duration) -> Self {
        Self {
            end: Instant::now() + time,
        }
    }

    /// Pauses before the next look; `false` when the time is over.
    pub async fn tick(&mut self) -> bool {
        tokio::time::sleep(PAUSE).await;
        Instant::now() < self.end
    }

    /// As [`Deadline::tick`], outside a runtime.
    pub fn tick_blocking(&mut self) -> bool {
        std::thread::sleep(PAUSE);
        Instant::now() < self.end
    }
}

/// The last lines of a log, indented for an error message; a sentence when there are none.
pub fn last_lines(log: &Path) -> String {
    let mut text = Vec::new();
    let read = std::fs::File::open(log).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL.0)))?;
        file.read_to_end(&mut text)
    });
    if let Err(error) = read {
        return format!("  ({}: {error})", log.display());
    }
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return format!("  ({} is empty)", log.display());
    }
    let from = lines.len().saturating_sub(TAIL.1);
    let quoted: Vec<String> = lines.iter().skip(from).map(|line| format!("  {line}")).collect();
    format!("  last lines of {}:\n{}", log.display(), quoted.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let text: Vec<String> = (0..5000).map(|line| format!("line {line}")).collect();
        std::fs::write(&log, text.join("\n")).unwrap();
        let quoted = last_lines(&log);
        assert!(quoted.ends_with("  line 4998\n  line 4999"), "{quoted}");
        assert_eq!(quoted.lines().count(), 13);
    }

    #[test]
    fn a_log_that_was_never_written_is_a_sentence() {
        assert!(last_lines(Path::new("/nowhere/log")).contains("No such file"));
    }
}
