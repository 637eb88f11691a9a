//! The command line of each component.
//!
//! Must not know when they are started, or what they say.

use std::path::Path;
use std::process::Command;

use super::binaries::Binaries;
use super::layout::{Layout, Ports};

/// etcd: one member, data that nobody will miss.
pub fn etcd(binaries: &Binaries, layout: &Layout, ports: &Ports) -> Command {
    let client = format!("http://127.0.0.1:{}", ports.etcd);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let mut command = Command::new(&binaries.etcd);
    command
        .arg(path("data-dir", &layout.etcd_data()))
        .args([
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=berth={peer}"),
        ])
        .args([
            "--name=berth",
            "--unsafe-no-fsync",
            "--log-level=warn",
            "--quota-backend-bytes=8589934592",
            "--auto-compaction-mode=periodic",
            "--auto-compaction-retention=5m",
            // Alone it never loses an election, and need not wait long before it calls one.
            "--heartbeat-interval=20",
            "--election-timeout=200",
        ]);
    command
}

/// kube-apiserver.
pub fn api_server(binaries: &Binaries, layout: &Layout, ports: &Ports) -> Command {
    let mut command = Command::new(&binaries.kube_apiserver);
    command
        .args([
            format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd),
            format!("--secure-port={}", ports.api_server),
            path("tls-cert-file", &layout.pki("serving.crt")),
            path("tls-private-key-file", &layout.pki("serving.key")),
            path("client-ca-file", &layout.pki("ca.crt")),
            path("service-account-key-file", &layout.pki("service-account.pub")),
            path("service-account-signing-key-file", &layout.pki("service-account.key")),
        ])
        .args([
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--authorization-mode=Node,RBAC",
            // There is no second API server to agree with about endpoints.
            "--endpoint-reconciler-type=none",
            "--allow-privileged=true",
            "--profiling=false",
            "--max-requests-inflight=2000",
            "--max-mutating-requests-inflight=1000",
        ]);
    command
}

/// kube-controller-manager. A heartbeat that comes late means that the machine is busy or was asleep, never that a
/// node is lost: none is ever declared so.
pub fn controller_manager(binaries: &Binaries, layout: &Layout, ports: &Ports) -> Command {
    const WORKERS: [&str; 12] = [
        "deployment",
        "replicaset",
        "statefulset",
        "job",
        "endpoint",
        "service-endpoint",
        "namespace",
        "serviceaccount-token",
        "resource-quota",
        "gc",
        "horizontal-pod-autoscaler",
        "cron-job",
    ];
    let mut command = Command::new(&binaries.kube_controller_manager);
    command
        .args(serving(layout, ports.controller_manager))
        .args([
            path("kubeconfig", &layout.kubeconfig_of("kube-controller-manager")),
            path("service-account-private-key-file", &layout.pki("service-account.key")),
            path("root-ca-file", &layout.pki("ca.crt")),
        ])
        .args(WORKERS.map(|worker| format!("--concurrent-{worker}-syncs=20")))
        .args([
            "--leader-elect=false",
            "--kube-api-qps=2000",
            "--kube-api-burst=4000",
            "--node-monitor-grace-period=24h",
            "--profiling=false",
        ]);
    command
}

/// kube-scheduler; its limits are in its configuration file.
pub fn scheduler(binaries: &Binaries, layout: &Layout, ports: &Ports) -> Command {
    let mut command = Command::new(&binaries.kube_scheduler);
    command
        .args(serving(layout, ports.scheduler))
        .arg(path("config", &layout.scheduler_config()));
    command
}

/// kwok, for the nodes we make. It has no limit on its client.
pub fn kwok(binaries: &Binaries, layout: &Layout, ports: &Ports) -> Command {
    let mut command = Command::new(&binaries.kwok);
    command
        .args([
            path("kubeconfig", &layout.kubeconfig_of("kwok")),
            path("config", &layout.stages()),
            format!("--server-address=127.0.0.1:{}", ports.kwok),
        ])
        .args([
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--node-lease-duration-seconds=120",
            "--cidr=10.128.0.0/14",
            "--node-ip=127.0.0.1",
            "-v=WARN",
        ]);
    command
}

fn serving(layout: &Layout, port: u16) -> [String; 4] {
    [
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        path("tls-cert-file", &layout.pki("serving.crt")),
        path("tls-private-key-file", &layout.pki("serving.key")),
    ]
}

fn path(flag: &str, value: &Path) -> String {
    format!("--{flag}={}", value.display())
}
