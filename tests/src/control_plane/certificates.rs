//! The certificates and keys of one control plane.
//!
//! Must not know where they are written to.

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

/// The group whose members may do everything, before any rule is looked at.
const MASTERS: &str = "system:masters";

/// A certificate and its private key, both PEM.
#[derive(Debug)]
pub struct Certified {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS#8.
    pub key: String,
}

/// Everything one control plane signs or is trusted with.
#[derive(Debug)]
pub struct Certificates {
    /// Who signed all of them.
    pub authority: String,
    /// What the servers show.
    pub serving: Certified,
    /// Whom the tests act as.
    pub admin: Certified,
    /// kube-controller-manager.
    pub controller_manager: Certified,
    /// kube-scheduler.
    pub scheduler: Certified,
    /// kwok.
    pub kwok: Certified,
    /// Signs the tokens of service accounts.
    pub service_account_key: String,
    /// Checks them.
    pub service_account_public: String,
}

impl Certificates {
    /// New ones. The components are masters too: what they may do is not what is tested here, and masters are exempt
    /// from the API server's queues, which would otherwise be in the measurements.
    pub fn generate() -> Result<Self> {
        let mut params = named("berth-control-plane", None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let authority = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        let client = |name: &str| {
            let mut params = named(name, Some(MASTERS));
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            sign(&params, &issuer)
        };
        let mut serving = CertificateParams::new(
            [
                "127.0.0.1",
                "10.0.0.1",
                "localhost",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
            ]
            .map(str::to_owned),
        )?;
        serving.distinguished_name = named("kube-apiserver", None).distinguished_name;
        serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let tokens = KeyPair::generate()?;
        Ok(Self {
            authority,
            serving: sign(&serving, &issuer)?,
            admin: client("berth-admin")?,
            controller_manager: client("system:kube-controller-manager")?,
            scheduler: client("system:kube-scheduler")?,
            kwok: client("kwok")?,
            service_account_key: tokens.serialize_pem(),
            service_account_public: tokens.public_key_pem(),
        })
    }
}

/// Kubernetes takes the common name for the user and the organisation for the group.
fn named(name: &str, group: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    if let Some(group) = group {
        params.distinguished_name.push(DnType::OrganizationName, group);
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn sign(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Result<Certified> {
    let key = KeyPair::generate()?;
    Ok(Certified {
        certificate: params.signed_by(&key, issuer)?.pem(),
        key: key.serialize_pem(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serving_certificate_is_for_the_loopback_and_signed_by_the_authority() {
        let certificates = Certificates::generate().unwrap();
        let mut roots = rustls::RootCertStore::empty();
        let pem = |text: &str| rustls::pki_types::pem::PemObject::from_pem_slice(text.as_bytes()).unwrap();
        roots.add(pem(&certificates.authority)).unwrap();
        let serving: rustls::pki_types::CertificateDer<'static> = pem(&certificates.serving.certificate);
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            rustls::client::WebPkiServerVerifier::builder_with_provider(std::sync::Arc::new(roots), provider)
                .build()
                .unwrap();
        let verify = |name: &'static str| {
            let name = rustls::pki_types::ServerName::try_from(name).unwrap();
            let now = rustls::pki_types::UnixTime::now();
            rustls::client::danger::ServerCertVerifier::verify_server_cert(&*verifier, &serving, &[], &name, &[], now)
        };
        verify("127.0.0.1").unwrap();
        verify("kubernetes.default.svc").unwrap();
        verify("example.com").unwrap_err();
    }

    #[test]
    fn every_key_is_its_own() {
        let made = Certificates::generate().unwrap();
        let keys = [
            made.serving.key,
            made.admin.key,
            made.controller_manager.key,
            made.scheduler.key,
            made.kwok.key,
            made.service_account_key,
        ];
        let distinct: std::collections::BTreeSet<&String> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert!(keys.iter().all(|key| key.starts_with("-----BEGIN PRIVATE KEY-----")));
    }
}
