//! `berth-dev cluster`: it stays, is found again, and leaves nothing behind, however it ends.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use berth_tests::control_plane::{Binaries, ControlPlane};
use berth_tests::dev::cluster::{Phase, State};
use berth_tests::process::Deadline;

fn berth_dev(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth-dev"));
    let mut command = command.arg("cluster").args(arguments).arg("--dir").arg(folder);
    // What others are logged in to must not matter, so something useless is offered.
    command = command
        .env("KUBECONFIG", "/nowhere/kubeconfig")
        .env_remove("BERTH_TEST_KUBECONFIG");
    command.output().unwrap()
}

fn up(folder: &Path) -> State {
    let output = berth_dev(&["up"], folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let state = State::read(folder).unwrap().unwrap();
    assert_eq!(state.phase, Phase::Ready);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        state.kubeconfig.display().to_string()
    );
    state
}

fn alive(pid: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-0", &pid.to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

fn until_gone(state: &State) {
    let mut deadline = Deadline::after(Duration::from_secs(20));
    for pid in state.processes.values().chain([&state.supervisor]) {
        while alive(*pid) {
            assert!(
                deadline.tick_blocking(),
                "{pid} of {:?} is still there",
                state.processes
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_found_again_and_taken_down() {
    tokio::task::spawn_blocking(|| Binaries::ensure(|line| eprintln!("{line}")))
        .await
        .unwrap()
        .unwrap();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("cluster");
    let first = up(&folder);
    let again = up(&folder);
    assert_eq!(
        (first.supervisor, &first.processes),
        (again.supervisor, &again.processes)
    );
    assert!(berth_dev(&["status"], &folder).status.success());
    let cluster = ControlPlane::existing(&first.kubeconfig).unwrap();
    assert_eq!(cluster.sick().await, None);

    let down = berth_dev(&["down"], &folder);
    assert!(down.status.success(), "{}", String::from_utf8_lossy(&down.stderr));
    assert!(!folder.exists());
    until_gone(&first);
    assert!(berth_dev(&["down"], &folder).status.success());
    assert!(!berth_dev(&["status"], &folder).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_when_the_supervisor_is_killed_and_the_next_start_works() {
    tokio::task::spawn_blocking(|| Binaries::ensure(|line| eprintln!("{line}")))
        .await
        .unwrap()
        .unwrap();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("cluster");
    let state = up(&folder);
    let killed = Command::new("kill")
        .args(["-s", "KILL", &state.supervisor.to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    until_gone(&state);

    let next = up(&folder);
    assert_ne!(next.supervisor, state.supervisor);
    let component = next.processes["kube-scheduler"];
    assert!(
        Command::new("kill")
            .args(["-s", "KILL", &component.to_string()])
            .status()
            .unwrap()
            .success()
    );
    until_gone(&next);
    let mut deadline = Deadline::after(Duration::from_secs(20));
    let failed = loop {
        assert!(deadline.tick_blocking(), "the end of a component was not noticed");
        let state = State::read(&folder).unwrap().unwrap();
        if state.phase == Phase::Failed {
            break state;
        }
    };
    assert!(failed.error.unwrap().contains("kube-scheduler ended"));
    assert!(berth_dev(&["down"], &folder).status.success());
    assert!(!folder.exists());
}

#[test]
fn a_folder_that_is_not_a_clusters_is_neither_used_nor_removed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("precious"), "").unwrap();
    for command in ["up", "down"] {
        let output = berth_dev(&[command], folder.path());
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("not a cluster's folder"), "{said}");
    }
    assert!(folder.path().join("precious").exists());
}
