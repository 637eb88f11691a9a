//! Plain data in YAML or JSON, read as strictly as a template, with the place of every value.

use serde_json::Value;

use crate::finding::{Finding, Findings};
use crate::place::{Place, child, item};
use crate::yaml::{self, Content, Node};

/// Data that was read.
#[derive(Debug)]
pub struct Data {
    root: Node,
}

impl Data {
    /// Reads one document.
    ///
    /// # Errors
    /// Everything that is wrong with it as YAML.
    pub fn read(text: &str) -> Result<Self, Vec<Finding>> {
        let mut findings = Findings::default();
        match yaml::parse(text, &mut findings) {
            Some(root) if findings.errors() == 0 => Ok(Self { root }),
            _ => Err(findings.sorted()),
        }
    }

    /// The data.
    pub fn value(&self) -> Value {
        self.root.to_value()
    }

    /// What is wrong with the value at a JSON Pointer, as a finding at its place, or at the nearest one around it.
    pub fn error(&self, pointer: &str, message: impl Into<String>) -> Finding {
        let node = self.root.nearest(pointer);
        let mut findings = Findings::default();
        findings.error(&Place::of(node, &path(&self.root, pointer)), message);
        findings.sorted().swap_remove(0)
    }
}

fn path(root: &Node, pointer: &str) -> String {
    let (mut node, mut path) = (Some(root), String::new());
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let list = node.and_then(|node| match &node.content {
            Content::List(items) => Some(items),
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::Map(_) => None,
        });
        (node, path) = match (list, step.parse::<usize>()) {
            (Some(items), Ok(index)) => (items.get(index), item(&path, index)),
            _ => (node.and_then(|node| node.get(&step)), child(&path, &step)),
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::Data;

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        let data = Data::read("a: 1\nb:\n  - c/d: x\n").unwrap();
        for (pointer, line, column, path) in [
            ("/a", 1, 4, "a"),
            ("/b/0/c~1d", 3, 10, "b[0][\"c/d\"]"),
            ("/b/0/e", 3, 5, "b[0].e"),
            ("/f", 1, 1, "f"),
            ("", 1, 1, ""),
        ] {
            let finding = data.error(pointer, "wrong");
            assert_eq!(
                (finding.line, finding.column, finding.path.as_str()),
                (line, column, path),
                "{pointer}"
            );
        }
        assert_eq!(Data::read("a: 1\na: 2\n").unwrap_err()[0].message, "duplicate key `a`");
    }
}
