//! Templates to render, with inputs and live objects.

use std::sync::Arc;

use berth_template::{
    Compiled, Inputs, Live, LiveObject, Node, NodeState, RenderError, Rendered, Schemas, compile_with,
};
use serde_json::{Value, json};

pub fn template(spec: &str) -> Arc<Compiled> {
    template_with("test", spec, &[])
}

pub fn template_with(name: &str, spec: &str, library: &[Arc<Compiled>]) -> Arc<Compiled> {
    let text =
        format!("apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: {name}, version: 1.2.3}}\nspec:\n{spec}");
    // What is rendered here is made up: no kind is known.
    match compile_with(&text, &library, &Schemas::none()) {
        Ok(compilation) => compilation.template,
        Err(findings) => panic!("{findings:#?}"),
    }
}

pub fn inputs(template: &Compiled, params: &Value) -> Inputs {
    Inputs {
        params: template.check_parameters(params).unwrap(),
        env: json!({"name": "preview", "team": "shop", "namespace": "shop-preview"}),
        platform: json!({"domain": "example.com"}),
    }
}

pub fn render(template: &Compiled, params: &Value, live: &Live) -> Result<Rendered, RenderError> {
    template.render(&inputs(template, params), live)
}

pub fn node<'r>(rendered: &'r Rendered, id: &str) -> &'r Node {
    rendered.nodes.iter().find(|node| node.id == id).unwrap()
}

#[track_caller]
pub fn object<'r>(rendered: &'r Rendered, id: &str) -> &'r Value {
    match &node(rendered, id).state {
        NodeState::Object(object) => &object.object,
        other @ (NodeState::Excluded { .. } | NodeState::Waiting { .. }) => panic!("{id}: {other:?}"),
    }
}

pub fn live(entries: &[(&str, Value, bool)]) -> Live {
    let entry = |(id, object, ready): &(&str, Value, bool)| {
        (
            (*id).to_owned(),
            LiveObject {
                object: Arc::new(object.clone()),
                ready: *ready,
            },
        )
    };
    entries.iter().map(entry).collect()
}
