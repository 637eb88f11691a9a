//! `metadata` of a template: its name, version and what people read.

use semver::Version;

use super::texts;
use crate::finding::Findings;
use crate::place::Fields;
use crate::yaml::Node;

/// What a template is called.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub name: String,
    pub version: Version,
    pub title: String,
    pub summary: String,
    pub owner: String,
    pub tags: Vec<String>,
}

impl Metadata {
    pub fn read(node: &Node, findings: &mut Findings) -> Option<Self> {
        let known = ["name", "version", "title", "summary", "owner", "tags"];
        let fields = Fields::read(node, "metadata", &known, findings);
        let name = fields.require_text("name", findings).map(|(name, place)| {
            if !is_dns_label(name) {
                findings.error(
                    &place,
                    "must be a DNS label: lower case letters, digits and `-`, at most 63",
                );
            }
            name.to_owned()
        });
        let version = fields
            .require_text("version", findings)
            .and_then(|(text, place)| match Version::parse(text) {
                Ok(version) => Some(version),
                Err(error) => {
                    findings.suggest(
                        &place,
                        format!("not a semantic version: {error}"),
                        "write three numbers: 1.0.0",
                    );
                    None
                }
            });
        let mut text = |field: &str| fields.text(field, findings).map(|(text, _)| text.to_owned());
        let (title, summary, owner) = (text("title"), text("summary"), text("owner"));
        let tags = texts(&fields, "tags", findings);
        let name = name?;
        Some(Self {
            title: title.unwrap_or_else(|| name.clone()),
            name,
            version: version?,
            summary: summary.unwrap_or_default(),
            owner: owner.unwrap_or_default(),
            tags,
        })
    }
}

/// RFC 1123 label, as Kubernetes takes it.
pub(crate) fn is_dns_label(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.len() <= 63
        && edge(text.chars().next())
        && edge(text.chars().last())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// RFC 1123 subdomain, as Kubernetes takes it for most names.
pub(crate) fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}
