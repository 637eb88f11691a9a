//! The cluster does not answer: that is said, waited for, and keeps nobody from stopping the server.

use serde_json::json;

use super::{Berth, PATIENCE};
use berth_tests::ControlPlane;
use berth_tests::process::{Deadline, free_ports};

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_said_and_waited_for() {
    let plane = ControlPlane::shared().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    let good = std::fs::read_to_string(plane.kubeconfig()).unwrap();
    let address = good.lines().find(|line| line.contains("server:")).unwrap();
    let [nobody] = free_ports().unwrap();
    let away = good.replace(
        address,
        &format!("{}127.0.0.1:{nobody}", address.split("127.0.0.1").next().unwrap()),
    );
    assert_ne!(away, good);
    std::fs::write(&kubeconfig, away).unwrap();

    let mut berth = Berth::start_with(&kubeconfig, None).await;
    let made = berth
        .ada
        .post("/environments", &berth.request("web", &json!({})))
        .await
        .expect(202);
    let mut deadline = Deadline::after(PATIENCE);
    loop {
        let read = berth.read(&made).await;
        let ready = &read["status"]["conditions"][0];
        if ready["message"]
            .as_str()
            .is_some_and(|message| message.contains("cannot be watched"))
        {
            assert_eq!((&ready["type"], &ready["status"]), (&json!("Ready"), &json!("False")));
            assert_eq!(read["status"]["phase"], "Provisioning", "it may come up yet");
            break;
        }
        assert!(deadline.tick().await, "nothing is said of it: {:#}", read["status"]);
    }
    let status = berth.server.terminate(PATIENCE).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(!berth.server.log().unwrap().contains("ended badly"));

    std::fs::write(&kubeconfig, good).unwrap();
    berth.server.start_again().await.unwrap();
    berth.phase(&made, "Ready").await;
    berth.nothing_is_doubled_or_lost(&made).await;
}
