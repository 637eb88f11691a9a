//! Kubeconfig files: what one says, and clients from one.
//!
//! Must not know a running control plane. Must not read `KUBECONFIG` or `~/.kube`.

use std::path::Path;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::json;

use super::certificates::Certified;

/// The name of the cluster, the user and the context in every file written here.
pub const CONTEXT: &str = "berth-local";

/// A kubeconfig that needs no other file.
pub fn render(server: &str, authority: &str, user: &Certified) -> Result<String> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": {
            "server": server,
            "certificate-authority-data": STANDARD.encode(authority),
        }}],
        "users": [{"name": CONTEXT, "user": {
            "client-certificate-data": STANDARD.encode(&user.certificate),
            "client-key-data": STANDARD.encode(&user.key),
        }}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT, "namespace": "default"}}],
        "current-context": CONTEXT,
    });
    Ok(serde_saphyr::to_string(&config)?)
}

/// What a client of the cluster in this file is made from.
pub async fn load(path: &Path) -> Result<kube::Config> {
    // Another part of this process may have been first.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let file = Kubeconfig::read_from(path).with_context(|| format!("cannot use {}", path.display()))?;
    let named_proxy = file.clusters.iter().any(|cluster| {
        let cluster = cluster.cluster.as_ref();
        cluster.is_some_and(|cluster| cluster.proxy_url.is_some())
    });
    let mut config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .with_context(|| format!("cannot use {}", path.display()))?;
    if !named_proxy {
        // Taken from HTTPS_PROXY otherwise, and no proxy reaches our loopback.
        config.proxy_url = None;
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::super::certificates::Certificates;
    use super::*;

    #[tokio::test]
    async fn a_rendered_kubeconfig_is_read_back_with_server_user_and_authority() {
        let certificates = Certificates::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        let text = render("https://127.0.0.1:4711", &certificates.authority, &certificates.admin).unwrap();
        std::fs::write(&path, text).unwrap();
        let config = load(&path).await.unwrap();
        assert_eq!(config.cluster_url.to_string(), "https://127.0.0.1:4711/");
        assert_eq!(config.root_cert.unwrap().len(), 1);
        assert!(config.auth_info.client_certificate_data.is_some());
        assert!(config.auth_info.client_key_data.is_some());
        assert_eq!(config.proxy_url, None);
    }

    #[tokio::test]
    async fn a_missing_kubeconfig_is_named() {
        let error = load(Path::new("/nowhere/kubeconfig")).await.unwrap_err();
        assert!(format!("{error:#}").contains("/nowhere/kubeconfig"));
    }
}
