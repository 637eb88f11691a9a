//! `use`: another template, in a range of versions, with parameters.

use semver::VersionReq;

use crate::finding::Findings;
use crate::place::{Fields, Place, child};
use crate::shape::Shape;
use crate::yaml::{Content, Node};

/// A composed template.
#[derive(Debug)]
pub(crate) struct Use {
    pub template: String,
    pub version: VersionReq,
    pub place: Place,
    pub with: Vec<(String, Shape, Place)>,
}

impl Use {
    pub fn read(node: &Node, path: &str, findings: &mut Findings) -> Option<Self> {
        let fields = Fields::read(node, path, &["template", "version", "with"], findings);
        let template = fields.require_text("template", findings);
        let version =
            fields
                .require_text("version", findings)
                .and_then(|(text, place)| match VersionReq::parse(text) {
                    Ok(range) => Some(range),
                    Err(error) => {
                        findings.suggest(
                            &place,
                            format!("not a range of versions: {error}"),
                            "write ^1 or =1.2.3",
                        );
                        None
                    }
                });
        let mut with = Vec::new();
        if let Some(node) = fields.get("with") {
            let path = fields.path("with");
            match &node.content {
                Content::Map(entries) => {
                    for entry in entries {
                        let path = child(&path, &entry.key);
                        let shape = Shape::read(&entry.value, &path, findings);
                        with.push((entry.key.clone(), shape, Place::of(&entry.value, &path)));
                    }
                }
                Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) => {
                    findings.error(
                        &Place::of(node, &path),
                        format!("must be a mapping, not {}", node.kind()),
                    );
                }
            }
        }
        let (template, place) = template?;
        Some(Self {
            template: template.to_owned(),
            version: version?,
            place,
            with,
        })
    }
}
