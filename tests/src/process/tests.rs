//! Processes end as promised.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Ending, Program, VanishingFolder, last_lines};

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::yield_now();
    }
}

fn runs(id: &str) -> bool {
    let status = Command::new("kill").args(["-0", id]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn printed(log: &Path) -> Option<String> {
    let text = std::fs::read_to_string(log).ok()?;
    text.ends_with('\n').then(|| text.trim().to_owned())
}

#[test]
fn a_program_that_is_dropped_is_gone_with_its_children() {
    let folder = VanishingFolder::new("berth-test-").unwrap();
    let log = folder.path().join("log");
    let script = "sleep 1000 & echo $!; wait";
    let program = Program::new("sleeper", "/bin/sh").arguments(["-c", script]).start(&log).unwrap();
    eventually("it says who its child is", || printed(&log).is_some());
    let child = printed(&log).unwrap();
    assert!(runs(&child));
    drop(program);
    eventually("the child is gone", || !runs(&child));
}

#[test]
fn a_program_may_end_gently() {
    let folder = VanishingFolder::new("berth-test-").unwrap();
    let log = folder.path().join("log");
    let script = "trap 'echo goodbye; exit' TERM; echo ready; while :; do sleep 0.01; done";
    let program = Program::new("gentle", "/bin/sh")
        .arguments(["-c", script])
        .ending(Ending::Terminate)
        .start(&log)
        .unwrap();
    eventually("it is ready", || printed(&log).is_some());
    drop(program);
    assert_eq!(last_lines(&log, 1), "goodbye");
}

#[test]
fn how_a_program_ended_is_known_with_its_last_words() {
    let folder = VanishingFolder::new("berth-test-").unwrap();
    let log = folder.path().join("log");
    let mut program = Program::new("doomed", "/bin/sh")
        .arguments(["-c", "echo one; echo two; exit 3"])
        .start(&log)
        .unwrap();
    let status = program.wait().unwrap();
    assert_eq!(status.code(), Some(3));
    let complaint = program.must_be_running().unwrap_err().to_string();
    assert!(complaint.contains("doomed ended") && complaint.ends_with("one\ntwo"), "{complaint}");
}

#[test]
fn a_vanishing_folder_vanishes() {
    let folder = VanishingFolder::new("berth-test-").unwrap();
    let path = folder.path().to_owned();
    std::fs::write(path.join("file"), "content").unwrap();
    drop(folder);
    assert!(!path.exists());
}
